// Matrix products as in torch.matmul: vectors become a row or a column, leading axes broadcast.

/// How two operand shapes meet in a matrix product.
private struct MatMulRule {
    /// The operands as matrices, vectors turned into a row (left) or a column (right).
    let left: [Int], right: [Int]
    /// The product of the matrices, and the result with the axes of vectors taken out again.
    let full: [Int], result: [Int]
    /// The type in which is computed, and the type of the result.
    let compute: DType, dtype: DType

    init(_ a: TensorType, _ b: TensorType) throws {
        func fail(_ reason: String) -> KernelError { .shape(op: "matmul", shapes: [a.shape, b.shape], reason: reason) }
        guard !a.shape.isEmpty, !b.shape.isEmpty else { throw fail("operands with at least one axis expected") }
        left = a.shape.count == 1 ? [1] + a.shape : a.shape
        right = b.shape.count == 1 ? b.shape + [1] : b.shape
        guard left.last == right[right.count - 2] else { throw fail("inner sizes differ") }
        guard left.count < Shape.maxRank, right.count < Shape.maxRank else { throw fail("too many axes") }
        let batch = try Shape.broadcast(Array(left.dropLast(2)), Array(right.dropLast(2)), "matmul")
        full = batch + [left[left.count - 2], right[right.count - 1]]
        var result = full
        if b.shape.count == 1 { result.removeLast() }
        if a.shape.count == 1 { result.remove(at: batch.count) }
        self.result = result
        _ = try Shape.count(result, "matmul")
        let promoted = DType.promoted(a.dtype, b.dtype)
        compute = promoted.isFloat ? promoted : .int64
        dtype = promoted.isFloat || promoted == .int64 ? promoted : .int32
    }
}

extension Primitive {
    /// [..., n, k] x [..., k, m] -> [..., n, m]. Integer operands are summed exactly and give int32 (saturated), or int64
    /// when one of them is int64.
    public static let matmul = Primitive("matmul", keeps: .inputs) { types in
        let rule = try MatMulRule(types[0], types[1])
        return TensorType(rule.result, rule.dtype)
    } forward: { x, _ in
        let rule = try MatMulRule(x[0].type, x[1].type)
        let a = try x[0].converted(to: rule.compute).asMatrix(rule.left)
        let b = try x[1].converted(to: rule.compute).asMatrix(rule.right)
        return try a.product(b, op: "matmul").converted(to: rule.dtype).withShape(rule.result)
    } vjp: { g, call in
        let rule = try MatMulRule(call.types[0], call.types[1])
        let g = try g.withShape(rule.full)
        let a = try call.x[0].converted(to: rule.compute).asMatrix(rule.left)
        let b = try call.x[1].converted(to: rule.compute).asMatrix(rule.right)
        let left = call.needs[0] ? try g.product(try b.matrixTransposed(), op: "matmul").summed(to: rule.left) : nil
        let right = call.needs[1] ? try rightGradient(a, g, rule.right) : nil
        return [
            try left?.withShape(call.types[0].shape).converted(to: call.types[0].dtype),
            try right?.withShape(call.types[1].shape).converted(to: call.types[1].dtype),
        ]
    }

    /// Aᵀ·G summed over the axes that broadcasting stretched; for a single right matrix one product over all rows.
    private static func rightGradient(_ a: Tensor, _ g: Tensor, _ right: [Int]) throws -> Tensor {
        guard right.count == 2, a.rank > 2 else {
            return try a.matrixTransposed().product(g, op: "matmul").summed(to: right)
        }
        let rows = a.shape.dropLast().reduce(1, *)
        let x = try a.withShape([rows, right[0]]), y = try g.withShape([rows, right[1]])
        return try x.matrixTransposed().product(y, op: "matmul")
    }

    static let matmulSamples: [Sample] = [
        Sample(.matmul) { [try .ramp([2, 3]), try .ramp([3, 4], from: -0.5)] },
        Sample(.matmul) { [try .ramp([3]), try .ramp([3, 2], from: -0.5)] },
        Sample(.matmul) { [try .ramp([2, 3]), try .ramp([3], from: -0.5)] },
        Sample(.matmul) { [try .ramp([3]), try .ramp([3], from: -0.5)] },
        Sample(.matmul) { [try .ramp([2, 2, 3]), try .ramp([3, 2], from: -0.5)] },
        Sample(.matmul) { [try .ramp([2, 3]), try .ramp([2, 3, 2], from: -0.5)] },
        Sample(.matmul) { [try .ramp([2, 1, 2, 3]), try .ramp([3, 3, 2], from: -0.5)] },
    ]
}

extension Tensor {
    /// A vector as a matrix with one row or column; other shapes stay, strides included.
    fileprivate func asMatrix(_ shape: [Int]) throws -> Tensor {
        shape == self.shape ? self : try withShape(shape)
    }

    /// The matrix product with the rules of torch.matmul: vectors are a row on the left and a column on the right and
    /// leave no axis, leading axes broadcast. Float32 runs on oneDNN; integers are exact.
    /// - Throws: `KernelError.shape` when inner sizes differ or leading axes do not broadcast.
    public func matmul(_ other: Tensor) throws -> Tensor { try Primitive.matmul(self, other) }
}
