import TestSupport
import Testing

@testable import Kernel

@Suite struct IntegerModelTests {
    static let int8 = try! Quantizer(.integers(bits: 8, signed: true, narrow: true), granularity: .channel)
    static let uint8 = try! Quantizer(.integers(bits: 8, signed: false, narrow: false), range: .minmax)
    static let signed = try! Quantizer(.integers(bits: 8, signed: true, narrow: false), range: .minmax, scale: .affine)

    static func recipe(_ name: String, _ arguments: [Value] = [], _ named: [(name: String, value: Value)] = []) throws
        -> Module
    {
        let recipe = Recipe<Module>.layers.first { $0.name == name }!
        return try recipe.build(named.isEmpty ? arguments : [.table(.init(list: arguments, named: named))])
    }
    static func mlp() throws -> Module {
        try .sequential([
            recipe("flatten"), recipe("linear", [.int(36), .int(17)], [("seed", .int(1))]), recipe("relu"),
            recipe("linear", [.int(17), .int(5)], [("seed", .int(2))]),
        ])
    }
    static func cnn() throws -> Module {
        try .sequential([
            recipe("conv2d", [.int(1), .int(4)], [("kernel", .int(3)), ("padding", .int(1)), ("seed", .int(1))]),
            recipe("relu"), recipe("max_pool", [], [("kernel", .int(2))]),
            recipe(
                "conv2d", [.int(4), .int(6)],
                [
                    ("kernel", .int(3)), ("padding", .int(2)), ("dilation", .int(2)), ("groups", .int(2)),
                    ("seed", .int(2)),
                    ("bias", .flag(false)),
                ]),
            recipe("relu"), recipe("avg_pool", [], [("kernel", .int(2)), ("stride", .int(1)), ("padding", .int(1))]),
            recipe("dropout"), recipe("conv2d", [.int(6), .int(3)], [("kernel", .int(2)), ("seed", .int(3))]),
            recipe("global_avg_pool"), recipe("linear", [.int(3), .int(4)], [("seed", .int(4))]),
        ])
    }
    static let x = try! Tensor.uniform([9, 1, 6, 6], key: Key(seed: 5))

    static func integer(_ net: Module, _ weights: Quantizer, _ activations: Quantizer) throws -> IntegerModel {
        try IntegerModel(net.quantized(QuantizationPlan(weights: weights, activations: activations), calibrate: [x]))
    }

    static let weightQuantizers: [Quantizer] = [
        int8, try! Quantizer(.integers(bits: 4, signed: true, narrow: false)), try! Quantizer(.noZeroLevel(bits: 2)),
        try! Quantizer(.ternary(.twn), granularity: .channel), try! Quantizer(.binary(scaled: true, zero: .plus)),
        try! Quantizer(.integers(bits: 8, signed: false, narrow: false), range: .minmax),
    ]

    @Test("every code equals the definition in 64-bit integers, layer by layer", arguments: weightQuantizers)
    func slowTwin(_ weights: Quantizer) throws {
        for net in [try Self.mlp(), try Self.cnn()] {
            for activations in [Self.uint8, Self.signed] {
                let model = try Self.integer(net, weights, activations)
                let expected = try IntegerSlowTwin().trace(model.layers, Self.x)
                for ((layer, mine), slow) in zip(zip(model.layers, try model.trace(Self.x)), expected) {
                    #expect(mine.shape == slow.shape)
                    #expect(try mine.array(Double.self) == slow.numbers, "\(layer.path) \(layer.text)")
                }
            }
        }
    }

