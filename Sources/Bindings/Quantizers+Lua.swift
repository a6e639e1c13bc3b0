import Kernel

extension LuaModule {
    static let quant = LuaModule("quant", "Quantizers and their parts.") { m in
        m.recipes(Quantizer.recipes)
        m.recipes(RangeRule.recipes)
    }
}

extension LuaClass {
    static let rangeRule = LuaClass(RangeRule.self, "Where a quantizer's range comes from.") { c in
        c.example = "rule = quant.minmax{}"
        c.equal { $0 == $1 }
    }

    static let quantizer = LuaClass(Quantizer.self, "A quantizer: a constant whose text states every choice.") { c in
        c.example = "q = quant.int8{}"
        let x = Parameter<Tensor>("x", "the values, float32 or float64")
        c.call("The values rounded to the grid, recorded with the quantizer's gradient rule.", x) { q, x in
            try q.apply(x)
        }
        c.method(
            "apply", "The values rounded to the grid, recorded with the quantizer's gradient rule.",
            example: "quant.int4{}:apply(tensor.randn({8}, {seed = 1}))", x
        ) { q, x in try q.apply(x) }
        c.method(
            "codes", "The integer codes of x: int8 or uint8 when they fit, otherwise int32.",
            example: "quant.int8{}:codes(tensor.randn({8}, {seed = 1}))", x
        ) { q, x in try q.codes(x) }
        c.method(
            "dequantize", "The values that codes stand for, with the scale that `like` gives.",
            example: "q:dequantize(q:codes(x), x)", Parameter<Tensor>("codes", "integers"),
            Parameter<Tensor?>("like", nil, "the values that were quantized; not needed for fixed ranges")
        ) { q, codes, like in try q.fittedTo(like, "dequantize").dequantized(codes) }
        c.method(
            "levels", "Every value on the grid, ascending, with the scale that x gives.",
            example: "quant.midtread{bits = 3}:levels()",
            Parameter<Tensor?>("x", nil, "the values that the scale comes from; not needed for fixed ranges")
        ) { q, x in try q.levels(q.fittedTo(x, "levels")) }
        c.method(
            "range", "lo, hi, scale, zero_point for x: numbers, or tensors with an element per channel.",
            example: "lo, hi, scale, zero_point = quant.uint8{}:range(x)",
            Parameter<Tensor?>("x", nil, "the values; not needed for fixed ranges")
        ) { q, x in try rangeOf(q.fittedTo(x, "range")) }
        c.method(
            "sqnr", "Signal-to-quantization-noise ratio of x in dB: 10 log10(sum x^2 / sum (q(x) - x)^2).",
            example: "quant.int8{}:sqnr(tensor.randn({1000}, {seed = 1}))", x
        ) { q, x in try q.signalToNoise(x) }
        c.method(
            "error", "The root mean square and the largest absolute difference between q(x) and x.",
            example: "rms, most = quant.int8{}:error(x)", x
        ) { q, x in
            let error = try q.error(x)
            return Several(.number(error.rootMeanSquare), .number(error.largest))
        }
        c.property("bits", "the bits that a code needs") { $0.bits }
        c.property("granularity", "what shares a scale: tensor or channel") { $0.granularity.rawValue }
        c.property("recipe", "the call that makes it, with every parameter") { "\($0.record)" }
        c.equal { $0 == $1 }
    }
}

extension Quantizer {
    fileprivate func fittedTo(_ x: Tensor?, _ method: String) throws -> FittedQuantizer {
        if let x { return try fitted(to: x) }
        guard isFixed else {
            throw ArgumentError(
                function: "Quantizer:\(method)", parameter: method == "dequantize" ? "like" : "x",
                expected: "Tensor, since the scale follows the values,", got: "nothing")
        }
        return fitted()
    }
}

private func rangeOf(_ fitted: FittedQuantizer) throws -> Several {
    let steps = fitted.steps
    func column(_ value: (FittedQuantizer.Step) -> Double) throws -> Value {
        steps.count == 1 && fitted.quantizer.granularity == .tensor
            ? .number(value(steps[0])) : .object(try Tensor(steps.map(value)))
    }
    return Several(try column(\.low), try column(\.high), try column(\.scale), try column(\.zero))
}

// MARK: - net:quantize

