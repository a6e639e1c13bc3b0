/// How parameters move along their gradients; a value. Its moving averages live in a `State` per training run.
public struct Optimizer: ObjectParameter, Recorded, CustomStringConvertible {
    public static var typeName: String { "Optimizer" }
    public var record: Record
    /// The learning rate before any schedule.
    public let rate: Double
    private let makeStep:
        @Sendable () -> @Sendable (_ parameter: Slot, _ gradient: Tensor, _ rate: Double) throws -> Void

    public var description: String { record.description }

    init(
        rate: Double,
        makeStep:
            @escaping @Sendable () -> @Sendable (_ parameter: Slot, _ gradient: Tensor, _ rate: Double) throws -> Void
    ) {
        (self.rate, self.makeStep, record) = (rate, makeStep, Record("optim"))
    }

    /// A parameter with the moving averages that belong to it and the number of steps taken.
    final class Slot {
        let tensor: Tensor
        var averages: [Tensor] = []
        var steps = 0
        init(_ tensor: Tensor) { self.tensor = tensor }

        /// The moving average number `index`, zeros at first.
        func average(_ index: Int) throws -> Tensor {
            while averages.count <= index { averages.append(try .zeros(tensor.shape, tensor.dtype)) }
            return averages[index]
        }
    }

    /// The optimizer at work on a model's parameters.
    public final class State {
        private let slots: [Slot]
        private let step: (Slot, Tensor, Double) throws -> Void

        public init(_ optimizer: Optimizer, _ parameters: [Tensor]) {
            slots = parameters.map(Slot.init)
            step = optimizer.makeStep()
        }
        /// One step for every parameter that has a gradient.
        public func step(_ gradients: [Tensor?], rate: Double) throws {
            for (slot, gradient) in zip(slots, gradients) {
                guard let gradient else { continue }
                slot.steps += 1
                try step(slot, gradient, rate)
            }
        }
    }
}

extension Recipe where Product == Optimizer {
    static let sgd = Recipe(
        "optim", "sgd", "Stochastic gradient descent with momentum.",
        source:
            "v = momentum v + g + weight_decay w; w = w - lr v (PyTorch's form); Nesterov: w = w - lr (g + momentum v)",
        example: "optim.sgd{lr = 0.05, momentum = 0.9}",
        Parameter("lr", 0.01, "learning rate", .atLeast(0)),
        Parameter("momentum", 0.0, "share of the last step kept", .within(0...1)),
        Parameter("nesterov", false, "look ahead along the momentum"),
        Parameter("weight_decay", 0.0, "L2 penalty added to the gradient", .atLeast(0))
    ) { rate, momentum, nesterov, decay in
        Optimizer(rate: rate) {
            { slot, gradient, rate in
                let step = SGDStep(rate: rate, momentum: momentum, weightDecay: decay, nesterov: nesterov)
                try step.apply(slot.tensor, gradient: gradient, velocity: momentum > 0 ? slot.average(0) : nil)
            }
        }
    }

    static let adam = Recipe(
        "optim", "adam", "Adam: steps scaled by running moments of the gradient.",
        source: "Kingma and Ba 2015, bias-corrected; eps outside the root as in PyTorch (Keras' default eps is 1e-7)",
        example: "optim.adam{lr = 1e-3}", Parameter("lr", 1e-3, "learning rate", .atLeast(0)), beta1, beta2, epsilon,
        Parameter("weight_decay", 0.0, "L2 penalty added to the gradient", .atLeast(0))
    ) { rate, beta1, beta2, eps, decay in
        adam(rate, beta1, beta2, eps, decay, decoupled: false)
    }

    static let adamw = Recipe(
        "optim", "adamw", "Adam with decoupled weight decay.", source: "Loshchilov and Hutter 2019",
        example: "optim.adamw{lr = 1e-3}", Parameter("lr", 1e-3, "learning rate", .atLeast(0)), beta1, beta2, epsilon,
        Parameter("weight_decay", 0.01, "share of the weights removed per unit of learning rate", .atLeast(0))
    ) { rate, beta1, beta2, eps, decay in
        adam(rate, beta1, beta2, eps, decay, decoupled: true)
    }

    private static let beta1 = Parameter("beta1", 0.9, "decay of the mean", .within(0...0.999999))
    private static let beta2 = Parameter("beta2", 0.999, "decay of the square", .within(0...0.999999))
    private static let epsilon = Parameter("eps", 1e-8, "added to the root of the square", .atLeast(0))

    private static func adam(
        _ rate: Double, _ beta1: Double, _ beta2: Double, _ eps: Double, _ decay: Double, decoupled: Bool
    ) -> Optimizer {
        Optimizer(rate: rate) {
            { slot, gradient, rate in
                let step = AdamStep(
                    rate: rate, beta1: beta1, beta2: beta2, eps: eps, weightDecay: decay, decoupled: decoupled)
                try step.apply(
                    slot.tensor, gradient: gradient, mean: slot.average(0), square: slot.average(1), step: slot.steps)
            }
        }
    }

    public static var optimizers: [Recipe] { [sgd, adam, adamw] }
}
