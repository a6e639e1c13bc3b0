import Kernel

extension LuaModule {
    static let attack = LuaModule("attack", "Attacks on classifiers, and what judges them.") { m in
        m.recipes(Attack.catalogue)
        m.function(
            "target", "A model as attacks see it: logits that decide, gradients to follow, counts of both.",
            example: "attack.target(net):logits(d.images)",
            Parameter<ModelArgument>("model", "what decides: a model, or a function from a batch to logits"),
            Parameter<ModelArgument?>("gradient_from", .none, "another model to take gradients from"),
            Parameter("range", RangeOption(0...1), "{low, high} of the inputs, or false for no limits")
        ) { model, other, range in try model.target(gradientsFrom: other, range: range.range, queries: nil) }
        m.function(
            "preset", "PGD with the defaults of a paper or library: five attacks that share a name.",
            example: "attack.preset(\"art\")", Parameter<PGDPreset>("origin", "whose defaults"),
            Parameter<Double?>(
                "eps", .none, "another budget; nil keeps theirs",
                Constraint("number from 0 to 1e9, or nil") { $0.map { (0...1e9).contains($0) } ?? true })
        ) { origin, eps in try origin.attack(eps: eps) }
        m.function("checks", "The questions that every run asks of itself.", example: "attack.checks()") {
            Value.list(
                Check.all.map { check in
                    .table(
                        .init(named: [
                            ("code", .text(check.code)), ("cost", .text(check.cost)),
                            ("question", .text(check.question)),
                            ("threshold", .text(check.threshold)),
                        ]))
                })
        }
    }
}

/// A model as an argument: anything that can be attacked, a target, or a function from a batch to logits.
struct ModelArgument: ParameterValue {
    enum Model {
        case model(any Attackable), target(Target), function(any Callback)
    }
    let model: Model
    let recorded: Value
    static let typeName = "Module|IntegerModel|Target|function"

    init?(_ value: Value) {
        recorded = value
        switch value {
        case .object(let object as any Attackable): model = .model(object)
        case .object(let object as Target): model = .target(object)
        case .callback(let callback): model = .function(callback)
        default: return nil
        }
    }

    func target(gradientsFrom other: ModelArgument?, range: ClosedRange<Double>?, queries: Bool?) throws -> Target {
        if case .target(let target) = model {
            guard other == nil else { throw CallError("attack: a Target says itself where its gradients come from") }
            return target
        }
        return Target(
            try attackable(), gradientsFrom: try other?.attackable(), range: range ?? -.infinity ... .infinity,
            queries: queries)
    }

    func attackable() throws -> any Attackable {
        switch model {
        case .model(let model): return model
        case .function(let callback): return FunctionModel(callback: callback)
        case .target: throw CallError("attack: gradient_from takes a model or a function, not a Target")
        }
    }
}

/// A function of the user's as a model; differentiable as far as it computes with tensors.
private struct FunctionModel: Attackable {
    let callback: any Callback
    var attackedName: String { "function" }
    var verdict: Target.Forward {
        { x in
            let results = try callback.call([.object(x)])
            guard case .object(let logits as Tensor)? = results.first else {
                throw CallError(
                    "attack: the model function must return a Tensor, it returned \(results.first?.errorText ?? "nothing")"
                )
            }
            return logits
        }
    }
    var surrogate: Target.Forward? { verdict }
    var isDifferentiable: Bool { true }
    var callbacks: [any Callback] { [callback] }
}

/// Examples as an argument, with what is known of them.
struct ExampleArgument: ParameterValue {
    let examples: Examples
    let range: ClosedRange<Double>?
    let text: String
    let recorded: Value
    static let typeName = Examples.typeName
    static let takesList = true

    init?(_ value: Value) throws {
        guard let examples = try Examples(value) else { return nil }
        (self.examples, recorded) = (examples, value)
        if case .object(let data as Dataset) = value {
            range = data.range
            text = "\(data.source) (\(data.count) examples, sha256 \(try data.digest().prefix(16)))"
        } else {
            (range, text) = (0...1, "\(examples.count) examples given as tensors")
        }
    }
}

