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

/// The shared loop over one batch. It collects the best point per row; the verdict on it is asked afresh at the end.
struct BatchRun {
    let attack: Attack
    let target: Target
    let cases: Cases
    let goal: Goal
    let clean: [Int]
    /// How many rows a full batch has.
    private let most: Int
    /// The best point of each row; written in place.
    let best: Tensor
    private(set) var predictions: [Int]
    private(set) var ending: [Ending]
    private(set) var tally = Tally()
    private var bestStep: [Int]
    private var bestRestart: [Int]
    private var bestLoss: [Double]
    private var reached: [Bool]
    private var isVerified: [Bool]
    /// Whether the place in `best` holds anything.
    private var isKept: [Bool]
    /// What is known of the clean inputs, until the first step takes it.
    private var opening: Opening?

    /// What the loop noticed: examples outside the range, gradients and zero ones (per example and step), examples given
    /// up, successes that a fresh verdict did not confirm, examples with nan logits.
    struct Tally: Sendable, Equatable {
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

    /// - Parameter best: where the best points go, row-major float32 of the inputs' shape.
    init(_ attack: Attack, on target: Target, _ cases: Cases, _ opening: Opening, most: Int, best: Tensor) {
        (self.attack, self.target, self.cases, self.most, self.best) = (attack, target, cases, most, best)
        (goal, clean, predictions) = (opening.goal, opening.predictions, opening.predictions)
        self.opening = opening.slope == nil ? nil : opening
        ending = cases.labels.map { _ in .unfinished }
        bestStep = cases.labels.map { _ in 0 }
        bestRestart = bestStep
        bestLoss = cases.labels.map { _ in -.infinity }
        reached = clean.indices.map { opening.goal.isReached(opening.predictions[$0], at: $0) }
        isVerified = reached.map { _ in true }
        isKept = reached.map { _ in false }
    }

    /// Attacks the batch. `checkpoint` is called after every step with the share of the work that is done.
    mutating func run(checkpoint: (Double) throws -> Void) throws {
        var active = rowsToAttack()
        for restart in 0..<max(1, attack.restarts) where !active.isEmpty {
            let share = 1 / Double(max(1, attack.restarts))
            try runOnce(active, restart) { try checkpoint((Double(restart) + $0) * share) }
            active = active.filter { ending[$0] == .unfinished }
        }
        for place in active { ending[place] = reached[place] ? .reached : .finished }
        try verify()
    }

    private mutating func rowsToAttack() -> [Int] {
        for place in clean.indices {
            let isOwn = goal.targeted && goal.classes[place] == cases.labels[place]
            if isOwn || cases.budgets[place] == 0 {
                ending[place] = .skipped
                if isOwn { reached[place] = false }  // staying is no success
            } else if attack.earlyStop, reached[place] {
                ending[place] = .already
            }
        }
        return clean.indices.filter { ending[$0] == .unfinished }
    }

    /// Whether the point after the only step from the inputs is the only one: then it may lie where the best ones go.
    private var triesOnePoint: Bool { opening != nil && attack.steps == 1 && attack.restarts <= 1 }

    /// One restart of the loop on the given places.
    private mutating func runOnce(_ active: [Int], _ restart: Int, checkpoint: (Double) throws -> Void) throws {
        let key = attack.key, indices = cases.indices
        let startKey = { @Sendable (place: Int) in key.fold(indices[place]).fold(restart) }
        var lanes = try Lanes(
            attack, cases, active, most: most, range: target.range, into: triesOnePoint ? best : nil, keys: startKey)
        for step in 0..<attack.steps {
            try Interrupt.check()
            let (slope, standing) = try takeOpening(lanes) ?? slope(at: &lanes)
            let counted = lanes.isLive
            try consider(&lanes, standing, step: step, restart: restart)
            let sizes = try lanes.step(step, slope, counting: counted) { startKey($0).fold(step + 1) }
            note(lanes, counted, sizes)
            if !lanes.isLive.contains(true) { return }
            try lanes.pack()
            try checkpoint(Double(step + 1) / Double(attack.steps))
        }
        try consider(&lanes, asked(&lanes), step: attack.steps, restart: restart)
    }

    /// What is known of the points of all lanes: losses, and predictions unless the verdict may not be asked.
    private struct Standing {
        var losses: [Double], predictions: [Int]?, isVerdict: Bool
        /// Where the prediction may be the last bits'; nil for nowhere.
        var isClose: [Bool]?
    }

    /// Losses and gradients at the lanes' points, averaged when the attack says so.
    private func slope(at lanes: inout Lanes) throws -> (Lanes.Slope, Standing) {
        let goal = goal.rows(lanes.places), x = try lanes.points()
        let once = try Context.following(lanes.trail) { try target.gradient(x, attack.objective, goal) }
        var gradient = once.gradient
        for _ in 1..<max(1, attack.averaged) {
            gradient = try gradient.adding(target.gradient(x, attack.objective, goal).gradient)
        }
        return (
            Lanes.Slope(gradient: try gradient.contiguous()),
            target.isSingle
                ? Standing(
                    losses: once.losses, predictions: try once.logits.predictions(), isVerdict: false,
                    isClose: lanes.trail?.isFollowed == true ? try once.logits.closeCalls() : nil)
                : target.asksVerdict
                    ? try asked(&lanes) : Standing(losses: once.losses, predictions: nil, isVerdict: false)
        )
    }

