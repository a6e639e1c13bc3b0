import Bindings
import Kernel

extension HTMLReport {
    /// Code longer than this is folded at first.
    private static let openLines = 40

    /// A cell with its outputs.
    mutating func cell(_ cell: NotebookReport.Cell) -> String {
        switch cell.cell.kind {
        case .markdown: return prose(cell)
        case .raw: return raw(cell)
        case .code: return code(cell)
        }
    }

    private mutating func prose(_ cell: NotebookReport.Cell) -> String {
        let known = outline.entries.count
        let text = UntrustedMarkdown(
            cell.cell.source, outline: outline, top: topHeading ?? 1, withoutTitle: report.droppedTitle(in: cell))
        outline = text.outline
        contents += outline.entries.dropFirst(known).filter { $0.level <= 3 }
        return "<section class=\"prose\" id=\"\(id(of: cell))\">\n\(scrolling(text.html))</section>\n"
    }

    /// Tables of the text scroll on their own where they are too wide.
    private func scrolling(_ html: String) -> String {
        html.replacing("<table>", with: "\(Self.scroll)<table>")
            .replacing("</table>", with: "</table></div>")
    }

    private func raw(_ cell: NotebookReport.Cell) -> String {
        let lines = cell.cell.source.utf8.count { $0 == 10 } + 1
        return """
            <section class="cell" id="\(id(of: cell))">
            <details class="code"><summary>\(caption(cell, lines))</summary>
            <pre tabindex="0"><code>\(escaped(cell.cell.source))</code></pre></details>
            </section>

            """
    }

    private mutating func code(_ cell: NotebookReport.Cell) -> String {
        if !cell.cell.title.isEmpty, topHeading == nil {
            contents.append(PageOutline.Entry(level: 2, text: cell.cell.title, id: id(of: cell)))
        }
        let lines = cell.cell.source.utf8.count { $0 == 10 } + 1
        let isOpen = lines <= Self.openLines && !cell.hides("input")
        let outputs = outputs(of: cell)
        let isFolded = cell.hides("output") && !outputs.isEmpty
        return """
            <section class="cell" id="\(id(of: cell))">
            <details class="code"\(isOpen ? " open" : "")><summary>\(caption(cell, lines))</summary>
            <pre tabindex="0"><code>\(highlighted(cell.cell.source))</code></pre></details>
            \(cell.isParameters ? parametersHere : "")\(warnings(of: cell))\(stale(cell))\
            \(isFolded ? "<details class=\"more\"><summary>outputs</summary>\n\(outputs)</details>\n" : outputs)</section>

            """
    }

    /// Colours for what is short enough to look at; longer texts stay plain.
    private func highlighted(_ source: String) -> String {
        source.utf8.count <= 200_000 ? highlightedLua(visibleText(source)) : escaped(source)
    }

    /// The line above a cell's code: its name, and at the right how it went.
    private func caption(_ cell: NotebookReport.Cell, _ lines: Int) -> String {
        var marks: [String] = []
        if let badge = badge(of: cell) { marks.append(badge) }
        if cell.cost?.isCached == true { marks.append("from the cache") }
        marks.append(lines == 1 ? "1 line" : "\(lines) lines")
        if let cost = cell.cost, cell.cell.kind == .code, cell.record?.status != .skipped {
            marks.append(timeText(cost.seconds))
        }
        let isNamed = cell.cell.name != nil || !cell.cell.title.isEmpty
        let name = escaped(visibleLine(isNamed ? cell.label : cell.cell.kind == .raw ? "raw" : "code", columns: 80))
        return "<span class=\"name\(isNamed ? "" : " no")\">\(name)</span><span class=\"marks\">"
            + marks.joined(separator: "<span> · </span>") + "</span>"
    }

    private func badge(of cell: NotebookReport.Cell) -> String? {
        switch cell.record?.status {
        case .failed: "<b class=\"bad\">failed</b>"
        case .interrupted: "<b class=\"bad\">interrupted</b>"
        case .skipped: "<b class=\"quiet\">not run</b>"
        case nil where report.record != nil: "<b class=\"quiet\">not in the record</b>"
        default: cell.isStale ? "<b class=\"warn\">stale</b>" : nil
        }
    }

    private func stale(_ cell: NotebookReport.Cell) -> String {
        guard cell.isStale else { return "" }
        return notice(
            "warn",
            cell.freshness == .changed
                ? "These outputs are stale: the code above has changed since it ran."
                : "These outputs may be stale: an earlier cell has changed since this one ran.")
    }

    private func warnings(of cell: NotebookReport.Cell) -> String {
        guard let warnings = cell.record?.warnings, !warnings.isEmpty else { return "" }
        return "<ul class=\"warnings\" aria-label=\"Warnings\">\n"
            + warnings.map { "<li>\(warning($0))</li>\n" }.joined() + "</ul>\n"
    }

    /// `W07 the cross-entropy is saturated ...` with its code set apart.
    func warning(_ text: String) -> String {
        let code = text.prefix { $0 != " " && $0 != ":" }
        guard code.first == "W", code.count == 3, code.dropFirst().allSatisfy(\.isNumber) else { return escaped(text) }
        let rest = text.dropFirst(code.count).drop { $0 == " " || $0 == ":" }
        return "<b>\(code)</b> \(escaped(String(rest)))"
    }

    private var parametersHere: String { parameters.isEmpty ? "" : "<div class=\"out\">\n\(parameters)</div>\n" }

    /// The parameters with the values that they had.
    var parameters: String {
        guard let fields = report.record?.stable.parameters, !fields.isEmpty else { return "" }
        let rows = fields.map { field in
            let isNumber = field.value.double != nil
            let value = field.value.text.map { "\"\($0)\"" } ?? field.value.description
            return "<tr><th scope=\"row\"><code>\(escaped(field.name))</code></th>"
                + "<td\(isNumber ? " class=\"n\"" : "")><code>\(escaped(capped(value)))</code></td></tr>\n"
        }
        return captioned("Parameters of this run", "<table class=\"facts\">\n<tbody>\n\(rows.joined())</tbody></table>")
    }

    /// A value that has one line.
    func capped(_ text: String) -> String { clipped(text, to: 300) }
}
