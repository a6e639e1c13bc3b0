import Testing

@testable import Kernel

@Suite struct LayerQuantizationTests {
    private static let linear = LayerKind("linear", hasWeight: true) { module, x, pass in
        try module.effectiveInput(x, pass).linear(module.effectiveWeight(pass), module.effectiveBias(pass))
    }
    private func layer(_ inputs: Int, _ outputs: Int, seed: Int) throws -> Module {
        try Module(
            Self.linear,
            parameters: [
                ("weight", .normal([outputs, inputs], std: 0.5, key: Key(seed: seed))), ("bias", .ones([outputs])),
            ])
    }
    private func net() throws -> Module {
        try .sequential([layer(4, 5, seed: 1), layer(5, 6, seed: 2), layer(6, 3, seed: 3)])
    }
    private let twoBits = try! Quantizer(.noZeroLevel(bits: 2))
    private let eightBits = try! Quantizer(.integers(bits: 8, signed: false, narrow: false), range: .minmax)
    private let x = try! Tensor.uniform([7, 4], key: Key(seed: 4))

    @Test("weights are quantized, biases and the original model are not")
    func weights() throws {
        let net = try net()
        let before = try net.forward(x, .evaluation).array(Float.self)
        let quantized = try net.quantized(QuantizationPlan(weights: twoBits))
        let first = quantized.children[0].module
        let weight = try first.effectiveWeight(.evaluation).array(Float.self)
        #expect(Set(weight).count <= 4)
        #expect(try weight == twoBits.apply(first[parameter: "weight"]!.detached()).array(Float.self))
        #expect(try first.effectiveBias(.evaluation)!.array(Float.self) == [1, 1, 1, 1, 1])
        #expect(try net.forward(x, .evaluation).array(Float.self) == before)
    }

    @Test("a quantized weight is kept until the weight changes")
    func cache() throws {
        let net = try layer(4, 5, seed: 1).quantized(QuantizationPlan(weights: twoBits))
        let kept = try net.effectiveWeight(.evaluation)
        #expect(try net.effectiveWeight(.evaluation) === kept)
        try net[parameter: "weight"]!.write(Float.self) { $0[0] = 9 }
        #expect(try net.effectiveWeight(.evaluation).array(Float.self)[0] == 9)
        let copy = try net.copied()
        #expect(try copy.effectiveWeight(.evaluation) !== net.effectiveWeight(.evaluation))
    }

    @Test("a learning pass sends the gradient straight through to the latent weight")
    func learning() throws {
        let net = try layer(4, 5, seed: 1).quantized(QuantizationPlan(weights: twoBits))
        let weight = net[parameter: "weight"]!
        let y = try net.forward(x, .training(Key(seed: 0)))
        let gradient = try Autograd.gradients(of: y, wrt: [weight], seed: .ones([7, 5]))[0]!.array(Double.self)
        let sums = try (0..<4).map { column in
            try x.array(Double.self).enumerated().filter { $0.offset % 4 == column }.reduce(0) { $0 + $1.element }
        }
        #expect(zip(gradient, sums + sums + sums + sums + sums).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test("activations use the range that calibration saw")
    func calibration() throws {
        let net = try layer(4, 5, seed: 1)
        let batches = [try Tensor([0, 0.5, -1, 2] as [Float], [1, 4]), try Tensor([3, 0, 0, 0] as [Float], [1, 4])]
        let quantized = try net.quantized(QuantizationPlan(activations: eightBits), calibrate: batches)
        #expect(try quantized.calibratedInput == ObservedRange(low: -1, high: 3))
        let step = try quantized.inputFit(eightBits).steps[0]
        #expect(step.scale == Double(Float(4.0 / 255)) && step.zero == 64)
        #expect(quantized.state.map(\.name) == ["weight", "bias", "input_range"])
    }

    @Test("uncalibrated activations are an error, moving averages follow training")
    func uncalibrated() throws {
        let net = try layer(4, 5, seed: 1)
        let fixed = try net.quantized(QuantizationPlan(activations: eightBits))
        #expect(
            throws: KernelError.state(
                op: "quantize",
                reason: "the activations of a layer 'linear' are not calibrated; pass calibrate = data to quantize")
        ) { try fixed.forward(x, .evaluation) }
        let moving = try Quantizer(
            .integers(bits: 8, signed: false, narrow: false), range: RangeRule(.movingAverage(momentum: 0.5)))
        let trained = try net.quantized(QuantizationPlan(activations: moving))
        _ = try trained.forward(Tensor([0, 4, -2, 0] as [Float], [1, 4]), .training(Key(seed: 0)))
        _ = try trained.forward(Tensor([0, 8, -4, 0] as [Float], [1, 4]), .training(Key(seed: 0)))
        #expect(try trained.calibratedInput == ObservedRange(low: -3, high: 6))
        _ = try trained.forward(Tensor([0, 80, -40, 0] as [Float], [1, 4]), .evaluation)
        #expect(try trained.calibratedInput == ObservedRange(low: -3, high: 6))
    }

    @Test("layers can be skipped and have quantizers of their own")
    func choices() throws {
        let binary = try Quantizer(.binary(scaled: true, zero: .plus))
        let plan = QuantizationPlan(
            weights: twoBits, layers: [("2", .init(weights: binary))], skip: ["first", "3"])
        let layers = try net().quantized(plan).children.map(\.module.quantization?.weight)
        #expect(layers == [nil, binary, nil])
        #expect(
            throws: KernelError.value(
                op: "quantize", name: "layers", expected: "one of the layers 1, 2, 3", got: "\"4\"")
        ) { try net().quantized(QuantizationPlan(weights: twoBits, skip: ["4"])) }
    }

    @Test("a weight takes the range of its present values")
    func averagedWeights() throws {
        let averaged = try Quantizer(.integers(bits: 8, signed: true, narrow: false), range: .movingAverage)
        #expect(
            throws: KernelError.value(
                op: "quantize", name: "weights", expected: "a range of the present values", got: "\"moving_average\"")
        ) { try net().quantized(QuantizationPlan(weights: averaged)) }
    }

    @Test("the model's input is rounded to its bit depth, with a straight-through gradient")
    func bitDepth() throws {
        let depth = try Quantizer(
            .integers(bits: 1, signed: false, narrow: false), range: .fixed(0, 1), scale: .qmax, gradient: .ste,
            division: .levels)
        let net = try net()
        let shallow = try net.quantized(QuantizationPlan(input: depth))
        let rounded = try Tensor(x.array(Float.self).map { $0.rounded(.toNearestOrEven) }, x.shape)
        #expect(
            try shallow.forward(x, .evaluation).array(Float.self) == net.forward(rounded, .evaluation).array(Float.self)
        )
        let leaf = try x.copied().requireGrad()
        let y = try shallow.forward(leaf, .evaluation)
        let gradient = try Autograd.gradients(of: y, wrt: [leaf], seed: .ones(y.shape))[0]!.array(Float.self)
        #expect(gradient.contains { $0 != 0 })
    }

    @Test("percentiles of a calibration run clip outliers, by a histogram that widens")
    func percentile() throws {
        var observation = RangeObservation(RangeRule(.percentile(99)))
        for k in 1...10 {
            try observation.add(Tensor((0..<1000).map { Float($0) / 1000 * Float(k) / 10 }))
        }
        try observation.add(Tensor([1000] as [Float]))
        let range = observation.range!
        #expect(abs(range.high - 0.905) < 0.15 && range.low >= 0, "\(range)")
    }
}
