import Kernel

extension Notebook {
    /// Reads Jupyter's JSON, nbformat 4: outputs, counters and what tools noted for themselves are left behind.
    /// - Throws: what is wrong with it, in terms of its cells.
    init(ipynb json: JSON) throws(NotebookError) {
        try self.init(cells: IpynbReader(json).cells())
        let metadata = json["metadata"]?.object ?? []
        let jupytext = json["metadata"]?["jupytext"]
        executable = jupytext?["executable"]?.text.map { "#!" + $0.firstLine }
        encoding = jupytext?["encoding"]?.text?.firstLine
        var lines: [String] = []
        if let first = cells.first, let own = HeaderSource(cell: first) {
            lines = own.lines
            linesAfterHeader = first.linesToNext == 0 && cells.count > 1 ? 0 : 1
            cells.removeFirst()
        }
        if let jupyter = NotebookMetadataFilter(jupytext).jupyter(metadata) {
            lines += HeaderSource(.object([("jupyter", jupyter)])).lines
        }
        guard !lines.isEmpty else { return }
        let source = HeaderSource(lines: lines)
        header = try source.json()
        headerSource = source
    }
}

/// Reads the cells of an ipynb file.
private struct IpynbReader {
    private let json: JSON

    init(_ json: JSON) throws(NotebookError) {
        guard case .object = json, let version = json["nbformat"]?.int else {
            throw NotebookError(line: 0, "not a Jupyter notebook: 'nbformat' is missing")
        }
        guard version == 4 else {
            throw NotebookError(line: 0, "notebooks of nbformat 4 are read, got nbformat \(version)")
        }
        let metadata = json["metadata"]
        let language = metadata?["kernelspec"]?["language"]?.text ?? metadata?["language_info"]?["name"]?.text
        if let language, language.lowercased() != "lua" {
            throw NotebookError(line: 0, "a notebook in Lua expected, got one in \(language)")
        }
        self.json = json
    }

    func cells() throws(NotebookError) -> [Notebook.Cell] {
        guard let list = json["cells"]?.list else { throw NotebookError(line: 0, "a list of 'cells' expected") }
        var cells: [Notebook.Cell] = []
        for (index, cell) in list.enumerated() { cells.append(try self.cell(cell, number: index + 1)) }
        for index in cells.indices where index == cells.count - 1 || cells[index].hasOpenFence {
            cells[index].linesToNext = max(1, index == cells.count - 1 ? 1 : cells[index].linesToNext)
        }
        return cells
    }

    private func cell(_ json: JSON, number: Int) throws(NotebookError) -> Notebook.Cell {
        let type = json["cell_type"]?.text ?? ""
        guard let kind = Notebook.Cell.Kind(rawValue: type) else {
            throw NotebookError(
                line: 0, "cell \(number): the type 'code', 'markdown' or 'raw' expected, got '\(type)'")
        }
        guard let text = json["source"]?.text ?? json["source"]?.list?.compactMap(\.text).joined() else {
            throw NotebookError(line: 0, "cell \(number): 'source' is missing")
        }
        var cell = Notebook.Cell(kind: kind, source: String(decoding: SourceLines.normalised(text), as: UTF8.self))
        readMetadata(json["metadata"]?.object ?? [], &cell)
        if kind == .code { readCode(&cell) } else { cell.source = CellText.guarded(cell.source) }
        cell.metadata.sort { $0.name.isBefore($1.name) }
        return cell
    }

    /// What notebook programs note in cells for themselves.
    private static let ignored: Set<String> = [
        "autoscroll", "collapsed", "scrolled", "trusted", "execution", "ExecuteTime", "skipline", "noskipline",
        "cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker",
    ]

    private func readMetadata(_ fields: [JSON.Field], _ cell: inout Notebook.Cell) {
        if let lines = fields.first(where: { $0.name == "lines_to_next_cell" })?.value.int {
            cell.linesToNext = max(0, min(2, lines))
        }
        for field in fields where !Self.ignored.contains(field.name) && CellMarker.isKey(Array(field.name.utf8)[...]) {
            switch (field.name, field.value) {
            case ("title", .text(let title)) where CellMarker.isPlainTitle(title): cell.title = title
            case ("tags", .list([])): break
            case ("active", .text("")) where cell.kind == .raw: break
            case (CellMarker.unreadable, .text(let text)):
                cell.metadata.append(JSON.Field(field.name, .text(CellMarker.trimmed(text.firstLine))))
            default: cell.metadata.append(field)
            }
        }
    }

