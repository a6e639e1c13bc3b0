import CKernels

/// A question that every evaluation should answer, as a record: code, what is asked, what it costs, when it warns.
public struct Check: Sendable {
    public let code: String
    public let question: String
    public let cost: String
    public let threshold: String
    /// Whether it runs only when all checks are asked for.
    let isExpensive: Bool
    /// What was found, nil when all is well.
    let find: @Sendable (Probe) throws -> String?

    init(
        _ code: String, _ question: String, cost: String, threshold: String, isExpensive: Bool = false,
        _ find: @escaping @Sendable (Probe) throws -> String?
    ) {
        (self.code, self.question, self.cost, self.threshold) = (code, question, cost, threshold)
        (self.isExpensive, self.find) = (isExpensive, find)
    }

    /// What a check looks at: a finished run, and its first examples to ask more questions with.
    struct Probe: Sendable {
        static let size = 64
        let attack: Attack, target: Target, examples: Examples, result: AttackResult
        let x: Tensor, labels: [Int]
        /// The verdict on them.
        let logits: Tensor
    }

    /// The warnings of a run.
    static func findings(
        _ level: CheckLevel, _ attack: Attack, _ target: Target, _ examples: Examples, _ result: AttackResult
    ) throws -> [Warning] {
        guard level != .none, examples.count > 0 else { return [] }
        let before = target.passes
        defer { result.checkPasses = target.passes - before }
        let (x, labels) = try examples.floats(0..<min(Probe.size, examples.count))
        let probe = Probe(
            attack: attack, target: target, examples: examples, result: result, x: x, labels: labels,
            logits: try target.logits(x))
        return try all.filter { level == .all || !$0.isExpensive }.compactMap { check in
            try Interrupt.check()
            return try check.find(probe).map { Warning(check.code, $0) }
        }
    }
}

/// How many checks a run makes.
public enum CheckLevel: String, Choice {
    case none, standard, all
}

extension Check {
    /// Every check, by its code in the literature notes of the project.
    public static let all: [Check] = [
        Check("W01", "do inputs lie in the declared range?", cost: "free", threshold: "any outside") { probe in
            let count = probe.result.tally.outside
            return count == 0
                ? nil
                : "\(count) inputs lie outside the declared range \(rangeText(probe.target.range)) or are not numbers"
        },
        Check("W02", "does eps fit the range?", cost: "free", threshold: "eps > half the range") { probe in
            let width = probe.target.range.upperBound - probe.target.range.lowerBound
            let count = Double(probe.x.count / max(1, probe.labels.count))
            let whole = Ball.size(
                Distances(l1: width * count, l2: width * count.squareRoot(), linf: width), probe.attack.ball.norm)
            guard probe.attack.eps.largest > 0.5 * whole else { return nil }
            return "eps \(numberText(probe.attack.eps.largest)) is more than half of what the range "
                + "\(rangeText(probe.target.range)) allows; is it meant for 0 to 255?"
        },
        Check(
            "W03", "are the outputs logits?", cost: "1 forward of 64",
            threshold: "rows in [0, 1] that sum to 1 within 1e-5"
        ) { probe in
            try probe.logits.looksLikeProbabilities()
                ? "the outputs look like probabilities; a loss that applies softmax to them is nearly flat" : nil
        },
        Check(
            "W04", "is the forward pass deterministic?", cost: "4 forwards of 64",
            threshold: "normalised logits move by 1e-4"
        ) { probe in
            let first = try probe.logits.unitRows()
            let moved = try (0..<4).map { _ in
                try largestDistance(first, probe.target.logits(probe.x).unitRows())
            }.max()!
            return moved > 1e-4
                ? "the model is random: equal inputs give different logits; average gradients over passes" : nil
        },
        Check("W06", "are the input gradients there?", cost: "free", threshold: "any zero or not finite") { probe in
            let tally = probe.result.tally
            var found: [String] = []
            if tally.zeroGradients > 0 {
                found.append(
                    "\(percentText(Double(tally.zeroGradients) / Double(tally.gradients))) of the input gradients are zero (random directions were taken)"
                )
            }
            if tally.frozen > 0 {
                found.append("\(tally.frozen) examples were given up because their gradient is not finite")
            }
            if tally.unclassified > 0 { found.append("the logits of \(tally.unclassified) examples are nan") }
            return found.isEmpty ? nil : found.joined(separator: "; ")
        },
        Check(
            "W07", "is the loss saturated?", cost: "1 forward and 2 backwards of 64",
            threshold: "cross-entropy slope < 1e-6 of the margin's for over 10 %"
        ) { probe in
            guard probe.attack.steps > 0, probe.attack.objective.name == Objective.crossEntropy.name else { return nil }
            let share = try saturatedShare(probe)
            guard share > 0.1 else { return nil }
            return
                "the cross-entropy is saturated for \(percentText(share)) of the examples; use objective = \"margin\" or a temperature"
        },
        Check("W09", "do verdict and gradient agree?", cost: "1 forward of 64", threshold: "any argmax differs") {
            probe in
            guard !probe.target.isSingle, probe.target.givesGradients else { return nil }
            let verdicts = try probe.logits.predictions()
            let others = try probe.target.surrogateLogits(probe.x).predictions()
            let share = Double(zip(verdicts, others).count { $0 != $1 }) / Double(verdicts.count)
            return share > 0
                ? "the gradient model disagrees with the verdict on \(percentText(share)) of the clean inputs" : nil
        },
        Check("W10", "were successes lost?", cost: "free", threshold: "any") { probe in
            let count = probe.result.tally.silent
            return count == 0
                ? nil : "\(count) examples were misclassified during the attack and not when asked again"
        },
        Check(
            "W17", "is random noise as good?", cost: "10 forwards of 500", threshold: "noise breaks as many",
            isExpensive: true
        ) { probe in
            guard probe.attack.steps > 0 else { return nil }
            let count = min(500, probe.result.outcomes.count)
            let noise = Attack.noise(
                eps: probe.attack.eps, norm: probe.attack.ball.norm, draws: 10, seed: probe.attack.seed)
            let robust = try noise.first(count).run(on: probe.target, probe.examples.slice(0..<count), checks: .none)
                .robustAccuracy
            let ours = Share(probe.result.outcomes.prefix(count).count { $0.isRobust }, of: count)
            guard robust.hits < count, robust.hits <= ours.hits else { return nil }
            return "10 draws of random noise leave \(percentText(robust.value)), the attack \(percentText(ours.value))"
        },
    ]

