extension AttackResult: CustomStringConvertible {
    /// Aligned lines: accuracies with denominators, passes, what made it, warnings.
    public var description: String {
        let count = outcomes.count == total ? "\(total)" : "\(outcomes.count) of \(total)"
        var lines = ["\(attack.name) on \(count) examples"]
        for (name, text) in facts {
            for (row, line) in text.split(separator: "\n").enumerated() {
                lines.append("  " + (row == 0 ? name : "").filled(to: 16) + "  " + line)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What the text says, by name, line by line.
    public var facts: [(String, String)] {
        let successes = outcomes.count { $0.isCleanCorrect && $0.success }
        let distances = Norm.allCases.map { "\($0.rawValue) \(fixedText(medianDistance($0), 4))" }.joined(
            separator: ", ")
        var facts = [
            ("clean accuracy", shareText(cleanAccuracy)),
            ("robust accuracy", (isInterrupted ? "at most " : "") + shareText(robustAccuracy)),
            (attack.target == nil ? "broken" : "steered", shareText(successRate) + " of the correctly classified"),
        ]
        if successes > 0 { facts.append(("median distance", "\(distances) (of \(successes) successes)")) }
        facts.append(
            ("passes", "\(passes.forwards) forward, \(passes.backwards) backward (per example, checks not counted)"))
        facts.append(("attack", "\(attack)"))
        facts.append(("model", model))
        if let surrogate {
            facts.append(("gradients from", surrogate))
            facts.append(("verdict asked", asksVerdict ? "at every step" : "at the end alone"))
        }
        if !data.isEmpty { facts.append(("data", data)) }
        if warnings.isEmpty { facts.append(("warnings", "none")) }
        for (place, warning) in warnings.enumerated() { facts.append((place == 0 ? "warnings" : "", "\(warning)")) }
        return facts
    }

    /// `0.8810  (881 of 1000, 95 % interval 0.8594 to 0.8996)`.
    private func shareText(_ share: Share) -> String {
        let interval = share.interval
        return "\(fixedText(share.value, 4))  (\(share.hits) of \(share.total), 95 % interval "
            + "\(fixedText(interval.lowerBound, 4)) to \(fixedText(interval.upperBound, 4)))"
    }
}

extension String {
    fileprivate func filled(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
