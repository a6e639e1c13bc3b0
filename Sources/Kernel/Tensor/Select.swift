import CKernels

/// Choosing elements of one of two operands by a mask.
enum Select {
    /// a where the mask holds, b elsewhere; all three broadcast. Not recorded.
    static func apply(_ mask: Tensor, _ a: Operand, _ b: Operand) throws -> Tensor {
        let shape = try Shape.broadcast(mask.shape, Shape.broadcast(a.shape, b.shape, "where"), "where")
        let type = OperandType.common(OperandType(a), OperandType(b))
        let result = try Tensor(empty: shape, type)
        let mask = try mask.converted(to: .bool).expanded(to: shape)
        func run<T: Scalar>(_: T.Type) throws {
            let (x, i) = try source(a, shape, T.self), (y, j) = try source(b, shape, T.self)
            try mask.read(Bool.self) { c in
                try x.withPointer { x in
                    try y.withPointer { y in
                        try result.write(T.self) { z in fill(z, c.baseAddress!, x, i, y, j) }
                    }
                }
            }
        }
        switch type {
        case .float32: try run(Float.self)
        case .float64: try run(Double.self)
        default: try run(type.scalar)
        }
        return result
    }

    /// Contiguous elements with a step of 1, or one number with a step of 0.
    private static func source<T: Scalar>(_ operand: Operand, _ shape: [Int], _: T.Type) throws -> (Elements<T>, Int) {
        guard case .tensor(let tensor) = operand else { return (try Elements(operand, shape), 0) }
        let whole = try tensor.converted(to: T.dtype).expanded(to: shape).contiguous()
        return (try Elements(.tensor(whole), shape), 1)
    }

    private static func fill<T: Scalar>(
        _ z: UnsafeMutableBufferPointer<T>, _ c: UnsafePointer<Bool>, _ x: UnsafePointer<T>, _ i: Int,
        _ y: UnsafePointer<T>, _ j: Int
    ) {
        if T.self == Float.self {
            let c = UnsafeRawPointer(c).assumingMemoryBound(to: UInt8.self)
            let x = UnsafeRawPointer(x).assumingMemoryBound(to: Float.self)
            let y = UnsafeRawPointer(y).assumingMemoryBound(to: Float.self)
            let out = UnsafeMutableRawPointer(z.baseAddress!).assumingMemoryBound(to: Float.self)
            return ck_where_f32(c, x, i, y, j, out, z.count)
        }
        for k in z.indices { z[k] = c[k] ? x[k * i] : y[k * j] }
    }
}
