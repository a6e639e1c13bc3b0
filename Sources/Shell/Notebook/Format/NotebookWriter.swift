import Kernel

extension Notebook {
    /// The file in canonical form: `-- %%` markers at the line's begin with sorted keys, one empty line between cells
    /// unless a cell says otherwise, one line end at the end. Reading it gives the same cells, writing those the same text.
    var text: String {
        var lines: [String] = []
        if let executable { lines.append(executable) }
        if let encoding { lines.append(encoding) }
        let header = headerLines
        lines += header
        if !header.isEmpty, !cells.isEmpty { lines += empty(linesAfterHeader) }
        for (index, cell) in cells.enumerated() {
            lines += cell.lines
            if index < cells.count - 1 { lines += empty(cell.linesToNext) }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private func empty(_ count: Int) -> [String] { Array(repeating: "", count: max(0, min(2, count))) }

    /// With the fences and comment marks; none without a header.
    private var headerLines: [String] {
        guard let header else { return [] }
        return (["---"] + headerLinesToWrite(of: header).lines + ["---"]).map(Cell.commented)
    }

    /// The lines as they were read, if they still say what the header says.
    func headerLinesToWrite(of header: JSON) -> HeaderSource {
        if let headerSource, (try? headerSource.json()) == header { return headerSource }
        return HeaderSource(header)
    }
}

extension Notebook.Cell {
    /// The marker and the text of the cell as the lines of a file.
    var lines: [String] {
        let marker = CellMarker(kind: kind, title: title, metadata: metadata).line
        if kind == .code, source.isEmpty { return [marker] }
        let text = kind == .code ? source : CellText.guarded(source)
        return [marker] + (kind == .code ? text.splitLines : text.splitLines.map(Self.commented))
    }

    static func commented(_ line: String) -> String { line.isEmpty ? "--" : "-- " + line }
}
