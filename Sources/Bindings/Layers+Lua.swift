import Kernel

extension LuaModule {
    static let nn = LuaModule("nn", "Layers and networks.") { m in
        m.recipes(Recipe<Module>.layers)
        m.function(
            "load", "Reads a model from a safetensors file written by net:save.",
            example: "net:save(\"net.safetensors\"); twin = nn.load(\"net.safetensors\")",
            Parameter<String>("path", "the file").suggesting(.files([".safetensors"]))
        ) { path in try ModelFile.load(path) }
    }
    static let optim = LuaModule("optim", "Optimizers and learning-rate schedules for net:fit.") { m in
        m.recipes(Recipe<Optimizer>.optimizers)
        m.recipes(Recipe<Schedule>.schedules)
    }
    static let loss = LuaModule("loss", "Losses for net:fit.") { m in m.recipes(Recipe<Loss>.losses) }
}

/// The text of a summary as a value of its own, so that the prompt shows the table and not a quoted string.
struct ModuleSummary: TypeNamed, Sendable {
    static var typeName: String { "ModuleSummary" }
    let text: String
}

extension LuaClass {
    static let optimizer = LuaClass(Optimizer.self, "An optimizer with its settings.") { c in
        c.example = "adam = optim.adam{}"
        c.property("lr", "the learning rate before any schedule") { $0.rate }
    }
    static let schedule = LuaClass(Schedule.self, "A learning-rate schedule.") { c in
        c.example = "schedule = optim.cosine{}"
        c.method(
            "factor", "The factor on the learning rate.", example: "schedule:factor(2, 10)",
            Parameter<Double>("epoch", "epochs done, with a fraction"),
            Parameter<Int>("epochs", "epochs in all", .within(1...1_000_000))
        ) { schedule, epoch, epochs in schedule.factor(epoch, epochs) }
    }
    static let lossClass = LuaClass(Loss.self, "A loss: a scalar from logits and labels.") { c in
        c.example = "margin = loss.margin{}"
        c.call(
            "The loss of logits and labels.", Parameter<Tensor>("logits", "[N, classes]"),
            Parameter<Tensor>("labels", "int64 [N], from 0")
        ) { loss, logits, labels in try loss.value(logits, labels) }
    }
    static let history = LuaClass(History.self, "What happened in a training run, epoch by epoch.") { c in
        c.example = "h = net:fit(fashion.train, {epochs = 3})"
        c.property("epochs", "the number of epochs that ran") { $0.epochs.count }
        c.property("best", "the epoch whose weights the model has") { $0.best }
        c.property("stopped_early", "whether patience ran out") { $0.stoppedEarly }
        c.property("loss", "mean training loss by epoch") { $0.epochs.map(\.loss) }
        c.property("accuracy", "training accuracy by epoch") { $0.epochs.map(\.accuracy) }
        c.property("holdout_loss", "loss on the held-out examples by epoch") { $0.epochs.compactMap(\.holdoutLoss) }
        c.property("holdout_accuracy", "accuracy on the held-out examples by epoch") {
            $0.epochs.compactMap(\.holdoutAccuracy)
        }
        c.property("lr", "learning rate at the end of each epoch") { $0.epochs.map(\.rate) }
        c.property("seconds", "duration of each epoch") { $0.epochs.map(\.seconds) }
        c.method(
            "plot", "A figure of the run.", example: "net:fit(fashion.train, {epochs = 3}):plot{y = \"loss\"}:show()",
            Parameter("y", History.Quantity.accuracy, "what is drawn over the epochs")
        ) { $0.figure($1) }
    }

    static let moduleSummary = LuaClass(ModuleSummary.self, "A model's layers as a table.") { c in
        c.example = "summary = net:summary{784}"
        c.description { $0.text }
    }

    static let module = LuaClass(Module.self, "A layer or a network.") { c in
        c.example = "net = nn.mlp{784, 32, 10}"
        addEvaluation(&c)
        addTraining(&c)
        addStructure(&c)
        addQuantization(&c)
    }
}

private func addEvaluation(_ c: inout LuaClassBuilder<Module>) {
    c.call(
        "The result for a batch, differentiable in input and parameters.", Parameter<Tensor>("x", "inputs [N, ...]"),
        Parameter("training", false, "batch statistics and dropout as in training"),
        Parameter<Int?>("seed", .none, "seed of dropout and stochastic rounding")
    ) { module, x, training, seed in try module.apply(x, training, seed) }
    c.method(
        "forward", "The result for a batch, differentiable in input and parameters.", example: "net:forward(d.images)",
        Parameter<Tensor>("x", "inputs [N, ...]"),
        Parameter("training", false, "batch statistics and dropout as in training"),
        Parameter<Int?>("seed", .none, "seed of dropout and stochastic rounding")
    ) { module, x, training, seed in try module.apply(x, training, seed) }
    c.method(
        "logits", "The results for a batch of any size, computed in pieces, without gradients.",
        example: "net:logits(d.images)",
        Parameter<Tensor>("x", "inputs [N, ...]")
    ) { module, x in try module.logits(x) }
    c.method(
        "predict", "The class with the largest logit per example: labels as the data sets number them, from 0.",
        example: "net:predict(d.images)", Parameter<Tensor>("x", "inputs [N, ...]")
    ) { module, x in try module.predict(x) }
    c.method(
        "accuracy", "The share of examples whose predicted class is the label.", example: "net:accuracy(fashion.test)",
        Parameter<Examples>("data", "a data set, or {inputs, labels}")
    ) { module, data in try module.accuracy(data) }
}

