/// How often values fall into equal intervals between the smallest and the largest one.
public struct HistogramView: ObjectParameter, Shown {
    public static var typeName: String { "Histogram" }
    public let counts: [Int]
    /// The ends of the intervals, one more than there are counts.
    public let edges: [Double]
    /// Values that are no numbers or infinite, in no interval.
    public let outside: Int
    /// Values counted in intervals, with their mean and deviation.
    public let total: Int
    /// Of all finite values, or of a sample of them.
    public let mean: Double, deviation: Double, isSample: Bool

    /// - Throws: `KernelError.value` for a range without extent, or no finite value.
    public init(_ tensor: Tensor, bins: Int, low: Double? = nil, high: Double? = nil) throws {
        let statistics = try Statistics(tensor)
        let (counts, edges) = try tensor.detached().histogram(bins: bins, low: low, high: high)
        self.counts = try counts.array(Int64.self).map { Int($0) }
        self.edges = try edges.array(Double.self)
        total = self.counts.reduce(0, +)
        outside = tensor.count - total
        (mean, deviation, isSample) = (statistics.mean, statistics.deviation, statistics.count < tensor.count)
        guard total > 0 else {
            throw KernelError.value(op: "hist", name: "x", expected: "finite numbers in the range", got: "none")
        }
    }

    public func shown(on screen: Screen, _ graphics: Screen.Graphics) throws -> String {
        text(on: screen, height: 8)
    }

    /// Bars over the intervals: braille has two of them in a character and four steps in a line, ASCII one of each.
    public func text(on screen: Screen, height: Int) -> String {
        let perCharacter = screen.isUnicode ? 2 : 1, steps = screen.isUnicode ? 4 : 1
        let columns = (counts.count + perCharacter - 1) / perCharacter
        let room = max(22, screen.width) - 12, repeats = max(1, min(4, room / max(1, columns)))
        let most = counts.max() ?? 1
        var field = Braille(columns: columns * repeats, lines: height)
        for (place, count) in counts.enumerated() where count > 0 {
            let full = Double(count) / Double(max(1, most)) * Double(height * steps)
            // What is there is seen, however rare.
            let bar = max(1, Int(full.rounded()))
            for level in 0..<bar {
                let y = field.height - 1 - level * (4 / steps)
                for x in place * repeats..<(place + 1) * repeats { field.set(x * 2 / perCharacter, y) }
            }
        }
        let label = grouped(most), margin = label.count + 1
        var lines = (0..<height).map { line in
            let left = line == 0 ? label : line == height - 1 ? "0" : ""
            let edge = screen.isUnicode ? "┤" : "|"
            return trimmedRight(
                left.padded(to: margin - 1) + " " + edge
                    + field.text(line, isUnicode: screen.isUnicode, signs: ["#"]) { text, _ in text })
        }
        lines.append(axis(columns * repeats, margin))
        return (lines + [summary]).joined(separator: "\n")
    }

    private func axis(_ columns: Int, _ margin: Int) -> String {
        let (low, high) = (generalText(edges[0], 4), generalText(edges[edges.count - 1], 4))
        let space = String(repeating: " ", count: max(1, columns - low.count - high.count))
        return String(repeating: " ", count: margin + 1) + low + space + high
    }

    private var summary: String {
        let beyond = outside > 0 ? ", \(grouped(outside)) outside" : ""
        return "\(grouped(total)) values in \(counts.count) bins, \(isSample ? "~ " : "")mean \(generalText(mean, 4)), "
            + "std \(generalText(deviation, 4))\(beyond)"
    }
}

extension HistogramView: CustomStringConvertible {
    public var description: String { text(on: Screen(isUnicode: Screen.current.isUnicode), height: 8) }
}
