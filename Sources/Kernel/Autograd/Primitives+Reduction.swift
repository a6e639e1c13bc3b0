// Reductions as records: the gradient of a result is spread over the elements it came from.

extension Primitive {
    /// A record whose result drops (or keeps as 1) the reduced axes.
    static func reduction(
        _ name: String, _ axes: [Int], _ keepDims: Bool, keeps: Keeps = [], floatOnly: Bool = false,
        type: @escaping @Sendable (DType) -> DType = { $0 },
        forward: @escaping @Sendable (_ x: Tensor, _ extra: inout [Tensor]) throws -> Tensor,
        vjp: @escaping @Sendable (_ g: Tensor, _ layout: ReducedShape, _ call: Saved) throws -> Tensor
    ) -> Primitive {
        Primitive(name, keeps: keeps) { types in
            if floatOnly, !types[0].dtype.isFloat {
                throw KernelError.dtype(op: name, got: [types[0].dtype], expected: "float32 or float64")
            }
            return TensorType(try ReducedShape(types[0].shape, axes, name).result(keepDims), type(types[0].dtype))
        } forward: { x, extra in
            try forward(x[0], &extra)
        } vjp: { g, call in
            let layout = try ReducedShape(call.types[0].shape, axes, name)
            return [try vjp(try g.withShape(layout.keptDims), layout, call)]
        }
    }
    static let summable: @Sendable (DType) -> DType = { $0.isFloat ? $0 : .int64 }
    static let averaged: @Sendable (DType) -> DType = { $0.isFloat ? $0 : .float32 }

    public static func sum(_ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        reduction("sum", axes, keepDims, type: summable) { x, _ in
            try x.summed(axes, keepDims: keepDims)
        } vjp: { g, _, call in
            try g.expanded(to: call.types[0].shape)
        }
    }

    public static func mean(_ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        reduction("mean", axes, keepDims, type: averaged) { x, _ in
            try x.averaged(axes, keepDims: keepDims)
        } vjp: { g, layout, call in
            try BinaryOp.quotient(g, .number(Double(layout.width))).expanded(to: call.types[0].shape)
        }
    }

    /// The largest element; equal ones share the gradient evenly, as PyTorch's `amax`.
    public static func amax(_ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        extreme(.max, axes, keepDims)
    }
    public static func amin(_ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        extreme(.min, axes, keepDims)
    }
    private static func extreme(_ which: Tensor.Extreme, _ axes: [Int], _ keepDims: Bool) -> Primitive {
        reduction(which == .max ? "max" : "min", axes, keepDims, keeps: [.inputs, .output]) { x, _ in
            try x.extreme(which, axes, keepDims: keepDims)
        } vjp: { g, layout, call in
            let y = try call.y!.withShape(layout.keptDims)
            let hits = try BinaryOp.eq.apply(call.x[0], y).converted(to: g.dtype)
            let share = try BinaryOp.div.apply(g, try hits.summed(axes, keepDims: true))
            return try BinaryOp.mul.apply(hits, share)
        }
    }

    static var reductionSamples: [Sample] {
        let all: [Primitive] = [
            sum(), sum([0]), sum([1], keepDims: true), sum([0, 2]), mean(), mean([-1]), mean([0, 2], keepDims: true),
            amax(), amax([1]), amin([0, 2], keepDims: true),
        ]
        return all.map { Sample($0) { [try .ramp([2, 3, 2])] } }
            + statisticsSamples
            + [
                Sample(amax([1]), .surrogate { _ in [try Tensor([0.5, 0.5, 0, 1.0], [2, 2])] }) {
                    [try Tensor([1.0, 1, 0, 3], [2, 2])]
                }
            ]
    }
}

extension Tensor {
    /// The mean over axes; nan of nothing. Integers and booleans give float32. Not recorded.
    func averaged(_ axes: [Int], keepDims: Bool) throws -> Tensor {
        let width = try axes.isEmpty ? count : ReducedShape(shape, axes, "mean").width
        let source = dtype.isFloat ? self : try converted(to: .float32)
        if width == 0 { return try .full(ReducedShape(shape, axes, "mean").result(keepDims), .nan, source.dtype) }
        return try source.summed(axes, keepDims: keepDims, divisor: Double(width), "mean")
    }
}
