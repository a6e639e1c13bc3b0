import CKernels

/// Accuracies recomputed on examples and seeds drawn with replacement, all models on the same draw.
///
/// Draw b of a seed takes every example a number of times that depends on (key, b) alone, and the same seeds for every
/// model: a difference between two models is resampled as a difference of pairs. Source: Efron 1979; with several seeds
/// both levels are drawn, and few seeds make intervals that are somewhat too narrow.
struct PairedBootstrap: Sendable {
    /// Outcomes, 1 where the answer is right: [curve][seed][point][example].
    let outcomes: [[[[UInt8]]]]
    let examples: Int
    let key: Key

    /// The accuracy of every curve at every point, per draw: [draw][curve][point].
    /// - Throws: `Interrupted`.
    func run(draws: Int) throws -> [[[Double]]] {
        guard examples > 0, draws > 0 else { return [] }
        let points = outcomes.first?.first?.count ?? 0, width = outcomes.count * points
        var flat = [Double](repeating: 0, count: draws * width)
        flat.withUnsafeMutableBufferPointer { out in
            nonisolated(unsafe) let start = out.baseAddress
            Workers.split(draws, grain: 4) { range in
                var counts = [UInt8](repeating: 0, count: examples)
                for draw in range where !Interrupt.isRequested {
                    ck_bootstrap_counts(key.fold("examples").fold(draw).bits, examples, &counts)
                    let row = UnsafeMutableBufferPointer(start: start.map { $0 + draw * width }, count: width)
                    fill(row, counts, draw, points)
                }
            }
        }
        try Interrupt.check()
        return (0..<draws).map { draw in
            (0..<outcomes.count).map { curve in
                let start = draw * width + curve * points
                return Array(flat[start..<start + points])
            }
        }
    }

    private func fill(_ row: UnsafeMutableBufferPointer<Double>, _ counts: [UInt8], _ draw: Int, _ points: Int) {
        let seeds = drawnSeeds(draw)
        for (curve, bySeed) in outcomes.enumerated() {
            for point in 0..<points {
                let total = seeds.reduce(UInt64(0)) { sum, seed in
                    sum + ck_weighted_sum_u8(counts, bySeed[seed % bySeed.count][point], examples)
                }
                row[curve * points + point] = Double(total) / Double(examples * seeds.count)
            }
        }
    }

    /// As many seeds as there are, drawn with replacement; a single one stays itself.
    private func drawnSeeds(_ draw: Int) -> [Int] {
        let count = outcomes.map(\.count).max() ?? 1
        guard count > 1 else { return [0] }
        let own = key.fold("seeds").fold(draw)
        return (0..<count).map { min(count - 1, Int(own.uniform($0) * Double(count))) }
    }
}
