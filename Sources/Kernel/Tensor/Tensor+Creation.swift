import CKernels

extension Tensor {
    /// A tensor of one repeated value.
    public static func full(_ shape: [Int], _ value: Double, _ dtype: DType = .float32, op: String = "full") throws
        -> Tensor
    {
        let tensor = try Tensor(empty: shape, dtype, op: op)
        @specialized(where T == Float) @specialized(where T == Double) @specialized(where T == UInt8)
        @specialized(where T == Int64) @specialized(where T == Int32) @specialized(where T == Bool)
        func fill<T: Scalar>(_: T.Type) throws {
            try tensor.write(T.self) { $0.update(repeating: T(converting: value)) }
        }
        try fill(dtype.scalar)
        return tensor
    }
    public static func zeros(_ shape: [Int], _ dtype: DType = .float32, op: String = "zeros") throws -> Tensor {
        try full(shape, 0, dtype, op: op)
    }
    public static func ones(_ shape: [Int], _ dtype: DType = .float32, op: String = "ones") throws -> Tensor {
        try full(shape, 1, dtype, op: op)
    }
    /// A scalar.
    public static func scalar(_ value: Double, _ dtype: DType = .float32) throws -> Tensor {
        try full([], value, dtype)
    }

    /// Elements in row-major order; their count must be the shape's.
    public convenience init<T: Scalar>(_ values: [T], _ shape: [Int]? = nil) throws {
        let shape = shape ?? [values.count]
        try self.init(empty: shape, T.dtype)
        guard values.count == count else {
            throw KernelError.shape(op: "tensor", shapes: [[values.count], shape], reason: "element counts differ")
        }
        try write(T.self) { target in for i in values.indices { target[i] = values[i] } }
    }

    /// Uniform in [low, high), element i of the stream `key` in row-major order.
    public static func uniform(
        _ shape: [Int], _ low: Double = 0, _ high: Double = 1, key: Key, _ dtype: DType = .float32
    ) throws -> Tensor {
        let tensor = try Tensor(empty: shape, dtype, op: "rand")
        switch dtype {
        case .float32:
            let (a, d) = (Float(low), Float(high - low))
            try tensor.write(Float.self) { out in
                ck_random_uniform_f32(key.bits, 0, out.baseAddress, out.count)
                if (low, high) != (0, 1) { for i in out.indices { out[i] = a + d * out[i] } }
            }
        case .float64:
            try tensor.write(Double.self) { out in
                ck_random_uniform_f64(key.bits, 0, out.baseAddress, out.count)
                if (low, high) != (0, 1) { for i in out.indices { out[i] = low + (high - low) * out[i] } }
            }
        default: throw KernelError.dtype(op: "rand", got: [dtype], expected: "float32 or float64")
        }
        return tensor
    }

    /// Normal with the given mean and standard deviation.
    public static func normal(
        _ shape: [Int], mean: Double = 0, std: Double = 1, key: Key, _ dtype: DType = .float32
    ) throws -> Tensor {
        let tensor = try Tensor(empty: shape, dtype, op: "randn")
        switch dtype {
        case .float32:
            let (m, s) = (Float(mean), Float(std))
            try tensor.write(Float.self) { out in
                ck_random_normal_f32(key.bits, 0, out.baseAddress, out.count)
                if (mean, std) != (0, 1) { for i in out.indices { out[i] = m + s * out[i] } }
            }
        case .float64:
            try tensor.write(Double.self) { out in
                ck_random_normal_f64(key.bits, 0, out.baseAddress, out.count)
                if (mean, std) != (0, 1) { for i in out.indices { out[i] = mean + std * out[i] } }
            }
        default: throw KernelError.dtype(op: "randn", got: [dtype], expected: "float32 or float64")
        }
        return tensor
    }
}
