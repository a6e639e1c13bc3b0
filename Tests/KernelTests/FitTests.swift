import Glibc
import Testing

@testable import Kernel

@Suite struct FitTests {
    /// Two well separated clouds in the plane.
    static func clouds(_ count: Int) throws -> Examples {
        let noise = try Tensor.normal([count, 2], key: Key(seed: 9)).array(Float.self)
        let labels = (0..<count).map { Int64($0 % 2) }
        let x = (0..<count * 2).map { noise[$0] * 0.5 + (labels[$0 / 2] == 0 ? -1.5 : 1.5) }
        return try Examples(Tensor(x, [count, 2]), Tensor(labels))
    }
    static func net(seed: Int = 1) throws -> Module {
        try Recipe<Module>.mlp.build([.integers([2, 8, 2]), .null, .null, .int(seed)])
    }
    static func options(_ optimizer: Recipe<Optimizer>, _ arguments: [Value] = []) throws -> FitOptions {
        var options = try FitOptions(optimizer: optimizer.build(arguments), loss: Recipe<Loss>.losses[0].build())
        (options.seed, options.batch, options.epochs) = (7, 16, 4)
        return options
    }

    @Test(
        "every optimizer and loss learns two clouds", arguments: ["sgd", "adam", "adamw"],
        ["cross_entropy", "mse", "margin"])
    func learns(_ optimizer: String, _ loss: String) throws {
        let recipe = Recipe<Optimizer>.optimizers.first { $0.name == optimizer }!
        var options = try Self.options(recipe, [.number(optimizer == "sgd" ? 0.1 : 0.02)])
        options.loss = try Recipe<Loss>.losses.first { $0.name == loss }!.build()
        let net = try Self.net(), data = try Self.clouds(400)
        let history = try net.fit(data, options)
        #expect(try net.accuracy(data) > 0.98)
        #expect(history.epochs.last!.loss < history.epochs[0].loss)
    }

    @Test("the same seed trains to the same bits")
    func reproducible() throws {
        let data = try Self.clouds(200)
        let weights = try (0..<2).map { _ in
            let net = try Self.net()
            _ = try net.fit(data, Self.options(.adam))
            return try net.namedParameters.flatMap { try $0.tensor.array(Float.self) }
        }
        #expect(weights[0] == weights[1])
    }

    @Test("patience stops the run and restores the best weights")
    func earlyStopping() throws {
        let data = try Self.clouds(200), net = try Self.net()
        var options = try Self.options(.sgd, [.number(0.5)])
        (options.epochs, options.holdout, options.patience) = (50, 0.2, 2)
        let history = try net.fit(data, options)
        #expect(history.stoppedEarly && history.epochs.count == history.best + 2)
        let (_, accuracy) = try net.lossAndAccuracy(data.slice(160..<200), options.loss)
        #expect(accuracy == history.epochs[history.best - 1].holdoutAccuracy)
    }

    @Test("clip_weights keeps every parameter in its interval")
    func clipping() throws {
        let net = try Self.net()
        var options = try Self.options(.sgd, [.number(1)])
        options.clipWeights = 0.3
        _ = try net.fit(Self.clouds(200), options)
        let largest = try net.namedParameters.flatMap { try $0.tensor.array(Double.self).map(abs) }.max()!
        #expect(abs(largest - 0.3) < 1e-6)
    }

    @Test("sgd and adam take the steps of their formulas")
    func formulas() throws {
        let w = try Tensor([1.0]), g = try Tensor([0.5])
        let sgd = Optimizer.State(
            try Recipe<Optimizer>.sgd.build([.number(0.1), .number(0.9), .flag(false), .number(0.2)]), [w])
        try sgd.step([g], rate: 0.1)  // v = 0.5 + 0.2*1 = 0.7; w = 1 - 0.07
        #expect(abs(try w.array(Double.self)[0] - 0.93) < 1e-12)
        try sgd.step([g], rate: 0.1)  // v = 0.9*0.7 + 0.5 + 0.2*0.93 = 1.316; w = 0.93 - 0.1316
        #expect(abs(try w.array(Double.self)[0] - 0.7984) < 1e-12)
        let u = try Tensor([1.0])
        let adam = Optimizer.State(try Recipe<Optimizer>.adam.build(), [u])
        try adam.step([g], rate: 1e-3)  // bias-corrected moments 0.5 and 0.25: step 1e-3 * 0.5 / (0.5 + 1e-8)
        #expect(abs(try u.array(Double.self)[0] - (1 - 1e-3 * 0.5 / (0.5 + 1e-8))) < 1e-15)
    }

    @Test("schedules give the factors of their formulas")
    func schedules() throws {
        let step = try Recipe<Schedule>.schedules[0].build([.int(10), .number(0.1)])
        #expect([0.0, 9.9, 10, 25].map { step.factor($0, 30) } == [1, 1, 0.1, 0.1 * 0.1])
        let cosine = try Recipe<Schedule>.schedules[1].build([.number(0), .number(2)])
        #expect(cosine.factor(1, 10) == 0.5 && cosine.factor(2, 10) == 1 && cosine.factor(6, 10) == 0.5)
        #expect(cosine.factor(10, 10) < 1e-12)
    }

    @Test("a saved model comes back with structure and bits")
    func files() throws {
        let path = "/tmp/assay-\(getpid()).safetensors"
        defer { unlink(path) }
        let net = try Recipe<Module>.mlp.build([.integers([64, 8, 3])])
        try ModelFile.save(net, path)
        let loaded = try ModelFile.load(path)
        #expect("\(loaded.record)" == "\(net.record)")
        let x = try Tensor.uniform([2, 1, 8, 8], key: Key(seed: 1))
        #expect(try loaded.logits(x).array(Float.self) == net.logits(x).array(Float.self))
    }

    @Test("settings that do not fit each other are errors")
    func badOptions() throws {
        var options = try Self.options(.adam)
        options.patience = 2
        #expect(throws: KernelError.self) { try options.checked() }
        options.patience = 0
        #expect(throws: KernelError.self) { try options.checked() }
    }
}
