/// What calibration has seen of the values that enter a layer: a value, so that observing never changes a quantizer.
struct RangeObservation: Sendable {
    let rule: RangeRule
    private var extremes: ObservedRange?
    private var histogram = Histogram()

    init(_ rule: RangeRule) { self.rule = rule }

    /// Takes in one batch.
    /// - Throws: `KernelError.value` for values that are not finite.
    mutating func add(_ batch: Tensor) throws {
        guard batch.count > 0 else { return }
        try batch.detached().converted(to: .float32).read(Float.self) { values in
            let new = try RangeRule.extremes(of: values)
            if case .percentile = rule.kind { histogram.add(values, within: new) }
            extremes = merged(new)
        }
    }

    private func merged(_ new: ObservedRange) -> ObservedRange {
        guard let old = extremes else { return new }
        if case .movingAverage(let momentum) = rule.kind {
            return ObservedRange(
                low: old.low + momentum * (new.low - old.low), high: old.high + momentum * (new.high - old.high))
        }
        return ObservedRange(low: min(old.low, new.low), high: max(old.high, new.high))
    }

    /// The range of everything seen; nil of nothing.
    var range: ObservedRange? {
        guard let extremes else { return nil }
        switch rule.kind {
        case .percentile(let p):
            // Bins are wider than values are precise: the range never exceeds what was observed.
            return ObservedRange(
                low: max(histogram.quantile(1 - p / 100), extremes.low),
                high: min(histogram.quantile(p / 100), extremes.high))
        case .absmax:
            let most = max(abs(extremes.low), abs(extremes.high))
            return ObservedRange(low: -most, high: most)
        case .fixed(let low, let high): return ObservedRange(low: low, high: high)
        case .minmax, .movingAverage: return extremes
        }
    }
}

/// Counts of values in 16,384 equal bins around zero; when a value falls outside, bins merge in pairs.
struct Histogram: Sendable {
    private static let half = 8192
    private var counts = [Int](repeating: 0, count: 2 * Histogram.half)
    private var width = 0.0
    private var total = 0

    mutating func add(_ values: UnsafeBufferPointer<Float>, within range: ObservedRange) {
        let most = max(abs(range.low), abs(range.high))
        if width == 0 { width = most > 0 ? most / Double(Self.half) : 0 }
        // A power of two keeps the merging exact; zeros alone need no width.
        while width > 0, most > width * Double(Self.half) { merge() }
        let scale = width > 0 ? Float(1 / width) : 0
        for value in values {
            let bin = Int((value * scale).rounded(.down)) + Self.half
            counts[min(max(bin, 0), 2 * Self.half - 1)] += 1
        }
        total += values.count
    }

    private mutating func merge() {
        var merged = [Int](repeating: 0, count: counts.count)
        for (bin, count) in counts.enumerated() where count > 0 {
            let place = (bin - Self.half) >> 1
            merged[place + Self.half] += count
        }
        counts = merged
        width *= 2
    }

    /// The value below which a share of the values lies, interpolated inside its bin.
    func quantile(_ share: Double) -> Double {
        let wanted = share * Double(total)
        var below = 0.0
        for (bin, count) in counts.enumerated() where count > 0 {
            let next = below + Double(count)
            if next >= wanted {
                let part = max(0, wanted - below) / Double(count)
                return (Double(bin - Self.half) + part) * width
            }
            below = next
        }
        return Double(Self.half) * width
    }
}
