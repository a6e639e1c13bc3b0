import Kernel

extension Notebook {
    /// The notebook as Jupyter's JSON, nbformat 4.5, as Jupytext would make it, except that cells have stable ids.
    ///
    /// - Parameter outputs: for each cell in order its outputs as nbformat has them; cells beyond the list have none.
    func ipynb(outputs: [[JSON]] = []) -> JSON {
        var ids = CellIdentifiers()
        var list: [JSON] = []
        if let cell = headerCell {
            list.append(Self.ipynb(cell, id: ids.make("header", cell, position: 0), outputs: []))
        }
        for (index, cell) in cells.enumerated() {
            let id = ids.make(cell.name, cell, position: index + 1)
            list.append(Self.ipynb(cell, id: id, outputs: outputs.indices.contains(index) ? outputs[index] : []))
        }
        return .object([
            ("cells", .list(list)), ("metadata", ipynbMetadata), ("nbformat", .int(4)), ("nbformat_minor", .int(5)),
        ])
    }

    /// The file of `ipynb(outputs:)`, as nbformat writes it: sorted keys, indented by one space.
    func ipynbText(outputs: [[JSON]] = []) -> String { ipynb(outputs: outputs).sorted.nbformatText + "\n" }

    /// Header keys outside `jupyter:` are a raw cell between fences.
    private var headerCell: Cell? {
        guard let header else { return nil }
        let own = headerLinesToWrite(of: header).parts.own
        guard own.contains(where: { !NotebookReader.isBlank($0) }) else { return nil }
        var cell = Cell(kind: .raw, source: (["---"] + own + ["---"]).joined(separator: "\n"))
        cell.linesToNext = cells.isEmpty ? 0 : linesAfterHeader
        return cell
    }

    private var ipynbMetadata: JSON {
        var fields = header?["jupyter"]?.object ?? []
        var jupytext = fields.first { $0.name == "jupytext" }?.value.object ?? []
        jupytext.removeAll { $0.name == "text_representation" }
        if let executable { jupytext.set("executable", .text(String(executable.dropFirst(2)))) }
        if let encoding { jupytext.set("encoding", .text(encoding)) }
        if header?["jupyter"] == nil { jupytext.set("notebook_metadata_filter", .text("-all")) }
        let extra = fields.map(\.name).filter { !NotebookMetadataFilter.standard.contains($0) }
        if !extra.isEmpty { addFilter(of: extra, to: &jupytext) }
        fields.set("jupytext", jupytext.isEmpty ? nil : .object(jupytext))
        if !fields.contains(where: { $0.name == "kernelspec" }) { fields.append(JSON.Field("kernelspec", Self.kernel)) }
        return .object(fields)
    }

    private func addFilter(of names: [String], to jupytext: inout [JSON.Field]) {
        let old = jupytext.first { $0.name == "notebook_metadata_filter" }?.value.text ?? ""
        let words = old.split(separator: ",").map(String.init)
        if words.contains("all") || words.contains("-all") { return }
        let new = names.filter { !words.contains($0) && !words.contains("-" + $0) }
        jupytext.set("notebook_metadata_filter", .text((words + new).joined(separator: ",")))
    }

    /// What a notebook client starts for the file.
    static let kernel = JSON.object([
        ("display_name", .text("Lua (assay)")), ("language", .text("lua")), ("name", .text("assay")),
    ])

    private static func ipynb(_ cell: Cell, id: String, outputs: [JSON]) -> JSON {
        var metadata = cell.metadata
        if !cell.title.isEmpty { metadata.set("title", .text(cell.title)) }
        if cell.linesToNext != 1 { metadata.set("lines_to_next_cell", .int(cell.linesToNext)) }
        let source = LanguageCell.uncommented(cell, &metadata) ?? cell.source
        var fields: [(String, JSON)] = [
            ("cell_type", .text(cell.kind.rawValue)), ("id", .text(id)), ("metadata", .object(metadata)),
            ("source", .list(source.linesWithEnds.map(JSON.text))),
        ]
        if cell.kind == .code { fields += [("execution_count", .null), ("outputs", .list(outputs))] }
        return .object(fields)
    }
}

