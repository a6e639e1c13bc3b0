extension Quantizer {
    /// Every named quantizer.
    public static let recipes: [Recipe<Quantizer>] = [
        uniform, int8, uint8, int4, midtread, noZeroLevel, ternary, binary, dorefa, bitDepth,
    ]

    private static let bits = Parameter("bits", 8, "width of a code", Constraint.within(1...16))
    private static let range = Parameter("range", RangeRule.absmax, "where the range comes from")
    private static let rounding = Parameter("rounding", Rounding.halfEven, "how x / scale becomes a whole number")
    private static let granularity = Parameter("granularity", Granularity.tensor, "what shares a scale")
    private static let gradient = Parameter("gradient", GradientRule.clipped, "what stands in for the derivative")
    private static let seed = Parameter("seed", 0, "stream of stochastic rounding outside a model")

    /// The general quantizer: every axis is a parameter.
    static let uniform = Recipe(
        "quant", "uniform", "Uniform quantizer with every choice open.",
        source: "Jacob et al. 2018, arXiv 1712.05877", example: "quant.uniform{bits = 2, zero_level = false}",
        bits,
        Parameter("zero_level", true, "whether zero is a level; without it levels are odd multiples of a half step"),
        Parameter("signed", true, "codes from -2^(bits-1) instead of from 0"),
        Parameter("narrow", false, "leave out the lowest signed (highest unsigned) code"), range,
        Parameter<Double?>("lo", nil, "lower end of a fixed range"),
        Parameter<Double?>("hi", nil, "upper end of a fixed range"),
        Parameter<ScaleRule?>("scale", nil, "rule from range to scale; nil: symmetric ranges qmax, others affine"),
        rounding, granularity, gradient,
        Parameter("zero_point", ZeroPointPlace.outside, "whether it is added before or after rounding"),
        Parameter("division", Division.divide, "how values meet the scale"), seed
    ) { bits, zero, signed, narrow, range, lo, hi, scale, rounding, granularity, gradient, place, division, seed in
        guard zero || (signed && !narrow) else {
            throw KernelError.value(
                op: "quant.uniform", name: "zero_level", expected: "true for unsigned and for narrow codes",
                got: "false")
        }
        let grid = zero ? try Grid.integers(bits: bits, signed: signed, narrow: narrow) : .noZeroLevel(bits: bits)
        return try Quantizer(
            grid, range: fixedIfGiven(range, lo, hi), scale: scale, rounding: rounding, granularity: granularity,
            gradient: gradient, zeroPoint: place, division: division, seed: seed)
    }

    private static func fixedIfGiven(_ range: RangeRule, _ lo: Double?, _ hi: Double?) throws -> RangeRule {
        guard lo != nil || hi != nil else { return range }
        guard let hi else {
            throw KernelError.value(op: "quant.uniform", name: "hi", expected: "number with 'lo'", got: "nil")
        }
        return try .fixed(lo ?? -hi, hi)
    }

    static let int8 = Recipe(
        "quant", "int8", "Signed 8-bit codes, symmetric: what integer engines take for weights.",
        source: "TensorFlow Lite 8-bit specification", example: "quant.int8{granularity = \"channel\"}",
        granularity, range, Parameter("narrow", true, "codes -127 to 127, as TensorFlow Lite"), rounding, gradient
    ) { granularity, range, narrow, rounding, gradient in
        try Quantizer(
            .integers(bits: 8, signed: true, narrow: narrow), range: range, scale: .qmax, rounding: rounding,
            granularity: granularity, gradient: gradient)
    }

    static let uint8 = Recipe(
        "quant", "uint8", "Unsigned 8-bit codes with a zero point: what integer engines take for activations.",
        source: "ONNX QuantizeLinear", example: "quant.uint8{range = \"percentile\"}",
        Parameter("range", RangeRule.minmax, "where the range comes from"), granularity, rounding, gradient
    ) { range, granularity, rounding, gradient in
        try Quantizer(
            .integers(bits: 8, signed: false, narrow: false), range: range, scale: .affine, rounding: rounding,
            granularity: granularity, gradient: gradient)
    }

    static let int4 = Recipe(
        "quant", "int4", "Signed 4-bit codes, symmetric.", example: "quant.int4{granularity = \"channel\"}",
        granularity, range, Parameter("narrow", false, "codes -7 to 7 instead of -8 to 7"), rounding, gradient
    ) { granularity, range, narrow, rounding, gradient in
        try Quantizer(
            .integers(bits: 4, signed: true, narrow: narrow), range: range, scale: .qmax, rounding: rounding,
            granularity: granularity, gradient: gradient)
    }

    static let midtread = Recipe(
        "quant", "midtread",
        "Two's complement with a zero level: codes -2^(bits-1) ... 2^(bits-1)-1 times M / 2^(bits-1).",
        source: "Gorsline et al. 2021, arXiv 2105.00227, as replicated: weights in [-1, 1]",
        example: "quant.midtread{bits = 2}",
        bits, Parameter("range", unit, "M is its largest absolute value"), rounding, granularity, gradient
    ) { bits, range, rounding, granularity, gradient in
        try Quantizer(
            .integers(bits: bits, signed: true, narrow: false), range: range, scale: .qmin, rounding: rounding,
            granularity: granularity, gradient: gradient)
    }

    static let noZeroLevel = Recipe(
        "quant", "no_zero_level", "Levels M (2 code / (2^bits - 1) - 1) for codes 0 ... 2^bits - 1: zero is no level.",
        source: "the second quantizer of the main study", example: "quant.no_zero_level{bits = 2}",
        bits, Parameter("range", unit, "M is its largest absolute value"), rounding, granularity, gradient
    ) { bits, range, rounding, granularity, gradient in
        try Quantizer(
            .noZeroLevel(bits: bits), range: range, rounding: rounding, granularity: granularity, gradient: gradient)
    }

    private static let unit = RangeRule(.fixed(low: -1, high: 1))

    static let ternary = Recipe(
        "quant", "ternary", "Codes -1, 0, 1 times a scale.",
        source: "Li and Liu 2016, arXiv 1605.04711 (twn)", example: "quant.ternary{threshold = \"twn\"}",
        Parameter(
            "threshold", TernaryThreshold.half, "half the scale, or 0.7 mean|x| with the mean beyond it as scale"),
        range, granularity, gradient
    ) { threshold, range, granularity, gradient in
        try Quantizer(.ternary(threshold), range: range, granularity: granularity, gradient: gradient)
    }

    static let binary = Recipe(
        "quant", "binary", "The sign, times mean|x| when scaled.",
        source: "Rastegari et al. 2016, arXiv 1603.05279", example: "quant.binary{scale = false}",
        Parameter("scale", true, "levels -mean|x| and mean|x| instead of -1 and 1"),
        Parameter("sign_of_zero", SignOfZero.plus, "what zero becomes"), granularity, gradient
    ) { scaled, zero, granularity, gradient in
        try Quantizer(.binary(scaled: scaled, zero: zero), granularity: granularity, gradient: gradient)
    }

    static let dorefa = Recipe(
        "quant", "dorefa",
        "DoReFa: 2 q(tanh(w) / (2 max|tanh(w)|) + 1/2) - 1 for weights, q(clip(x, 0, 1)) for activations.",
        source: "Zhou et al. 2016, arXiv 1606.06160", example: "quant.dorefa{bits = 2}",
        bits, Parameter("activations", false, "the form for activations"),
        Parameter("gradient", GradientRule.ste, "what stands in for the derivative of q")
    ) { bits, activations, gradient in
        if activations {
            let grid = try Grid.integers(bits: bits, signed: false, narrow: false)
            return try Quantizer(
                grid, range: .fixed(0, 1), scale: .qmax, gradient: gradient == .ste ? .clipped : gradient,
                division: .levels)
        }
        if bits == 1 { return try Quantizer(.binary(scaled: true, zero: .plus), gradient: gradient) }
        return try Quantizer(
            .noZeroLevel(bits: bits), range: .fixed(-1, 1), gradient: gradient, division: .levels, transform: .tanh)
    }

    static let bitDepth = Recipe(
        "quant", "bit_depth", "Round(x (2^bits - 1)) / (2^bits - 1): values in [0, 1] as an image file holds them.",
        source: "feature squeezing, Xu et al. 2017, arXiv 1704.01155", example: "quant.bit_depth{bits = 4}",
        bits, rounding, Parameter("gradient", GradientRule.ste, "what stands in for the derivative")
    ) { bits, rounding, gradient in
        try Quantizer(
            .integers(bits: bits, signed: false, narrow: false), range: .fixed(0, 1), scale: .qmax, rounding: rounding,
            gradient: gradient, division: .levels)
    }
}
