/// The codes that a quantizer maps to, before any scale.
public enum Grid: Hashable, Sendable {
    /// Whole numbers `low ... high`; the code equal to the zero point stands for zero.
    case integers(low: Int, high: Int)
    /// Codes 0 ... 2^bits - 1 with levels (2 code - (2^bits - 1)) half steps: symmetric and without a zero level.
    case noZeroLevel(bits: Int)
    /// Codes -1, 0, 1.
    case ternary(TernaryThreshold)
    /// Codes -1 and 1 (and 0 when the sign of zero is zero).
    case binary(scaled: Bool, zero: SignOfZero)

    /// Two's complement (or unsigned) whole numbers of the given width.
    /// - Throws: `KernelError.value` for widths outside 1...16 and for narrow ranges without a second code.
    public static func integers(bits: Int, signed: Bool, narrow: Bool) throws -> Grid {
        guard (1...16).contains(bits) else {
            throw KernelError.value(op: "quantizer", name: "bits", expected: "1 to 16", got: "\(bits)")
        }
        guard bits > 1 || !narrow else {
            throw KernelError.value(
                op: "quantizer", name: "narrow", expected: "false for 1 bit, whose narrow range has a single code",
                got: "true")
        }
        let half = 1 << (bits - 1)
        return signed
            ? .integers(low: narrow ? 1 - half : -half, high: half - 1)
            : .integers(low: 0, high: 2 * half - (narrow ? 2 : 1))
    }

    /// The smallest and the largest code.
    public var codes: ClosedRange<Int> {
        switch self {
        case .integers(let low, let high): low...high
        case .noZeroLevel(let bits): 0...((1 << bits) - 1)
        case .ternary, .binary: -1...1
        }
    }

    /// Bits that a code needs.
    public var bits: Int {
        switch self {
        case .integers, .noZeroLevel: Int.bitWidth - (codes.upperBound - codes.lowerBound).leadingZeroBitCount
        case .ternary: 2
        case .binary(_, let zero): zero == .zero ? 2 : 1
        }
    }

    /// Whether codes follow from comparing with a threshold, not from rounding.
    var hasThresholds: Bool {
        switch self {
        case .binary, .ternary: true
        case .integers, .noZeroLevel: false
        }
    }

    /// The type that holds the codes: int8 or uint8 when they fit, otherwise int32.
    public var dtype: DType {
        if codes.lowerBound >= -128, codes.upperBound <= 127 { return .int8 }
        return codes.lowerBound >= 0 && codes.upperBound <= 255 ? .uint8 : .int32
    }
}

/// Where a ternary quantizer's thresholds lie.
public enum TernaryThreshold: String, Choice {
    /// At half the scale, ties to zero: nearest level.
    case half
    /// Ternary weight networks (Li and Liu 2016): at 0.7 mean|x|, levels the mean of |x| beyond it.
    case twn
}

/// What a sign quantizer makes of zero; libraries differ.
public enum SignOfZero: String, Choice {
    /// +1, as Larq and Brevitas do.
    case plus
    case minus
    /// 0, as torch.sign does: a third level.
    case zero
}

/// How x / scale becomes a whole number.
public enum Rounding: String, Choice {
    /// Nearest, ties to the even number: ONNX, torch, numpy.
    case halfEven = "half_even"
    /// Nearest, ties away from zero: C's round, Swift's rounded().
    case halfAway = "half_away"
    case floor
    case ceil
    /// Towards zero.
    case trunc
    /// Up with a probability of the fractional part; the draw belongs to the key and the element's index.
    case stochastic

    var code: Int32 { Int32(Self.allCases.firstIndex(of: self)!) }
}

/// Which elements share a scale.
public enum Granularity: String, Choice {
    case tensor
    /// One scale per index of the first axis: per output of a linear or convolution weight.
    case channel
}

/// What stands in for the derivative of rounding.
public enum GradientRule: String, Choice {
    /// Straight-through: the gradient passes unchanged, clipped values included.
    case ste
    /// Straight-through inside the range, zero outside: 1[low <= x <= high].
    case clipped
    /// Straight-through where the code did not have to be clamped, as torch does.
    case saturating
    /// No gradient passes.
    case none
}

/// Where the zero point is added; the two differ on ties when the zero point is odd.
public enum ZeroPointPlace: String, Choice {
    /// round(x / s) + z: ONNX and torch.
    case outside
    /// round(x / s + z): Brevitas.
    case inside

    var isInside: Bool { self == .inside }
}

/// How elements meet the scale; the codes differ at bin edges alone, the values in the last bit.
public enum Division: String, Choice {
    /// x / s, and code * s: ONNX.
    case divide
    /// x * (1 / s), and code * s: torch.
    case reciprocal
    /// x * m, and code / m, with m steps to the unit: DoReFa, bit depth of images (maps k/255 to itself exactly).
    case levels

    var code: Int32 { Int32(Self.allCases.firstIndex(of: self)!) }
}

/// What happens to values before the grid.
public enum Transform: String, Choice {
    case none
    /// DoReFa: tanh(x) / max|tanh(x)|, with the maximum taken as a constant in the gradient.
    case tanh
}
