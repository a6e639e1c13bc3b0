// How often values occur.

extension Tensor {
    /// Element v of the result counts how often v occurs; values are whole numbers >= 0 (int64).
    public func bincount(minimum: Int = 0) throws -> Tensor {
        guard !dtype.isFloat else {
            throw KernelError.dtype(op: "bincount", got: [dtype], expected: "integers")
        }
        let values = try array(Int64.self)
        if let bad = values.first(where: { $0 < 0 || $0 >= 1 << 40 }) {
            throw KernelError.value(op: "bincount", name: "self", expected: "whole numbers >= 0", got: "\(bad)")
        }
        let size = max(Int(values.max() ?? -1) + 1, minimum)
        let counts = try Tensor.zeros([size], .int64, op: "bincount")
        try counts.write(Int64.self) { out in for value in values { out[Int(value)] += 1 } }
        return counts
    }

    /// Counts (int64) in `bins` bins of equal width from `low` to `high` (default: the smallest and largest finite
    /// element) and the bins + 1 edges. The last bin includes its upper edge; what lies outside is not counted.
    public func histogram(bins: Int = 10, low: Double? = nil, high: Double? = nil) throws
        -> (counts: Tensor, edges: Tensor)
    {
        guard bins > 0 else {
            throw KernelError.value(op: "histogram", name: "bins", expected: "a positive count", got: "\(bins)")
        }
        let values = try array(Double.self).filter(\.isFinite)
        var a = low ?? values.min() ?? 0, b = high ?? values.max() ?? 1
        if a == b, low == nil || high == nil { (a, b) = (a - 0.5, b + 0.5) }
        guard a.isFinite, b.isFinite, a < b else {
            throw KernelError.value(
                op: "histogram", name: "high", expected: "a number above \(numberText(a))", got: numberText(b))
        }
        let counts = try Tensor.zeros([bins], .int64, op: "histogram")
        try counts.write(Int64.self) { out in
            for value in values where value >= a && value <= b {
                out[min(bins - 1, Int((value - a) / (b - a) * Double(bins)))] += 1
            }
        }
        return (counts, try .linspace(a, b, count: bins + 1, .float64))
    }
}