    /// What the pass over the clean inputs says of the lanes, once.
    private mutating func takeOpening(_ lanes: Lanes) throws -> (Lanes.Slope, Standing)? {
        guard let known = opening, let slope = known.slope else { return nil }
        opening = nil
        let gradient = Lanes.Slope(gradient: slope.gradient, isByPlace: true)
        if !target.isSingle, target.asksVerdict {
            return (gradient, try standing(known.logits.gatherRows(lanes.places), lanes, isVerdict: true))
        }
        let predictions = target.isSingle ? lanes.places.map { known.predictions[$0] } : nil
        return (
            gradient,
            Standing(losses: lanes.places.map { slope.losses[$0] }, predictions: predictions, isVerdict: true)
        )
    }

    /// From a forward pass alone: of the model that decides, or of the surrogate when that may not be asked.
    private func asked(_ lanes: inout Lanes) throws -> Standing {
        let x = try lanes.points()
        let logits = target.asksVerdict ? try target.logits(x) : try target.surrogateLogits(x)
        return try standing(logits, lanes, isVerdict: target.asksVerdict)
    }

    private func standing(_ logits: Tensor, _ lanes: Lanes, isVerdict: Bool) throws -> Standing {
        let losses = try attack.objective.losses(logits, goal.rows(lanes.places))
        return Standing(
            losses: losses, predictions: isVerdict ? try logits.predictions() : nil, isVerdict: isVerdict)
    }

    /// Keeps the points that beat what there was; rows whose goal is reached leave. A starting point only counts when it
    /// reaches the goal. Inputs themselves are copied at the end.
    private mutating func consider(_ lanes: inout Lanes, _ standing: Standing, step: Int, restart: Int) throws {
        let width = cases.width, to = try best.rowPointer()
        let from = lanes.isPlaced ? try lanes.points().rowPointer() : nil
        for lane in lanes.places.indices where lanes.isLive[lane] {
            let place = lanes.places[lane]
            // A pass that follows a trail rounds otherwise than the verdict: a tie is left to further steps and to that.
            let hit =
                standing.predictions.map { goal.isReached($0[lane], at: place) } ?? false
                && standing.isClose?[lane] != true
            if hit || step > 0 || attack.steps == 0, isBetter(place, standing.losses[lane], hit) {
                if let from { copy(from + lane * width, to + place * width, at: place) }
                keep(place, lane, standing, hit, step: step, restart: restart)
            }
            if hit, attack.earlyStop {
                ending[place] = .reached
                lanes.isLive[lane] = false
            }
        }
        try best.strided().storage.wasWritten()
    }

    private mutating func copy(
        _ point: UnsafeMutablePointer<Float>, _ best: UnsafeMutablePointer<Float>, at place: Int
    ) {
        if point != best { best.update(from: point, count: cases.width) }
        isKept[place] = true
    }

    private func isBetter(_ place: Int, _ loss: Double, _ hit: Bool) -> Bool {
        hit == reached[place] ? loss > bestLoss[place] : hit
    }

    private mutating func keep(
        _ place: Int, _ lane: Int, _ standing: Standing, _ hit: Bool, step: Int, restart: Int
    ) {
        (bestLoss[place], reached[place]) = (standing.losses[lane], hit)
        (bestStep[place], bestRestart[place]) = (step, restart)
        isVerified[place] = standing.isVerdict
        if let prediction = standing.predictions?[lane] { predictions[place] = prediction }
    }

    /// Counts the gradients of a step; rows whose gradient is not finite are given up.
    private mutating func note(_ lanes: Lanes, _ counted: [Bool], _ sizes: [Double]) {
        for lane in counted.indices where counted[lane] {
            tally.gradients += 1
            if sizes[lane] == 0 { tally.zeroGradients += 1 }
            guard !sizes[lane].isFinite, ending[lanes.places[lane]] == .unfinished else { continue }
            ending[lanes.places[lane]] = .frozen
            tally.frozen += 1
        }
    }

    /// The verdict on every best point that has not had one of its own, from the model as it is deployed.
    private mutating func verify() throws {
        defer { tally.unclassified += predictions.count { $0 < 0 } }
        guard isVerified.contains(false) else { return }
        try keepOrigins()
        let fresh = try target.logits(best).predictions()
        for place in clean.indices where !isVerified[place] {
            let holds = goal.isReached(fresh[place], at: place)
            if reached[place], !holds { tally.silent += 1 }
            (reached[place], predictions[place]) = (holds, fresh[place])
            if ending[place] == .reached || ending[place] == .finished { ending[place] = holds ? .reached : .finished }
        }
    }

    /// Where no point was better the inputs themselves stay.
    private mutating func keepOrigins() throws {
        let width = cases.width, from = try cases.x.rowPointer(), to = try best.rowPointer()
        for place in isKept.indices where !isKept[place] {
            (to + place * width).update(from: from + place * width, count: width)
            isKept[place] = true
        }
    }

    /// Whether the row at this place is right before and after.
    func isRobust(_ place: Int) -> Bool {
        clean[place] == cases.labels[place] && predictions[place] == cases.labels[place]
    }

    /// What became of every row.
    mutating func outcomes() throws -> [Outcome] {
        try keepOrigins()
        let width = cases.width, from = try best.rowPointer(), origin = try cases.x.rowPointer()
        return Operations.run("attack distances", elements: 2 * best.count) {
            clean.indices.map { place in
                Outcome(
                    label: cases.labels[place], target: goal.targeted ? goal.classes[place] : nil,
                    clean: clean[place], final: predictions[place], success: reached[place],
                    distances: Distances(from + place * width, origin + place * width, width),
                    step: bestStep[place], restart: bestRestart[place], ending: ending[place])
            }
        }
    }
}