/// Names for cells that stay the same as long as the cells do: letters, digits, `-` and `_`, at most 64.
private struct CellIdentifiers {
    private var used: Set<String> = []

    mutating func make(_ name: String?, _ cell: Notebook.Cell, position: Int) -> String {
        if let name, isIdentifier(name), used.insert(name).inserted { return name }
        var salt = 0
        while true {
            let text = "\(position) \(salt) \(cell.kind.rawValue)\n\(cell.source)"
            let id = "cell-" + ((try? Digest.of(text)) ?? "\(position)-\(salt)").prefix(12)
            if used.insert(id).inserted { return id }
            salt += 1
        }
    }

    private func isIdentifier(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy {
                (48...57).contains($0) || ($0 >= 65 && (97...122).contains($0 | 32)) || $0 == 45 || $0 == 95
            }
    }
}

/// A cell of another language, which is a comment for Lua: `-- %% language="bash"` with a commented body, and `%%bash` as
/// its first line in Jupyter.
enum LanguageCell {
    /// The languages that Jupytext knows as cell magics.
    static let names: Set<String> = [
        "R", "bash", "sh", "python", "python2", "python3", "javascript", "js", "perl", "html", "latex", "markdown",
        "ruby",
        "script", "svg", "sql", "cython", "gnuplot", "julia", "octave", "matlab",
    ]

    /// The body as Jupyter has it; the keys that say so leave the metadata. Nil for a cell of Lua.
    static func uncommented(_ cell: Notebook.Cell, _ metadata: inout [JSON.Field]) -> String? {
        guard let name = commentedName(cell) else { return nil }
        let body = cell.source.isEmpty ? [] : cell.source.splitLines.compactMap(NotebookReader.comment)
        let arguments = cell["magic_args"]?.text
        metadata.set("language", nil)
        metadata.set("magic_args", nil)
        return (["%%" + name + (arguments.map { " " + $0 } ?? "")] + body).joined(separator: "\n")
    }

    /// The other language of a cell that is all comments for Lua.
    static func commentedName(_ cell: Notebook.Cell) -> String? {
        guard cell.kind == .code, let name = cell["language"]?.text, names.contains(name) else { return nil }
        return cell.source.isEmpty || cell.source.splitLines.allSatisfy { NotebookReader.comment($0) != nil }
            ? name : nil
    }

    /// The keys and the body of a cell whose first line is `%%bash arguments`; nil for others.
    static func commented(_ source: String) -> (fields: [JSON.Field], source: String)? {
        let lines = source.splitLines
        guard let first = lines.first, first.utf8.starts(with: "%%".utf8) else { return nil }
        let words = first.utf8.dropFirst(2).split(separator: 32, maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = words.first.map({ String(Substring($0)) }), names.contains(name) else { return nil }
        var fields = [JSON.Field("language", .text(name))]
        if words.count == 2, !words[1].isEmpty {
            fields.append(JSON.Field("magic_args", .text(String(Substring(words[1])))))
        }
        let body = lines.dropFirst().map { Notebook.Cell.commented(CellText.escapedMarker($0)) }
        return (fields, body.joined(separator: "\n"))
    }
}

extension String {
    /// Its lines; the empty text has one, which is empty.
    var splitLines: [String] {
        utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(Substring($0)) }
    }

    /// Its lines with their ends; none for the empty text.
    var linesWithEnds: [String] {
        var lines = splitLines
        for index in lines.indices.dropLast() { lines[index] += "\n" }
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}

extension [JSON.Field] {
    /// Gives a field another value, appends it, or with nil removes it.
    mutating func set(_ name: String, _ value: JSON?) {
        guard let value else { return removeAll { $0.name == name } }
        if let place = firstIndex(where: { $0.name == name }) {
            self[place].value = value
        } else {
            append(JSON.Field(name, value))
        }
    }
}
