// A figure as lines of text: curves as dots of braille (or signs), with ticks on both axes and a legend.

extension Figure: Shown {
    public func shown(on screen: Screen, _ graphics: Screen.Graphics) throws -> String {
        try text(on: screen, width: min(screen.width - 1, 100), height: min(max(screen.height - 4, 14), 24))
    }

    /// The figure as lines: so many columns and lines at most, legend and title included.
    /// - Throws: `KernelError.state` for a figure without points.
    public func text(on screen: Screen, width: Int, height: Int) throws -> String {
        let shown = series.map { series in
            var series = series
            series.points.removeAll { !$0.x.isFinite || !$0.y.isFinite || abs($0.x) > 1e300 || abs($0.y) > 1e300 }
            return series
        }
        guard let extent = Extent(shown, xRange, yRange) else {
            throw KernelError.state(op: "plot", reason: "the figure has no points")
        }
        return FigureText(
            figure: self, series: shown, extent: extent, screen: screen, width: max(30, width), height: max(8, height)
        ).lines.joined(separator: "\n")
    }
}

/// What the axes span.
private struct Extent {
    var x: ClosedRange<Double>, y: ClosedRange<Double>

    init?(_ series: [Figure.Series], _ xRange: ClosedRange<Double>?, _ yRange: ClosedRange<Double>?) {
        let points = series.flatMap(\.points)
        guard !points.isEmpty else { return nil }
        x = xRange ?? Self.range(points.map(\.x))
        y = yRange ?? Self.range(points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y].filter(\.isFinite) })
        if !(x.upperBound > x.lowerBound) { x = Self.range([x.lowerBound]) }
        if !(y.upperBound > y.lowerBound) { y = Self.range([y.lowerBound]) }
    }

    private static func range(_ values: [Double]) -> ClosedRange<Double> {
        let low = values.min() ?? 0, high = values.max() ?? 1
        if low < high { return low...high }
        let half = low == 0 ? 0.5 : abs(low) / 10
        return low - half...low + half
    }
}

private struct FigureText {
    let figure: Figure, series: [Figure.Series], extent: Extent, screen: Screen
    let width: Int, height: Int
    /// Signs of the series where there is no braille.
    static let signs: [Character] = Array("*o+x#@%&")
    /// Colours of the 16 that terminals have, apart from each other.
    static let colours = [34, 31, 32, 35, 33, 36, 94, 91, 92, 95, 93, 96]

    var lines: [String] {
        let legend = legendLines, yTicks = Ticks(extent.y, most: max(2, (height - 4) / 4))
        let labels = yTicks.texts, margin = labels.reduce(0) { max($0, $1.count) } + 2
        let rows = max(3, height - legend.count - 2 - (figure.title.isEmpty ? 0 : 1) - (figure.xLabel.isEmpty ? 0 : 1))
        var field = Braille(columns: max(10, width - margin), lines: rows)
        draw(into: &field)
        var out =
            figure.title.isEmpty
            ? [] : [String(repeating: " ", count: margin) + clipped(figure.title, to: width - margin)]
        let places = yTicks.values.map { row($0, field) / 4 }
        for line in 0..<rows {
            let label = places.firstIndex(of: line).map { labels[$0] } ?? ""
            let edge = label.isEmpty ? (screen.isUnicode ? "│" : "|") : (screen.isUnicode ? "┤" : "+")
            let text = field.text(line, isUnicode: screen.isUnicode, signs: Self.signs) { painted($0, $1) }
            out.append(trimmedRight(label.padded(to: margin - 2) + " " + edge + text))
        }
        out += xAxis(field.columns, margin)
        if !figure.xLabel.isEmpty {
            let space = max(0, (field.columns - columnCount(figure.xLabel)) / 2)
            out.append(String(repeating: " ", count: margin + space) + figure.xLabel)
        }
        return out + legend
    }

    // MARK: curves

