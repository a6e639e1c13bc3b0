import CKernels

/// A quantizer with the scales and zero points that it took from data (or from its fixed range).
public struct FittedQuantizer: Sendable {
    public let quantizer: Quantizer
    /// One step per tensor, or per index of the first axis.
    public let steps: [Step]
    /// max|tanh(x)| of a tanh transform, otherwise 1.
    let unit: Double

    /// What one slice was fitted to.
    public struct Step: Sendable, Equatable {
        /// The value of one step between codes, or of code 1.
        public var scale: Double
        /// The code of zero; a half for grids without a zero level. With thresholds: the threshold.
        public var zero: Double
        /// Steps to the unit: 1 / scale before it was rounded to a Float.
        public var levels: Double
        /// The range within which a clipped gradient passes.
        public var low: Double
        public var high: Double
    }

    init(_ quantizer: Quantizer, steps: [Step], unit: Double = 1) {
        (self.quantizer, self.steps, self.unit) = (quantizer, steps, unit)
    }
}

extension Quantizer {
    /// The step for a range.
    ///
    /// The range is exact in Double and the quotient is rounded once: to Float for float32 tensors. Eight bits,
    /// absmax 1.27: scale 0.01. A scale below the smallest normal float (a range without extent) becomes 1.
    func step(for range: ObservedRange) -> FittedQuantizer.Step {
        let (qmin, qmax) = (Double(grid.codes.lowerBound), Double(grid.codes.upperBound))
        var (low, high) = (range.low, range.high)
        if self.range.includesZero { (low, high) = (min(low, 0), max(high, 0)) }
        if scale == .affine { return affineStep(low, high, qmin, qmax) }
        let most = max(abs(low), abs(high))
        let unclipped = max(qmin < 0 ? low / qmin : 0, qmax > 0 ? high / qmax : 0)
        let step = scale == .noClip ? Span(unclipped, steps: 1) : Span(most, steps: stepsToMost)
        return .init(
            scale: step.scale, zero: fixedZero(most), levels: step.levels, low: qmin < 0 || hasHalfZero ? -most : 0,
            high: most)
    }

    var hasHalfZero: Bool { if case .noZeroLevel = grid { true } else { false } }

    private var stepsToMost: Double {
        switch scale {
        case .qmin: -Double(grid.codes.lowerBound)
        case .halfRange: Double(grid.codes.upperBound - grid.codes.lowerBound) / 2
        case .qmax, .noClip, .affine: Double(grid.codes.upperBound)
        }
    }

    private func fixedZero(_ most: Double) -> Double {
        switch grid {
        case .noZeroLevel: Double(grid.codes.upperBound) / 2
        case .ternary: most / 2
        case .integers, .binary: 0
        }
    }

    private func affineStep(_ low: Double, _ high: Double, _ qmin: Double, _ qmax: Double) -> FittedQuantizer.Step {
        let step = Span(high - low, steps: qmax - qmin)
        var zero = qmin - low / step.scale
        if range.includesZero {
            zero = qmin - Double((Float(low) / Float(step.scale)).rounded(.toNearestOrEven))
            zero = min(max(zero, qmin), qmax)
        }
        return .init(scale: step.scale, zero: zero, levels: step.levels, low: low, high: high)
    }

    /// An extent divided into steps: the scale is a normal float, 1 when there is no extent.
    private struct Span {
        let scale: Double, levels: Double
        init(_ extent: Double, steps: Double) {
            let single = Double(Float(extent / steps))
            let isNormal = single >= Double(Float.leastNormalMagnitude) && single.isFinite
            (scale, levels) = isNormal ? (single, steps / extent) : (1, 1)
        }
    }
}

// MARK: - Fitting to data

extension Quantizer {
    /// Takes scales and zero points from the values.
    /// - Throws: `KernelError` for values that are not finite and for integer tensors.
    public func fitted(to x: Tensor) throws -> FittedQuantizer {
        guard x.dtype.isFloat else {
            throw KernelError.dtype(op: "quantizer", got: [x.dtype], expected: "float32 or float64")
        }
        if isFixed { return fitted(ranges: [fixedRange]) }
        if granularity == .channel, x.rank < 1 {
            throw KernelError.shape(op: "quantizer", shapes: [x.shape], reason: "channels need at least one axis")
        }
        let values = try x.detached().converted(to: .float32)
        let unit = transform == .tanh ? try Self.largestTanh(values) : 1
        let source = transform == .tanh ? try Self.tanhUnit(values, unit) : values
        return FittedQuantizer(self, steps: try steps(of: source), unit: unit)
    }