    /// The share of correctly classified examples whose cross-entropy has a vanishing slope where the margin has one.
    private static func saturatedShare(_ probe: Probe) throws -> Double {
        let slopes = try probe.target.gradients(
            probe.x, [probe.attack.objective, .margin], Goal(probe.labels))
        let right = zip(try slopes[0].logits.predictions(), probe.labels).map { $0 == $1 }
        let sizes = zip(try slopes[0].gradient.rowSizes(), try slopes[1].gradient.rowSizes())
        let flat = zip(sizes, right).count { $1 && $0.1 > 0 && $0.0 < 1e-6 * $0.1 }
        return Double(flat) / Double(max(1, right.count { $0 }))
    }

    private static func largestDistance(_ a: [[Double]], _ b: [[Double]]) -> Double {
        zip(a, b).map { x, y in zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot() }.max() ?? 0
    }
}

func rangeText(_ range: ClosedRange<Double>) -> String {
    "[\(numberText(range.lowerBound)), \(numberText(range.upperBound))]"
}

extension Tensor {
    fileprivate func rows() throws -> [[Double]] {
        let values = try array(Double.self), width = values.count / max(1, shape[0])
        return (0..<shape[0]).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
    fileprivate func looksLikeProbabilities() throws -> Bool {
        try rows().allSatisfy { row in
            row.allSatisfy { (-1e-6...1 + 1e-6).contains($0) } && abs(row.reduce(0, +) - 1) <= 1e-5
        }
    }
    fileprivate func unitRows() throws -> [[Double]] {
        try rows().map { row in
            let size = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return size > 0 ? row.map { $0 / size } : row
        }
    }
    /// The sum of |x| of each row.
    fileprivate func rowSizes() throws -> [Double] {
        let rows = try converted(to: .float32).contiguous(), width = count / max(1, shape[0])
        let base = try rows.rowPointer()
        return withExtendedLifetime(rows) { (0..<shape[0]).map { ck_gradient_size_f32(base + $0 * width, width) } }
    }
}