    private func column(_ x: Double, _ field: Braille) -> Int {
        place((x - extent.x.lowerBound) / (extent.x.upperBound - extent.x.lowerBound), field.width)
    }
    private func row(_ y: Double, _ field: Braille) -> Int {
        place((extent.y.upperBound - y) / (extent.y.upperBound - extent.y.lowerBound), field.height)
    }
    private func place(_ share: Double, _ count: Int) -> Int {
        Int((min(2, max(-1, share)) * Double(count - 1)).rounded())
    }

    private func draw(into field: inout Braille) {
        for (index, series) in series.enumerated() {
            let owner = series.colour ?? index
            let dots = series.points.sorted { $0.x < $1.x }.map { (x: column($0.x, field), y: row($0.y, field)) }
            if let only = dots.first, dots.count == 1 { field.set(only.x, only.y, owner: owner) }
            for (a, b) in zip(dots, dots.dropFirst()) {
                field.line(from: a, to: b, owner: owner, dashed: series.isDashed)
            }
        }
        for (index, series) in series.enumerated() { drawBand(series, series.colour ?? index, into: &field) }
        if hasLetters { for index in series.indices { putLetters(index, into: &field) } }
        for mark in figure.marks where extent.x.contains(mark.x) {
            let x = column(mark.x, field)
            for y in stride(from: 0, to: field.height, by: 4) { field.setBehind(x, y, owner: -2) }
        }
    }

    /// Whether curves carry letters: where dots have no colours to tell them apart.
    private var hasLetters: Bool { screen.isUnicode && !screen.isStyled && series.count > 1 }
    private func letter(_ index: Int) -> Character { Character(Unicode.Scalar(UInt8(97 + index % 26))) }

    /// The curve's letter every 24 columns, each curve's at places of its own.
    private func putLetters(_ index: Int, into field: inout Braille) {
        let owner = series[index].colour ?? index
        let dots = series[index].points.sorted { $0.x < $1.x }.map { (x: column($0.x, field), y: row($0.y, field)) }
        for x in stride(from: 6 + 14 * index % 48, to: field.width, by: 48) {
            guard let next = dots.firstIndex(where: { $0.x >= x }), next > 0 else { continue }
            let (a, b) = (dots[next - 1], dots[next])
            let share = b.x > a.x ? Double(x - a.x) / Double(b.x - a.x) : 0
            field.put(letter(index), x, a.y + Int((share * Double(b.y - a.y)).rounded()), owner: owner)
        }
    }

    /// The interval around a curve: a sparse pattern of dots where nothing else is, when it is wide enough to be seen.
    private func drawBand(_ series: Figure.Series, _ owner: Int, into field: inout Braille) {
        let edges = series.points.sorted { $0.x < $1.x }.compactMap { point -> (x: Int, top: Int, bottom: Int)? in
            guard let low = point.low, let high = point.high, low.isFinite, high.isFinite else { return nil }
            return (column(point.x, field), row(high, field), row(low, field))
        }
        for (a, b) in zip(edges, edges.dropFirst()) where b.x > a.x {
            for x in a.x...b.x where x % 3 == 0 {
                let share = Double(x - a.x) / Double(b.x - a.x)
                let top = a.top + Int((share * Double(b.top - a.top)).rounded())
                let bottom = a.bottom + Int((share * Double(b.bottom - a.bottom)).rounded())
                guard bottom - top >= 4, bottom >= 0, top < field.height else { continue }
                for y in max(0, top)...min(field.height - 1, bottom) where (y + x) % 4 == 0 {
                    field.setBehind(x, y, owner: owner)
                }
            }
        }
    }

    private func painted(_ text: String, _ owner: Int) -> String {
        guard screen.isStyled else { return text }
        if owner < 0 { return "\u{1b}[2m\(text)\u{1b}[0m" }
        return "\u{1b}[\(Self.colours[owner % Self.colours.count])m\(text)\u{1b}[0m"
    }

    // MARK: axes and legend

