/// Curves over one axis, drawn by gnuplot into an SVG or PNG file, or with dots in the terminal.
public struct Figure: ObjectParameter {
    public static var typeName: String { "Figure" }

    public struct Point: Equatable, Sendable {
        public var x: Double, y: Double
        /// The interval around y, drawn as a band.
        public var low: Double?, high: Double?
        public init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
            (self.x, self.y, self.low, self.high) = (x, y, low, high)
        }
    }

    public struct Series: Sendable {
        public var name: String
        public var points: [Point]
        /// Dashed: a prediction beside what was measured.
        public var isDashed = false
        /// The number of the colour; series with one number share it. Nil takes the next.
        public var colour: Int?
        public init(_ name: String, _ points: [Point], dashed: Bool = false, colour: Int? = nil) {
            (self.name, self.points, isDashed, self.colour) = (name, points, dashed, colour)
        }
    }

    /// A vertical line with a label, such as a crossing.
    public struct Mark: Sendable {
        public var x: Double, label: String
        public init(_ x: Double, _ label: String) { (self.x, self.label) = (x, label) }
    }

    public var title = ""
    public var xLabel = "", yLabel = ""
    public var xRange: ClosedRange<Double>?, yRange: ClosedRange<Double>?
    /// Names at places of the x axis instead of numbers.
    public var xTicks: [(x: Double, name: String)] = []
    public var series: [Series]
    public var marks: [Mark] = []

    public init(_ series: [Series], title: String = "", xLabel: String = "", yLabel: String = "") {
        (self.series, self.title, self.xLabel, self.yLabel) = (series, title, xLabel, yLabel)
    }

    /// The figure as SVG.
    /// - Throws: `KernelError` for an empty figure, or a machine without gnuplot.
    public func svg() throws -> [UInt8] { try Gnuplot.draw(self, on: .svg) }

    /// Writes `.svg` or `.png`, by the file's name, complete or not at all.
    /// - Throws: `KernelError` for another ending, an empty figure, or a machine without gnuplot.
    public func save(_ path: String) throws {
        let terminal: Gnuplot.Terminal
        if path.hasSuffix(".svg") {
            terminal = .svg
        } else if path.hasSuffix(".png") {
            terminal = .png
        } else {
            throw KernelError.file(path: path, reason: "a figure is saved as .svg or .png")
        }
        let bytes = try Gnuplot.draw(self, on: terminal)
        try AtomicFile.write(path) { try $0.append(bytes) }
    }
}

extension Figure: CustomStringConvertible {
    public var description: String {
        let name = title.isEmpty ? "\(yLabel) against \(xLabel)" : title
        return
            "Figure \"\(name)\": \(series.count) curves (\(series.map(\.name).joined(separator: ", "))); :save(path), :show()"
    }
}
