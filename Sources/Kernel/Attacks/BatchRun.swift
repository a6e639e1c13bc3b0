/// Why an attack on an example ended.
public enum Ending: String, Sendable, CaseIterable {
    /// The goal was reached.
    case reached
    /// All steps and restarts were used.
    case finished
    /// The clean prediction was the goal already.
    case already
    /// The label is the class to steer to, or the budget is 0: there was nothing to do.
    case skipped
    /// The gradient was not finite.
    case frozen
    /// The run was interrupted first.
    case unfinished
}

/// The shared loop over one batch. It collects the best point per example; the verdict on it is asked afresh at the end.
struct BatchRun {
    let attack: Attack
    let target: Target
    /// Clean inputs [n, ...], float32, never written.
    let x: Tensor
    let labels: [Int]
    /// The index in the data of the batch's first example.
    let first: Int
    let budgets: [Double]

    private(set) var clean: [Int] = []
    private(set) var goal: Goal
    private(set) var best: Tensor
    private(set) var predictions: [Int] = []
    private(set) var ending: [Ending]
    private(set) var bestStep: [Int]
    private(set) var bestRestart: [Int]
    private(set) var tally = Tally()
    private var bestLoss: [Double]
    private var reached: [Bool]
    private var isVerified: [Bool]
    /// Losses and gradients at the clean inputs, until the first step takes them.
    private var opening: StepSlope?

    /// What the loop noticed: examples outside the range, gradients and zero ones (per example and step), examples given
    /// up, successes that a fresh verdict did not confirm, examples with nan logits.
    struct Tally: Sendable {
        var outside = 0, gradients = 0, zeroGradients = 0, frozen = 0, silent = 0, unclassified = 0
        static func += (a: inout Tally, b: Tally) {
            a.outside += b.outside
            a.gradients += b.gradients
            a.zeroGradients += b.zeroGradients
            a.frozen += b.frozen
            a.silent += b.silent
            a.unclassified += b.unclassified
        }
    }

    init(_ attack: Attack, on target: Target, _ x: Tensor, labels: [Int], first: Int) throws {
        (self.attack, self.target, self.x, self.labels, self.first) = (attack, target, x, labels, first)
        budgets = labels.indices.map { attack.eps[first + $0] }
        goal = Goal(labels)
        best = try x.copied()
        ending = labels.map { _ in .unfinished }
        bestStep = labels.map { _ in 0 }
        bestRestart = bestStep
        bestLoss = labels.map { _ in -.infinity }
        reached = labels.map { _ in false }
        isVerified = reached
    }

    /// Attacks the batch. `checkpoint` is called after every step with the share of the work that is done.
    mutating func run(checkpoint: (Double) throws -> Void) throws {
        try setGoal()
        var active = try examplesToAttack()
        for restart in 0..<max(1, attack.restarts) where !active.isEmpty {
            let share = 1 / Double(max(1, attack.restarts))
            try runOnce(active, restart) { try checkpoint((Double(restart) + $0) * share) }
            active = active.filter { ending[$0] == .unfinished }
        }
        for place in active { ending[place] = reached[place] ? .reached : .finished }
        try verify()
    }

    private mutating func setGoal() throws {
        let logits = try cleanLogits()
        try Target.check(Goal(labels), classes: logits.shape[1])
        clean = try logits.predictions()
        predictions = clean
        guard let rule = attack.target else { return }
        goal = Goal(try rule.classes(labels: labels, logits: logits, first: first, key: attack.key), targeted: true)
        try Target.check(goal, classes: logits.shape[1])
    }

    /// An attack that starts at the inputs themselves gets their logits from the pass that its first step needs anyway.
    private mutating func cleanLogits() throws -> Tensor {
        guard target.isSingle, attack.steps > 0, attack.start.name == Start.zero.name, attack.target == nil,
            attack.averaged <= 1, budgets.contains(where: { $0 > 0 })
        else { return try target.logits(x) }
        let slope = try target.gradient(x, attack.objective, Goal(labels))
        opening = StepSlope(
            logits: slope.logits, losses: slope.losses, gradient: try slope.gradient.contiguous(), sizes: [])
        return slope.logits
    }

    private mutating func examplesToAttack() throws -> [Int] {
        tally.outside = try x.rowsOutside(target.range)
        for place in labels.indices {
            reached[place] = goal.isReached(clean[place], at: place)
            isVerified[place] = true
            let isOwn = goal.targeted && goal.classes[place] == labels[place]
            if isOwn || budgets[place] == 0 {
                ending[place] = .skipped
                if isOwn { reached[place] = false }  // staying is no success
            } else if attack.earlyStop, reached[place] {
                ending[place] = .already
            }
        }
        return labels.indices.filter { ending[$0] == .unfinished }
    }

    /// One restart of the loop on the given places.
    private mutating func runOnce(_ active: [Int], _ restart: Int, checkpoint: (Double) throws -> Void) throws {
        let key = attack.key, first = first
        let startKey = { (place: Int) in key.fold(first + place).fold(restart) }
        var lanes = try Lanes(attack, x, active, budgets: budgets, range: target.range, keys: startKey)
        for step in 0..<attack.steps {
            try Interrupt.check()
            let slope = try openingSlope(lanes) ?? slope(at: lanes)
            try consider(&lanes, standing(lanes, slope), step: step, restart: restart)
            freeze(&lanes, slope.sizes)
            if lanes.liveLanes.isEmpty { return }
            try lanes.step(step, slope.gradient, sizes: slope.sizes) { startKey($0).fold(step + 1) }
            try lanes.pack()
            try checkpoint(Double(step + 1) / Double(attack.steps))
        }
        try consider(&lanes, asked(lanes), step: attack.steps, restart: restart)
    }