    @Test("the differentiable twin has the same codes and the same logits", arguments: weightQuantizers)
    func twin(_ weights: Quantizer) throws {
        for net in [try Self.mlp(), try Self.cnn()] {
            let model = try Self.integer(net, weights, Self.uint8)
            #expect(model.twinIsExact)
            #expect(try model.twinDifferences(Self.x, model.trace(Self.x)) == 0)
            #expect(
                try model.twin.forward(Self.x, .evaluation).array(Float.self) == model.logits(Self.x).array(Float.self))
        }
    }

    @Test("the twin's gradient is that of the fake-quantized model, but for a unit at its edge")
    func gradient() throws {
        let model = try Self.integer(Self.mlp(), Self.int8, Self.uint8)
        func gradient(_ module: Module) throws -> [Double] {
            let leaf = try Self.x.copied().requireGrad()
            let y = try module.forward(leaf, .evaluation)
            return try Autograd.gradients(of: y, wrt: [leaf], seed: .ones(y.shape))[0]!.array(Double.self)
        }
        let (a, b) = (try gradient(model.twin), try gradient(model.source))
        // Biases are rounded to the scale of the sums, so a unit next to zero or to the range's end may switch.
        let apart = Set(a.indices.filter { abs(a[$0] - b[$0]) > 1e-4 }.map { $0 / 36 })
        #expect(apart.count <= 1, "gradients of examples \(apart.sorted()) differ")
        #expect(a.contains { $0 != 0 })
    }

    @Test("a comparison counts the codes in which the fake-quantized model differs")
    func comparison() throws {
        let model = try Self.integer(Self.cnn(), Self.int8, Self.uint8)
        let comparison = try model.compare(Self.x)
        #expect(comparison.layers.map(\.path) == ["1", "4", "6", "8", "9", "10"])
        #expect(comparison.layers.allSatisfy { $0.differing < 0.05 && $0.largest <= 1 }, "\(comparison)")
        #expect(comparison.twinDiffering == 0 && comparison.layers[0].differing == 0)
        #expect(comparison.largestLogit < 0.05)
    }

    @Test("batches of any size give the same logits")
    func batches() throws {
        let model = try Self.integer(Self.mlp(), Self.int8, Self.uint8)
        let many = try Tensor.uniform([1003, 1, 6, 6], key: Key(seed: 6))
        let all = try model.logits(many).array(Float.self)
        #expect(try model.logits(many.narrow(0, 700, 3)).array(Float.self) == Array(all[3500..<3515]))
    }

    @Test("a folded batch normalisation computes the same function")
    func folding() throws {
        let norm = try Self.recipe("batch_norm", [.int(4)])
        try norm[parameter: "weight"]!.write(Float.self) { for i in 0..<4 { $0[i] = 0.5 + Float(i) } }
        try norm[parameter: "bias"]!.write(Float.self) { for i in 0..<4 { $0[i] = Float(i) - 2 } }
        try norm[buffer: "running_mean"]!.write(Float.self) { for i in 0..<4 { $0[i] = 0.3 * Float(i) } }
        try norm[buffer: "running_var"]!.write(Float.self) { for i in 0..<4 { $0[i] = 0.2 + Float(i) } }
        let conv = try Self.recipe(
            "conv2d", [.int(1), .int(4)], [("kernel", .int(3)), ("bias", .flag(false)), ("seed", .int(1))])
        let net = try Module.sequential([
            Module.sequential([conv, norm, Self.recipe("relu")]), Self.recipe("flatten"),
            Self.recipe("linear", [.int(64), .int(3)], [("seed", .int(2))]),
        ])
        let folded = try net.foldingBatchNorm()
        let (a, b) = (try net.forward(Self.x, .evaluation), try folded.forward(Self.x, .evaluation))
        #expect(zip(try a.array(Double.self), try b.array(Double.self)).allSatisfy { abs($0 - $1) < 1e-5 })
        #expect(folded.modules.map(\.path) == net.modules.map(\.path))
        #expect(!folded.modules.contains { $0.module.kind.name == "batch_norm" })
        let model = try Self.integer(folded, Self.int8, Self.uint8)
        #expect(try model.twinDifferences(Self.x, model.trace(Self.x)) == 0)
    }

    @Test("what has no integer form is an error that says what to do")
    func refusals() throws {
        func text(_ net: Module, _ plan: QuantizationPlan) -> String {
            do { return "\(try IntegerModel(net.quantized(plan, calibrate: [Self.x])))" } catch { return "\(error)" }
        }
        #expect(
            text(try Self.mlp(), QuantizationPlan(weights: Self.int8))
                == "integer: layer 2 'linear' has float activations; quantize with activations = quant.uint8{}, calibrate = data"
        )
        #expect(
            text(try Self.mlp(), QuantizationPlan(activations: Self.uint8))
                == "integer: layer 2 'linear' has float weights; quantize with weights = quant.int8{}")
        let floor = try Quantizer(.integers(bits: 8, signed: false, narrow: false), range: .minmax, rounding: .floor)
        #expect(
            text(try Self.mlp(), QuantizationPlan(weights: Self.int8, activations: floor)).hasPrefix(
                "integer: the activations of layer 2 are not what spec \"onnx\" computes"))
        let norm = try Module.sequential([
            Self.recipe("conv2d", [.int(1), .int(4)], [("kernel", .int(3))]), Self.recipe("batch_norm", [.int(4)]),
            Self.recipe("flatten"), Self.recipe("linear", [.int(64), .int(3)]),
        ])
        #expect(
            text(norm, QuantizationPlan(weights: Self.int8, activations: Self.uint8))
                == "integer: layer 2 'batch_norm' is not folded; quantize with fold = true")
    }
}
