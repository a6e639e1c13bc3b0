extension Attack {
    /// Every attack on the shared loop.
    public static let catalogue: [Recipe<Attack>] = [
        noiseRecipe, fgsmRecipe, rfgsmRecipe, bimRecipe, pgdRecipe, miRecipe,
    ]

    /// Uniform noise in the ball, the best of several draws: what any attack must beat.
    static func noise(eps: Budget, norm: Norm, draws: Int, seed: Int) -> Attack {
        var attack = Attack("noise", eps: eps, steps: 0)
        (attack.ball, attack.start, attack.restarts, attack.seed) = (.of(norm), .uniform, draws, seed)
        return attack
    }

    /// The same attack on the first examples alone: a budget or target per example is cut to them.
    func first(_ count: Int) -> Attack {
        var copy = self
        if case .each(let values) = eps { copy.eps = .each(Array(values.prefix(count))) }
        if case .each(let classes)? = target { copy.target = .each(Array(classes.prefix(count))) }
        return copy
    }

    private static let epsilon = Parameter(
        "eps", Budget.all(8 / 255), "size of the perturbation in input units, a number or one per example",
        Budget.nonNegative)
    private static let norm = Parameter("norm", Norm.linf, "norm of the budget")
    private static let objective = Parameter(
        "objective", ObjectiveChoice.crossEntropy,
        "loss to raise: a name, or a function of logits and labels that returns one loss per example")
    private static let temperature = Parameter("temperature", 1.0, "divides the logits before the loss", .positive)
    private static let target = Parameter<TargetRule?>("target", .none, "class to steer to; nil leaves the label")
    private static let earlyStop = Parameter(
        "early_stop", true, "examples leave the batch once broken; false raises their loss further")
    private static let seed = Parameter("seed", 0, "seed of every random draw")
    private static let batch = Parameter<Int?>(
        "batch", .none, "examples per batch; nil is what suits the model: 64 with convolutions, 256 without",
        .within(1...1 << 20))
    private static let steps = Parameter("steps", 10, "gradient steps", .within(1...1_000_000))
    private static let restarts = Parameter(
        "restarts", 1, "independent starts; the best point counts", .within(1...1_000_000))
    private static let alpha = Parameter<Double?>(
        "alpha", .none, "length of a step; nil is 2.5 * eps / steps",
        Constraint("number from 0 to 1e9, or nil") { alpha in
            alpha.map { (0...1e9).contains($0) } ?? true
        })
    private static let decay = Parameter("decay", 1.0, "share of the memory kept per step", .within(0...1))

    private static let noiseRecipe = Recipe(
        "attack", "noise", "Uniform random noise in the ball, the best of several draws: the baseline of every attack.",
        example: "attack.noise{eps = 0.1, draws = 10}:run(net, fashion.test:head(100))", epsilon, norm,
        Parameter("draws", 10, "independent draws", .within(1...1_000_000)), seed, batch
    ) { eps, norm, draws, seed, batch in
        var attack = noise(eps: eps, norm: norm, draws: draws, seed: seed)
        attack.batch = batch
        return attack
    }

    private static let fgsmRecipe = Recipe(
        "attack", "fgsm", "Fast gradient sign method: one step of the whole budget along the steepest direction.",
        source: "Goodfellow, Shlens, Szegedy 2015 (arXiv 1412.6572)",
        example: "attack.fgsm{eps = 0.1}:run(net, fashion.test:head(100))", epsilon, norm, objective, temperature,
        target,
        seed, batch
    ) { eps, norm, objective, temperature, target, seed, batch in
        var attack = Attack("fgsm", eps: eps, steps: 1)
        (attack.ball, attack.stepSize) = (.of(norm), .whole)
        attack.objective = objective.objective.tempered(temperature)
        (attack.target, attack.seed, attack.batch) = (target, seed, batch)
        return attack
    }

    private static let rfgsmRecipe = Recipe(
        "attack", "r_fgsm", "A step along random signs, then a gradient step with the rest of the budget.",
        source: "Tramer et al. 2018 (arXiv 1705.07204)",
        example: "attack.r_fgsm{eps = 0.1, alpha = 0.05}:run(net, fashion.test:head(100))", epsilon,
        Parameter<Double?>("alpha", .none, "length of the random step; nil is eps / 2", alpha.constraint), objective,
        temperature,
        target, seed, batch
    ) { eps, alpha, objective, temperature, target, seed, batch in
        var attack = Attack("r_fgsm", eps: eps, steps: 1)
        let random = alpha ?? eps.largest / 2
        (attack.start, attack.stepSize) = (.signs(random), .remaining(after: random))
        attack.objective = objective.objective.tempered(temperature)
        (attack.target, attack.seed, attack.batch) = (target, seed, batch)
        return attack
    }

    private static let bimRecipe = Recipe(
        "attack", "bim", "Basic iterative method: small gradient steps from the input itself.",
        source: "Kurakin, Goodfellow, Bengio 2017 (arXiv 1607.02533)",
        example: "attack.bim{eps = 0.1, steps = 20}:run(net, fashion.test:head(100))", epsilon, steps, alpha, norm,
        objective,
        temperature, target, earlyStop, seed, batch
    ) { eps, steps, alpha, norm, objective, temperature, target, earlyStop, seed, batch in
        var attack = Attack("bim", eps: eps, steps: steps)
        (attack.ball, attack.stepSize) = (.of(norm), alpha.map(StepSize.fixed) ?? .relative(2.5))
        attack.objective = objective.objective.tempered(temperature)
        (attack.target, attack.earlyStop, attack.seed, attack.batch) = (target, earlyStop, seed, batch)
        return attack
    }

    static let pgdRecipe = Recipe(
        "attack", "pgd", "Projected gradient descent: gradient steps from random points in the ball.",
        source: "Madry et al. 2018 (arXiv 1706.06083)",
        example: "attack.pgd{eps = 0.1, steps = 40, restarts = 2}:run(net, fashion.test:head(100))", epsilon, steps,
        alpha, norm,
        Parameter("random_start", true, "start at a uniform point of the ball"), restarts, objective, temperature,
        target,
        earlyStop, Parameter("eot", 1, "gradient passes averaged per step, for random models", .within(1...10_000)),
        seed,
        batch
    ) { eps, steps, alpha, norm, random, restarts, objective, temperature, target, earlyStop, eot, seed, batch in
        var attack = Attack("pgd", eps: eps, steps: steps)
        (attack.ball, attack.stepSize) = (.of(norm), alpha.map(StepSize.fixed) ?? .relative(2.5))
        (attack.start, attack.restarts, attack.averaged) = (random ? .uniform : .zero, restarts, eot)
        attack.objective = objective.objective.tempered(temperature)
        (attack.target, attack.earlyStop, attack.seed, attack.batch) = (target, earlyStop, seed, batch)
        return attack
    }

    private static let miRecipe = Recipe(
        "attack", "mi_fgsm", "Iterative steps along a decaying sum of gradients; transfers better.",
        source: "Dong et al. 2018 (arXiv 1710.06081)",
        example: "attack.mi_fgsm{eps = 0.1, decay = 1}:run(net, fashion.test:head(100))", epsilon, steps, alpha, decay,
        norm,
        objective, temperature, target, earlyStop, seed, batch
    ) { eps, steps, alpha, decay, norm, objective, temperature, target, earlyStop, seed, batch in
        var attack = Attack("mi_fgsm", eps: eps, steps: steps)
        (attack.ball, attack.stepSize) = (.of(norm), alpha.map(StepSize.fixed) ?? .relative(2.5))
        attack.direction = .momentum(decay)
        attack.objective = objective.objective.tempered(temperature)
        (attack.target, attack.earlyStop, attack.seed, attack.batch) = (target, earlyStop, seed, batch)
        return attack
    }
}