extension LuaClass {
    static let attack = LuaClass(Attack.self, "An attack with its budget; run it on a model and examples.") { c in
        c.example = "pgd = attack.pgd{eps = 0.1}"
        c.method(
            "run", "Attack every example; success is decided on the deployed model, after clipping.",
            example: "attack.pgd{eps = 0.1}:run(net, fashion.test:head(100))", modelParameter, dataParameter,
            gradientParameter,
            Parameter<RangeOption?>(
                "range", .none, "{low, high} of the inputs, or false; nil is what the data declare"),
            Parameter<Bool?>(
                "queries", .none,
                "whether the verdict may be asked at every step; nil: unless gradients come from another model"),
            Parameter("checks", CheckLevel.standard, "which warnings to look for")
        ) { attack, model, data, other, range, queries, checks in
            let target = try model.target(
                gradientsFrom: other, range: range.map(\.range) ?? data.range, queries: queries)
            return try attack.run(on: target, data.examples, data: data.text, checks: checks)
        }
        c.method(
            "perturb",
            "Adversarial examples of one batch, as adversarial training uses them: the last point, unverified.",
            example: "pgd:perturb(net, d.images, d.labels)", modelParameter,
            Parameter<Tensor>("x", "inputs [N, ...]"), Parameter<Tensor>("y", "labels [N]"),
            Parameter<Int?>("seed", .none, "seed of the draws; nil is the attack's own")
        ) { attack, model, x, y, seed in
            let target = try model.target(gradientsFrom: nil, range: 0...1, queries: nil)
            return try attack.perturb(on: target, x, y, key: Key(seed: seed ?? attack.seed))
        }
        c.method(
            "minimal_eps",
            "The smallest budget that breaks each example, by bisection: an upper bound of its distance.",
            example: "attack.bim{eps = 0.05, norm = \"l2\"}:minimal_eps(net, fashion.test:head(20))", modelParameter,
            dataParameter,
            gradientParameter,
            Parameter("tolerance", 0.01, "relative width at which the bisection ends", .within(1e-6...1)),
            Parameter<Double?>(
                "largest", .none, "where to give up (inf is returned); nil is the size of the input range",
                Constraint("number from 0 to 1e9, or nil") { $0.map { (0...1e9).contains($0) } ?? true })
        ) { attack, model, data, other, tolerance, largest in
            let target = try model.target(gradientsFrom: other, range: data.range, queries: nil)
            return try Tensor(attack.minimalEps(on: target, data.examples, tolerance: tolerance, largest: largest))
        }
        c.method(
            "with", "The same attack with another budget or seed.", example: "attack.fgsm{}:with{eps = 0.2}",
            Parameter<Budget?>("eps", .none, "the new budget"), Parameter<Int?>("seed", .none, "the new seed")
        ) { attack, eps, seed in
            let moved = eps.map { attack.with(eps: $0) } ?? attack
            return seed.map { moved.with(seed: $0) } ?? moved
        }
        c.property("name", "The recipe's name.") { $0.name }
        c.index("A parameter by its name.", key: "string") { attack, key in String(key).flatMap { attack.record[$0] } }
        c.description { "\($0)" }
    }

    private static let modelParameter = Parameter<ModelArgument>(
        "model", "what decides: a model, a target or a function")
    private static let dataParameter = Parameter<ExampleArgument>("data", "a data set, or {inputs, labels}")
    private static let gradientParameter = Parameter<ModelArgument?>(
        "gradient_from", .none, "another model to take gradients from; nil is the model itself or its twin")

