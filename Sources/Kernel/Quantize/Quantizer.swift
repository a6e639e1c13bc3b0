/// A quantizer as independent choices: where the range comes from, how it becomes a scale, which codes there are, how
/// values are rounded, which elements share a scale, and what stands in for the derivative.
///
/// A constant: what depends on data is in `FittedQuantizer`. Printing it states every choice on which libraries differ.
public struct Quantizer: ObjectParameter, Recorded, Hashable, CustomStringConvertible {
    public static var typeName: String { "Quantizer" }

    public var record: Record
    public let grid: Grid
    public let range: RangeRule
    public let scale: ScaleRule
    public let rounding: Rounding
    public let granularity: Granularity
    public let gradient: GradientRule
    public let zeroPoint: ZeroPointPlace
    public let division: Division
    public let transform: Transform
    /// The seed of stochastic rounding outside a model; inside one, passes bring their own random numbers.
    public let seed: Int

    /// - Throws: `KernelError.value` when the choices exclude each other.
    public init(
        _ grid: Grid, range: RangeRule = .absmax, scale: ScaleRule? = nil, rounding: Rounding = .halfEven,
        granularity: Granularity = .tensor, gradient: GradientRule = .clipped, zeroPoint: ZeroPointPlace = .outside,
        division: Division = .divide, transform: Transform = .none, seed: Int = 0
    ) throws {
        (self.grid, self.range, self.rounding, self.granularity) = (grid, range, rounding, granularity)
        (self.gradient, self.division, self.transform, self.seed) = (gradient, division, transform, seed)
        self.scale = try ScaleRule.settled(scale, grid, range)
        // A zero point that is no whole number can only be added before rounding.
        let isFraction = if case .noZeroLevel = grid { true } else { !range.includesZero && self.scale == .affine }
        self.zeroPoint = isFraction ? .inside : zeroPoint
        record = Record("quantizer")
    }

    public var bits: Int { grid.bits }
    /// Whether the scale follows from the quantizer alone.
    public var isFixed: Bool { (range.isFixed || isUnscaledSign) && transform == .none && !usesMean }
    var isUnscaledSign: Bool { if case .binary(false, _) = grid { true } else { false } }
    /// Whether the scale is a mean of |x|, not a range.
    var usesMean: Bool {
        switch grid {
        case .binary(let scaled, _): scaled
        case .ternary(let threshold): threshold == .twn
        case .integers, .noZeroLevel: false
        }
    }

    public static func == (a: Quantizer, b: Quantizer) -> Bool { a.description == b.description }
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// How a range becomes a step between codes, for codes qmin ... qmax; M is max(|low|, |high|).
public enum ScaleRule: String, Choice {
    /// M / qmax, zero point 0: max|x| / 127 for 8 bits (TFLite, ONNX Runtime).
    case qmax
    /// M / |qmin|, zero point 0: max|x| / 128, a step of 2 M / 2^bits; the largest value saturates (fixed point).
    case qmin
    /// M / ((qmax - qmin) / 2), zero point 0: max|x| / 127.5 (torch), and the grids without a zero level.
    case halfRange = "half_range"
    /// max(low / qmin, high / qmax), zero point 0: nothing saturates.
    case noClip = "no_clip"
    /// (high - low) / (qmax - qmin), zero point qmin - round(low / s).
    case affine

    /// The rule that is meant when none is named: symmetric for symmetric ranges, affine for others.
    static func settled(_ rule: ScaleRule?, _ grid: Grid, _ range: RangeRule) throws -> ScaleRule {
        let codes = grid.codes
        func refused(_ expected: String) -> KernelError {
            .value(op: "quantizer", name: "scale", expected: expected, got: "string \"\(rule?.rawValue ?? "")\"")
        }
        switch grid {
        case .noZeroLevel:
            guard rule == nil || rule == .halfRange else { throw refused("\"half_range\" without a zero level") }
            return .halfRange
        case .ternary, .binary:
            guard rule == nil || rule == .qmax else { throw refused("\"qmax\" for ternary and binary codes") }
            return .qmax
        case .integers:
            if rule == .qmax && codes.upperBound == 0 { throw refused("\"qmin\" for 1 bit, codes -1 and 0") }
            if rule == .qmin && codes.lowerBound == 0 { throw refused("no \"qmin\" for unsigned codes") }
            return rule ?? (isSymmetric(range) ? (codes.upperBound == 0 ? .qmin : .qmax) : .affine)
        }
    }