    private struct StepSlope {
        var logits: Tensor, losses: [Double], gradient: Tensor, sizes: [Double]
    }

    /// Losses and gradients at the lanes' points, averaged when the attack says so.
    private mutating func slope(at lanes: Lanes) throws -> StepSlope {
        let goal = goal.rows(lanes.places)
        let once = try target.gradient(lanes.x, attack.objective, goal)
        var gradient = once.gradient
        for _ in 1..<max(1, attack.averaged) {
            gradient = try gradient.adding(target.gradient(lanes.x, attack.objective, goal).gradient)
        }
        return try counted(
            StepSlope(logits: once.logits, losses: once.losses, gradient: gradient.contiguous(), sizes: []), lanes)
    }

    /// What the pass over the clean inputs says of the lanes, once.
    private mutating func openingSlope(_ lanes: Lanes) throws -> StepSlope? {
        guard var slope = opening else { return nil }
        opening = nil
        if lanes.count < labels.count {
            slope.logits = try slope.logits.gatherRows(lanes.places)
            slope.gradient = try slope.gradient.gatherRows(lanes.places)
            slope.losses = lanes.places.map { slope.losses[$0] }
        }
        return try counted(slope, lanes)
    }

    private mutating func counted(_ slope: StepSlope, _ lanes: Lanes) throws -> StepSlope {
        var slope = slope
        slope.sizes = try lanes.sizes(of: slope.gradient)
        for i in lanes.liveLanes {
            tally.gradients += 1
            if slope.sizes[i] == 0 { tally.zeroGradients += 1 }
        }
        return slope
    }

    /// What is known of the points of all lanes: losses, and predictions unless the verdict may not be asked.
    private struct Standing {
        var losses: [Double], predictions: [Int]?, isVerdict: Bool
    }

    private func standing(_ lanes: Lanes, _ slope: StepSlope) throws -> Standing {
        if target.isSingle {
            return Standing(losses: slope.losses, predictions: try slope.logits.predictions(), isVerdict: false)
        }
        return target.asksVerdict
            ? try asked(lanes) : Standing(losses: slope.losses, predictions: nil, isVerdict: false)
    }

    /// The same from a forward pass alone: of the model that decides, or of the surrogate when that may not be asked.
    private func asked(_ lanes: Lanes) throws -> Standing {
        let logits = target.asksVerdict ? try target.logits(lanes.x) : try target.surrogateLogits(lanes.x)
        let losses = try attack.objective.evaluate(logits, goal.rows(lanes.places)).losses
        return Standing(
            losses: losses, predictions: target.asksVerdict ? try logits.predictions() : nil,
            isVerdict: target.asksVerdict)
    }

    /// Keeps the points that beat what there was; examples whose goal is reached leave. A starting point only counts
    /// when it reaches the goal.
    private mutating func consider(_ lanes: inout Lanes, _ standing: Standing, step: Int, restart: Int) throws {
        for lane in lanes.liveLanes {
            let place = lanes.places[lane]
            let hit = standing.predictions.map { goal.isReached($0[lane], at: place) } ?? false
            if hit || step > 0 || attack.steps == 0 {
                try keep(place, lanes, lane, standing, hit, step: step, restart: restart)
            }
            if hit, attack.earlyStop {
                ending[place] = .reached
                lanes.isLive[lane] = false
            }
        }
    }

    private mutating func keep(
        _ place: Int, _ lanes: Lanes, _ lane: Int, _ standing: Standing, _ hit: Bool, step: Int, restart: Int
    ) throws {
        let isBetter = hit == reached[place] ? standing.losses[lane] > bestLoss[place] : hit
        guard isBetter else { return }
        let width = x.count / max(1, labels.count)
        try (best.rowPointer() + place * width).update(from: lanes.x.rowPointer() + lane * width, count: width)
        (bestLoss[place], reached[place]) = (standing.losses[lane], hit)
        (bestStep[place], bestRestart[place]) = (step, restart)
        isVerified[place] = standing.isVerdict
        if let prediction = standing.predictions?[lane] { predictions[place] = prediction }
    }

    private mutating func freeze(_ lanes: inout Lanes, _ sizes: [Double]) {
        for lane in lanes.liveLanes where !sizes[lane].isFinite {
            ending[lanes.places[lane]] = .frozen
            lanes.isLive[lane] = false
            tally.frozen += 1
        }
    }

    /// The verdict on every best point that has not had one of its own, from the model as it is deployed.
    private mutating func verify() throws {
        defer { tally.unclassified += predictions.count { $0 < 0 } }
        guard isVerified.contains(false) else { return }
        let fresh = try target.logits(best).predictions()
        for place in labels.indices where !isVerified[place] {
            let holds = goal.isReached(fresh[place], at: place)
            if reached[place], !holds { tally.silent += 1 }
            (reached[place], predictions[place]) = (holds, fresh[place])
            if ending[place] == .reached || ending[place] == .finished { ending[place] = holds ? .reached : .finished }
        }
    }

    /// Whether the goal is reached at the best point of the example at this place.
    func isReached(_ place: Int) -> Bool { reached[place] }
}