    static let target = LuaClass(Target.self, "What an attack sees of a model.") { c in
        c.example = "target = attack.target(net)"
        c.method(
            "logits", "Logits of the model that decides.", example: "attack.target(net):logits(d.images)",
            Parameter<Tensor>("x", "inputs [N, ...]")
        ) { target, x in try target.logits(x) }
        c.method(
            "gradient", "Losses per example, and their gradients with respect to the inputs.",
            example: "losses, gradient = target:gradient(d.images, d.labels)",
            Parameter<Tensor>("x", "inputs [N, ...]"),
            Parameter<Tensor>("y", "labels [N]"),
            Parameter("objective", ObjectiveChoice.crossEntropy, "the loss: a name, or a function of logits and labels")
        ) { target, x, y, objective in
            let (x, labels) = try Examples(x, y).floats(0..<(x.shape.first ?? 0))
            let slope = try target.gradient(x, objective.objective, Goal(labels))
            return Several(.object(try Tensor(slope.losses)), .object(slope.gradient))
        }
        c.property("forwards", "Examples passed forward so far.") { $0.passes.forwards }
        c.property("backwards", "Examples passed back so far.") { $0.passes.backwards }
        c.property("name", "The model that decides.") { $0.name }
        c.description { "Target(\($0.name)\($0.surrogateName.map { ", gradients from \($0)" } ?? ""))" }
    }
}

extension LuaClass {
    static let attackResult = LuaClass(AttackResult.self, "What an attack did, example by example.") { c in
        c.example = "r = attack.fgsm{eps = 0.1}:run(net, d)"
        addExamples(&c)
        addSummary(&c)
        addGallery(&c)
        c.description { "\($0)" }
    }

    private static func addExamples(_ c: inout LuaClassBuilder<AttackResult>) {
        c.property("adversarial", "Final points [N, ...]: `r.adversarial[1]:show()`.") { $0.adversarial }
        c.property("labels", "Labels, int64 [N].") { r in try Tensor(r.outcomes.map { Int64($0.label) }) }
        c.property("clean_predictions", "Classes of the clean inputs, int64 [N].") { r in
            try Tensor(r.outcomes.map { Int64($0.clean) })
        }
        c.property("predictions", "Classes of the final points, int64 [N]; -1 for nan.") { r in
            try Tensor(r.outcomes.map { Int64($0.final) })
        }
        c.property("success", "Whether the goal holds at the final point, bool [N].") { r in
            try Tensor(r.outcomes.map(\.success))
        }
        c.property("robust", "Whether the prediction is right before and after, bool [N].") { r in
            try Tensor(r.outcomes.map(\.isRobust))
        }
        c.property("linf", "L-inf distances to the inputs, float64 [N].") { r in
            try Tensor(r.outcomes.map(\.distances.linf))
        }
        c.property("l2", "L2 distances to the inputs, float64 [N].") { r in try Tensor(r.outcomes.map(\.distances.l2)) }
        c.property("l1", "L1 distances to the inputs, float64 [N].") { r in try Tensor(r.outcomes.map(\.distances.l1)) }
        c.property("steps", "The step of each final point, int64 [N].") { r in
            try Tensor(r.outcomes.map { Int64($0.step) })
        }
        c.property("restarts", "The restart of each final point, from 1, int64 [N].") { r in
            try Tensor(r.outcomes.map { Int64($0.restart + 1) })
        }
        c.property("endings", "Why each attack ended: reached, finished, already, skipped, frozen, unfinished.") { r in
            r.outcomes.map(\.ending.rawValue)
        }
    }

    private static func addSummary(_ c: inout LuaClassBuilder<AttackResult>) {
        c.property("count", "Number of examples.") { $0.outcomes.count }
        c.property("clean_accuracy", "Share classified correctly, of all.") { $0.cleanAccuracy.value }
        c.property("robust_accuracy", "Share right before and after, of all.") { $0.robustAccuracy.value }
        c.property("success_rate", "Share of goals reached, of those classified correctly.") { $0.successRate.value }
        c.property("interval", "95 % Wilson interval of the robust accuracy, {low, high}.") { r in
            [r.robustAccuracy.interval.lowerBound, r.robustAccuracy.interval.upperBound]
        }
        c.property("forwards", "Forward passes, counted per example.") { $0.passes.forwards }
        c.property("backwards", "Backward passes, counted per example.") { $0.passes.backwards }
        c.property("seconds", "How long it took.") { $0.seconds }
        c.property("interrupted", "Whether it was stopped early.") { $0.isInterrupted }
        c.property("warnings", "What the checks found.") { r in r.warnings.map { "\($0)" } }
        c.property("attack", "The attack.") { $0.attack }
        c.property("model", "The model that decided, as text.") { $0.model }
        c.property("data", "What the examples are, as text.") { $0.data }
    }
}