    private static func isSymmetric(_ range: RangeRule) -> Bool {
        switch range.kind {
        case .absmax: true
        case .fixed(let low, let high): low == -high
        case .minmax, .movingAverage, .percentile: false
        }
    }
}

// MARK: - Printing

extension Quantizer {
    /// Every choice in one line: what goes into results and digests.
    public var description: String {
        [codesText, scaleText, roundingText, "per \(granularity.rawValue)", gradientText]
            .filter { !$0.isEmpty }.joined(separator: "; ")
    }

    /// The codes in a few words: `8 bits -127...127, channel`.
    var shortText: String {
        let codes =
            switch grid {
            case .integers(let low, let high): "\(bits) bit\(bits == 1 ? "" : "s") \(low)...\(high)"
            case .noZeroLevel: "\(bits) bit\(bits == 1 ? "" : "s"), no zero level"
            case .ternary: "ternary"
            case .binary: "binary"
            }
        return codes + (granularity == .channel ? ", by channel" : "")
    }

    private var codesText: String {
        let (low, high) = (grid.codes.lowerBound, grid.codes.upperBound)
        switch grid {
        case .integers:
            let width = "\(bits) bit\(bits == 1 ? "" : "s")"
            let full = 1 << bits == high - low + 1
            return "\(width) \(low < 0 ? "signed" : "unsigned"), codes \(low)...\(high)\(full ? "" : " (narrow)"), "
                + (hasExactZero ? "with a zero level" : "zero not kept")
        case .noZeroLevel:
            return "\(bits) bit\(bits == 1 ? "" : "s"), codes 0...\(high), no zero level: "
                + "levels M*(2*code/\(high)-1), ties on the codes"
        case .ternary(.half): return "ternary, codes -1, 0, 1, thresholds 0.5*M (a tie is 0)"
        case .ternary(.twn): return "ternary, codes -1, 0, 1, thresholds 0.7*mean|x|, scale mean|x| beyond them"
        case .binary(let scaled, let zero):
            let sign = zero == .plus ? "+1" : zero == .minus ? "-1" : "0"
            return "binary, codes -1, 1, sign(0) = \(sign), scale \(scaled ? "mean|x|" : "1")"
        }
    }

    private var hasExactZero: Bool { !(scale == .affine && !range.includesZero) }

    private var scaleText: String {
        let prefix = transform == .tanh ? "of tanh(x)/max|tanh(x)|; " : ""
        if usesMean { return prefix + "empty range: scale 1" }
        if case .binary = grid { return prefix }
        let (low, high) = (grid.codes.lowerBound, grid.codes.upperBound)
        let rule =
            switch scale {
            case .qmax: "M/\(high)"
            case .qmin: "M/\(-low)"
            case .halfRange: "M/\(numberText(Double(high - low) / 2))"
            case .noClip: "max(lo/\(low), hi/\(high))"
            case .affine: "(hi-lo)/\(high - low)"
            }
        return prefix
            + "range \(range.record.parameters.isEmpty ? range.record.name : range.description), scale \(rule), "
            + zeroText + ", empty range: scale 1"
    }

    private var zeroText: String {
        switch grid {
        case .noZeroLevel: "zero point \(numberText(Double(grid.codes.upperBound) / 2)) inside the rounding"
        case .integers where scale == .affine && hasExactZero:
            "zero point clamp(\(grid.codes.lowerBound)-round(lo/scale)) \(zeroPoint.rawValue) the rounding"
        case .integers where scale == .affine:
            "zero point \(grid.codes.lowerBound)-lo/scale unrounded, inside the rounding"
        default: "zero point 0"
        }
    }

    private var roundingText: String {
        if grid.hasThresholds { return "" }
        let argument = division == .divide ? "x/scale" : division == .reciprocal ? "x*(1/scale)" : "x*levels"
        return "\(rounding.rawValue) of \(argument)"
            + (rounding == .stochastic ? ", seed \(seed)" : "")
            + (division == .levels ? ", values code/levels" : "")
    }

    private var gradientText: String {
        switch gradient {
        case .ste: "gradient straight-through"
        case .clipped: "gradient straight-through \(usesMean || isUnscaledSign ? "for |x| <= 1" : "inside the range")"
        case .saturating: "gradient straight-through where no code is clamped"
        case .none: "no gradient"
        }
    }
}
