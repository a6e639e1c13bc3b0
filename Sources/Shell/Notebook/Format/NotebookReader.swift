import Kernel

extension Notebook {
    /// Reads a Lua file.
    /// - Throws: what is wrong with its header. Cells have no errors: what is no cell marker is text of a cell.
    init(parsing text: String) throws(NotebookError) {
        let reader = NotebookReader(text)
        if let error = reader.headerError { throw error }
        self = reader.notebook
    }

    /// Whether a text says that it is a notebook: by a header with `assay:`, or by a cell marker.
    static func isNotebook(_ text: String) -> Bool {
        let reader = NotebookReader(text)
        return reader.hasMarkers || reader.notebook.header?["assay"] != nil
    }
}

/// Reads the lines of a Lua file into a notebook, with what a check of the file wants to know besides.
struct NotebookReader {
    private(set) var notebook = Notebook(cells: [])
    /// What is wrong with the header; the notebook has none then.
    private(set) var headerError: NotebookError?
    /// Whether any line begins a cell.
    private(set) var hasMarkers = false
    /// Lines that look like cell markers and are none, from 0, with where they stand.
    private(set) var hiddenMarkers: [(line: Int, place: SourceLines.Place)] = []
    /// For each cell the line of its marker, from 0; nil for a cell without one.
    private(set) var markerLines: [Int?] = []
    let source: SourceLines
    private var position = 0
    private var fences = FencedBlocks()

    init(_ text: String) {
        source = SourceLines(text)
        readFirstLines()
        readHeader()
        readCells()
    }

    private var lines: [String] { source.lines }

    private mutating func readFirstLines() {
        if let first = lines.first, first.hasPrefix("#") {
            notebook.executable = first
            position = 1
        }
        if lines.indices.contains(position), Self.isEncoding(lines[position]) {
            notebook.encoding = lines[position]
            position += 1
        }
    }

    /// `-- -*- coding: utf-8 -*-` and the like: `coding`, `:` or `=`, `utf-8`.
    private static func isEncoding(_ line: String) -> Bool {
        guard line.hasPrefix("--"), CellMarker(line: line) == nil,
            let range = line.firstRange(of: "coding:") ?? line.firstRange(of: "coding=")
        else { return false }
        let name = line[range.upperBound...].drop { $0 == " " || $0 == "\t" }
            .prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".") }
        return name.lowercased() == "utf-8"
    }

    private mutating func readHeader() {
        guard let source = HeaderSource(lines, from: position) else { return }
        position += source.lines.count + 2
        do {
            notebook.header = try source.json()
            notebook.headerSource = source
        } catch {
            headerError = error
        }
        let blank = lines[position...].prefix(while: Self.isBlank).count
        notebook.linesAfterHeader = blank == 0 && position < lines.count ? 0 : 1
    }

    static func isBlank(_ line: String) -> Bool { line.utf8.allSatisfy(CellMarker.isSpace) }
}

// MARK: - Cells

extension NotebookReader {
    private mutating func readCells() {
        position += lines[position...].prefix(while: Self.isBlank).count
        while position < lines.count {
            let marker = source.places[position] == .outermost ? CellMarker(line: lines[position]) : nil
            markerLines.append(marker == nil ? nil : position)
            hasMarkers = hasMarkers || marker != nil
            let start = marker == nil ? position : position + 1
            let end = end(of: marker?.kind ?? .code, from: start)
            addCell(marker ?? CellMarker(), start, end)
            position = end
        }
    }

    /// The line of the next marker.
    private mutating func end(of kind: Notebook.Cell.Kind, from start: Int) -> Int {
        var line = start
        while line < lines.count {
            if kind != .code, let end = fenceEnd(from: line) { line = end }
            if CellMarker(line: lines[line]) != nil {
                if source.places[line] == .outermost { return line }
                hiddenMarkers.append((line, source.places[line]))
            }
            line += 1
        }
        return line
    }

    /// The last line of the fenced block that begins in a line of text. A marker after an empty line ends it, so that a
    /// fence that is never closed does not swallow other cells.
    private mutating func fenceEnd(from start: Int) -> Int? {
        fences.end(from: start) { [source] line in
            guard line < source.lines.count else { return nil }
            let isNextCell =
                Self.isBlank(source.lines[line - 1]) && source.places[line] == .outermost
                && CellMarker(line: source.lines[line]) != nil
            return isNextCell ? nil : Self.comment(source.lines[line]) ?? source.lines[line]
        }
    }

    private mutating func addCell(_ marker: CellMarker, _ start: Int, _ end: Int) {
        let trailing = lines[start..<end].reversed().prefix(while: Self.isBlank).count
        let content = lines[start..<(end - trailing)]
        var cell = Notebook.Cell(
            kind: marker.kind, title: marker.title, metadata: marker.metadata, source: "", line: start + 1)
        // Jupytext takes all but one of more than two empty lines for text of the cell.
        cell.linesToNext = end == lines.count || trailing > 2 ? 1 : trailing
        cell.source =
            marker.kind == .code
            ? content.joined(separator: "\n")
            : CellText.guarded(content.map { Self.comment($0) ?? $0 }.joined(separator: "\n"))
        notebook.cells.append(cell)
    }

    /// A line of text without its comment mark; nil when it is no comment.
    static func comment(_ line: String) -> String? {
        let bytes = line.utf8  // a combining mark after the space would make one character of both
        if bytes.starts(with: "-- ".utf8) { return String(Substring(bytes.dropFirst(3))) }
        return bytes.starts(with: "--".utf8) ? String(Substring(bytes.dropFirst(2))) : nil
    }
}
