/// The elements of a tensor as nested braces, one line per row, perhaps with `...` for those in the middle.
struct TensorText {
    private let shape: [Int]
    private let reader: ElementReader
    private let width: Int
    private static let mostElements = 4096

    init(_ tensor: Tensor, width: Int) throws {
        (shape, reader, self.width) = (tensor.shape, try ElementReader(tensor), width)
    }

    /// - Parameter limit: lines at most; nil shows everything.
    func lines(atMost limit: Int?) throws -> [String] {
        guard let limit else { return try render(shape.map { Positions(all: $0) }) }
        if shape.reduce(1, *) <= 1000 {
            let lines = try render(shape.map { Positions(all: $0) })
            if lines.count <= limit { return lines }
        }
        for edge in [3, 2, 1] {
            let positions = edges(edge)
            guard positions.reduce(1, { $0 * $1.shown.count }) <= Self.mostElements else { continue }
            let lines = try render(positions)
            if lines.count <= limit { return lines }
        }
        var positions = edges(1)
        for axis in positions.indices.dropLast()
        where positions.reduce(1, { $0 * $1.shown.count }) > Self.mostElements { positions[axis].keepFirst() }
        return try render(positions).prefix(limit - 1) + ["..."]
    }

    /// The positions along one axis that are shown; a gap lies before position `gap` of them.
    private struct Positions {
        var shown: [Int]
        var gap: Int?

        init(all size: Int) { shown = Array(0..<size) }
        init(_ size: Int, first: Int, last: Int) {
            guard size > first + last else {
                shown = Array(0..<size)
                return
            }
            (shown, gap) = (Array(0..<first) + Array((size - last)..<size), first)
        }
        mutating func keepFirst() {
            if shown.count > 1 { (shown, gap) = ([shown[0]], 1) }
        }
    }

    private func edges(_ edge: Int) -> [Positions] {
        shape.map { $0 > 2 * edge ? Positions($0, first: edge, last: edge) : Positions(all: $0) }
    }

    private func render(_ positions: [Positions]) throws -> [String] {
        var elements: [Element] = []
        try visit(positions, 0, []) { elements.append(reader.element($0)) }
        let format = ElementFormat(elements)
        if shape.count == 1, positions[0].gap == nil { return wrapped(elements, format) }
        return try block(clipped(positions, format), format, [])
    }

    private func visit(_ positions: [Positions], _ axis: Int, _ index: [Int], _ body: ([Int]) -> Void) throws {
        guard axis < positions.count else { return body(index) }
        if axis == positions.count - 1 { try Interrupt.check() }
        for position in positions[axis].shown { try visit(positions, axis + 1, index + [position], body) }
    }

    /// As many columns as fit the width, the others left out in the middle.
    private func clipped(_ positions: [Positions], _ format: ElementFormat) -> [Positions] {
        let last = positions.count - 1, cell = format.width + 2
        let room = width == .max ? .max : width - 2 * shape.count + 2
        let columns = positions[last]
        guard width != .max, columns.shown.count * cell + (columns.gap == nil ? 0 : 5) > room else { return positions }
        let fitting = max(2, (room - 5) / cell), left = (fitting + 1) / 2
        guard fitting < columns.shown.count else { return positions }
        var result = positions
        result[last] = Positions(shape[last], first: left, last: fitting - left)
        return result
    }

    /// A vector over several lines.
    private func wrapped(_ elements: [Element], _ format: ElementFormat) -> [String] {
        let perLine = width == .max ? elements.count : max(1, (width - 2) / (format.width + 2))
        let texts = elements.map(format.text)
        return stride(from: 0, to: texts.count, by: max(1, perLine)).map { start in
            let end = min(start + perLine, texts.count)
            return (start == 0 ? "{" : " ") + texts[start..<end].joined(separator: ", ")
                + (end == texts.count ? "}" : ",")
        }
    }

    private func block(_ positions: [Positions], _ format: ElementFormat, _ index: [Int]) throws -> [String] {
        let axis = index.count, here = positions[axis]
        if axis == positions.count - 1 { return [try row(here, format, index)] }
        var lines: [String] = []
        for (place, position) in here.shown.enumerated() {
            if here.gap == place { lines += ["...,"] }
            if place > 0, axis < positions.count - 2 { lines.append("") }
            var part = try block(positions, format, index + [position])
            let isLast = place == here.shown.count - 1 && here.gap != here.shown.count
            part[part.count - 1] += isLast ? "" : ","
            lines += part
        }
        if here.gap == here.shown.count { lines.append("...") }
        return lines.enumerated().map { place, line in
            line.isEmpty ? "" : (place == 0 ? "{" : " ") + line + (place == lines.count - 1 ? "}" : "")
        }
    }

    private func row(_ columns: Positions, _ format: ElementFormat, _ index: [Int]) throws -> String {
        try Interrupt.check()
        var cells = columns.shown.map { format.text(reader.element(index + [$0])) }
        if let gap = columns.gap { cells.insert("...", at: gap) }
        return "{" + cells.joined(separator: ", ") + "}"
    }
}