extension Module {
    fileprivate func apply(_ x: Tensor, _ training: Bool, _ seed: Int?) throws -> Tensor {
        var pass = Pass(training: training, learning: true, key: Session.key(seed: seed))
        pass.learning = training || namedParameters.contains { $0.tensor.requiresGrad }
        return try forward(x, pass)
    }
}

private func addTraining(_ c: inout LuaClassBuilder<Module>) {
    c.method(
        "fit", "Trains the model in place and returns the history of the run.",
        source:
            "holdout takes the last share of the examples; patience restores the best weights, as Keras' EarlyStopping",
        example:
            "net:fit(fashion.train, {epochs = 5, optimizer = optim.adam{}, holdout = 0.1, patience = 2, seed = 7})",
        Parameter<Examples>("data", "a data set, or {inputs, labels}"),
        Parameter("epochs", 10, "passes over the data", .within(1...1_000_000)),
        Parameter("batch", 128, "examples per step", .within(1...1_000_000)),
        Parameter<Optimizer?>("optimizer", .none, "how to step; optim.adam{} when not given"),
        Parameter<Loss?>(
            "loss", .none, "a loss, its name, or a function(logits, labels); cross_entropy when not given"),
        Parameter<Schedule?>("schedule", .none, "factor on the learning rate over the epochs"),
        Parameter("holdout", 0.0, "share of the examples, the last ones, kept out and measured", .within(0...0.99)),
        Parameter<Int?>("patience", .none, "epochs without improvement before stopping; needs holdout"),
        Parameter("monitor", FitOptions.Monitor.accuracy, "the held-out figure that counts"),
        Parameter<AdversaryParameter?>("adversary", .none, "an attack that perturbs every batch before the step"),
        Parameter<Double?>("clip_weights", .none, "keeps every parameter in [-c, c] after each step"),
        Parameter<Int?>("seed", .none, "seed of order, dropout and adversary; none draws from the session")
    ) {
        module, data, epochs, batch, optimizer, loss, schedule, holdout, patience, monitor, adversary, clip, seed in
        var options = try FitOptions(
            optimizer: optimizer ?? Recipe.optimizers[1].build(), loss: loss ?? Recipe.losses[0].build())
        (options.epochs, options.batch, options.schedule, options.holdout) = (epochs, batch, schedule, holdout)
        (options.patience, options.monitor, options.adversary) = (patience, monitor, adversary?.adversary)
        (options.clipWeights, options.seed) = (clip, seed)
        return try module.fit(data, options.checked())
    }
}

private func addStructure(_ c: inout LuaClassBuilder<Module>) {
    c.method(
        "summary", "The layers as a table: output shapes, parameters, quantization.", example: "net:summary{784}",
        Parameter<[Int]?>("input", .none, "shape of one example, without the batch axis")
    ) { module, input in ModuleSummary(text: try module.summary(input: input)) }
    c.method(
        "save", "Writes the model as a safetensors file with its structure, atomically.",
        example: "net:save(\"net.safetensors\")",
        Parameter<String>("path", "the file").suggesting(.files([".safetensors"]))
    ) { module, path in try ModelFile.save(module, path) }
    c.method("copy", "A deep copy with parameters of its own.", example: "twin = net:copy()") { try $0.copied() }
    c.property("kind", "the kind of layer") { $0.kind.name }
    c.property("layers", "the children in order") { $0.children.map(\.module) }
    c.property("parameters", "the trained tensors by dotted name") { module in
        Named(entries: module.namedParameters.map { ($0.name, $0.tensor) })
    }
    c.property("buffers", "tensors of the state that are not trained, by dotted name") { module in
        Named(entries: module.namedBuffers.map { ($0.name, $0.tensor) })
    }
    c.property("parameter_count", "the number of trained numbers") { $0.parameterCount }
    c.property("weight", "the weight of this layer, nil for none") { $0[parameter: "weight"] }
    c.property("bias", "the bias of this layer, nil for none") { $0[parameter: "bias"] }
    c.index("A child by its position.", returns: "Module") { module, key in
        guard let position = Int(key), module.children.indices.contains(position &- 1) else { return nil }
        return .object(module.children[position - 1].module)
    }
    c.unary(.length, "The number of children.") { $0.children.count }
    c.description { module in (try? module.summary()) ?? "Module" }
}
