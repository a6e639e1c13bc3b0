import Kernel

/// The quantizer's definition, one element at a time in plain Float arithmetic: what the vectorised loops must equal.
public struct QuantizerTwin {
    public let quantizer: Quantizer
    public let step: FittedQuantizer.Step
    /// Element i's draw for stochastic rounding.
    public let draw: (Int) -> Float

    public init(_ quantizer: Quantizer, _ step: FittedQuantizer.Step, key: Key) {
        (self.quantizer, self.step) = (quantizer, step)
        draw = { index in
            (try? Tensor.uniform([index + 1], key: key).array(Float.self).last) ?? .nan
        }
    }

    public func code(_ x: Float, _ index: Int) -> Int? {
        if x.isNaN { return nil }
        switch quantizer.grid {
        case .ternary: return abs(x) > Float(step.zero) ? (x > 0 ? 1 : -1) : 0
        case .binary(_, let zero): return x > 0 ? 1 : x < 0 ? -1 : zero == .plus ? 1 : zero == .minus ? -1 : 0
        case .integers, .noZeroLevel: break
        }
        var t =
            switch quantizer.division {
            case .divide: x / Float(step.scale)
            case .reciprocal: x * (1 / Float(step.scale))
            case .levels: x * Float(step.levels)
            }
        if quantizer.zeroPoint == .inside { t += Float(step.zero) }
        var code = rounded(t, index)
        if quantizer.zeroPoint == .outside { code += Float(step.zero) }
        let codes = quantizer.grid.codes
        return code <= Float(codes.lowerBound)
            ? codes.lowerBound : code >= Float(codes.upperBound) ? codes.upperBound : Int(code)
    }

    public func value(_ code: Int) -> Float {
        switch quantizer.grid {
        case .ternary, .binary: Float(code) * Float(step.scale)
        case .integers, .noZeroLevel:
            quantizer.division == .levels
                ? (Float(code) - Float(step.zero)) / Float(step.levels)
                : (Float(code) - Float(step.zero)) * Float(step.scale)
        }
    }

    private func rounded(_ t: Float, _ index: Int) -> Float {
        switch quantizer.rounding {
        case .halfEven: return t.rounded(.toNearestOrEven)
        case .halfAway: return t.rounded(.toNearestOrAwayFromZero)
        case .floor: return t.rounded(.down)
        case .ceil: return t.rounded(.up)
        case .trunc: return t.rounded(.towardZero)
        case .stochastic:
            let below = t.rounded(.down)
            return draw(index) < t - below ? below + 1 : below
        }
    }
}