    /// Code without empty lines at its end. What only IPython understands becomes a comment, and a comment that would begin
    /// a cell gets a third dash.
    private func readCode(_ cell: inout Notebook.Cell) {
        if let (fields, source) = LanguageCell.commented(cell.source) {
            for field in fields { cell.metadata.set(field.name, field.value) }
            cell.source = source
        }
        // A comment in place of a line can close what the line opened, and show a marker in a line below.
        for _ in 0..<16 {
            let code = Self.code(cell.source)
            if code == cell.source { break }
            cell.source = code
        }
    }

    private static func code(_ text: String) -> String {
        let source = SourceLines(text)
        var lines = source.lines
        for (index, line) in lines.enumerated() where source.places[index] == .outermost {
            if isMagic(line) { lines[index] = "-- " + line }
            if CellMarker(line: lines[index]) != nil, let dashes = lines[index].firstRange(of: "--") {
                lines[index].replaceSubrange(dashes, with: "---")
            }
        }
        while let last = lines.last, NotebookReader.isBlank(last) { lines.removeLast() }
        return lines.joined(separator: "\n")
    }

    /// `%time`, `%%capture`.
    private static func isMagic(_ line: String) -> Bool {
        let text = line.utf8.drop(while: CellMarker.isSpace)
        let rest = text.drop { $0 == UInt8(ascii: "%") }
        guard (1...3).contains(text.count - rest.count), let first = rest.first else { return false }
        return first >= 65 && (97...122).contains(first | 32)
    }
}

extension Notebook.Cell {
    /// Without an empty line after it such a cell would swallow the next one.
    fileprivate var hasOpenFence: Bool { kind != .code && CellText.hasOpenFence(source) }
}

extension HeaderSource {
    /// The header that a first raw cell between fences is; nil when it is another text.
    fileprivate init?(cell: Notebook.Cell) {
        guard cell.kind == .raw else { return nil }
        let lines = CellMarker.trimmed(cell.source).splitLines
        self.init(lines.map(Notebook.Cell.commented), from: 0)
        guard self.lines.count == lines.count - 2, (try? json()) != nil else { return nil }
        firstLine = 0
    }
}

/// Which metadata of an ipynb file belong into the header of a text notebook, by Jupytext's rules.
struct NotebookMetadataFilter {
    /// What is kept without being asked for.
    static let standard: Set<String> = ["jupytext", "kernelspec", "kernel_info", "orphan", "tocdepth"]
    /// A filter that keeps Jupytext from writing its versions.
    static let withoutVersions =
        "-jupytext.text_representation.jupytext_version,-jupytext.text_representation.format_version"
    private let words: [String]

    init(_ jupytext: JSON?) {
        words = (jupytext?["notebook_metadata_filter"]?.text ?? "").split(separator: ",").map {
            CellMarker.trimmed($0)
        }
    }

    /// What stands under `jupyter:`; nil when nothing does.
    func jupyter(_ metadata: [JSON.Field]) -> JSON? {
        if words.contains("-all") { return nil }
        var kept = metadata.filter {
            !words.contains("-" + $0.name)
                && (words.contains("all") || words.contains($0.name) || Self.standard.contains($0.name))
        }
        var jupytext = kept.first { $0.name == "jupytext" }?.value.object ?? []
        jupytext.set("executable", nil)
        jupytext.set("encoding", nil)
        jupytext.set("main_language", nil)
        let isWanted = !words.contains("-jupytext.text_representation") && !words.contains("-jupytext")
        jupytext.set("text_representation", isWanted ? Self.representation : nil)
        kept.set("jupytext", jupytext.isEmpty ? nil : .object(jupytext))
        if kept.isEmpty { return nil }
        return .object(kept).sorted
    }

    private static let representation = JSON.object([
        ("extension", .text(".lua")), ("format_name", .text("percent")),
    ])
}

extension String {
    fileprivate var firstLine: String { splitLines[0] }
}
