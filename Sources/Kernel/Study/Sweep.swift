import Synchronization

/// Accuracy under attack of several models over several strengths, example by example.
///
/// Every outcome is kept, so that two models are compared on the same examples (and seeds): `crossing` and intervals
/// come from a paired bootstrap. A model may come in several replicas, one per training seed; accuracy is their mean.
public final class Sweep: @unchecked Sendable, ObjectParameter {
    public static var typeName: String { "Sweep" }

    /// A line of the study: a model (under one attack) with its replicas.
    public struct Curve: Sendable {
        public var name: String
        public var replicas: [Replica]
        public init(_ name: String, _ replicas: [Replica]) { (self.name, self.replicas) = (name, replicas) }
    }

    /// One trained model with one attack seed.
    public struct Replica: Sendable {
        /// A digest of everything that decides an outcome except the strength; nil when the model has none.
        public var digest: String?
        /// The model with its quantizers as text.
        public var model = ""
        public var seed: Int
        /// Whether all strengths are asked for in one call, because they share a gradient, or because the examples of one
        /// do not fill batches. Otherwise each strength is asked for, and kept, by itself.
        public var sharesWork: Bool
        /// For each strength, for each example: 1 where the model is right under attack.
        public var outcomes: @Sendable (_ eps: [Double]) throws -> [[UInt8]]

        public init(
            digest: String?, seed: Int, sharesWork: Bool,
            outcomes: @escaping @Sendable (_ eps: [Double]) throws -> [[UInt8]]
        ) {
            (self.digest, self.seed, self.sharesWork, self.outcomes) = (digest, seed, sharesWork, outcomes)
        }
    }

    /// What is being asked, for titles and exports.
    public struct Subject: Sendable {
        /// The attacks for titles, without a strength.
        public var attack = ""
        /// The attacks with all parameters.
        public var attacks: [String] = []
        /// SHA-256 of the data set; empty when it is not known.
        public var digest = ""
        /// The data set's source: `fashion-mnist/test:head(1000)`.
        public var data = ""
        /// The axis label of the strengths.
        public var strength = "perturbation size ε"
        public init() {}
    }

    public let subject: Subject
    public let curves: [Curve]
    /// Ascending, without repetition.
    public let eps: [Double]
    /// Number of examples.
    public let examples: Int
    /// Coverage of all intervals.
    public let confidence: Double
    public let draws: Int
    /// [curve][replica][strength][example]; nil until the cell is finished.
    var cells: [[[[UInt8]?]]]
    private let resampled = Mutex<[[[Double]]]?>(nil)

    /// - Throws: `KernelError.value` when there is nothing to sweep or replicas cannot be paired.
    public init(
        _ curves: [Curve], eps: [Double], examples: Int, subject: Subject = Subject(), confidence: Double = 0.95,
        draws: Int = 1000
    ) throws {
        func wrong(_ name: String, _ expected: String, _ got: String) -> KernelError {
            .value(op: "study.sweep", name: name, expected: expected, got: got)
        }
        guard !curves.isEmpty, curves.allSatisfy({ !$0.replicas.isEmpty }) else {
            throw wrong("models", "at least one model under each name", "none")
        }
        let counts = Set(curves.map(\.replicas.count)).subtracting([1])
        guard counts.count <= 1 else {
            throw wrong("models", "as many replicas of every model, or one", "\(counts.sorted())")
        }
        guard !eps.isEmpty, eps.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw wrong("eps", "finite strengths >= 0", eps.isEmpty ? "none" : "\(eps)")
        }
        guard examples > 0, examples < 1 << 32 else { throw wrong("data", "at least one example", "\(examples)") }
        (self.curves, self.examples, self.subject) = (curves, examples, subject)
        (self.confidence, self.draws) = (confidence, draws)
        self.eps = Set(eps).sorted()
        let count = self.eps.count
        cells = curves.map { $0.replicas.map { _ in Array(repeating: nil, count: count) } }
    }

    /// The number of replicas of a model that has several, otherwise 1.
    public var replicas: Int { curves.map(\.replicas.count).max() ?? 1 }
    public var isComplete: Bool { cells.allSatisfy { $0.allSatisfy { $0.allSatisfy { $0 != nil } } } }

    /// The place of a curve by name.
    /// - Throws: `KernelError.value` that lists the names.
    public func place(_ name: String, _ op: String) throws -> Int {
        if let place = curves.firstIndex(where: { $0.name == name }) { return place }
        let names = curves.map(\.name)
        let hint = nearest(to: name, in: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw KernelError.value(
            op: op, name: "model", expected: "one of \(names.joined(separator: ", "))", got: quoted(name) + hint)
    }
}

// MARK: - Running

extension Sweep {
    /// Fills every cell, those in the state file without asking a model.
    /// - Throws: `Interrupted` with this sweep as its partial result, and what models and attacks throw.
    public func run(resume path: String? = nil) throws {
        do { try fillAll(path) } catch is Interrupted { throw Interrupted(partial: self) }
    }

