import CKernels
import Testing

@testable import Kernel

/// The planned steps of linear layers against the recorded ones: not a bit may differ.
@Suite struct DensePlanTests {
    /// Half of the inputs are zero, as of images: 203 examples, so that the last batch is a short one.
    static func examples(_ inputs: Int, _ classes: Int) throws -> Examples {
        let uniform = try Tensor.uniform([203, inputs], key: Key(seed: 5)).array(Float.self)
        let x = try Tensor(uniform.map { $0 < 0.5 ? 0 : $0 }, [203, inputs])
        return try Examples(x, Tensor((0..<203).map { Int64($0 * 7 % classes) }))
    }

    static func mlp(_ sizes: [Int]) throws -> Module {
        try Recipe<Module>.mlp.build([.integers(sizes), .null, .null, .int(3)])
    }

    static func options(_ optimizer: Recipe<Optimizer> = .adam, smoothing: Double = 0) throws -> FitOptions {
        let loss = try Recipe<Loss>.losses[0].build([.number(smoothing)])
        var options = try FitOptions(optimizer: optimizer.build([.number(0.02)]), loss: loss)
        (options.seed, options.batch, options.epochs) = (7, 32, 2)
        return options
    }

    /// Parameters, buffers and figures after training.
    static func outcome(_ net: Module, _ data: Examples, _ options: FitOptions, planned: Bool) throws -> [[UInt64]] {
        let net = try net.copied()
        var options = options
        options.mayPlan = planned
        let history = try net.fit(data, options)
        let state = try net.state.map { try $0.tensor.array(Float.self).map { UInt64($0.bitPattern) } }
        return state + [history.epochs.flatMap { [$0.loss.bitPattern, $0.accuracy.bitPattern] }]
    }

