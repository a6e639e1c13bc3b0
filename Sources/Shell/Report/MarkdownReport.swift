import Bindings
import Kernel

/// A notebook as Markdown with its pictures in files beside it.
struct MarkdownReport {
    let report: NotebookReport
    /// The folder of the pictures, relative to the text.
    let folder: String
    /// The pictures: names without the folder.
    private(set) var files: [(name: String, bytes: [UInt8])] = []
    private(set) var text = ""
    private var outline = PageOutline()
    private let topHeading: Int?

    private static let mostLines = 200, mostRows = 200

    init(_ report: NotebookReport, folder: String) {
        (self.report, self.folder, topHeading) = (report, folder, report.topHeading)
        var parts = ["# \(Self.escaped(visibleLine(report.title)))", notices]
        for cell in report.cells { parts += self.parts(of: cell) }
        parts += ends
        text = parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
    }

    private mutating func parts(of cell: NotebookReport.Cell) -> [String] {
        switch cell.cell.kind {
        case .raw: return [Self.fenced(visibleText(cell.cell.source), "")]
        case .markdown:
            let written = UntrustedMarkdown.commonMark(
                cell.cell.source, outline: outline, top: topHeading ?? 1, withoutTitle: report.droppedTitle(in: cell))
            outline = written.outline
            // Not the spaces before the first line: they may be what makes it code.
            return [String(written.text.reversed().drop(while: \.isNewline).reversed())]
        case .code:
            let code = Self.fenced(visibleText(cell.cell.source), "lua")
            return [code, cell.isParameters ? parameters : ""] + warnings(of: cell) + [stale(cell)] + outputs(of: cell)
        }
    }

    private var notices: String {
        guard report.record != nil else { return "> This notebook has not been run: its source alone is shown." }
        var notices: [String] = []
        if let failed = report.cells.first(where: { $0.record?.status == .failed }) {
            notices.append("> **The run stopped with an error in \(Self.escaped(visibleLine(failed.label))).**")
        }
        if report.cells.contains(where: \.isStale) {
            notices.append("> **The source has changed since this run.**")
        }
        return notices.joined(separator: "\n>\n")
    }

    private func stale(_ cell: NotebookReport.Cell) -> String {
        guard cell.isStale else { return "" }
        return cell.freshness == .changed
            ? "> **Stale:** the code above has changed since it ran."
            : "> **Perhaps stale:** an earlier cell has changed since this one ran."
    }

    private func warnings(of cell: NotebookReport.Cell) -> [String] {
        (cell.record?.warnings ?? []).map { "> **Warning** \(Self.escaped(visibleLine($0, columns: 1000)))" }
    }
}

// MARK: - outputs

extension MarkdownReport {
    private mutating func outputs(of cell: NotebookReport.Cell) -> [String] {
        var parts: [String] = []
        for output in RunRecord.merged(cell.record?.outputs ?? []) {
            switch output {
            case .stream(_, let text), .error(let text, _): parts.append(block(text))
            case .value(let value): parts += shown(value, cell)
            }
        }
        return parts
    }

    private mutating func shown(_ value: RunRecord.ShownValue, _ cell: NotebookReport.Cell) -> [String] {
        for (type, ending) in [("image/svg+xml", "svg"), ("image/png", "png")] {
            var links: [String] = []
            for medium in value.media where medium.type == type {
                guard let bytes = report.blob(medium), let picture = RecordedPicture(type, bytes),
                    !picture.isDrawing || RecordedPicture.isInert(bytes)
                else { continue }
                let name = "\(cell.number)-\(Self.fileName(cell.label))-\(count(cell) + 1).\(ending)"
                files.append((name, bytes))
                let alt = Self.escaped(visibleLine(altText(value, cell), columns: 240))
                links.append("![\(alt)](\(Self.address(folder + "/" + name)))")
            }
            if !links.isEmpty { return links }
        }
        return [value.table.flatMap(DataTable.init).map(table) ?? block(value.text)]
    }

    private func count(_ cell: NotebookReport.Cell) -> Int { files.count { $0.name.hasPrefix("\(cell.number)-") } }

    private func block(_ text: String) -> String {
        let shown = visibleStream(text), lines = shown.split(separator: "\n", omittingEmptySubsequences: false)
        let ended = lines.last == "" ? lines.dropLast() : lines[...]
        let left = ended.count - Self.mostLines
        let end = left > 0 ? "\n… (\(left) more lines are in the record)" : ""
        return Self.fenced(ended.prefix(Self.mostLines).joined(separator: "\n") + end, "text")
    }

