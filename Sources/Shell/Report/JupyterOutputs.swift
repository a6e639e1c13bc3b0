import Kernel

/// The outputs of a cell in Jupyter's form (nbformat 4.5). They are there only where the record belongs to the very code
/// of the cell.
struct JupyterOutputs {
    let report: NotebookReport

    /// The outputs of a code cell, in order.
    func outputs(of cell: NotebookReport.Cell) -> [JSON] {
        guard let record = cell.record, cell.freshness == .fresh || cell.freshness == .afterChange else { return [] }
        return RunRecord.merged(record.outputs).map { output in
            switch output {
            case .stream(let isError, let text):
                .object([
                    ("name", .text(isError ? "stderr" : "stdout")), ("output_type", .text("stream")),
                    ("text", Self.lines(visibleStream(text))),
                ])
            case .error(let text, let message):
                .object([
                    ("ename", .text("LuaError")), ("evalue", .text(visibleLine(message, columns: 2000))),
                    ("output_type", .text("error")),
                    ("traceback", .list(visibleStream(text).split(separator: "\n").map { .text(String($0)) })),
                ])
            case .value(let value):
                .object([
                    ("data", .object(data(value, cell))), ("metadata", .object([JSON.Field]())),
                    ("output_type", .text("display_data")),
                ])
            }
        }
    }

    /// Every form of a value that Jupyter knows; text is always one.
    private func data(_ value: RunRecord.ShownValue, _ cell: NotebookReport.Cell) -> [JSON.Field] {
        var fields: [JSON.Field] = []
        for medium in value.media where !fields.contains(where: { $0.name == medium.type }) {
            guard let bytes = report.blob(medium), let picture = RecordedPicture(medium.type, bytes) else { continue }
            if !picture.isDrawing {
                fields.append(.init(medium.type, .text(String(decoding: base64(bytes), as: UTF8.self))))
            } else if RecordedPicture.isInert(bytes) {
                fields.append(.init(medium.type, Self.lines(String(decoding: bytes, as: UTF8.self))))
            }
        }
        if let table = value.table.flatMap(DataTable.init) {
            fields.append(.init("text/html", Self.lines(Self.html(table))))
        }
        fields.append(.init("text/plain", Self.lines(visibleStream(value.text))))
        return fields
    }

    /// A text as Jupyter writes it: a list of lines with their ends.
    static func lines(_ text: String) -> JSON {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0 + "\n" }
        guard let last = lines.popLast() else { return .list([]) }
        if last.utf8.count > 1 { lines.append(last.dropLast() + "") }
        return .list(lines.map { .text(String($0)) })
    }

    private static func html(_ table: DataTable) -> String {
        func line(_ tag: String, _ cells: [String]) -> String {
            let cells = zip(table.columns, cells).map { column, text in
                let side = column.isNumeric ? "right" : "left"
                return "<\(tag) style=\"text-align: \(side)\">\(escapedHTML(visibleLine(text, columns: 1000)))</\(tag)>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        let body = table.rows.prefix(2000).map { line("td", $0) }
        let left = table.rows.count - body.count
        return
            (["<table>", "<thead>", line("th", table.columns.map(\.name)), "</thead>", "<tbody>"] + body
            + ["</tbody>", "</table>"] + (left > 0 ? ["<p>\(left) more rows are in the record.</p>"] : []))
            .joined(separator: "\n")
    }
}
