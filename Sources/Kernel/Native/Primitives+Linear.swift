import CKernels

// y = x·Wᵀ + b with W [out, in] as PyTorch stores it. The transposed weight is read in place, the bias starts the sum.

extension Primitive {
    /// Operands x [..., in], weight [out, in] and perhaps bias [out] -> [..., out]; all of one floating-point type.
    public static let linear = linear(relu: false)
    /// The same followed by max(0, y).
    public static let linearRelu = linear(relu: true)

    private static func linear(relu: Bool) -> Primitive {
        Primitive("linear", keeps: relu ? [.inputs, .output] : .inputs, result: linearType) { x, _ in
            try x[0].linearForward(x[1], x.count > 2 ? x[2] : nil, relu: relu, isLearned: x[1].node != nil)
        } vjp: { g, call in
            let g = try (call.y.map { try g.passed(where: $0) } ?? g).foldedRows()
            let x =
                call.needs[0]
                ? try g.productSkippingZeros(call.x[1], isFixed: !call.needs[1], op: "linear")
                    .unfolded(to: call.types[0].shape) : nil
            let w = call.needs[1] ? try g.weightGradient(call.x[0].foldedRows(), op: "linear") : nil
            let b = call.needs.count > 2 && call.needs[2] ? try g.summed(to: call.types[2].shape) : nil
            return call.needs.count > 2 ? [x, w, b] : [x, w]
        }
    }

    private static let linearType: @Sendable ([TensorType]) throws -> TensorType = { types in
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
    }

    static let linearSamples: [Sample] = [
        Sample(.linear) { [try .ramp([2, 3]), try .ramp([4, 3], from: -0.5)] },
        Sample(.linear) { [try .ramp([2, 3]), try .ramp([4, 3], from: -0.5), try .ramp([4])] },
        Sample(.linear) { [try .ramp([2, 2, 3]), try .ramp([1, 3], from: -0.5), try .ramp([1])] },
        Sample(.linear) { [try .ramp([3]), try .ramp([2, 3], from: -0.5), try .ramp([2])] },
        Sample(.linearRelu) { [try .ramp([2, 3]), try .ramp([4, 3], from: -0.5), try .ramp([4])] },
    ]
}

extension Tensor {
    /// All axes but the last as one: [rows, columns].
    fileprivate func foldedRows() throws -> Tensor {
        rank == 2 ? self : try withShape([shape.dropLast().reduce(1, *), shape[rank - 1]])
    }

    /// A fresh matrix with the axes that `foldedRows` folded.
    fileprivate func unfolded(to shape: [Int]) throws -> Tensor { shape.count == 2 ? self : try withShape(shape) }

    /// This vector as every row of a matrix, a fresh one unless there is a target.
    fileprivate func repeatedRows(_ rows: Int, into target: Tensor?) throws -> Tensor {
        let target = try target ?? Tensor(empty: [rows, count], dtype)
        try target.fill(from: expanded(to: [rows, count]))
        return target
    }

    /// Into a fresh result unless there is a target, row-major [rows, out]. Not recorded.
    func linearForward(
        _ weight: Tensor, _ bias: Tensor?, relu: Bool, isLearned: Bool, into target: Tensor? = nil
    ) throws -> Tensor {
        if !isLearned, let y = try Context.current.trail?.linear(self, weight, bias, relu: relu) { return y }
        let rows = try foldedRows()
        let dense = { (rows: Tensor, target: Tensor?) in
            try rows.denseLinear(weight, bias, relu: relu, isLearned: isLearned, into: target)
        }
        let skipping = try rows.linearSkippingZeros(weight, bias, relu: relu, isLearned: isLearned, into: target) {
            try dense($0, nil)
        }
        let y = try skipping ?? dense(rows, target)
        return rank == 2 ? y : try y.withShape(Array(shape.dropLast()) + [weight.shape[0]])
    }

    private func denseLinear(
        _ weight: Tensor, _ bias: Tensor?, relu: Bool, isLearned: Bool, into target: Tensor?
    ) throws -> Tensor {
        if isLearned, let y = try inPlaceLinear(weight, bias, relu: relu, into: target) { return y }
        let start = try bias?.repeatedRows(shape[0], into: target)
        let y = try product(weight.matrixTransposed(), addedTo: start, into: target, op: "linear")
        if relu { try y.clearNegative() }
        return y
    }

    /// max(0, y) in place on a fresh result; nan stays nan.
    private func clearNegative() throws {
        guard dtype == .float32 else {
            return try write(Double.self) { y in for i in y.indices where y[i] < 0 { y[i] = 0 } }
        }
        try write(Float.self) { y in
            nonisolated(unsafe) let floats = y.baseAddress!
            Workers.split(y.count, grain: Planes.grain) { ck_clear_negative_f32(floats + $0.lowerBound, $0.count) }
        }
    }

    /// The same for float32, few rows or few elements of the weight, and a weight that is being learned, which has changed
    /// since the last batch: it is read where it lies instead of being packed. Nil for what does better by the usual way.
    ///
    /// Evaluation and attacks do not come here: their batches shrink, and their results may not change with that.
    func inPlaceLinear(_ weight: Tensor, _ bias: Tensor?, relu: Bool, into target: Tensor? = nil) throws -> Tensor? {
        let (rows, k, n) = (shape[0], shape[1], weight.shape[0])
        guard dtype == .float32, rows > 0, rows <= 64 || weight.count <= SparseRows.smallFactor,
            k >= CK_LINEAR_LEAST_K, n >= CK_LINEAR_LEAST_N, k * n <= 1 << 22, isContiguous, weight.isContiguous,
            bias?.isContiguous ?? true
        else { return nil }
        let y = try target ?? Tensor(empty: [rows, n])
        try withPointers([self, weight] + (bias.map { [$0] } ?? []), Float.self) { operands in
            try y.write(Float.self) { y in
                nonisolated(unsafe) let (x, w, y) = (operands[0].baseAddress!, operands[1].baseAddress!, y.baseAddress!)
                nonisolated(unsafe) let b = operands.count > 2 ? operands[2].baseAddress : nil
                let wide = CK_LINEAR_LEAST_N, strips = n / wide
                Workers.split(strips, grain: max(1, 1_000_000 / (wide * k * rows))) { part in
                    let low = part.lowerBound * wide, high = part.upperBound == strips ? n : part.upperBound * wide
                    ck_linear_f32(x, w + low * k, b.map { $0 + low }, y + low, n, rows, high - low, k, relu)
                }
            }
        }
        return y
    }

    /// x·Wᵀ + b for x [..., in], weight [out, in] and bias [out]; then max(0, y) when `relu`.
    /// - Throws: `KernelError.shape` when sizes do not fit, `.dtype` unless all are float32 or all float64.
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil, relu: Bool = false) throws -> Tensor {
        let operands = bias.map { [self, weight, $0] } ?? [self, weight]
        return try (relu ? Primitive.linearRelu : Primitive.linear).apply(operands)
    }
}
