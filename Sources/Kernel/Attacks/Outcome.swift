/// What became of one example.
public struct Outcome: Sendable, Equatable {
    public var label: Int
    /// The class to reach, for a targeted attack.
    public var target: Int?
    /// The class predicted for the clean input, and for the final point; -1 when the logits are nan.
    public var clean: Int, final: Int
    /// Whether the attack's goal holds at the final point. For an untargeted attack that is a wrong prediction, whatever
    /// the clean one was.
    public var success: Bool
    public var distances: Distances
    /// The step and the restart (from 0) of the final point; step 0 is a starting point or the input itself.
    public var step: Int, restart: Int
    public var ending: Ending

    public var isCleanCorrect: Bool { clean == label }
    /// Right before and after.
    public var isRobust: Bool { clean == label && final == label }
}

/// A share with its denominator.
public struct Share: Sendable, Equatable {
    public var hits: Int, total: Int
    public init(_ hits: Int, of total: Int) { (self.hits, self.total) = (hits, total) }
    /// nan for an empty denominator.
    public var value: Double { total == 0 ? .nan : Double(hits) / Double(total) }

    /// The Wilson score interval at 95 % (Wilson 1927): for 0 of 10 it is 0 to 0.2775.
    public var interval: ClosedRange<Double> {
        guard total > 0 else { return 0...1 }
        let z = 1.959963984540054, n = Double(total), p = value
        let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return max(0, middle - half)...min(1, middle + half)
    }
}

/// Something about an evaluation that its reader must know: a check's code and its finding.
public struct Warning: Sendable, Equatable, CustomStringConvertible {
    public var code: String, text: String
    public init(_ code: String, _ text: String) { (self.code, self.text) = (code, text) }
    public var description: String { "\(code) \(text)" }
}

// Unchecked: it is written only while it is made.

/// What an attack did to a model, example by example, with everything that made it.
public final class AttackResult: ObjectParameter, HoldsCallbacks, @unchecked Sendable {
    public static let typeName = "AttackResult"

    public let attack: Attack
    /// The model that decided, and where the gradients came from when that was another.
    public let model: String, surrogate: String?
    /// Whether the attack asked the model that decides at every step, or once at the end.
    public let asksVerdict: Bool
    /// What the examples are, with their digest when it is known.
    public let data: String
    /// Examples that were asked for; `outcomes` holds fewer when the run was interrupted.
    public let total: Int
    public private(set) var outcomes: [Outcome] = []
    /// How many of the outcomes are robust, kept as they come: the progress line asks at every step.
    private var robust = 0
    /// What was attacked, to be seen beside what became of it; it is fetched again, not kept.
    public internal(set) var examples: Examples?
    /// Final points [n, ...], float32; the input itself where nothing was found or needed.
    public internal(set) var adversarial: Tensor
    /// Passes of the attack, and of the checks.
    public internal(set) var passes = Passes(), checkPasses = Passes()
    public internal(set) var warnings: [Warning] = []
    public internal(set) var isInterrupted = false
    public internal(set) var seconds = 0.0
    var tally = BatchRun.Tally()

    init(_ attack: Attack, on target: Target, data: String, total: Int, adversarial: Tensor) {
        (self.attack, self.data, self.total, self.adversarial) = (attack, data, total, adversarial)
        (model, surrogate, asksVerdict) = (target.name, target.surrogateName, target.asksVerdict)
    }

    func add(_ new: [Outcome]) {
        outcomes += new
        robust += new.count { $0.isRobust }
    }

    public var callbacks: [any Callback] { attack.callbacks }
    public var cleanAccuracy: Share { Share(outcomes.count { $0.isCleanCorrect }, of: outcomes.count) }
    /// Right before and after, of all examples.
    public var robustAccuracy: Share { Share(robust, of: outcomes.count) }
    /// Goals reached, of the examples that were classified correctly and could be attacked.
    public var successRate: Share {
        let attacked = outcomes.filter { $0.isCleanCorrect && $0.ending != .skipped }
        return Share(attacked.count { $0.success }, of: attacked.count)
    }
    /// The median distance of the successes on examples that were classified correctly, in a norm; nan for none.
    public func medianDistance(_ norm: Norm) -> Double {
        let sizes = outcomes.filter { $0.isCleanCorrect && $0.success }.map { Ball.size($0.distances, norm) }.sorted()
        if sizes.isEmpty { return .nan }
        let middle = sizes.count / 2
        return sizes.count % 2 == 1 ? sizes[middle] : (sizes[middle - 1] + sizes[middle]) / 2
    }
}
