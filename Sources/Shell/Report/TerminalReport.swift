import Bindings
import Kernel

/// A notebook on a terminal: what it is, what it asks for, its cells and the outputs that were recorded. Nothing of it
/// runs, and nothing in it reaches the terminal but letters.
struct TerminalReport {
    let report: NotebookReport
    var isStyled = false
    var width = 80
    /// Breaks lines of text that are longer than the terminal is wide.
    var breaksLines = false
    /// Shows long outputs whole.
    var isFull = false

    private static let openLines = 20

    var text: String {
        let parts = [head] + report.cells.map(cell)
        return parts.joined(separator: "\n\n") + "\n"
    }

    private func styled(_ text: String, _ style: TextStyle) -> String {
        isStyled && !text.isEmpty ? style.sequence + text + TextStyle.plain.sequence : text
    }
}

// MARK: - the head

extension TerminalReport {
    private var head: String {
        var lines = [styled(visibleLine(report.title), .strong)]
        let counts = [(Notebook.Cell.Kind.code, "code"), (.markdown, "markdown"), (.raw, "raw")].compactMap {
            kind, name in
            let count = report.cells.count { $0.cell.kind == kind }
            return count > 0 ? "\(count) \(name)" : nil
        }
        lines.append(styled("\(visibleLine(report.file)), cells: \(counts.joined(separator: ", "))", .dim))
        if let encoding = report.notebook.encoding { lines.append(row("encoding", encoding)) }
        lines += permissions + run
        return lines.joined(separator: "\n")
    }

    private var permissions: [String] {
        guard let asked = report.permissions else { return [row("permissions", "none asked for")] }
        let rows = leaves(asked)
        return rows.isEmpty
            ? [row("permissions", "none asked for")] : rows.map { row("permissions", "\($0.name): \($0.text)") }
    }

    private var run: [String] {
        guard let record = report.record else { return [row("record", "none: the outputs are not known")] }
        let when = "\(dateText(record.volatile.started)), took \(timeText(record.volatile.seconds))"
        let state =
            report.isSameFile
            ? "of this very file"
            : report.cells.contains(where: \.isStale)
                ? "of an older version of this file"
                : "of this code; the file has changed elsewhere"
        let warnings = report.warnings.count
        return [row("record", "\(when), \(state)"), row("root", record.stable.root)]
            + (warnings > 0 ? [row("warnings", "\(warnings), shown at their cells")] : [])
    }

    private func row(_ name: String, _ text: String) -> String {
        let label = name + String(repeating: " ", count: max(1, 13 - name.count))
        return styled(label, .dim) + visibleLine(text)
    }
}

// MARK: - cells

extension TerminalReport {
    private func cell(_ cell: NotebookReport.Cell) -> String {
        let body = cell.cell.kind == .code ? code(cell) : prose(cell)
        return ([rule(cell)] + body + outputs(of: cell)).joined(separator: "\n")
    }

    /// `── 3 code attack ─────────── lines 24 to 31 ──`.
    private func rule(_ cell: NotebookReport.Cell) -> String {
        let count = cell.cell.source.utf8.count { $0 == 10 } + 1, first = cell.cell.line
        let lines = first == 0 ? "" : count == 1 ? " line \(first) ──" : " lines \(first) to \(first + count - 1) ──"
        let names = [cell.cell.title, cell.cell.name ?? ""].filter { !$0.isEmpty }
        let unique = names.count == 2 && names[0] == names[1] ? [names[0]] : names
        let kind = cell.cell.kind == .code ? "code" : cell.cell.kind.rawValue
        let label = visibleLine(
            (["\(cell.number)", kind] + unique).joined(separator: " "), columns: max(20, width - 30))
        let rest = max(2, width - columnCount(label) - columnCount(lines) - 4)
        return styled("── \(label) \(String(repeating: "─", count: rest))\(lines)", .dim)
    }

    private func prose(_ cell: NotebookReport.Cell) -> [String] {
        let text = visibleText(cell.cell.source).split(separator: "\n", omittingEmptySubsequences: false)
        return text.map { line in
            let shown = breaksLines ? broken(String(line), at: width) : String(line)
            return line.hasPrefix("#") ? styled(shown, .strong) : shown
        }
    }

    /// The code with its lines' numbers in the file.
    private func code(_ cell: NotebookReport.Cell) -> [String] {
        let source = visibleText(cell.cell.source), first = max(1, cell.cell.line)
        let lines = coloured(source).split(separator: "\n", omittingEmptySubsequences: false)
        let digits = "\(first + lines.count - 1)".count
        return lines.enumerated().map { index, line in
            let number = "\(first + index)"
            let pad = String(repeating: " ", count: digits - number.count)
            return styled("\(pad)\(number) │", .dim) + " " + line
        }
    }

    /// The colours of a token that spans lines begin anew on each.
    private func coloured(_ source: String) -> String {
        guard isStyled, source.utf8.count <= 1 << 20 else { return source }
        let bytes = Array(source.utf8)
        var out = "", position = 0
        for part in LuaLexer.tokens(bytes).compactMap({ token in
            Highlight.style(of: token.kind).map { (token.range, $0) }
        }) {
            out += String(decoding: bytes[position..<part.0.lowerBound], as: UTF8.self)
            let text = String(decoding: bytes[part.0], as: UTF8.self)
            out += text.split(separator: "\n", omittingEmptySubsequences: false).map { styled(String($0), part.1) }
                .joined(separator: "\n")
            position = part.0.upperBound
        }
        return out + String(decoding: bytes[position...], as: UTF8.self)
    }

    private func outputs(of cell: NotebookReport.Cell) -> [String] {
        guard let record = cell.record, cell.cell.kind == .code else { return [] }
        var lines: [String] = []
        switch record.status {
        case .failed: lines.append(styled("the run failed here", .strong))
        case .interrupted: lines.append(styled("the run was interrupted here", .strong))
        case .skipped: lines.append(styled("not run", .dim))
        case .done, .text: break
        }
        if cell.isStale {
            lines.append(
                styled(
                    cell.freshness == .changed
                        ? "stale: the code has changed since it gave this"
                        : "perhaps stale: an earlier cell has changed",
                    .strong))
        }
        lines += record.warnings.map { styled("warning ", .strong) + visibleLine($0, columns: 1000) }
        return lines + RunRecord.merged(record.outputs).flatMap(output)
    }

    private func output(_ output: RunRecord.Output) -> [String] {
        switch output {
        case .stream(_, let text), .error(let text, _): block(text)
        case .value(let value):
            block(value.text) + value.media.map { "  [\(visibleLine($0.type)), \(byteText($0.bytes))]" }
        }
    }

    private func block(_ text: String) -> [String] {
        let ended = text.hasSuffix("\n") ? String(text.dropLast()) : text
        let lines = visibleStream(ended).split(separator: "\n", omittingEmptySubsequences: false)
        let shown = isFull || lines.count <= Self.openLines + 5 ? lines[...] : lines.prefix(Self.openLines)
        let left = lines.count - shown.count
        return shown.map { "  " + (isFull ? String($0) : clipped(String($0), to: 2000)) }
            + (left > 0 ? [styled("  … \(left) more lines; --full shows them", .dim)] : [])
    }
}
