/// A number with an interval that holds it with some confidence.
public struct Estimate: Equatable, Sendable {
    public var value: Double, low: Double, high: Double

    public init(_ value: Double, _ low: Double, _ high: Double) {
        (self.value, self.low, self.high) = (value, low, high)
    }

    /// Wilson's score interval for a share: `successes` of `count`, nan in [0, 1] for none.
    ///
    /// Source: Wilson 1927; unlike value +- z * error it stays inside [0, 1] and is sensible at 0 and 1.
    /// 8 of 10 at 95 % is 0.8 in [0.4902, 0.9433]; 0 of 10 is 0 in [0, 0.2775].
    public static func wilson(_ successes: Int, of count: Int, confidence: Double = 0.95) -> Estimate {
        guard count > 0 else { return Estimate(.nan, 0, 1) }
        let z = Normal.quantile(0.5 + confidence / 2), n = Double(count), p = Double(successes) / n
        let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return Estimate(
            p, successes == 0 ? 0 : max(0, centre - half), successes == count ? 1 : min(1, centre + half))
    }

    /// A value with the middle `confidence` of its resampled values (percentile bootstrap, Efron 1979).
    public static func percentile(_ value: Double, _ resampled: [Double], confidence: Double = 0.95) -> Estimate {
        let sorted = resampled.sorted(), tail = (1 - confidence) / 2
        return Estimate(value, sorted.quantile(tail), sorted.quantile(1 - tail))
    }
}

extension [Double] {
    /// The quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan); nan for none.
    func quantile(_ share: Double) -> Double {
        guard let last = indices.last else { return .nan }
        let place = Swift.min(Swift.max(share, 0), 1) * Double(last)
        let below = Int(place.rounded(.down)), above = Swift.min(below + 1, last)
        return self[below] + (place - Double(below)) * (self[above] - self[below])
    }
    var mean: Double { isEmpty ? .nan : reduce(0, +) / Double(count) }
    /// Standard deviation with n - 1 in the denominator; 0 for a single value.
    var deviation: Double {
        guard count > 1 else { return isEmpty ? .nan : 0 }
        let mean = mean
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }
}
