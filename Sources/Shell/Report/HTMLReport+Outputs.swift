import Kernel

extension HTMLReport {
    /// What of an output is shown at once, what behind a fold, and what not at all.
    private static let openLines = 30, mostLines = 4000, mostBytes = 1 << 19
    private static let openRows = 30, mostRows = 2000, mostColumns = 200
    private static let mostPictureBytes = 16 << 20

    /// Everything that a cell put out, in order.
    func outputs(of cell: NotebookReport.Cell) -> String {
        guard let record = cell.record, !record.outputs.isEmpty else { return "" }
        return "<div class=\"out\(cell.isStale ? " old" : "")\">\n"
            + RunRecord.merged(record.outputs).map { output($0, cell) }.joined() + "</div>\n"
    }

    private func output(_ output: RunRecord.Output, _ cell: NotebookReport.Cell) -> String {
        switch output {
        case .stream(let isError, let text):
            return block(visibleStream(text), isError ? "stream err" : "stream", isError ? "Standard error" : "Output")
        case .error(let text, _): return block(visibleStream(text), "stream bad", "Error")
        case .value(let value): return shown(value, cell)
        }
    }

    /// The best form that a page can show: a picture, a table, or the text.
    private func shown(_ value: RunRecord.ShownValue, _ cell: NotebookReport.Cell) -> String {
        var lost: [String] = []
        for type in ["image/svg+xml", "image/png"] {
            let media = value.media.filter { $0.type == type }
            let figures = media.compactMap { figure($0, value, cell) }
            if !figures.isEmpty { return figures.joined() }
            lost += media.map { "<p class=\"lost\">\(lostText($0))</p>\n" }
        }
        let body = value.table.flatMap(DataTable.init).map(table)
        return lost.joined() + (body ?? block(visibleStream(value.text), "value", "Value"))
    }

    private func lostText(_ medium: RunRecord.Medium) -> String {
        let what =
            "A picture (\(escaped(medium.type)), \(byteText(medium.bytes)), <code>"
            + "\(escaped(String(medium.sha256.prefix(16))))</code>) "
        return what
            + (medium.bytes > Self.mostPictureBytes
                ? "is too large for this page."
                : "belongs here, and its file is missing or not the one that was recorded.")
    }
}

// MARK: - text

extension HTMLReport {
    /// Text as it was written; what is long folds, what is very long stays in the record.
    private func block(_ text: String, _ kind: String, _ label: String) -> String {
        let ended = text.hasSuffix("\n") ? String(text.dropLast()) : text
        let all = ended.split(separator: "\n", omittingEmptySubsequences: false)
        let lines = all.prefix(Self.mostLines)
        func pre(_ lines: some Collection<Substring>, _ more: String = "") -> String {
            let text = Self.cut(lines.joined(separator: "\n"), Self.mostBytes)
            let left = text.isCut ? "\n… (the rest is in the record)" : ""
            return "<pre class=\"\(kind)\(more)\" tabindex=\"0\" role=\"group\" aria-label=\"\(label)\">"
                + "\(escapedHTML(text.text))\(left)</pre>\n"
        }
        guard lines.count > Self.openLines + 10 else { return pre(lines) }
        let missing = all.count - lines.count
        let end = missing > 0 ? "<p class=\"lost\">\(missing) more lines are in the record.</p>\n" : ""
        return pre(lines.prefix(Self.openLines), " cut")
            + "<details class=\"more\"><summary>\(lines.count - Self.openLines) more lines</summary>\n"
            + pre(lines.dropFirst(Self.openLines)) + end + "</details>\n"
    }

    /// The text up to so many bytes, at a scalar's border.
    static func cut(_ text: String, _ bytes: Int) -> (text: String, isCut: Bool) {
        guard text.utf8.count > bytes else { return (text, false) }
        var end = text.utf8.index(text.utf8.startIndex, offsetBy: bytes)
        while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return (String(text.unicodeScalars[..<end]), true)
    }
}

// MARK: - tables

