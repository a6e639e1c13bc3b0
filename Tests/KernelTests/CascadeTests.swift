import Synchronization
import Testing

@testable import Kernel

/// Models that share their first layers, against each of them by itself.
@Suite(.serialized) struct CascadeTests {
    static let images = try! Tensor.uniform([300, 1, 8, 8], key: Key(seed: 4))

    static func net() throws -> Module {
        try Module.sequential([
            GrowthTests.layer("conv2d", 1, 4, 3), GrowthTests.layer("relu"), GrowthTests.layer("max_pool", 2),
            GrowthTests.layer("flatten"), GrowthTests.layer("linear", 36, 16), GrowthTests.layer("relu"),
            GrowthTests.layer("linear", 16, 4),
        ])
    }

    /// The network, and variants with one layer, the input, or everything quantized.
    static func variants() throws -> [Module] {
        let net = try net()
        func plan(_ layers: [String], bits: Int, activations: Bool = false) throws -> Module {
            var plan = QuantizationPlan(skip: ["1", "5", "7"].filter { !layers.contains($0) })
            plan.weights = try weights(bits)
            if activations { plan.activations = try self.activations() }
            return try net.quantized(plan, calibrate: [images])
        }
        return [
            net, try plan(["7"], bits: 4), try plan(["7"], bits: 2), try plan(["5"], bits: 4), try plan(["1"], bits: 4),
            try plan(["1", "5", "7"], bits: 4), try plan(["5", "7"], bits: 4, activations: true), try net.copied(),
        ]
    }

    static func weights(_ bits: Int) throws -> Quantizer {
        try quantizer([("bits", .int(bits)), ("narrow", .flag(true))])
    }
    static func activations() throws -> Quantizer { try quantizer([("bits", .int(4)), ("signed", .flag(false))]) }
    static func quantizer(_ options: [(name: String, value: Value)]) throws -> Quantizer {
        try Quantizer.recipes.first { $0.name == "uniform" }!.build([.table(.init(named: options))])
    }

    @Test("the logits of every model are those that it gives by itself, bit for bit")
    func exact() throws {
        let models = try Self.variants(), x = try Self.images.rows(0..<100)
        let together = try Cascade(models).logits(x)
        for (model, logits) in zip(models, together) {
            #expect(try logits.array(Float.self) == model.forward(x, .evaluation).array(Float.self))
        }
        #expect(try together[1].array(Float.self) != together[0].array(Float.self))
    }

    @Test("right answers are those of each model, models that are no networks among them")
    func correct() throws {
        let models = try Self.variants()
        let labels = try models[0].predict(Self.images), examples = try Examples(Self.images, labels)
        let mixed = try Cascade([models[0], GrowthTests.layer("flatten"), models[5]]).correct(examples)
        #expect(mixed[0].allSatisfy { $0 } && !mixed[1].allSatisfy { $0 })
        let correct = try Cascade(models).correct(examples)
        for (model, right) in zip(models, correct) { #expect(try right == model.correct(examples)) }
        #expect(correct[0].allSatisfy { $0 } && correct[7] == correct[0])
    }

    @Test("layers before the one that differs run once, whatever the number of models")
    func shared() throws {
        let net = try Self.net(), x = try Self.images.rows(0..<100)
        let variants = try (2...6).map { bits in
            try net.quantized(QuantizationPlan(weights: Self.weights(bits), skip: ["1", "5"]))
        }
        let cascade = try Cascade(variants)
        _ = try cascade.logits(x)
        let counts = Mutex<[String: Int]>([:])
        Operations.watch(
            .init { name, _ in
                counts.withLock { $0[name, default: 0] += 1 }
            } end: {
            })
        defer { Operations.watch(nil) }
        _ = try cascade.logits(x)
        let seen = counts.withLock { $0 }
        #expect(seen.filter { $0.key.hasPrefix("conv2d") }.values.reduce(0, +) == 1)
        #expect(seen["linear"] == 1 + variants.count)
    }
}