/// The methods of a model that concern quantization.
func addQuantization(_ c: inout LuaClassBuilder<Module>) {
    c.method(
        "quantize", "A deep copy that computes with quantized weights and activations; training it goes on from there.",
        source: "Jacob et al. 2018, arXiv 1712.05877; biases stay float unless `biases` is given",
        example: "net:quantize{weights = quant.uniform{bits = 2, zero_level = false}}",
        Parameter<Quantizer?>("weights", nil, "for the weight of every linear and convolution layer"),
        Parameter<Quantizer?>("activations", nil, "for what enters those layers and average pools"),
        Parameter<Quantizer?>("biases", nil, "for the biases of layers whose weight is quantized"),
        Parameter<Int?>("input_bits", nil, "bit depth of the model's input, in [0, 1]"),
        Parameter<CalibrationData?>("calibrate", nil, "inputs that activation ranges are taken from"),
        Parameter<LayerChoices>(
            "layers", LayerChoices(entries: []), "by path: {[\"2\"] = {weights = q, activations = q}}"
        ).suggesting(.layerPaths()),
        Parameter<Names>("skip", Names(names: []), "layers that stay as they are: paths, \"first\", \"last\"")
            .suggesting(.layerPaths(and: ["first", "last"])),
        Parameter("fold", false, "first fold batch normalisation into the layer before it")
    ) { module, weights, activations, biases, inputBits, calibrate, layers, skip, fold in
        let plan = QuantizationPlan(
            weights: weights, biases: biases, activations: activations, input: try inputBits.map { try .depth(of: $0) },
            layers: layers.entries, skip: skip.names)
        let data = calibrate ?? CalibrationData(count: 0) { _ in try Tensor.zeros([0]) }
        let model = fold ? try module.foldingBatchNorm() : module
        return try model.quantized(plan, batches: data.batches) { try data.batch($0) }
    }
    c.method(
        "fold",
        "A deep copy in which batch normalisation is part of the layer before it: the same function in evaluation.",
        source: "W' = gamma W / sqrt(var + eps), b' = beta + gamma (b - mean) / sqrt(var + eps)",
        example: "net:fold():quantize{weights = quant.int8{}}"
    ) { try $0.foldingBatchNorm() }
    c.method(
        "integer", "The model in integer arithmetic: codes, int32 sums, requantised codes.",
        source: "ONNX QLinearConv and QLinearMatMul",
        example:
            "net:quantize{weights = quant.int8{}, activations = quant.uint8{}, calibrate = d}:integer{spec = \"onnx\"}",
        Parameter("spec", IntegerModel.Spec.onnx, "what exactness refers to: float32 multipliers, half to even")
    ) { module, spec in try IntegerModel(module, spec: spec) }
    c.property("quantization", "how the model is quantized, layer by layer; nil in float") { $0.quantizationText }
}

extension Quantizer {
    fileprivate static func depth(of bits: Int) throws -> Quantizer {
        try recipes.first { $0.name == "bit_depth" }!.build([.int(bits)])
    }
}

/// Inputs to calibrate on, fetched in batches: a data set or a tensor.
struct CalibrationData: ParameterValue {
    private static let size = 256
    private let count: Int
    private let rows: @Sendable (Range<Int>) throws -> Tensor
    static let typeName = "Dataset|Tensor"

    init(count: Int, rows: @escaping @Sendable (Range<Int>) throws -> Tensor) {
        (self.count, self.rows) = (count, rows)
    }
    init?(_ value: Value) throws {
        guard case .object(let object) = value else { return nil }
        if let dataset = object as? Dataset {
            self.init(count: dataset.count) { try dataset.images($0) }
        } else if let tensor = object as? Tensor, let first = tensor.shape.first {
            let inputs = try tensor.detached().converted(to: tensor.dtype.isFloat ? tensor.dtype : .float32)
            self.init(count: first) { try inputs.narrow(0, $0.lowerBound, $0.count) }
        } else {
            return nil
        }
    }
    var batches: Int { (count + Self.size - 1) / Self.size }
    func batch(_ index: Int) throws -> Tensor { try rows(index * Self.size..<min(count, (index + 1) * Self.size)) }
    var recorded: Value { .text("\(count) inputs") }
}

/// Quantizers by layer path.
struct LayerChoices: ParameterValue {
    let entries: [(path: String, choice: QuantizationPlan.LayerChoice)]
    static let typeName = "table<string, {weights, activations}>"
    static let takesFields = true
    static let takesList = true

    init(entries: [(path: String, choice: QuantizationPlan.LayerChoice)]) { self.entries = entries }
    init?(_ value: Value) throws {
        if let list = value.elements, list.isEmpty { self.init(entries: []); return }
        guard case .table(let fields) = value, fields.list.isEmpty else { return nil }
        self.init(entries: try fields.named.map { ($0.name, try Self.choice($0.value, $0.name)) })
    }

    private static func choice(_ value: Value, _ path: String) throws -> QuantizationPlan.LayerChoice {
        func quantizer(_ name: String, _ value: Value) throws -> Quantizer {
            guard let quantizer = try Quantizer(value) else {
                throw ArgumentError(
                    function: "Module:quantize", parameter: "layers[\(quoted(path))].\(name)", expected: "Quantizer",
                    got: value.errorText)
            }
            return quantizer
        }
        if let weights = try Quantizer(value) { return .init(weights: weights) }
        guard case .table(let fields) = value, fields.list.isEmpty else {
            throw ArgumentError(
                function: "Module:quantize", parameter: "layers[\(quoted(path))]",
                expected: "Quantizer or {weights = ..., activations = ...}", got: value.errorText)
        }
        var choice = QuantizationPlan.LayerChoice()
        for (name, value) in fields.named {
            switch name {
            case "weights": choice.weights = try quantizer(name, value)
            case "activations": choice.activations = try quantizer(name, value)
            default:
                throw CallError(
                    "Module:quantize: unknown field '\(name)' in layers[\(quoted(path))] (known: weights, activations)")
            }
        }
        return choice
    }
    var recorded: Value {
        .table(.init(named: entries.map { ($0.path, $0.choice.weights.map(Value.object) ?? .null) }))
    }
}

/// One name or a list of names.
struct Names: ParameterValue {
    let names: [String]
    static let typeName = "string|string[]"
    static let takesList = true
    init(names: [String]) { self.names = names }
    init?(_ value: Value) throws {
        if let name = String(value) { self.init(names: [name]); return }
        guard let names = try [String](value) else { return nil }
        self.init(names: names)
    }
    var recorded: Value { names.recorded }
}

extension Suggestions {
    /// Paths of a model's layers that have a weight, and words of another meaning.
    static func layerPaths(and others: [String] = []) -> Suggestions {
        .of(Module.self) { model in
            others + model.modules.filter { !$0.path.isEmpty && $0.module.kind.hasWeight }.map(\.path)
        }
    }
}
