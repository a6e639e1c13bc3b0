// A sweep's cells filled by attacks.

extension Sweep.Replica {
    /// A model under an attack, judged on a data set.
    /// - Parameter seed: replaces the attack's own.
    public init(
        _ model: any Attackable, under attack: Attack, seed: Int? = nil, gradientsFrom other: (any Attackable)? = nil,
        on data: Dataset, range: ClosedRange<Double>? = nil
    ) throws {
        let attack = seed.map { attack.with(seed: $0) } ?? attack
        let limits = range ?? data.range ?? -.infinity ... .infinity
        self.init(
            digest: try Self.digest(model, other, attack, data, limits), seed: attack.seed,
            sharesWork: attack.directionIsIndependentOfEps || data.count < 4 * (attack.batch ?? model.examplesPerPass)
        ) { eps in
            let target = Target(model, gradientsFrom: other, range: limits)
            return try attack.evaluate(on: target, data.examples, eps: eps).map { $0.map { $0 ? 1 : 0 } }
        }
        self.model = model.attackedName + (other.map { ", gradients from \($0.attackedName)" } ?? "")
    }

    private static func digest(
        _ model: any Attackable, _ other: (any Attackable)?, _ attack: Attack, _ data: Dataset,
        _ range: ClosedRange<Double>
    ) throws -> String? {
        guard let own = try (model as? any ContentDigest)?.contentDigest() else { return nil }
        var gradient = "own"
        if let other {
            guard let digest = try (other as? any ContentDigest)?.contentDigest() else { return nil }
            gradient = digest
        }
        return try Digest.of("\(own) \(gradient) \(attack.withoutEps) \(try data.digest()) \(range)")
    }
}

extension Attack {
    /// The attack as it would be typed, without its strength: `attack.fgsm{norm = "linf"}`.
    var withoutEps: Record {
        Record(record.name, record.parameters.filter { $0.name != "eps" })
    }

    /// The axis label of its strengths.
    var strengthLabel: String {
        let norm =
            switch ball.norm {
            case .linf: "L∞"
            case .l2: "L2"
            case .l1: "L1"
            }
        return "perturbation size ε (\(norm))"
    }

    /// What differs from the recipe's defaults, with the name: `fgsm{objective = "margin"}`; for titles.
    var shortText: String {
        let name = record.name.split(separator: ".").last.map(String.init) ?? record.name
        let recipe = Attack.catalogue.first { $0.name == name }
        let told = withoutEps.parameters.filter { parameter in
            let info = recipe?.signature.parameters.first { $0.name == parameter.name }
            return parameter.name != "batch" && parameter.name != "seed"
                && info?.fallback?.literal != parameter.value.literal
        }
        return told.isEmpty ? name : Record(name, told).description
    }
}

extension Sweep {
    /// Models by name, each with one or more replicas, under one or more attacks.
    ///
    /// With several attack seeds every single model is judged once per seed; models with replicas take one seed each.
    /// - Throws: `KernelError` when there is nothing to sweep or replicas and seeds do not pair.
    public convenience init(
        models: [(name: String, replicas: [any Attackable])], attacks: [(name: String, attack: Attack)],
        seeds: [Int] = [], gradientsFrom other: (any Attackable)? = nil, on data: Dataset, eps: [Double],
        range: ClosedRange<Double>? = nil, confidence: Double = 0.95, draws: Int = 1000
    ) throws {
        var curves: [Curve] = []
        for (name, replicas) in models {
            for (kind, attack) in attacks {
                let count = max(replicas.count, seeds.count)
                guard replicas.count == 1 || seeds.count <= 1 || replicas.count == seeds.count else {
                    throw KernelError.value(
                        op: "study.sweep", name: "seeds",
                        expected: "one seed, or one for each of the \(replicas.count) replicas",
                        got: "\(seeds.count)")
                }
                let made =
                    try replicas.isEmpty
                    ? []
                    : (0..<count).map { place in
                        try Replica(
                            replicas[place % replicas.count], under: attack,
                            seed: seeds.isEmpty ? nil : seeds[place % seeds.count],
                            gradientsFrom: other, on: data, range: range)
                    }
                curves.append(Curve(attacks.count > 1 ? "\(name), \(kind)" : name, made))
            }
        }
        var subject = Subject()
        subject.attack = attacks.map { $0.attack.shortText }.joined(separator: ", ")
        subject.attacks = attacks.map { "\($0.attack.withoutEps)" }
        subject.data = data.source
        subject.digest = try data.digest()
        subject.strength = attacks.first?.attack.strengthLabel ?? subject.strength
        try self.init(curves, eps: eps, examples: data.count, subject: subject, confidence: confidence, draws: draws)
    }
}