    private func xAxis(_ columns: Int, _ margin: Int) -> [String] {
        let ticks: [(x: Double, name: String)]
        if figure.xTicks.isEmpty {
            let isWhole = series.allSatisfy { $0.points.allSatisfy { $0.x == $0.x.rounded() } }
            let even = Ticks(extent.x, most: max(2, columns / 12), isWhole: isWhole)
            ticks = Array(zip(even.values, even.texts)).map { (x: $0, name: $1) }
        } else {
            ticks = figure.xTicks.filter { extent.x.contains($0.x) }
        }
        let span = extent.x.upperBound - extent.x.lowerBound
        var line = [Character](repeating: screen.isUnicode ? "─" : "-", count: columns)
        var names = [Character](repeating: " ", count: columns + margin), end = 0
        for tick in ticks {
            let place = min(
                columns - 1, max(0, Int(((tick.x - extent.x.lowerBound) / span * Double(columns - 1)).rounded())))
            line[place] = screen.isUnicode ? "┬" : "+"
            let start = min(margin + columns - tick.name.count, max(0, margin + place - tick.name.count / 2))
            guard start >= end, start >= 0 else { continue }
            for (offset, character) in tick.name.enumerated() { names[start + offset] = character }
            end = start + tick.name.count + 1
        }
        let corner = screen.isUnicode ? "└" : "+"
        return [String(repeating: " ", count: margin - 1) + corner + String(line), trimmedRight(String(names))]
    }

    /// Names of the curves with their signs; left out for a single curve without a name.
    private var legendLines: [String] {
        guard series.count > 1 || series.contains(where: { !$0.name.isEmpty }) else { return [] }
        let entries = series.enumerated().map { index, series -> String in
            let owner = series.colour ?? index
            let solid = screen.isUnicode ? "⠤⠤" : String(Self.signs[owner % Self.signs.count])
            let line = series.isDashed && screen.isUnicode ? "⠤ ⠤" : solid
            let sign = hasLetters ? line + String(letter(index)) : line
            return painted(sign, owner) + " " + series.name
        }
        var lines = [""]
        for entry in entries {
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[lines.count - 1] = "  " + entry
            } else if columnCount(line) + 3 + columnCount(entry) <= width {
                lines[lines.count - 1] += "   " + entry
            } else {
                lines.append("  " + entry)
            }
        }
        return lines
    }
}

/// Round numbers within a range.
struct Ticks {
    let values: [Double], texts: [String]

    /// At most so many, a step of 1, 2 or 5 times a power of ten apart; at least 1 for whole numbers.
    init(_ range: ClosedRange<Double>, most: Int, isWhole: Bool = false) {
        let span = range.upperBound - range.lowerBound
        var step = Ticks.power(span), digits = Ticks.exponent(span)
        let steps: [(Double, Int)] = [
            (0.01, 2), (0.02, 2), (0.05, 2), (0.1, 1), (0.2, 1), (0.5, 1), (1, 0), (2, 0), (5, 0), (10, -1),
        ]
        let base = step
        for (factor, places) in steps {
            step = base * factor
            digits = places - Ticks.exponent(span)
            if span / step <= Double(most), !isWhole || step >= 1 { break }
        }
        let first = Int((range.lowerBound / step - 1e-9).rounded(.up)),
            last = Int((range.upperBound / step + 1e-9).rounded(.down))
        values = first <= last ? (first...min(last, first + 100)).map { Double($0) * step } : []
        let size = max(abs(range.lowerBound), abs(range.upperBound))
        texts = values.map { value in
            size < 1e6 && digits <= 6 ? fixedText(value, max(0, digits)) : generalText(value, 3)
        }
    }

    private static func exponent(_ span: Double) -> Int {
        var exponent = 0, rest = span
        while rest >= 10, exponent < 400 { rest /= 10; exponent += 1 }
        while rest < 1, exponent > -400 { rest *= 10; exponent -= 1 }
        return exponent
    }
    private static func power(_ span: Double) -> Double {
        let exponent = exponent(span)
        return (0..<abs(exponent)).reduce(1.0) { power, _ in exponent < 0 ? power / 10 : power * 10 }
    }
}
