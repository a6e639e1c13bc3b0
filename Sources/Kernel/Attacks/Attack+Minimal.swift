extension Attack {
    /// The smallest budget per example with which this attack reaches its goal, by bisection, each example by itself.
    ///
    /// An upper bound of the distance to the decision boundary: 0 where the goal holds already, infinity where no budget
    /// up to `largest` was enough. The search starts at the attack's own eps, doubles until it succeeds, then halves
    /// the gap until it is below `tolerance` of the distance.
    ///
    /// - Parameter largest: where to give up; nil is the size of the whole input range, 1e6 for an unlimited one.
    public func minimalEps(
        on target: Target, _ examples: Examples, tolerance: Double = 0.01, largest: Double? = nil
    ) throws -> [Double] {
        try check(count: examples.count, target)
        let limit = try largest ?? sizeOfRange(target, examples)
        var found: [Double] = []
        try Progress.track(name, total: examples.count, unit: "images") { step in
            let begin = { @Sendable (index: Int) in min(eps[index] > 0 ? eps[index] : 1, limit) }
            try eachBatch(examples, on: target, budget: begin, report: { try step($0, "") }) {
                (slot: BatchSlot<[Double]>, _) in
                slot.outcome = try bisect(target, slot.cases(), limit, tolerance, most: slot.most)
            } take: {
                found += $0
            }
        }
        return found
    }

    /// The same for some examples, whose budgets are the first to try. What is known of the inputs serves every budget.
    private func bisect(
        _ target: Target, _ cases: Cases, _ limit: Double, _ tolerance: Double, most: Int
    ) throws -> [Double] {
        var low = [Double](repeating: 0, count: cases.count)
        var high = [Double](repeating: .infinity, count: cases.count)
        var next = cases.budgets
        let opening = try opening(on: target, cases, isShared: true)
        while next.contains(where: { $0 > 0 }) {
            let open = next.indices.filter { next[$0] > 0 }
            let tried = try cases.rows(open, budgets: open.map { next[$0] })
            var run = BatchRun(
                self, on: target, tried, try opening.rows(open), most: most, best: try Tensor(empty: tried.x.shape))
            try run.run { _ in try Interrupt.check() }
            for (i, outcome) in zip(open, try run.outcomes()) {
                if outcome.success {
                    high[i] = min(high[i], ball.size(outcome.distances))
                } else {
                    low[i] = next[i]
                }
                next[i] = proposal(low[i], high[i], limit, tolerance, outcome)
            }
        }
        return high
    }

    /// The next budget to try for one example, 0 when it is done.
    private func proposal(_ low: Double, _ high: Double, _ limit: Double, _ tolerance: Double, _ outcome: Outcome)
        -> Double
    {
        if outcome.ending == .skipped || outcome.ending == .frozen || high == 0 { return 0 }
        if high.isInfinite { return low >= limit ? 0 : min(2 * low, limit) }
        return high - low <= tolerance * high ? 0 : (low + high) / 2
    }

    private func sizeOfRange(_ target: Target, _ examples: Examples) throws -> Double {
        let width = target.range.upperBound - target.range.lowerBound
        guard width.isFinite, width > 0, examples.count > 0 else { return 1e6 }
        let count = Double(try examples.batch([0]).x.count)
        return min(1e6, Ball.size(Distances(l1: width * count, l2: width * count.squareRoot(), linf: width), ball.norm))
    }
}

extension Budget {
    /// Numbers held: 1 for a common one.
    var count: Int { if case .each(let values) = self { values.count } else { 1 } }
}
