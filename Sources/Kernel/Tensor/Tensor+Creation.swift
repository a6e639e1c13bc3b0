import Glibc

extension Tensor {
    /// A tensor of one repeated value.
    public static func full(_ shape: [Int], _ value: Double, _ dtype: DType = .float32, op: String = "full") throws
        -> Tensor
    {
        let tensor = try Tensor(empty: shape, dtype, op: op)
        @specialized(where T == Float) @specialized(where T == Double) @specialized(where T == UInt8)
        @specialized(where T == Int64) @specialized(where T == Int32) @specialized(where T == Bool)
        func fill<T: Scalar>(_: T.Type) throws {
            let element = T(converting: value)
            try tensor.write(T.self) { out in
                guard let base = out.baseAddress else { return }
                for first in stride(from: 0, to: out.count, by: 1 << 22) {
                    if first > 0 { try Interrupt.check() }
                    let size = min(1 << 22, out.count - first)
                    if value.bitPattern == 0 {  // zero is all zero bits in every type
                        memset(base + first, 0, size * MemoryLayout<T>.stride)
                    } else {
                        (base + first).update(repeating: element, count: size)
                    }
                }
            }
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
}
