// Softmax, losses and margins as records.

extension Primitive {
    /// exp(x) / sum exp(x) over one axis.
    public static func softmax(_ axis: Int = -1) -> Primitive { softmax(.plain, axis) }
    public static func logSoftmax(_ axis: Int = -1) -> Primitive { softmax(.logarithm, axis) }
    private static func softmax(_ kind: Softmax, _ axis: Int) -> Primitive {
        Primitive(kind.name, keeps: .output) { types in
            _ = try Shape.axis(axis, rank: types[0].shape.count, kind.name)
            guard types[0].dtype.isFloat else {
                throw KernelError.dtype(op: kind.name, got: [types[0].dtype], expected: "float32 or float64")
            }
            return types[0]
        } forward: { x, _ in
            try kind.apply(x[0], axis)
        } vjp: { g, call in
            [try kind.vjp(g, call.y!, axis)]
        }
    }

    /// Softmax cross-entropy of logits [N, C] and labels [N], fused: the forward pass keeps the probabilities, the
    /// backward pass is one sweep over them.
    public static func crossEntropy(smoothing: Double = 0, reduction: LossReduction = .mean) -> Primitive {
        let loss = CrossEntropy(smoothing: smoothing, reduction: reduction)
        return Primitive("cross_entropy") { types in
            try Labels.check(types[0], types[1], "cross_entropy")
            return TensorType(reduction == .none ? types[1].shape : [], types[0].dtype)
        } forward: { x, extra in
            let labels = try Labels(x[1], for: x[0].type, "cross_entropy")
            let (probabilities, losses) = try loss.forward(x[0], labels)
            extra = [probabilities, labels.tensor]
            return try loss.reduced(losses)
        } vjp: { g, call in
            [try loss.vjp(g, call.extra[0], call.extra[1]), nil]
        }
    }

    /// The logit of the label of each row: [N].
    public static let pick = rowChoice("pick") { _, labels in labels.tensor }
    /// The largest logit of each row other than the label's: [N]. The gradient goes to the first of equal ones.
    public static let maxExcept = rowChoice("max_except") { try $0.argmaxExcept($1) }

    private static func rowChoice(
        _ name: String, _ choose: @escaping @Sendable (Tensor, Labels) throws -> Tensor
    ) -> Primitive {
        Primitive(name) { types in
            try Labels.check(types[0], types[1], name)
            return TensorType(types[1].shape, types[0].dtype)
        } forward: { x, extra in
            let index = try choose(x[0], Labels(x[1], for: x[0].type, name))
            extra = [index]
            return try x[0].picked(index)
        } vjp: { g, call in
            [try g.scattered(call.extra[0], call.types[0].shape), nil]
        }
    }

    static var lossSamples: [Sample] {
        let onLabels: [Primitive] = [
            crossEntropy(), crossEntropy(smoothing: 0.1, reduction: .sum), crossEntropy(reduction: .none), pick,
            maxExcept,
        ]
        let onRows: [Primitive] = [softmax(), softmax(0), logSoftmax(), logSoftmax(1)]
        return onLabels.map { loss in
            Sample(loss, active: [0]) { [try .ramp([3, 4]), try Tensor([Int64(3), 0, 2])] }
        } + onRows.map { Sample($0) { [try .ramp([2, 3, 2])] } }
    }
}
