/// What training lowers: a scalar from logits [N, K] and labels [N].
public struct Loss: ObjectParameter, Recorded, CustomStringConvertible {
    public static var typeName: String { "Loss" }
    public var record = Record("loss")
    public let value: @Sendable (_ logits: Tensor, _ labels: Tensor) throws -> Tensor
    /// The loss itself, when it is a cross-entropy.
    private(set) var crossEntropy: CrossEntropy?
    public var description: String { record.description }

    init(_ value: @escaping @Sendable (_ logits: Tensor, _ labels: Tensor) throws -> Tensor) { self.value = value }

    init(crossEntropy: CrossEntropy) {
        let smoothing = crossEntropy.smoothing, reduction = crossEntropy.reduction
        self.init { try Primitive.crossEntropy(smoothing: smoothing, reduction: reduction)($0, $1) }
        self.crossEntropy = crossEntropy
    }

    /// A loss may be given as a loss, by name, or as a function of the scripting language.
    public init?(_ value: Value) throws {
        switch value {
        case .object(let loss as Loss): self = loss
        case .text(let name):
            guard let recipe = Recipe<Loss>.losses.first(where: { $0.name == name }) else { return nil }
            self = try recipe.build()
        case .callback(let callback):
            self.init { logits, labels in
                let results = try callback.call([.object(logits), .object(labels)])
                guard case .object(let loss as Tensor)? = results.first, loss.count == 1 else {
                    throw KernelError.state(
                        op: "loss",
                        reason: "the function must return a tensor with one element, got "
                            + (results.first ?? .null).errorText)
                }
                return loss
            }
            record = Record("loss.function")
        default: return nil
        }
    }
}

extension Recipe where Product == Loss {
    static let crossEntropy = Recipe(
        "loss", "cross_entropy", "Mean of -log softmax(logits)[label].",
        source: "label smoothing: Szegedy et al. 2016; targets (1 - s) one_hot + s / classes",
        example: "loss.cross_entropy{label_smoothing = 0.1}",
        Parameter("label_smoothing", 0.0, "share of the target spread over all classes", .within(0...1))
    ) { smoothing in Loss(crossEntropy: CrossEntropy(smoothing: smoothing, reduction: .mean)) }

    static let mse = Recipe(
        "loss", "mse", "Mean squared difference of the logits from one-hot labels.", example: "loss.mse{}"
    ) {
        Loss { logits, labels in
            guard logits.rank == 2 else {
                throw KernelError.shape(op: "loss.mse", shapes: [logits.shape], reason: "logits [N, classes] expected")
            }
            return try logits.mse(labels.oneHot(logits.shape[1]).converted(to: logits.dtype))
        }
    }

    static let margin = Recipe(
        "loss", "margin", "Mean of max(0, margin + largest other logit - logit of the label).",
        source: "Crammer and Singer 2001", example: "loss.margin{1}",
        Parameter("margin", 1.0, "distance that the label's logit should keep", .atLeast(0))
    ) { margin in
        Loss { logits, labels in
            try logits.maxExcept(labels).sub(.tensor(logits.pick(labels))).add(.number(margin)).relu().mean()
        }
    }

    public static var losses: [Recipe] { [crossEntropy, mse, margin] }
}