    private func table(_ table: DataTable) -> String {
        let left = table.rows.count - Self.mostRows
        let text = Self.table(
            table.columns.map { ($0.name, $0.isNumeric) }, table.rows.prefix(Self.mostRows).map { $0 })
        let end = left > 0 ? ["… (\(left) more rows are in the record)"] : []
        let (title, note) = (Self.escaped(visibleLine(table.title)), Self.escaped(visibleLine(table.note)))
        return ((title.isEmpty ? [] : ["**\(title)**"]) + [text] + end + (note.isEmpty ? [] : [note]))
            .joined(separator: "\n\n")
    }
}

// MARK: - the end

extension MarkdownReport {
    private var parameters: String {
        guard let fields = report.record?.stable.parameters, !fields.isEmpty else { return "" }
        return Self.table(
            [("parameter", false), ("value", fields.allSatisfy { $0.value.double != nil })],
            fields.map { [$0.name, $0.value.text ?? $0.value.description] })
    }

    private var ends: [String] {
        guard let record = report.record else { return [] }
        let warnings = report.warnings.map { item in
            "- \(Self.escaped(visibleLine(item.text, columns: 1000))) (in \(Self.escaped(visibleLine(item.cell.label))))"
        }
        return (warnings.isEmpty ? [] : ["## Warnings", warnings.joined(separator: "\n")])
            + ["## Receipt", receipt(record), inputs(record), cells]
            + (report.cells.contains { $0.isParameters } ? [] : [parameters])
    }

    private func receipt(_ record: RunRecord) -> String {
        let stable = record.stable
        var rows = [
            ["notebook", stable.notebook.path + (report.isSameFile ? "" : " (the file has changed since)")],
            ["SHA-256", stable.notebook.sha256], ["root of all cells", stable.root], ["seed", "\(stable.rootSeed)"],
        ]
        rows += leaves(stable.program).map { [$0.name, $0.text] }
        rows += leaves(stable.permissions).map { ["permissions: " + $0.name, $0.text] }
        return Self.table([("the run", false), ("", false)], rows)
    }

    private func inputs(_ record: RunRecord) -> String {
        let rows = record.stable.inputs.map { [$0.path, "\($0.bytes)", $0.sha256] }
        return rows.isEmpty ? "" : Self.table([("file", false), ("bytes", true), ("SHA-256", false)], rows)
    }

    private var cells: String {
        let rows = report.cells.filter { $0.cell.kind == .code }.map { cell -> [String] in
            guard let record = cell.record else { return [cell.label, "not in the record"] }
            let changed = cell.freshness == .changed ? " (changed since)" : ""
            return [
                cell.label, record.status.rawValue + changed, record.expect, "\(record.seed)",
                String(record.codeDigest.prefix(16)), String(record.outputDigest.prefix(16)),
            ]
        }
        let columns = ["cell", "status", "compared", "seed", "code", "outputs"].map { ($0, $0 == "seed") }
        return rows.isEmpty ? "" : Self.table(columns, rows)
    }
}

// MARK: - Markdown's own marks

extension MarkdownReport {
    /// Words of a stranger on one line, with all that Markdown or HTML could read as markup escaped. The colon of an
    /// address is too, since GitHub makes links of addresses.
    static func escaped(_ text: String) -> String {
        let hasAddress = text.contains("://") || text.contains("www.")
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n", "\t": out.append(" ")
            case "\\", "`", "*", "_", "[", "]", "<", ">", "&", "#", "|", "~", "$", "!", "@":
                out.append(contentsOf: ["\\", scalar])
            case ":" where hasAddress, "." where hasAddress: out.append(contentsOf: ["\\", scalar])
            default: out.append(scalar)
            }
        }
        return String(out)
    }

    /// Text between fences that are longer than any in it.
    static func fenced(_ text: String, _ language: String) -> String {
        var longest = 0, run = 0
        for byte in text.utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: max(3, longest + 1))
        return "\(fence)\(language)\n\(text)\n\(fence)"
    }

    static func table(_ columns: [(name: String, isNumeric: Bool)], _ rows: [[String]]) -> String {
        func line(_ cells: [String]) -> String {
            "| "
                + columns.indices.map {
                    $0 < cells.count ? escaped(visibleLine(cells[$0].replacing("\n", with: " · "), columns: 4000)) : ""
                }
                .joined(separator: " | ") + " |"
        }
        let rule = "| " + columns.map { $0.isNumeric ? "---:" : "---" }.joined(separator: " | ") + " |"
        return ([line(columns.map(\.name)), rule] + rows.map(line)).joined(separator: "\n")
    }

    /// A path as the target of a link (RFC 3986).
    static func address(_ path: String) -> String {
        path.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            if isPlain || "-._~/".utf8.contains(byte) { return String(Unicode.Scalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }

    /// Letters, digits and hyphens of a name.
    static func fileName(_ name: String) -> String {
        let kept = Markdown.anchor(name).unicodeScalars.filter { $0.isASCII }.prefix(40)
        return kept.isEmpty ? "cell" : String(String.UnicodeScalarView(kept))
    }
}
