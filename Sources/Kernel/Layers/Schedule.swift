import Glibc

/// How the learning rate changes over a training run: a factor from the share of it that is done.
public struct Schedule: ObjectParameter, Recorded, CustomStringConvertible {
    public static var typeName: String { "Schedule" }
    public var record = Record("optim")
    /// The factor on the learning rate at a (fractional) epoch of so many.
    public let factor: @Sendable (_ epoch: Double, _ epochs: Int) -> Double
    public var description: String { record.description }
    init(_ factor: @escaping @Sendable (_ epoch: Double, _ epochs: Int) -> Double) { self.factor = factor }
}

extension Recipe where Product == Schedule {
    static let step = Recipe(
        "optim", "step", "Multiplies the learning rate by gamma every `size` epochs.", example: "optim.step{size = 10}",
        Parameter("size", 10, "epochs between steps", .within(1...1_000_000)),
        Parameter("gamma", 0.1, "factor at each step", .within(0...10))
    ) { size, gamma in
        Schedule { epoch, _ in
            guard epoch >= 0 else { return 1 }  // not a number, too
            return (0..<Int(min(10_000, epoch / Double(size)))).reduce(1.0) { factor, _ in factor * gamma }
        }
    }
    static let cosine = Recipe(
        "optim", "cosine", "Lowers the learning rate along a half cosine to `final` of it, after a linear warm-up.",
        source: "Loshchilov and Hutter 2017", example: "optim.cosine{warmup = 1}",
        Parameter("final", 0.0, "factor at the end", .within(0...1)),
        Parameter("warmup", 0.0, "epochs of linear rise from 0", .atLeast(0))
    ) { final, warmup in
        Schedule { epoch, epochs in
            if epoch < warmup { return epoch / warmup }
            let done = min(1, (epoch - warmup) / max(1e-9, Double(epochs) - warmup))
            return final + (1 - final) * 0.5 * (1 + cos(done * .pi))
        }
    }
    public static var schedules: [Recipe] { [step, cosine] }
}
