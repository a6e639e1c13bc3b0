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
        guard !plan.isEmpty else {
            throw KernelError.value(
                op: "quantize", name: "weights", expected: "a quantizer for weights, activations or the input",
                got: "none")
        }
        let copy = try copied()
        let choices = try copy.choices(plan)
        // Ranges are those of the model with quantized weights and float activations.
        for choice in choices { choice.module.quantization = choice.settings(plan, input: nil) }
        if let input = plan.input { copy.addEntry(input) }
        let observed = try copy.observedRanges(choices, batches, batch)
        for choice in choices {
            guard let input = choice.input else { continue }
            let entry = choice.module.quantization?.entry
            choice.module.quantization = choice.settings(plan, input: input, entry: entry)
            if !input.isFixed, choice.isNew || batches > 0 {
                try choice.module.setInputRange(observed[ObjectIdentifier(choice.module)])
            }
        }
        return copy
    }

    /// What becomes of one layer: the plan's quantizers, or those that it has already.
    private struct Chosen {
        let module: Module
        let before: LayerQuantization?
        let weight: Quantizer?, input: Quantizer?
        /// Whether the input's quantizer comes from the plan.
        let isNew: Bool

        init(_ module: Module, weight: Quantizer?, input: Quantizer?) {
            (self.module, before, isNew) = (module, module.quantization, input != nil)
            self.weight = weight ?? before?.weight
            self.input = input ?? before?.input
        }
        func settings(_ plan: QuantizationPlan, input: Quantizer?, entry: Quantizer? = nil) -> LayerQuantization {
            LayerQuantization(
                weight: weight, bias: weight == nil ? nil : plan.biases ?? before?.bias, input: input,
                entry: entry ?? before?.entry)
        }
    }

    private func addEntry(_ quantizer: Quantizer) {
        let own = quantization
        quantization = LayerQuantization(weight: own?.weight, bias: own?.bias, input: own?.input, entry: quantizer)
    }

    /// Every layer that the plan touches with its weight and activation quantizers.
    private func choices(_ plan: QuantizationPlan) throws -> [Chosen] {
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
        try Self.requirePerTensor(plan.activations)
        try Self.requireNoAverage(plan.weights, "weights")
        try Self.requireNoAverage(plan.biases, "biases")
        try plan.layers.forEach { try Self.requireNoAverage($0.choice.weights, "weights") }
        return try modules.compactMap { path, module in
            if Self.averaging.contains(module.kind.name) {
                return plan.activations.map { Chosen(module, weight: nil, input: $0) }
            }
            guard module.kind.hasWeight, !skipped.contains(path) else { return nil }
            let own = plan.layers.first { $0.path == path }?.choice
            try Self.requirePerTensor(own?.activations ?? plan.activations)
            return Chosen(
                module, weight: own?.weights ?? plan.weights, input: own?.activations ?? plan.activations)
        }
    }

    /// The range of a weight is that of its present values.
    private static func requireNoAverage(_ weights: Quantizer?, _ name: String) throws {
        guard weights?.range.isMoving == true else { return }
        throw KernelError.value(
            op: "quantize", name: name, expected: "a range of the present values", got: "\"moving_average\"")
    }

    private static func requirePerTensor(_ activations: Quantizer?) throws {
        guard activations?.granularity == .channel else { return }
        throw KernelError.value(
            op: "quantize", name: "activations", expected: "granularity \"tensor\"", got: "\"channel\"")
    }

    /// Layers without a weight that compute new values from codes: with quantized activations they take codes too.
    private static let averaging: Set = ["avg_pool", "global_avg_pool"]

    /// Runs the batches and watches what enters the layers.
    private func observedRanges(
        _ choices: [Chosen], _ batches: Int, _ batch: (Int) throws -> Tensor
    ) throws -> [ObjectIdentifier: ObservedRange] {
        let layers = choices.compactMap { choice in choice.input.map { (choice.module, RangeObservation($0.range)) } }
        guard batches > 0, choices.contains(where: { $0.input?.isFixed == false }) else { return [:] }
        let watch = Watch(layers)
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

// MARK: - Printing

extension LayerQuantization: CustomStringConvertible {
    public var description: String {
        [("entry", entry), ("input", input), ("weight", weight), ("bias", bias)]
            .compactMap { name, quantizer in quantizer.map { "\(name): \($0)" } }.joined(separator: " | ")
    }
}

extension Module {
    /// How the model is quantized, a line per layer; nil when it computes in float.
    public var quantizationText: String? {
        let lines = modules.compactMap { path, module -> String? in
            guard let text = module.quantization?.description, !text.isEmpty else { return nil }
            return path.isEmpty ? text : "\(path): \(text)"
        }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }
}
