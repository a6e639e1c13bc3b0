/// That a tensor's elements are the values, or the codes, that a quantizer gave: what its header says of them.
final class QuantizedElements: Sendable {
    private let fitted: FittedQuantizer
    private let areCodes: Bool

    init(_ fitted: FittedQuantizer, codes: Bool) { (self.fitted, areCodes) = (fitted, codes) }

    /// `8 bits`, `scale 0.0123`, `zero point 128`.
    var parts: [String] {
        let bits = fitted.quantizer.bits, scales = fitted.steps.map(\.scale), zeros = fitted.steps.map(\.zero)
        var parts = ["\(bits) bit\(bits == 1 ? "" : "s")", "scale \(span(scales))"]
        if case .integers = fitted.quantizer.grid, zeros.contains(where: { $0 != 0 }) {
            parts.append("zero point \(span(zeros))")
        }
        return parts
    }

    private func span(_ values: [Double]) -> String {
        guard let low = values.min(), let high = values.max() else { return "none" }
        if low == high { return generalText(low, 4) }
        return "\(generalText(low, 4)) to \(generalText(high, 4)) in \(values.count) channels"
    }

    /// Elements up to the first and from the second are at the ends of the codes; nil where there is no such limit for
    /// the whole tensor, or every code is an end.
    var limits: (low: Double, high: Double)? {
        guard case .integers(let low, let high) = fitted.quantizer.grid, high - low > 1 else { return nil }
        if areCodes { return (Double(low), Double(high)) }
        guard fitted.steps.count == 1, let step = fitted.steps.first else { return nil }
        return ((Double(low) - step.zero + 0.25) * step.scale, (Double(high) - step.zero - 0.25) * step.scale)
    }
}
