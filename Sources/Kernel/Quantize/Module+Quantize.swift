/// What a model is to be quantized with.
public struct QuantizationPlan: Sendable {
    /// For the weights of every linear and convolution layer.
    public var weights: Quantizer?
    public var biases: Quantizer?
    /// For the values that enter those layers and average pools.
    public var activations: Quantizer?
    /// For the model's own input, before its first layer.
    public var input: Quantizer?
    /// Exceptions by path.
    public var layers: [(path: String, choice: LayerChoice)]
    /// Paths, `first` or `last`: layers that stay in float.
    public var skip: [String]

    /// What one layer is quantized with instead; nil takes the plan's.
    public struct LayerChoice: Sendable {
        public var weights: Quantizer?
        public var activations: Quantizer?
        public init(weights: Quantizer? = nil, activations: Quantizer? = nil) {
            (self.weights, self.activations) = (weights, activations)
        }
    }

    public init(
        weights: Quantizer? = nil, biases: Quantizer? = nil, activations: Quantizer? = nil, input: Quantizer? = nil,
        layers: [(path: String, choice: LayerChoice)] = [], skip: [String] = []
    ) {
        (self.weights, self.biases, self.activations, self.input) = (weights, biases, activations, input)
        (self.layers, self.skip) = (layers, skip)
    }

    var isEmpty: Bool { weights == nil && activations == nil && input == nil && layers.isEmpty }
}

extension Module {
    /// A deep copy that computes with quantized weights and activations; the latent weights stay float and trainable.
    ///
    /// Ranges of activations come from `calibrate`, batches of inputs; rules that are fixed or follow training need none.
    /// - Throws: `KernelError` for paths that are no layers with a weight, for a plan that quantizes nothing, and for
    ///   calibration data that does not fit.
    public func quantized(_ plan: QuantizationPlan, calibrate: [Tensor] = []) throws -> Module {
        try quantized(plan, batches: calibrate.count) { calibrate[$0] }
    }

    /// The same with batches made when they are needed.
    public func quantized(_ plan: QuantizationPlan, batches: Int, batch: (Int) throws -> Tensor) throws -> Module {
        if let activations = plan.activations, activations.granularity == .channel {
            throw KernelError.value(
                op: "quantize", name: "activations", expected: "granularity \"tensor\"", got: "\"channel\"")
        }
        guard !plan.isEmpty else {
            throw KernelError.value(
                op: "quantize", name: "weights", expected: "a quantizer for weights, activations or the input",
                got: "none")
        }
        let copy = try copied()
        let choices = try copy.choices(plan)
        for (module, weight, _) in choices {
            module.quantization = LayerQuantization(weight: weight, bias: weight == nil ? nil : plan.biases)
        }
        if let input = plan.input { copy.addEntry(input) }
        let observed = try copy.observedRanges(choices.compactMap { m, _, a in a.map { (m, $0) } }, batches, batch)
        for (module, weight, activations) in choices {
            guard let activations else { continue }
            module.quantization = LayerQuantization(
                weight: weight, bias: weight == nil ? nil : plan.biases, input: activations,
                entry: module.quantization?.entry)
            if !activations.isFixed { try module.setInputRange(observed[ObjectIdentifier(module)]) }
        }
        return copy
    }

    private func addEntry(_ quantizer: Quantizer) {
        let own = quantization
        quantization = LayerQuantization(weight: own?.weight, bias: own?.bias, input: own?.input, entry: quantizer)
    }

    /// Every layer that the plan touches with its weight and activation quantizers.
    private func choices(_ plan: QuantizationPlan) throws -> [(Module, Quantizer?, Quantizer?)] {
        let layers = modules.filter { $0.module.kind.hasWeight }
        let paths = layers.map(\.path)
        try (plan.skip.filter { $0 != "first" && $0 != "last" } + plan.layers.map(\.path)).forEach { path in
            guard !paths.contains(path) else { return }
            throw KernelError.value(
                op: "quantize", name: "layers", expected: "one of the layers \(paths.joined(separator: ", "))",
                got: quoted(path))
        }
        var skipped = Set(plan.skip)
        if skipped.contains("first"), let first = paths.first { skipped.insert(first) }
        if skipped.contains("last"), let last = paths.last { skipped.insert(last) }
        return modules.compactMap { path, module in
            if Self.averaging.contains(module.kind.name) { return plan.activations.map { (module, nil, $0) } }
            guard module.kind.hasWeight, !skipped.contains(path) else { return nil }
            let own = plan.layers.first { $0.path == path }?.choice
            return (module, own?.weights ?? plan.weights, own?.activations ?? plan.activations)
        }
    }

    /// Layers without a weight that compute new values from codes: with quantized activations they take codes too.
    private static let averaging: Set = ["avg_pool", "global_avg_pool"]

    /// Runs the batches and watches what enters the layers.
    private func observedRanges(
        _ layers: [(Module, Quantizer)], _ batches: Int, _ batch: (Int) throws -> Tensor
    ) throws -> [ObjectIdentifier: ObservedRange] {
        guard batches > 0, layers.contains(where: { !$0.1.isFixed }) else { return [:] }
        let watch = Watch(layers.map { ($0, RangeObservation($1.range)) })
        var pass = Pass.evaluation
        pass.observe = { module, x in try watch.add(module, x) }
        try Progress.track("calibrating", total: batches, unit: "batches") { step in
            for index in 0..<batches {
                try Context.withoutGradients { _ = try forward(batch(index), pass) }
                try step(index + 1, "")
            }
        }
        return watch.ranges
    }

    /// The observations of a calibration run, by layer.
    private final class Watch: @unchecked Sendable {
        private var observations: [ObjectIdentifier: RangeObservation]
        init(_ layers: [(Module, RangeObservation)]) {
            observations = Dictionary(layers.map { (ObjectIdentifier($0), $1) }) { first, _ in first }
        }
        func add(_ module: Module, _ x: Tensor) throws { try observations[ObjectIdentifier(module)]?.add(x) }
        var ranges: [ObjectIdentifier: ObservedRange] { observations.compactMapValues(\.range) }
    }
}
