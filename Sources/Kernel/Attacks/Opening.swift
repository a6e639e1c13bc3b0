/// What is attacked together: an example and a budget per row. An example may stand in several rows.
struct Cases {
    /// Clean inputs [n, ...], float32, never written.
    let x: Tensor
    let labels: [Int]
    /// The index in the data of each row's example: it keys the draws, so they do not depend on the batch.
    let indices: [Int]
    let budgets: [Double]

    var count: Int { labels.count }
    var width: Int { x.count / max(1, count) }

    /// Some rows again, each with a budget.
    func rows(_ places: [Int], budgets: [Double]) throws -> Cases {
        Cases(
            x: places == Array(labels.indices) ? x : try x.gatherRows(places), labels: places.map { labels[$0] },
            indices: places.map { indices[$0] }, budgets: budgets)
    }
}

/// What is known of clean inputs before an attack moves them: it serves every budget and every restart.
struct Opening {
    /// Of the model that decides.
    let logits: Tensor
    let predictions: [Int]
    let goal: Goal
    /// Losses and gradients at the inputs; nil when nobody starts there, or when they were not asked for.
    let slope: Slope?

    struct Slope {
        var losses: [Double]
        /// Row-major.
        var gradient: Tensor
    }

    /// What is known of some rows.
    func rows(_ places: [Int]) throws -> Opening {
        guard places != Array(predictions.indices) else { return self }
        return Opening(
            logits: try logits.gatherRows(places), predictions: places.map { predictions[$0] },
            goal: goal.rows(places), slope: try slope?.rows(places))
    }
}

extension Opening.Slope {
    init(_ slope: Target.Slope) throws {
        (losses, gradient) = (slope.losses, try slope.gradient.contiguous())
    }
    func rows(_ places: [Int]) throws -> Opening.Slope {
        guard places != Array(losses.indices) else { return self }
        return Opening.Slope(losses: places.map { losses[$0] }, gradient: try gradient.gatherRows(places))
    }
}

extension Attack {
    /// Clean logits and goals. An attack that starts at the inputs themselves gets the logits from the pass that its first
    /// step needs anyway; when several budgets share the opening, that pass is made once for all of them.
    func opening(on target: Target, _ cases: Cases, isShared: Bool = false) throws -> Opening {
        let labels = Goal(cases.labels), asksSlope = startsAtInput && cases.budgets.contains { $0 > 0 }
        if target.isSingle, asksSlope, self.target == nil {
            let slope = try target.gradient(cases.x, objective, labels)
            return Opening(
                logits: slope.logits, predictions: try slope.logits.predictions(), goal: labels,
                slope: try Opening.Slope(slope))
        }
        let logits = try target.logits(cases.x)
        let goal = try goal(cases, logits)
        let slope =
            isShared && asksSlope && target.givesGradients ? try target.gradient(cases.x, objective, goal) : nil
        return Opening(
            logits: logits, predictions: try logits.predictions(), goal: goal, slope: try slope.map(Opening.Slope.init))
    }

    private func goal(_ cases: Cases, _ logits: Tensor) throws -> Goal {
        let classes = logits.shape[1]
        try Target.check(Goal(cases.labels), classes: classes)
        guard let rule = target else { return Goal(cases.labels) }
        let goal = Goal(
            try rule.classes(labels: cases.labels, logits: logits, indices: cases.indices, key: key), targeted: true)
        try Target.check(goal, classes: classes)
        return goal
    }
}
