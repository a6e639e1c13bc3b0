extension Attack {
    /// Whether each example stays correct under each budget: `robust[budget][example]`.
    ///
    /// Equal to one `run` per budget, but the clean pass, and the gradient at the inputs where an attack starts there, are
    /// made once, and pairs of budget and example fill batches of the usual size. Memory does not grow with the budgets.
    public func evaluate(on target: Target, _ examples: Examples, eps budgets: [Double]) throws -> [[Bool]] {
        if let bad = budgets.first(where: { !(0...1e9).contains($0) }) {
            throw KernelError.value(op: name, name: "eps", expected: "numbers from 0 to 1e9", got: numberText(bad))
        }
        try with(eps: .all(0)).check(count: examples.count, target)
        var robust = budgets.map { _ in [Bool]() }
        try Progress.track(name, total: examples.count, unit: "images") { step in
            let largest = budgets.max() ?? 0
            try eachBatch(examples, on: target, budget: { _ in largest }, report: { try step($0, "") }) {
                (slot: BatchSlot<[[Bool]]>, checkpoint) in
                slot.outcome = try judge(target, slot.cases(), budgets, most: slot.most, checkpoint: checkpoint)
            } take: { part in
                for place in budgets.indices { robust[place] += part[place] }
            }
        }
        return robust
    }

    /// The same for some examples. Rows go budget by budget, so that those of one batch tend to leave together.
    private func judge(
        _ target: Target, _ all: Cases, _ budgets: [Double], most: Int, checkpoint: (Double) throws -> Void
    ) throws -> [[Bool]] {
        let opening = try opening(on: target, all, isShared: true)
        let right = zip(opening.predictions, all.labels).map { $0 == $1 }
        var robust = budgets.map { _ in right }
        let rows = budgets.indices.filter { budgets[$0] > 0 }.flatMap { budget in
            right.indices.filter { right[$0] }.map { (budget: budget, place: $0) }
        }
        for start in stride(from: 0, to: rows.count, by: most) {
            let part = rows[start..<min(start + most, rows.count)], places = part.map(\.place)
            let cases = try all.rows(places, budgets: part.map { budgets[$0.budget] })
            var run = BatchRun(
                self, on: target, cases, try opening.rows(places), most: most,
                best: try Tensor(empty: cases.x.shape))
            try run.run { try checkpoint((Double(start) + $0 * Double(part.count)) / Double(rows.count)) }
            for (row, pair) in part.enumerated() { robust[pair.budget][pair.place] = run.isRobust(row) }
        }
        return robust
    }

    /// Some examples of the data, each with a budget.
    func cases(_ examples: Examples, _ range: Range<Int>, budget: (Int) -> Double) throws -> Cases {
        let (x, labels) = try examples.floats(range)
        return Cases(x: x, labels: labels, indices: Array(range), budgets: range.map(budget))
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
        let startKey = { @Sendable (place: Int) in key.fold(place).fold(0) }
        let places = Array(labels.indices)
        let cases = Cases(x: x, labels: labels, indices: places, budgets: places.map { eps[$0] })
        var lanes = try Lanes(self, cases, places, most: places.count, range: target.range, keys: startKey)
        for step in 0..<steps {
            try Interrupt.check()
            let gradient = try target.gradient(lanes.points(), objective, goal).gradient.contiguous()
            _ = try lanes.step(step, .init(gradient: gradient), counting: lanes.isLive) { startKey($0).fold(step + 1) }
        }
        return try lanes.points()
    }

    private func perturbGoal(_ target: Target, _ x: Tensor, _ labels: [Int], _ key: Key) throws -> Goal {
        guard let rule = self.target else { return Goal(labels) }
        if case .each(let classes) = rule, classes.count != labels.count {
            throw KernelError.value(
                op: name, name: "target", expected: "a class or \(labels.count) classes", got: "\(classes.count)")
        }
        let logits = try target.logits(x)
        let indices = Array(labels.indices)
        return Goal(try rule.classes(labels: labels, logits: logits, indices: indices, key: key), targeted: true)
    }
}
