/// Where one model's accuracy overtakes another's: the critical strength.
///
/// The smallest strength above 0 at which accuracy(a) - accuracy(b) changes sign, linear between the measured ones.
public struct Crossing: ObjectParameter, CustomStringConvertible {
    public static var typeName: String { "Crossing" }

    public var a: String, b: String
    /// The strength with its interval; nil when the curves do not cross.
    public var eps: Estimate?
    /// The accuracy that both have at the crossing.
    public var accuracy: Double?
    /// Why there is none.
    public var reason: String?
    /// Whether a is the more accurate one above the crossing.
    public var overtakes = false
    /// The share of bootstrap draws in which the curves cross in the same direction.
    public var share: Double
    public var draws: Int
    public var confidence: Double

    public var description: String {
        guard let eps else { return "\(a) and \(b): no crossing, \(reason ?? "unknown")" }
        let percent = "\(fixedText(100 * confidence, 0)) % interval"
        let height = accuracy.map { ", at \(fixedText(100 * $0, 1)) % accuracy" } ?? ""
        let order =
            overtakes ? "less accurate than \(b) below it, more above" : "more accurate than \(b) below it, less above"
        return
            "\(a) and \(b) cross at eps = \(eps.text(digits: 4))\(height) (\(percent); \(fixedText(100 * share, 1)) % of \(draws) "
            + "bootstrap draws cross); \(a) is \(order)"
    }
}

extension Crossing {
    /// The first change of sign of a difference along ascending strengths.
    /// - Parameter rising: only from negative to positive (true) or the reverse (false); nil takes either.
    static func first(_ eps: [Double], _ difference: [Double], rising: Bool? = nil) -> (eps: Double, rising: Bool)? {
        var last: Int?  // the last point with a sign
        for here in difference.indices where difference[here] != 0 && !difference[here].isNaN {
            defer { last = here }
            guard let last, (difference[last] < 0) != (difference[here] < 0) else { continue }
            let isRising = difference[here] > 0
            if let rising, rising != isRising { continue }
            return (root(eps, difference, last, here), isRising)
        }
        return nil
    }

    /// The root between two points of opposite sign; points of exactly 0 between them are the root themselves.
    private static func root(_ eps: [Double], _ difference: [Double], _ last: Int, _ here: Int) -> Double {
        if here > last + 1 { return eps[last + 1] }
        let share = difference[last] / (difference[last] - difference[here])
        return eps[last] + share * (eps[here] - eps[last])
    }

    /// - Parameter draws: the two models' accuracies on the same bootstrap draw, strength by strength.
    init(
        _ a: String, _ b: String, eps: [Double], accuracies: (a: [Double], b: [Double]),
        draws: [(a: [Double], b: [Double])], confidence: Double
    ) {
        (self.a, self.b, self.draws, self.confidence) = (a, b, draws.count, confidence)
        let difference = zip(accuracies.a, accuracies.b).map { $0 - $1 }
        guard let found = Crossing.first(eps, difference) else {
            reason = Crossing.reason(a, b, eps, difference)
            let hits = draws.count { Crossing.first(eps, zip($0.a, $0.b).map { $0 - $1 }) != nil }
            share = draws.isEmpty ? 0 : Double(hits) / Double(draws.count)
            return
        }
        overtakes = found.rising
        accuracy = Crossing.interpolated(eps, accuracies.a, at: found.eps)
        let roots = draws.compactMap { draw in
            Crossing.first(eps, zip(draw.a, draw.b).map { $0 - $1 }, rising: found.rising)?.eps
        }
        share = draws.isEmpty ? 0 : Double(roots.count) / Double(draws.count)
        self.eps = .percentile(found.eps, roots, confidence: confidence)
    }

    /// The value of a polyline.
    private static func interpolated(_ x: [Double], _ y: [Double], at place: Double) -> Double {
        guard let above = x.firstIndex(where: { $0 >= place }), above > 0 else { return y.first ?? .nan }
        return y[above - 1] + (y[above] - y[above - 1]) * (place - x[above - 1]) / (x[above] - x[above - 1])
    }

    private static func reason(_ a: String, _ b: String, _ eps: [Double], _ difference: [Double]) -> String {
        guard let low = eps.first, let high = eps.last, high > low else {
            return "fewer than two strengths were measured"
        }
        let range = "from eps = \(numberText(low)) to \(numberText(high))"
        if difference.contains(where: \.isNaN) { return "the sweep is not complete" }
        if difference.allSatisfy({ $0 == 0 }) { return "both have the same accuracy \(range)" }
        return difference.contains { $0 > 0 }
            ? "\(a) is nowhere below \(b) \(range)" : "\(a) is nowhere above \(b) \(range)"
    }
}