    private func fillAll(_ path: String?) throws {
        let state = try path.map { try SweepState($0) }
        let total = cells.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
        try Progress.track("sweep", total: total, unit: "cells") { step in
            var done = 0
            for (c, curve) in curves.enumerated() {
                for (r, replica) in curve.replicas.enumerated() {
                    try recall(c, r, state)
                    let open = eps.indices.filter { cells[c][r][$0] == nil }
                    done += eps.count - open.count
                    for group in replica.sharesWork ? [open] : open.map({ [$0] }) where !group.isEmpty {
                        try step(done, curve.name)
                        try fill(c, r, group, state)
                        done += group.count
                        try step(done, "\(curve.name) \(running(c, r, group))")
                    }
                }
            }
        }
    }

    private func recall(_ c: Int, _ r: Int, _ state: SweepState?) throws {
        guard let state else { return }
        for e in eps.indices { cells[c][r][e] = state.outcomes(try key(c, r, e), count: examples) }
    }

    private func fill(_ c: Int, _ r: Int, _ group: [Int], _ state: SweepState?) throws {
        let replica = curves[c].replicas[r]
        let outcomes = try replica.outcomes(group.map { eps[$0] })
        guard outcomes.count == group.count, outcomes.allSatisfy({ $0.count == examples }) else {
            throw KernelError.state(op: "study.sweep", reason: "an evaluation gave outcomes for other examples")
        }
        for (place, e) in group.enumerated() {
            cells[c][r][e] = outcomes[place]
            let about: [(String, JSON)] = [
                ("model", .text(curves[c].name)), ("replica", .int(r + 1)), ("seed", .int(replica.seed)),
                ("eps", .number(eps[e])),
            ]
            try state?.append(key(c, r, e), outcomes[place], about: about)
        }
        resampled.withLock { $0 = nil }
    }

    private func key(_ c: Int, _ r: Int, _ e: Int) throws -> String {
        guard let digest = curves[c].replicas[r].digest else {
            throw KernelError.state(
                op: "study.sweep", reason: "'\(curves[c].name)' has no digest of its contents; it cannot be resumed")
        }
        return try Digest.of("\(digest) eps \(eps[e])")
    }

    private func running(_ c: Int, _ r: Int, _ group: [Int]) -> String {
        let last = group[group.count - 1], right = cells[c][r][last]?.reduce(0) { $0 + Int($1) } ?? 0
        return "eps \(numberText(eps[last])): \(fixedText(100 * Double(right) / Double(examples), 1)) %"
    }
}

// MARK: - Results

extension Sweep {
    /// The mean accuracy over finished replicas; nan when none is.
    public func accuracy(_ c: Int, _ e: Int) -> Double {
        let shares = cells[c].compactMap { replica -> Double? in
            replica[e].map { Double($0.reduce(0) { $0 + Int($1) }) / Double(examples) }
        }
        return shares.mean
    }

    /// The accuracy with its interval: Wilson's for one replica, otherwise the bootstrap over examples and replicas.
    public func estimate(_ c: Int, _ e: Int) throws -> Estimate {
        if cells[c].count == 1, replicas == 1, let outcomes = cells[c][0][e] {
            return .wilson(outcomes.reduce(0) { $0 + Int($1) }, of: examples, confidence: confidence)
        }
        let value = accuracy(c, e)
        guard isFinished(c) else { return Estimate(value, value.isNaN ? 0 : value, value.isNaN ? 1 : value) }
        return .percentile(value, try bootstrap().map { $0[c][e] }, confidence: confidence)
    }

    /// Whether all cells of a curve are finished.
    func isFinished(_ c: Int) -> Bool { cells[c].allSatisfy { $0.allSatisfy { $0 != nil } } }

    /// The accuracies of all finished curves on the same draws: [draw][curve][strength]; nan for unfinished ones.
    func bootstrap() throws -> [[[Double]]] {
        if let known = resampled.withLock({ $0 }) { return known }
        let finished = curves.indices.filter(isFinished)
        let outcomes = finished.map { cells[$0].map { $0.map { $0! } } }
        let key = Key(seed: 0).fold("sweep")
        let part = try PairedBootstrap(outcomes: outcomes, examples: examples, key: key).run(draws: draws)
        let missing = [Double](repeating: .nan, count: eps.count)
        let all = part.map { draw in
            curves.indices.map { c in finished.firstIndex(of: c).map { draw[$0] } ?? missing }
        }
        resampled.withLock { $0 = all }
        return all
    }

    /// Where curve a changes sides with curve b.
    /// - Throws: `KernelError.value` for unknown names.
    public func crossing(_ a: String, _ b: String) throws -> Crossing {
        let i = try place(a, "crossing"), j = try place(b, "crossing")
        let curve = { c in self.eps.indices.map { self.accuracy(c, $0) } }
        let draws = isFinished(i) && isFinished(j) ? try bootstrap().map { (a: $0[i], b: $0[j]) } : []
        return Crossing(a, b, eps: eps, accuracies: (curve(i), curve(j)), draws: draws, confidence: confidence)
    }
}