extension HTMLReport {
    private func table(_ table: DataTable) -> String {
        let isLong = table.rows.count > Self.openRows + 10
        let open = isLong ? table.rows.prefix(Self.openRows) : table.rows[...]
        let note =
            table.note.isEmpty ? "" : "<p class=\"lost\">\(escaped(visibleLine(table.note, columns: 2000)))</p>\n"
        let shown = grid(table, open, table.title)
        guard isLong else { return shown + note }
        let more = table.rows.dropFirst(Self.openRows).prefix(Self.mostRows)
        let missing = table.rows.count - Self.openRows - more.count
        let end = missing > 0 ? "<p class=\"lost\">\(missing) more rows are in the record.</p>\n" : ""
        return shown + "<details class=\"more\"><summary>\(more.count) more rows</summary>\n" + grid(table, more, "")
            + end
            + "</details>\n" + note
    }

    private func grid(_ table: DataTable, _ rows: ArraySlice<[String]>, _ title: String) -> String {
        let columns = table.columns.prefix(Self.mostColumns)
        let head = columns.map { "<th scope=\"col\"\(side($0))>\(escaped(visibleLine($0.name)))</th>" }.joined()
        let body = rows.map { row in
            let cells = zip(columns, row).enumerated().map { place, cell in
                let text = escapedHTML(visibleLines(cell.1))
                return table.isListing && place == 0
                    ? "<th scope=\"row\">\(text)</th>" : "<td\(side(cell.0))>\(text)</td>"
            }
            return "<tr>\(cells.joined())</tr>\n"
        }.joined()
        let whole = (table.isListing ? "" : "<thead><tr>\(head)</tr></thead>\n") + "<tbody>\n\(body)</tbody>"
        return captioned(title, "<table\(table.isListing ? " class=\"facts\"" : "")>\n\(whole)</table>")
    }

    /// What begins a part that scrolls on its own, with the keyboard too.
    static let scroll = "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Table\">"

    /// A table that scrolls on its own where it is too wide, under its title.
    func captioned(_ title: String, _ table: String) -> String {
        let body = "\(Self.scroll)\(table)</div>\n"
        if title.isEmpty { return body }
        return "<figure class=\"table\">\n<figcaption>\(escaped(visibleLine(title)))</figcaption>\n\(body)</figure>\n"
    }

    private func side(_ column: DataTable.Column) -> String { column.isNumeric ? " class=\"n\"" : "" }
}

// MARK: - pictures

extension HTMLReport {
    /// A picture inside the page; nil when its bytes are not to be had.
    private func figure(
        _ medium: RunRecord.Medium, _ value: RunRecord.ShownValue, _ cell: NotebookReport.Cell
    ) -> String? {
        guard medium.bytes <= Self.mostPictureBytes, let bytes = report.blob(medium),
            let picture = RecordedPicture(medium.type, bytes)
        else { return nil }
        let size = picture.shownSize.map { " width=\"\($0.width)\" height=\"\($0.height)\"" } ?? ""
        let alt = escaped(visibleLine(altText(value, cell), columns: 240))
        return "<figure><img class=\"\(picture.isDrawing ? "drawing" : "pixels")\"\(size) alt=\"\(alt)\" "
            + "src=\"data:\(picture.type);base64,\(String(decoding: base64(bytes), as: UTF8.self))\"></figure>\n"
    }
}

/// What to say of a picture to someone who does not see it.
func altText(_ value: RunRecord.ShownValue, _ cell: NotebookReport.Cell) -> String {
    let title = value.value["title"]?.text ?? ""
    if !title.isEmpty { return title }
    let isDrawn: (Unicode.Scalar) -> Bool = { (0x2500...0x28FF).contains($0.value) }
    let words = value.text.split(separator: "\n").map { trimmed(visibleStream(String($0))) }
        .first { !$0.isEmpty && !$0.unicodeScalars.contains(where: isDrawn) }
    return words ?? "\(value.value["type"]?.text ?? "Picture") of the cell \(cell.label)"
}
