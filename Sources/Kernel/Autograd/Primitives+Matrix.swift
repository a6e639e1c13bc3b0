// Parts of matrices: triangles and diagonals.

extension Primitive {
    /// The part of the last two axes on and above (or below) a diagonal; the rest becomes 0.
    public static func triangle(upper: Bool, offset: Int) -> Primitive {
        let name = upper ? "triu" : "tril"
        return Primitive(name) { types in
            guard types[0].shape.count >= 2 else {
                throw KernelError.shape(op: name, shapes: [types[0].shape], reason: "at least 2 axes expected")
            }
            return types[0]
        } forward: { x, _ in
            try x[0].keepingTriangle(upper: upper, offset: offset)
        } vjp: { g, _ in
            [try g.keepingTriangle(upper: upper, offset: offset)]
        }
    }

    /// The diagonal of a matrix, as a view; `offset` > 0 lies above the main one.
    public static func diagonal(offset: Int) -> Primitive {
        Primitive("diag") { types in
            guard types[0].shape.count == 2 else {
                throw KernelError.shape(op: "diag", shapes: [types[0].shape], reason: "a matrix expected")
            }
            return TensorType([diagonalLength(types[0].shape, offset)], types[0].dtype)
        } forward: { x, _ in
            try x[0].onDiagonal(offset)
        } vjp: { g, call in
            let whole = try Tensor.zeros(call.types[0].shape, g.dtype)
            try whole.onDiagonal(offset).fill(from: g)
            return [whole]
        }
    }

    /// The square matrix with a vector on its diagonal.
    public static func diagonalMatrix(offset: Int) -> Primitive {
        Primitive("diag") { types in
            guard types[0].shape.count == 1, abs(offset.clampedToMemory) < 1 << 24 else {
                throw KernelError.shape(op: "diag", shapes: [types[0].shape], reason: "a vector expected")
            }
            let size = types[0].shape[0] + abs(offset)
            _ = try Shape.count([size, size], "diag")
            return TensorType([size, size], types[0].dtype)
        } forward: { x, _ in
            let size = x[0].count + abs(offset)
            let whole = try Tensor.zeros([size, size], x[0].dtype, op: "diag")
            try whole.onDiagonal(offset).fill(from: x[0])
            return whole
        } vjp: { g, _ in
            [try g.onDiagonal(offset)]
        }
    }

    fileprivate static func diagonalLength(_ shape: [Int], _ offset: Int) -> Int {
        let offset = offset.clampedToMemory
        return max(0, offset >= 0 ? min(shape[0], shape[1] - offset) : min(shape[0] + offset, shape[1]))
    }
}

extension Int {
    /// Limited to what a tensor can have along an axis, so that sums of such numbers cannot overflow.
    var clampedToMemory: Int { Swift.min(Swift.max(self, -(1 << 50)), 1 << 50) }
}

extension Tensor {
    fileprivate func onDiagonal(_ offset: Int) throws -> Tensor {
        let length = Primitive.diagonalLength(shape, offset)
        let (_, start, strides) = try strided()
        let first = length == 0 ? 0 : offset >= 0 ? offset * strides[1] : -offset * strides[0]
        return try view([length], strides: [strides[0] + strides[1]], offset: start + first)
    }

    fileprivate func keepingTriangle(upper: Bool, offset: Int) throws -> Tensor {
        let result = try Tensor.zeros(shape, dtype)
        if count == 0 { return result }
        let (rows, columns) = (shape[rank - 2], shape[rank - 1])
        let offset = offset.clampedToMemory
        let lead = [Int](repeating: 0, count: rank - 2).indices.map { Slice.all(shape[$0]) }
        for row in 0..<rows {
            try Interrupt.check()
            let edge = min(max(row + offset + (upper ? 0 : 1), 0), columns)
            let part = upper ? Slice(start: edge, count: columns - edge) : Slice(start: 0, count: edge)
            guard part.count > 0 else { continue }
            let place = lead + [Slice(start: row, count: 1), part]
            try result.sliced(place).fill(from: sliced(place))
        }
        return result
    }
}
