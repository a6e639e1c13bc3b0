// Variance, norms, products and running sums as records.

extension Primitive {
    /// The variance over axes, divided by count - correction (1 as in PyTorch: unbiased).
    public static func variance(_ axes: [Int] = [], correction: Double = 1, keepDims: Bool = false) -> Primitive {
        reduction("var", axes, keepDims, keeps: .inputs, floatOnly: true) { x, _ in
            try x.variance(axes, keepDims: keepDims, correction: correction)
        } vjp: { g, layout, call in
            let n = Double(layout.width) - correction
            let centred = try BinaryOp.sub.apply(call.x[0], call.x[0].averaged(axes, keepDims: true))
            return try BinaryOp.mul.apply(centred, BinaryOp.product(g, .number(n > 0 ? 2 / n : .nan)))
        }
    }

    /// The product over axes.
    public static func prod(_ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        reduction("prod", axes, keepDims, keeps: .inputs, type: summable) { x, _ in
            try x.product(axes, keepDims: keepDims)
        } vjp: { g, _, call in
            try BinaryOp.mul.apply(call.x[0].productOfOthers(axes), g)
        }
    }

    /// log sum exp over axes, without overflow.
    public static func logSumExp(_ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        reduction("logsumexp", axes, keepDims, keeps: [.inputs, .output], floatOnly: true) { x, _ in
            try x.logOfSummedExponentials(axes, keepDims: keepDims)
        } vjp: { g, layout, call in
            let less = try BinaryOp.sub.apply(call.x[0], call.y!.withShape(layout.keptDims))
            return try BinaryOp.mul.apply(UnaryOp.exp.apply(less), g)
        }
    }

    /// The p-norm over axes. The gradient of a norm of zero is zero; of the largest magnitude, shared evenly.
    public static func norm(_ p: Double = 2, _ axes: [Int] = [], keepDims: Bool = false) -> Primitive {
        reduction("norm", axes, keepDims, keeps: [.inputs, .output], floatOnly: true) { x, _ in
            try x.pNorm(p, axes, keepDims: keepDims)
        } vjp: { g, layout, call in
            let y = try call.y!.withShape(layout.keptDims)
            return try BinaryOp.mul.apply(normSlope(p, call.x[0], y, axes), g)
        }
    }

    private static func normSlope(_ p: Double, _ x: Tensor, _ y: Tensor, _ axes: [Int]) throws -> Tensor {
        let sign = try UnaryOp.sign.apply(x)
        switch p {
        case 0: return try .zeros(x.shape, x.dtype)
        case 1: return sign
        case .infinity:
            let hits = try BinaryOp.eq.apply(UnaryOp.abs.apply(x), y).converted(to: x.dtype)
            return try BinaryOp.mul.apply(sign, BinaryOp.div.apply(hits, hits.summed(axes, keepDims: true)))
        default:
            let ratio = try BinaryOp.div.apply(UnaryOp.abs.apply(x), y.replacing(0, by: 1))
            if p == 2 { return try BinaryOp.mul.apply(sign, ratio) }
            let slope = try BinaryOp.mul.apply(sign, UnaryOp.power(p - 1).apply(ratio))
            return try Select.apply(BinaryOp.eq.apply(.tensor(x), 0), 0, .tensor(slope))
        }
    }

    /// Running sums along an axis.
    public static func cumsum(_ axis: Int) -> Primitive {
        Primitive("cumsum") { types in
            _ = try Shape.axis(axis, rank: types[0].shape.count, "cumsum")
            return TensorType(types[0].shape, summable(types[0].dtype))
        } forward: { x, _ in
            try x[0].runningSum(axis)
        } vjp: { g, _ in
            [try g.runningSum(axis, fromBack: true)]
        }
    }

    static var statisticsSamples: [Sample] {
        let all: [Primitive] = [
            variance(), variance([1]), variance([0, 2], correction: 0, keepDims: true), prod(), prod([1]),
            logSumExp(), logSumExp([1], keepDims: true), norm(), norm(1, [1]), norm(2, [0, 2]), norm(.infinity, [1]),
            norm(3, [1], keepDims: true), norm(1.5), cumsum(0), cumsum(-1),
        ]
        let withZero: [Primitive] = [prod([1]), cumsum(1)]
        return all.map { Sample($0) { [try .ramp([2, 3, 2])] } }
            + withZero.map { Sample($0) { [try Tensor([0.0, 2, 3, 0, 0, 4], [2, 3])] } }
    }
}
