// y = x·Wᵀ + b with W [out, in] as PyTorch stores it. The transposed weight is read in place, the bias starts the sum.

extension Primitive {
    /// Operands x [..., in], weight [out, in] and perhaps bias [out] -> [..., out]; all of one floating-point type.
    public static let linear = Primitive("linear", keeps: .inputs) { types in
        let (x, w) = (types[0], types[1])
        let dtypes = types.map(\.dtype)
        guard w.shape.count == 2, let size = x.shape.last, size == w.shape[1] else {
            throw KernelError.shape(
                op: "linear", shapes: [x.shape, w.shape], reason: "x [..., in] and weight [out, in] expected")
        }
        guard types.count < 3 || types[2].shape == [w.shape[0]] else {
            throw KernelError.shape(
                op: "linear", shapes: [types[2].shape, w.shape], reason: "bias [out] for weight [out, in] expected")
        }
        guard x.dtype.isFloat, dtypes.allSatisfy({ $0 == x.dtype }) else {
            throw KernelError.dtype(op: "linear", got: dtypes, expected: "operands of one type, float32 or float64,")
        }
        let shape = Array(x.shape.dropLast()) + [w.shape[0]]
        _ = try Shape.count(shape, "linear")
        return TensorType(shape, x.dtype)
    } forward: { x, _ in
        let rows = try x[0].foldedRows(), weight = try x[1].matrixTransposed()
        let sum = x.count < 3 ? nil : try x[2].repeatedRows(rows.shape[0])
        return try rows.product(weight, addedTo: sum, op: "linear").withShape(x[0].shape.dropLast() + [x[1].shape[0]])
    } vjp: { g, call in
        let g = try g.foldedRows()
        let x = call.needs[0] ? try g.product(call.x[1], op: "linear").withShape(call.types[0].shape) : nil
        let w = call.needs[1] ? try g.matrixTransposed().product(call.x[0].foldedRows(), op: "linear") : nil
        let b = call.needs.count > 2 && call.needs[2] ? try g.summed(to: call.types[2].shape) : nil
        return call.needs.count > 2 ? [x, w, b] : [x, w]
    }

    static let linearSamples: [Sample] = [
        Sample(.linear) { [try .ramp([2, 3]), try .ramp([4, 3], from: -0.5)] },
        Sample(.linear) { [try .ramp([2, 3]), try .ramp([4, 3], from: -0.5), try .ramp([4])] },
        Sample(.linear) { [try .ramp([2, 2, 3]), try .ramp([1, 3], from: -0.5), try .ramp([1])] },
        Sample(.linear) { [try .ramp([3]), try .ramp([2, 3], from: -0.5), try .ramp([2])] },
    ]
}

extension Tensor {
    /// All axes but the last as one: [rows, columns].
    fileprivate func foldedRows() throws -> Tensor {
        rank == 2 ? self : try withShape([shape.dropLast().reduce(1, *), shape[rank - 1]])
    }

    /// This vector as every row of a fresh matrix.
    fileprivate func repeatedRows(_ rows: Int) throws -> Tensor {
        let target = try Tensor(empty: [rows, count], dtype)
        try target.fill(from: expanded(to: [rows, count]))
        return target
    }

    /// x·Wᵀ + b for x [..., in], weight [out, in] and bias [out].
    /// - Throws: `KernelError.shape` when sizes do not fit, `.dtype` unless all are float32 or all float64.
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws -> Tensor {
        try Primitive.linear.apply([self, weight] + (bias.map { [$0] } ?? []))
    }
}
