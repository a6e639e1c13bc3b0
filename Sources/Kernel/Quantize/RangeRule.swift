/// How the range of values is found that a quantizer spreads its codes over.
public struct RangeRule: ObjectParameter, Recorded, Hashable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// -max|x| ... max|x|.
        case absmax
        /// min x ... max x, widened to hold zero unless told not to.
        case minmax(includeZero: Bool)
        /// Minima and maxima of batches, averaged: r <- (1 - momentum) r + momentum new; the first batch sets r.
        case movingAverage(momentum: Double)
        /// The p-th percentile and the (100 - p)-th: clips outliers.
        case percentile(Double)
        case fixed(low: Double, high: Double)
    }
    public let kind: Kind
    public var record: Record

    public init(_ kind: Kind) {
        self.kind = kind
        record =
            switch kind {
            case .absmax: Record("quant.absmax")
            case .minmax(let zero): Record("quant.minmax", [("include_zero", .flag(zero))])
            case .movingAverage(let momentum): Record("quant.moving_average", [("momentum", .number(momentum))])
            case .percentile(let p): Record("quant.percentile", [("p", .number(p))])
            case .fixed(let low, let high): Record("quant.fixed", [("lo", .number(low)), ("hi", .number(high))])
            }
    }
    public static func == (a: RangeRule, b: RangeRule) -> Bool { a.kind == b.kind }
    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }
    public var description: String { record.parameters.isEmpty ? "\(record.name){}" : record.description }

    public static let absmax = RangeRule(.absmax)
    public static let minmax = RangeRule(.minmax(includeZero: true))
    public static let movingAverage = RangeRule(.movingAverage(momentum: 0.01))
    public static let percentile = RangeRule(.percentile(99.99))
    /// - Throws: `KernelError.value` unless low < high, both finite.
    public static func fixed(_ low: Double, _ high: Double) throws -> RangeRule {
        guard low < high, low.isFinite, high.isFinite, abs(low) < 1e30, abs(high) < 1e30 else {
            throw KernelError.value(
                op: "quantizer", name: "range", expected: "lo < hi, both below 1e30 in size",
                got: "lo = \(numberText(low)), hi = \(numberText(high))")
        }
        return RangeRule(.fixed(low: low, high: high))
    }

    /// Whether the range is known before any value is seen.
    public var isFixed: Bool { if case .fixed = kind { true } else { false } }
    /// Whether the range follows the values of training passes.
    public var isMoving: Bool { if case .movingAverage = kind { true } else { false } }
    /// Whether zero is made part of the range.
    var includesZero: Bool { if case .minmax(let zero) = kind { zero } else { true } }
}

/// A rule by its name, with its usual settings, or as a part: `range = "percentile"`, `range = quant.percentile{p = 99}`.
extension RangeRule {
    public static var typeName: String {
        "RangeRule|\"absmax\"|\"minmax\"|\"moving_average\"|\"percentile\""
    }
    public static var className: String { "RangeRule" }
    private static let named: [String: RangeRule] = [
        "absmax": .absmax, "minmax": .minmax, "moving_average": .movingAverage, "percentile": .percentile,
    ]
    public init?(_ value: Value) throws {
        switch value {
        case .text(let name):
            guard let rule = Self.named[name] else { return nil }
            self = rule
        case .object(let object):
            guard let rule = object as? RangeRule else { return nil }
            self = rule
        default: return nil
        }
    }
}

/// The range seen so far; a value that goes in and out of observation, so that rules and quantizers stay constants.
public struct ObservedRange: Sendable, Equatable {
    public internal(set) var low: Double
    public internal(set) var high: Double
    public init(low: Double, high: Double) { (self.low, self.high) = (low, high) }
}
