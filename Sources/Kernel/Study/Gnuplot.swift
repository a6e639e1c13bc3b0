import Synchronization

/// How a figure is told to gnuplot.
public enum Gnuplot {
    public enum Terminal: String, Sendable {
        case svg, png
    }

    /// A closure by itself would be wrapped once more at every look into the mutex.
    private struct Substitute { let draw: @Sendable (Figure, Terminal) throws -> [UInt8] }
    private static let substitute = Mutex<Substitute?>(nil)
    /// Sets who draws in a process that may start no other: it is given the figure, never a script.
    public static func setSubstitute(_ body: (@Sendable (Figure, Terminal) throws -> [UInt8])?) {
        substitute.withLock { $0 = body.map { Substitute(draw: $0) } }
    }

    public static func draw(_ figure: Figure, on terminal: Terminal) throws -> [UInt8] {
        if let substitute = substitute.withLock({ $0 }) { return try substitute.draw(figure, terminal) }
        let script = try script(figure, on: terminal)
        let result = try Subprocess.run(
            "gnuplot", ["-d", "-"], input: Array(script.utf8),
            advice: "install the package gnuplot-nox (apt-get install gnuplot-nox)")
        guard result.exitCode == 0, !result.output.isEmpty else {
            let lines = String(decoding: result.errors, as: UTF8.self).split(separator: "\n")
            let reason = lines.last { !$0.hasPrefix(" ") }.map(String.init) ?? "exit code \(result.exitCode)"
            throw KernelError.state(op: "plot", reason: "gnuplot failed: \(reason)")
        }
        return result.output
    }

    /// Twelve colours that stay apart on paper and for most colour-blind readers: Okabe and Ito's, then Tol's.
    private static let palette = [
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#332288", "#882255", "#117733", "#999933",
        "#661100", "#555555",
    ]

    static func script(_ figure: Figure, on terminal: Terminal) throws -> String {
        let drawn = figure.series.map { series in
            var series = series
            series.points = series.points.filter {
                $0.x.isFinite && $0.y.isFinite && abs($0.x) < 1e300 && abs($0.y) < 1e300
            }
            return series
        }
        guard drawn.contains(where: { !$0.points.isEmpty }) else {
            throw KernelError.state(op: "plot", reason: "the figure has no points")
        }
        var lines = [settings(terminal), axes(figure, drawn)]
        if !figure.xTicks.isEmpty {
            let ticks = figure.xTicks.map { "\(quote($0.name)) \($0.x)" }
            lines.append("set xtics (\(ticks.joined(separator: ", ")))")
        }
        for (index, series) in drawn.enumerated() { lines.append(block(series, index)) }
        lines += marks(figure, drawn)
        lines.append("plot " + curves(drawn).joined(separator: ", "))
        return lines.joined(separator: "\n") + "\n"
    }

    /// Dotted vertical lines; labels of neighbours stand at different heights.
    private static func marks(_ figure: Figure, _ series: [Figure.Series]) -> [String] {
        let xs = series.flatMap { $0.points.map(\.x) }
        let range = figure.xRange ?? (xs.min() ?? 0)...(xs.max() ?? 1)
        let near = 0.045 * (range.upperBound - range.lowerBound)
        var last = -Double.infinity, level = 0
        let visible = figure.marks.filter { range.contains($0.x) }.sorted { $0.x < $1.x }
        return visible.enumerated().flatMap { index, mark -> [String] in
            level = mark.x - last < near ? (level + 1) % 5 : 0
            last = mark.x
            let height = 0.02 + 0.19 * Double(level)
            return [
                "set arrow \(index + 1) from first \(mark.x), graph 0 to first \(mark.x), graph 1 nohead lw 1 dt 3 "
                    + "lc rgb '#888888'",
                "set label \(index + 1) \(quote(mark.label)) at first \(mark.x), graph \(height) rotate by 90 left "
                    + "offset 0.9,0 font ',11' tc rgb '#666666'",
            ]
        }
    }

    private static func settings(_ terminal: Terminal) -> String {
        switch terminal {
        case .svg:
            "set encoding utf8\nset terminal svg size 860,500 font 'Helvetica,14' background '#ffffff' linewidth 1.2 noenhanced"
        case .png:
            "set encoding utf8\nset terminal pngcairo size 1720,1000 font 'Sans,15' fontscale 1.35 linewidth 2.4 noenhanced"
        }
    }

    private static func axes(_ figure: Figure, _ series: [Figure.Series]) -> String {
        func range(_ range: ClosedRange<Double>?) -> String {
            range.map { "[\($0.lowerBound):\($0.upperBound)]" } ?? "[*:*]"
        }
        return """
            set border 3 lw 0.8 lc rgb '#444444'
            set tics nomirror out scale 0.6
            set grid lw 0.7 lc rgb '#cccccc' dt 1
            set key outside right top Left reverse samplen 2.2 spacing 1.15 font ',12'
            set title \(quote(figure.title))
            set xlabel \(quote(figure.xLabel))
            set ylabel \(quote(figure.yLabel))
            set xrange \(range(figure.xRange))
            set yrange \(range(figure.yRange))
            set style fill transparent solid 0.14 noborder
            """
    }

    /// The points as a named data block: x, y, low, high.
    private static func block(_ series: Figure.Series, _ index: Int) -> String {
        let rows = series.points.map { "\($0.x) \($0.y) \($0.low ?? $0.y) \($0.high ?? $0.y)" }
        return (["$data\(index) << EOD"] + rows + ["EOD"]).joined(separator: "\n")
    }

    private static func curves(_ series: [Figure.Series]) -> [String] {
        var next = 0
        let colours = series.map { one -> String in
            if let colour = one.colour { return palette[((colour % palette.count) + palette.count) % palette.count] }
            defer { next += 1 }
            return palette[next % palette.count]
        }
        var bands: [String] = [], lines: [String] = []
        for (index, one) in series.enumerated() where !one.points.isEmpty {
            if one.points.contains(where: { $0.low != nil }) {
                bands.append("$data\(index) using 1:3:4 with filledcurves lc rgb '\(colours[index])' notitle")
            }
            lines.append("$data\(index) using 1:2 \(style(one, colours[index])) title \(quote(one.name))")
        }
        return bands + lines
    }

    private static func style(_ series: Figure.Series, _ colour: String) -> String {
        if series.isDashed { return "with lines dt (9,6) lw 1.3 lc rgb '\(colour)'" }
        return series.points.count <= 60
            ? "with linespoints pt 7 ps 0.45 lw 1.8 lc rgb '\(colour)'" : "with lines lw 1.8 lc rgb '\(colour)'"
    }

    /// A text in gnuplot's single quotes, where only the quote itself is special.
    private static func quote(_ text: String) -> String {
        "'" + text.map { $0 == "'" ? "''" : $0.isNewline ? " " : String($0) }.joined() + "'"
    }
}
