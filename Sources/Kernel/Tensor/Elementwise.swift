import CKernels

// Plain loops over elements, without gradients. Float32 runs in C, compiled per processor; other types in generic Swift.

/// A binary operation on elements: one loop in C for float32, one closure for Double.
struct BinaryLoop: Sendable {
    /// x[i] op y[i]; a stride of 0 repeats one element.
    let float:
        @convention(c) (UnsafePointer<Float>?, Int, UnsafePointer<Float>?, Int, UnsafeMutablePointer<Float>?, Int) ->
            Void
    let double: @Sendable (Double, Double) -> Double

    static let add = BinaryLoop(float: ck_add_f32) { $0 + $1 }
    static let mul = BinaryLoop(float: ck_mul_f32) { $0 * $1 }
}

extension Tensor {
    /// Elementwise, with broadcasting; operands of different types are promoted. Not recorded.
    func combined(_ other: Tensor, _ op: String, _ loop: BinaryLoop) throws -> Tensor {
        let type = DType.promoted(dtype, other.dtype)
        let shape = try Shape.broadcast(self.shape, other.shape, op)
        let x = try converted(to: type).expanded(to: shape), y = try other.converted(to: type).expanded(to: shape)
        let result = try Tensor(empty: shape, type)
        if type == .float32 {
            try x.readRepeating(Float.self) { x, i in
                try y.readRepeating(Float.self) { y, j in
                    try result.write(Float.self) { loop.float(x, i, y, j, $0.baseAddress, $0.count) }
                }
            }
        } else {
            try x.combineGeneric(y, into: result, loop.double)
        }
        return result
    }

    private func combineGeneric(_ other: Tensor, into result: Tensor, _ f: (Double, Double) -> Double) throws {
        func run<T: Scalar>(_: T.Type) throws {
            try read(T.self) { x in
                try other.read(T.self) { y in
                    try result.write(T.self) { z in
                        for i in z.indices { z[i] = T(converting: f(x[i].asDouble, y[i].asDouble)) }
                    }
                }
            }
        }
        try run(dtype.scalar)
    }

    /// Elements with a stride: 0 when all of them are one repeated element, otherwise 1.
    private func readRepeating<T: Scalar>(_: T.Type, _ body: (UnsafePointer<T>?, Int) throws -> Void) throws {
        let (storage, offset, strides) = try strided()
        if strides.allSatisfy({ $0 == 0 }) {
            try withExtendedLifetime(storage) { try body(storage.base.assumingMemoryBound(to: T.self) + offset, 0) }
        } else {
            try read(T.self) { try body($0.baseAddress, 1) }
        }
    }

    /// A view that repeats axes of size 1 to the given shape. The caller has checked that it broadcasts.
    func expanded(to target: [Int]) throws -> Tensor {
        if shape == target { return self }
        let (_, offset, strides) = try strided()
        let lead = target.count - rank
        let stretched = target.indices.map { axis in
            axis < lead || (shape[axis - lead] == 1 && target[axis] != 1) ? 0 : strides[axis - lead]
        }
        return try view(target, strides: stretched, offset: offset)
    }

    /// The sum of two tensors; not recorded. What the backward pass adds gradients with.
    func adding(_ other: Tensor) throws -> Tensor { try combined(other, "add", .add) }
}
