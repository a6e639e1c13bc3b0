extension Slow {
    /// Batch normalisation by the formulas; x is [n, c, plane].
    public static func batchNorm(
        _ x: [Double], c: Int, plane: Int, w: [Double], b: [Double], mean: [Double], variance: [Double], eps: Double
    ) -> [Double] {
        x.indices.map { i in
            let channel = i / plane % c
            return (x[i] - mean[channel]) / (variance[channel] + eps).squareRoot() * w[channel] + b[channel]
        }
    }
    /// Mean and biased variance per channel.
    public static func statistics(_ x: [Double], c: Int, plane: Int) -> (mean: [Double], variance: [Double]) {
        let groups = (0..<c).map { channel in x.indices.filter { $0 / plane % c == channel }.map { x[$0] } }
        let mean = groups.map { $0.reduce(0, +) / Double($0.count) }
        let variance = zip(groups, mean).map { group, m in
            group.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(group.count)
        }
        return (mean, variance)
    }
}
