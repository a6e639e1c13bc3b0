/// How one layer is quantized: its weight, its bias, and the values that enter it.
///
/// The ranges of activations are state of the module (the buffer `input_range`, saved and restored with it); the
/// quantizers are constants. Biases stay in float unless a quantizer is given.
public struct LayerQuantization: Sendable {
    public let weight: Quantizer?
    public let bias: Quantizer?
    /// For the values that enter the layer.
    public let input: Quantizer?
    /// For the values that enter the module as a whole, before any layer: the bit depth of a model's input.
    public let entry: Quantizer?
    /// Quantized parameters, kept from call to call while they do not change.
    fileprivate var kept: [String: Kept] = [:]

    public init(
        weight: Quantizer? = nil, bias: Quantizer? = nil, input: Quantizer? = nil, entry: Quantizer? = nil
    ) {
        (self.weight, self.bias, self.input, self.entry) = (weight, bias, input, entry)
    }

    /// What is quantized and to which codes: `weight 8 bits -127...127; input 8 bits 0...255`.
    var shortText: String {
        [("entry", entry), ("weight", weight), ("bias", bias), ("input", input)].compactMap { name, quantizer in
            quantizer.map { "\(name) \($0.shortText)" }
        }.joined(separator: "; ")
    }

    /// A quantized parameter, for the contents of a storage and (stochastic rounding) a key.
    fileprivate struct Kept: Sendable {
        let storage: Storage, version: Int, key: Key?
        let tensor: Tensor
        func fits(_ storage: Storage, _ key: Key?) -> Bool {
            self.storage === storage && version == storage.version && self.key == key
        }
    }
}

extension Module {
    /// The name of the buffer that holds the calibrated range [low, high] of a layer's input; nan before calibration.
    public static let inputRange = "input_range"

    /// The weight that the layer computes with: quantized when the layer is, a constant unless the pass is learning.
    func effectiveWeight(_ pass: Pass) throws -> Tensor {
        try effective("weight", self[parameter: "weight"]!, quantization?.weight, pass)
    }

    /// The bias that the layer computes with, nil for none.
    func effectiveBias(_ pass: Pass) throws -> Tensor? {
        try self[parameter: "bias"].map { try effective("bias", $0, quantization?.bias, pass) }
    }

    /// The input that the layer computes with: quantized when the layer's activations are.
    /// - Throws: `KernelError.state` in an evaluation pass before calibration.
    func effectiveInput(_ x: Tensor, _ pass: Pass) throws -> Tensor {
        try pass.observe?(self, x)
        guard let quantizer = quantization?.input else { return x }
        let key = quantizer.draw(pass, "input") ?? pass.key
        if quantizer.isFixed { return try Primitive.fakeQuantize(quantizer.fitted(to: x), key: key)(x) }
        if pass.training, quantizer.range.isMoving { try follow(x, quantizer) }
        return try Primitive.fakeQuantize(inputFit(quantizer), key: key)(x)
    }

    /// The values as they enter the module: rounded to the model's bit depth when it has one.
    func entering(_ x: Tensor, _ pass: Pass) throws -> Tensor {
        guard let entry = quantization?.entry else { return x }
        return try Primitive.fakeQuantize(entry.fitted(to: x), key: pass.key)(x)
    }

    /// A parameter of the graph in a learning pass; otherwise a constant, quantized once per change of its contents.
    private func effective(_ name: String, _ parameter: Tensor, _ quantizer: Quantizer?, _ pass: Pass) throws -> Tensor
    {
        guard let quantizer else { return constant(parameter, pass) }
        let key = quantizer.draw(pass, name)
        if pass.learning { return try quantizer.apply(parameter, key: key) }
        let (storage, _, _) = try parameter.strided()
        if let kept = quantization?.kept[name], kept.fits(storage, key) { return kept.tensor }
        let tensor = try quantizer.apply(parameter.detached(), key: key)
        quantization?.kept[name] = .init(storage: storage, version: storage.version, key: key, tensor: tensor)
        return tensor
    }

    func constant(_ parameter: Tensor, _ pass: Pass) -> Tensor { pass.learning ? parameter : parameter.detached() }
}

extension Quantizer {
    /// The random numbers of stochastic rounding in a pass; nil when the quantizer draws none.
    func draw(_ pass: Pass, _ name: String) -> Key? { rounding == .stochastic ? pass.key.fold(name) : nil }
}

// MARK: - Ranges of activations

extension Module {
    /// The calibrated range of the layer's input; nil before calibration.
    public var calibratedInput: ObservedRange? {
        get throws {
            guard let values = try self[buffer: Self.inputRange]?.array(Float.self), values.count == 2 else {
                return nil
            }
            guard values.allSatisfy(\.isFinite) else { return nil }
            return ObservedRange(low: Double(values[0]), high: Double(values[1]))
        }
    }

    /// Sets the calibrated range of the layer's input.
    func setInputRange(_ range: ObservedRange?) throws {
        let values = [Float(range?.low ?? .nan), Float(range?.high ?? .nan)]
        if let buffer = self[buffer: Self.inputRange] {
            try buffer.write(Float.self) { for i in values.indices { $0[i] = values[i] } }
        } else {
            buffers.append((Self.inputRange, try Tensor(values)))
        }
    }

    /// The input quantizer with its calibrated range.
    func inputFit(_ quantizer: Quantizer) throws -> FittedQuantizer {
        if quantizer.isFixed { return quantizer.fitted(ranges: [quantizer.fixedRange]) }
        guard let range = try calibratedInput else {
            throw KernelError.state(
                op: "quantize",
                reason:
                    "the activations of a layer '\(kind.name)' are not calibrated; pass calibrate = data to quantize"
                    + (quantizer.range.isMoving ? " or train first" : ""))
        }
        return quantizer.fitted(ranges: [range])
    }

    /// Moves the range towards this batch's.
    private func follow(_ x: Tensor, _ quantizer: Quantizer) throws {
        guard case .movingAverage(let momentum) = quantizer.range.kind else { return }
        let batch = try x.detached().converted(to: .float32).read(Float.self) { try RangeRule.extremes(of: $0) }
        guard let old = try calibratedInput else { return try setInputRange(batch) }
        try setInputRange(
            ObservedRange(
                low: old.low + momentum * (batch.low - old.low), high: old.high + momentum * (batch.high - old.high)))
    }
}
