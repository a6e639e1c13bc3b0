extension Attack {
    /// Whether each example stays correct under each budget: `robust[budget][example]`.
    ///
    /// Equal to one `run` per budget. When the direction does not depend on eps, one gradient pass serves all budgets.
    public func evaluate(on target: Target, _ examples: Examples, eps budgets: [Double]) throws -> [[Bool]] {
        guard let bad = budgets.first(where: { !(0...1e9).contains($0) }) else {
            return directionIsIndependentOfEps
                ? try evaluateAlongOneGradient(target, examples, budgets)
                : try budgets.map { eps in
                    try with(eps: .all(eps)).run(on: target, examples, checks: .none).outcomes.map(\.isRobust)
                }
        }
        throw KernelError.value(op: name, name: "eps", expected: "numbers from 0 to 1e9", got: numberText(bad))
    }

    private func evaluateAlongOneGradient(_ target: Target, _ examples: Examples, _ budgets: [Double]) throws
        -> [[Bool]]
    {
        var robust = budgets.map { _ in [Bool]() }
        try Progress.track(name, total: examples.count, unit: "images") { step in
            for first in stride(from: 0, to: examples.count, by: max(1, batch)) {
                let range = first..<min(first + max(1, batch), examples.count)
                let (x, labels) = try examples.floats(range)
                let line = try Line(self, on: target, x, labels, first: first)
                for (place, eps) in budgets.enumerated() {
                    try step(first + range.count * place / budgets.count, "")
                    robust[place] += try line.isRobust(self, at: eps)
                }
            }
        }
        return robust
    }

    /// The points that one gradient leads to, one per budget.
    private struct Line {
        let target: Target, x: Tensor, labels: [Int], first: Int
        let isCorrect: [Bool]
        let gradient: Tensor?

        init(_ attack: Attack, on target: Target, _ x: Tensor, _ labels: [Int], first: Int) throws {
            (self.target, self.x, self.labels, self.first) = (target, x, labels, first)
            let logits = try target.logits(x)
            try Target.check(Goal(labels), classes: logits.shape[1])
            isCorrect = zip(try logits.predictions(), labels).map { $0 == $1 }
            gradient =
                isCorrect.contains(true)
                ? try target.gradient(x, attack.objective, Goal(labels)).gradient.contiguous() : nil
        }

        func isRobust(_ attack: Attack, at eps: Double) throws -> [Bool] {
            guard eps > 0, let gradient else { return isCorrect }
            let key = attack.key, first = first
            let startKey = { (place: Int) in key.fold(first + place).fold(0) }
            var lanes = try Lanes(
                attack, x, Array(labels.indices), budgets: labels.map { _ in eps }, range: target.range, keys: startKey)
            let sizes = try lanes.sizes(of: gradient)
            for i in labels.indices where !sizes[i].isFinite { lanes.isLive[i] = false }
            try lanes.step(0, gradient, sizes: sizes) { startKey($0).fold(1) }
            let predictions = try target.logits(lanes.x).predictions()
            return labels.indices.map { isCorrect[$0] && predictions[$0] == labels[$0] }
        }
    }
}

extension Attack: Adversary {
    /// The last point of one restart for every example of a batch: what adversarial training learns from. The model is
    /// asked in evaluation mode; its parameters and their gradients stay as they are.
    public func perturb(_ module: Module, _ x: Tensor, _ y: Tensor, key: Key) throws -> Tensor {
        try perturb(on: Target(module), x, y, key: key)
    }

    /// - Throws: `KernelError` when x and y do not fit, or eps has another count.
    public func perturb(on target: Target, _ x: Tensor, _ y: Tensor, key: Key) throws -> Tensor {
        let (x, labels) = try Examples(x, y).floats(0..<(x.shape.first ?? 0))
        try eps.check(count: labels.count, name)
        guard !labels.isEmpty else { return x }
        let goal = try perturbGoal(target, x, labels, key)
        let startKey = { (place: Int) in key.fold(place).fold(0) }
        var lanes = try Lanes(
            self, x, Array(labels.indices), budgets: labels.indices.map { eps[$0] }, range: target.range, keys: startKey
        )
        for step in 0..<steps {
            try Interrupt.check()
            let gradient = try target.gradient(lanes.x, objective, goal).gradient.contiguous()
            let sizes = try lanes.sizes(of: gradient)
            for i in labels.indices where !sizes[i].isFinite { lanes.isLive[i] = false }
            try lanes.step(step, gradient, sizes: sizes) { startKey($0).fold(step + 1) }
        }
        return lanes.x
    }

    private func perturbGoal(_ target: Target, _ x: Tensor, _ labels: [Int], _ key: Key) throws -> Goal {
        guard let rule = self.target else { return Goal(labels) }
        if case .each(let classes) = rule, classes.count != labels.count {
            throw KernelError.value(
                op: name, name: "target", expected: "a class or \(labels.count) classes", got: "\(classes.count)")
        }
        let logits = try target.logits(x)
        return Goal(try rule.classes(labels: labels, logits: logits, first: 0, key: key), targeted: true)
    }
}