    static func expectSame(_ net: Module, _ data: Examples, _ options: FitOptions, isPlanned: Bool = true) throws {
        #expect(try (DensePlan(net, options.loss, rows: options.batch) != nil) == isPlanned)
        #expect(
            try outcome(net, data, options, planned: true) == outcome(net, data, options, planned: false),
            "\(net.children.map { $0.module.quantization?.shortText ?? "" })")
    }

    @Test(
        "networks of any sizes train to the same bits",
        arguments: [[2, 8, 2], [20, 100, 10], [784, 100, 10], [64, 384, 96, 3], [70, 5], [1, 1, 1]], [1, 2])
    func sizes(_ sizes: [Int], _ threads: Int) throws {
        let before = Workers.count
        defer { Workers.use(before) }
        Workers.use(threads)
        try Self.expectSame(Self.mlp(sizes), Self.examples(sizes[0], sizes.last!), Self.options())
    }

    @Test("so do runs that are long enough to try steps on one thread")
    func trials() throws {
        let before = Workers.count
        defer { Workers.use(before) }
        Workers.use(2)
        var options = try Self.options()
        options.epochs = 8
        try Self.expectSame(Self.mlp([784, 100, 10]), Self.examples(784, 10), options)
    }

    @Test("every optimizer does, with smoothed labels, held-out examples and clipped weights")
    func settings() throws {
        let net = try Self.mlp([20, 100, 10]), data = try Self.examples(20, 10)
        for optimizer in Recipe<Optimizer>.optimizers {
            var options = try Self.options(optimizer, smoothing: 0.1)
            (options.holdout, options.clipWeights) = (0.2, 0.05)
            try Self.expectSame(net, data, options)
        }
    }

    @Test("layers without bias, several in a row without relu, and images that are flattened first do")
    func layers() throws {
        let seeded: (Int, Int, Int) throws -> Module = {
            try Recipe<Module>.linear.build([.int($0), .int($1), .flag(false), .null, .int($2)])
        }
        let relu = try Recipe<Module>.relu.build()
        let net = try Module.sequential([
            Module(.flatten), seeded(36, 100, 1), seeded(100, 20, 2), relu, seeded(20, 4, 3), relu,
        ])
        let flat = try Self.examples(36, 4)
        let images = Examples(count: flat.count) {
            let (x, y) = try flat.batch($0)
            return (try x.reshape([$0.count, 1, 6, 6]), y)
        }
        try Self.expectSame(net, images, Self.options())
    }

    /// Every recipe, ways of rounding and gradients, for weights, biases and activations.
    static let quantizers: [(String, [(String, Value)])] =
        Quantizer.recipes.map { ($0.name, []) }
        + Rounding.allCases.map { ("int4", [("rounding", .text($0.rawValue))]) }
        + GradientRule.allCases.map { ("int4", [("gradient", .text($0.rawValue))]) }
        + [
            ("uniform", [("bits", .int(3)), ("range", .text("percentile"))])
        ]

    static func quantizer(_ name: String, _ settings: [(String, Value)]) throws -> Quantizer {
        let recipe = Quantizer.recipes.first { $0.name == name }!
        var named = settings.map { (name: $0.0, value: $0.1) }
        if named.isEmpty, (try? recipe.build()) == nil { named = [("bits", .int(3))] }
        return try recipe.build(named.isEmpty ? [] : [.table(.init(named: named))])
    }

    @Test("every quantizer of weights, biases and activations does", arguments: quantizers.indices)
    func quantized(_ index: Int) throws {
        let quantizer = try Self.quantizer(Self.quantizers[index].0, Self.quantizers[index].1)
        let net = try Self.mlp([20, 100, 96, 10]), data = try Self.examples(20, 10)
        for plan in [
            QuantizationPlan(weights: quantizer), QuantizationPlan(weights: quantizer, biases: quantizer),
            QuantizationPlan(activations: quantizer), QuantizationPlan(weights: quantizer, activations: quantizer),
        ] {
            try expectSameQuantized(net, plan, data)
        }
    }

    private func expectSameQuantized(_ net: Module, _ plan: QuantizationPlan, _ data: Examples) throws {
        try Self.expectSame(net.quantized(plan, calibrate: [data.batch(Array(0..<50)).x]), data, Self.options())
    }

    @Test("so do scales by channel, and ranges of activations that follow training")
    func otherScales() throws {
        let net = try Self.mlp([20, 100, 96, 10]), data = try Self.examples(20, 10)
        let byChannel = try Self.quantizer("int4", [("granularity", .text("channel"))])
        let moving = try Self.quantizer("uniform", [("bits", .int(3)), ("range", .text("moving_average"))])
        try expectSameQuantized(net, QuantizationPlan(weights: byChannel, activations: moving), data)
    }

    @Test("networks and losses of other kinds, shared layers and quantized inputs keep the recorded way")
    func others() throws {
        let data = try Self.examples(20, 10), options = try Self.options()
        func linear(_ inputs: Int, _ outputs: Int) throws -> Module {
            try Recipe<Module>.linear.build([.int(inputs), .int(outputs), .flag(true), .null, .int(1)])
        }
        let shared = try linear(20, 20), tanh = try Recipe<Module>.layers.first { $0.name == "tanh" }!.build()
        let last = try linear(20, 10)
        let eightBits = try Self.quantizer("bit_depth", [("bits", .int(8))])
        for net in try [
            linear(20, 10), .sequential([shared, shared, last]), .sequential([shared, tanh, last]),
            Self.mlp([20, 10]).quantized(QuantizationPlan(input: eightBits)),
            .sequential([.sequential([linear(20, 10)])]),
        ] {
            try Self.expectSame(net, data, options, isPlanned: false)
        }
        var other = options
        other.loss = try Recipe<Loss>.losses[1].build()
        try Self.expectSame(Self.mlp([20, 10]), data, other, isPlanned: false)
    }

    @Test("weights that are not finite lead to the same bits or the same error")
    func notFinite() throws {
        for value in [Float.infinity, .nan] {
            for plan in [nil, QuantizationPlan(weights: try Self.quantizer("int4", []))] {
                let float = try Self.mlp([64, 100, 96, 10])
                let net = try plan.map { try float.quantized($0) } ?? float
                try net.namedParameters[0].tensor.write(Float.self) { $0[17] = value }
                let data = try Self.examples(64, 10), options = try Self.options()
                let results = [true, false].map { planned in
                    do { return try "\(Self.outcome(net, data, options, planned: planned))" } catch {
                        return "\(error)"
                    }
                }
                #expect(results[0] == results[1])
            }
        }
    }

    @Test("labels out of range and inputs of another width give the same errors")
    func errors() throws {
        let net = try Self.mlp([20, 10]), wide = try Self.examples(21, 10), labels = try Self.examples(20, 11)
        for data in [wide, labels] {
            let messages = [true, false].map { planned in
                do { return try "\(Self.outcome(net, data, Self.options(), planned: planned))" } catch {
                    return "\(error)"
                }
            }
            #expect(messages[0] == messages[1] && messages[0].count < 200)
        }
    }

    @Test("an interrupt ends a planned step, and the next run begins afresh")
    func interrupted() throws {
        let net = try Self.mlp([20, 100, 10]), data = try Self.examples(20, 10)
        let plan = try #require(try DensePlan(net, Self.options().loss, rows: 32))
        let (x, y) = try data.batch(Array(0..<32))
        Interrupt.request()
        #expect(throws: Interrupted.self) { _ = try plan.gradients(x, y, .training(Key(seed: 1))) }
        Interrupt.clear()
        #expect(try plan.gradients(x, y, .training(Key(seed: 1)))!.gradients.count == 4)
    }

    @Test("a planned step allocates no more than the batch and a few small things")
    func allocations() throws {
        let net = try Self.mlp([784, 256, 128, 10]), data = try Self.examples(784, 10)
        let plan = try #require(try DensePlan(net, Self.options().loss, rows: 32))
        let (x, y) = try data.batch(Array(0..<32))
        func taken() throws -> Int {
            let before = MemoryPool.takenBytes
            _ = try plan.gradients(x, y, .training(Key(seed: 1)))
            return MemoryPool.takenBytes - before
        }
        _ = try taken()
        // The weight gradients alone are 940 KB.
        #expect(try taken() < 100_000)
    }
}