    /// A fit to given ranges: one, or one per channel.
    public func fitted(ranges: [ObservedRange]) -> FittedQuantizer {
        FittedQuantizer(self, steps: ranges.map { step(for: $0) })
    }

    /// The fixed range; -1 ... 1 for the sign, which needs none.
    var fixedRange: ObservedRange {
        if case .fixed(let low, let high) = range.kind { return ObservedRange(low: low, high: high) }
        return ObservedRange(low: -1, high: 1)
    }

    private func steps(of values: Tensor) throws -> [FittedQuantizer.Step] {
        try slices(of: values) { slice in
            if usesMean { return try meanStep(slice) }
            if range.isFixed { return step(for: fixedRange) }
            return step(for: try range.range(of: slice))
        }
    }

    private func slices(
        of values: Tensor, _ body: (UnsafeBufferPointer<Float>) throws -> FittedQuantizer.Step
    ) throws -> [FittedQuantizer.Step] {
        try values.read(Float.self) { all in
            let channels = granularity == .channel ? values.shape[0] : 1
            let size = channels == 0 ? 0 : all.count / channels
            return try (0..<channels).map { try body(UnsafeBufferPointer(rebasing: all[$0 * size..<($0 + 1) * size])) }
        }
    }

    /// Binary: scale mean|x|. TWN: threshold 0.7 mean|x|, scale the mean of |x| beyond it.
    private func meanStep(_ x: UnsafeBufferPointer<Float>) throws -> FittedQuantizer.Step {
        _ = try RangeRule.extremes(of: x)
        var count = 0
        let mean = x.isEmpty ? 0 : ck_abs_sum_f32(x.baseAddress, x.count, -1, &count) / Double(x.count)
        func step(_ scale: Double, threshold: Double) -> FittedQuantizer.Step {
            let span = Span(scale, steps: 1)
            return .init(scale: span.scale, zero: threshold, levels: span.levels, low: -1, high: 1)
        }
        guard case .ternary = grid else { return step(mean, threshold: 0) }
        let threshold = Double(Float(0.7 * mean))
        let kept = x.isEmpty ? 0 : ck_abs_sum_f32(x.baseAddress, x.count, Float(threshold), &count)
        return step(count > 0 ? kept / Double(count) : 0, threshold: threshold)
    }
}

extension RangeRule {
    /// The range of one slice on its own.
    func range(of x: UnsafeBufferPointer<Float>) throws -> ObservedRange {
        let extremes = try Self.extremes(of: x)
        switch kind {
        case .absmax:
            let most = max(abs(extremes.low), abs(extremes.high))
            return ObservedRange(low: -most, high: most)
        case .percentile(let p): return Self.percentiles(x, p)
        case .fixed(let low, let high): return ObservedRange(low: low, high: high)
        case .minmax, .movingAverage: return extremes
        }
    }

    /// Minimum and maximum; 0 and 0 of nothing.
    static func extremes(of x: UnsafeBufferPointer<Float>) throws -> ObservedRange {
        guard let start = x.baseAddress, !x.isEmpty else { return ObservedRange(low: 0, high: 0) }
        var low: Float = 0, high: Float = 0
        guard ck_range_f32(start, x.count, &low, &high) else {
            throw KernelError.value(
                op: "quantizer", name: "x", expected: "finite numbers to take a range from", got: "nan or infinity")
        }
        return ObservedRange(low: Double(low), high: Double(high))
    }

    /// Percentiles 100 - p and p with linear interpolation between order statistics (numpy's default).
    private static func percentiles(_ x: UnsafeBufferPointer<Float>, _ p: Double) -> ObservedRange {
        guard !x.isEmpty else { return ObservedRange(low: 0, high: 0) }
        let sorted = x.sorted()
        func at(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let below = min(max(Int(place), 0), sorted.count - 1), above = min(below + 1, sorted.count - 1)
            let (a, b) = (Double(sorted[below]), Double(sorted[above]))
            return a + (b - a) * (place - Double(below))
        }
        return ObservedRange(low: at(1 - p / 100), high: at(p / 100))
    }
}
