import Bindings
import Kernel

extension HTMLReport {
    /// The warnings of all cells, with what each code asks.
    mutating func warnings() -> String {
        let warnings = report.warnings
        guard !warnings.isEmpty else { return "" }
        let items = warnings.map { item in
            let code = String(item.text.prefix(3))
            let asked = Check.all.first { $0.code == code }.map {
                " <span class=\"asked\">(\(escaped($0.question)))</span>"
            }
            return "<li>\(warning(item.text))\(asked ?? "") <span class=\"at\">in \(link(to: item.cell))</span></li>\n"
        }
        return "<section class=\"end\">\n\(heading(2, "Warnings", id: outline.anchor("warnings")))"
            + "<ul class=\"warnings\">\n\(items.joined())</ul>\n</section>\n"
    }

    /// What made the numbers, so that anyone can make them again.
    mutating func receipt() -> String {
        guard let record = report.record else { return "" }
        let parts = [run(record), parametersAtEnd, inputs(record), permissions(record), cells()]
        return "<section class=\"end\">\n\(heading(2, "Receipt", id: outline.anchor("receipt")))"
            + parts.filter { !$0.isEmpty }.joined() + "</section>\n" + footer
    }

    private var footer: String {
        "<footer><p>Shown by assay \(Invocation.version) from <code>\(escaped(visibleLine(report.file)))</code> and the record "
            + "of its run. <code>assay verify \(escaped(visibleLine(report.file)))</code> runs it again and compares "
            + "every number.</p></footer>\n"
    }

    private func run(_ record: RunRecord) -> String {
        let stable = record.stable
        var rows = [
            (
                "notebook",
                "<code>\(escaped(visibleLine(stable.notebook.path)))</code>, \(byteText(stable.notebook.bytes))"
                    + (report.isSameFile ? "" : " <b class=\"warn\">the file has changed since</b>")
            ),
            ("SHA-256", hash(stable.notebook.sha256)), ("root of all cells", hash(stable.root)),
            ("seed", "\(stable.rootSeed)"),
        ]
        rows += leaves(stable.program).map { ($0.name, fact($0.text)) }
        rows += [
            ("started", dateText(record.volatile.started)), ("took", timeText(record.volatile.seconds)),
            ("peak memory", byteText(record.volatile.peakBytes)),
        ]
        return pairs("The run", rows)
    }

    /// Here only when no cell declares them.
    private var parametersAtEnd: String { report.cells.contains { $0.isParameters } ? "" : parameters }

    private func inputs(_ record: RunRecord) -> String {
        let rows = record.stable.inputs.map { file in
            ["<code>\(escaped(visibleLine(file.path)))</code>", byteText(file.bytes), hash(file.sha256)]
        }
        return rows.isEmpty ? "" : grid("Files that it read", ["file", "size", "SHA-256"], rows, numeric: [1])
    }

    private func permissions(_ record: RunRecord) -> String {
        let rows = leaves(record.stable.permissions).map { ($0.name, fact($0.text)) }
        return rows.isEmpty ? "" : pairs("Permissions", rows)
    }

    private func cells() -> String {
        let rows = report.cells.filter { $0.cell.kind == .code }.map { cell -> [String] in
            guard let record = cell.record else { return [link(to: cell), "not in the record"] }
            let changed = cell.freshness == .changed ? " <b class=\"warn\">changed</b>" : ""
            let cost = record.status == .skipped ? nil : cell.cost
            return [
                link(to: cell), escaped(record.status.rawValue) + changed, escaped(record.expect), "\(record.seed)",
                short(record.codeDigest), short(record.outputDigest), cost.map { timeText($0.seconds) } ?? "",
                cost.map { byteText($0.peakBytes) } ?? "",
            ]
        }
        let columns = ["cell", "status", "compared", "seed", "code", "outputs", "time", "memory"]
        return rows.isEmpty ? "" : grid("Cells", columns, rows, numeric: [3, 6, 7])
    }
}

// MARK: - pieces

extension HTMLReport {
    private func pairs(_ caption: String, _ rows: [(String, String)]) -> String {
        let lines = rows.map { "<tr><th scope=\"row\">\(escaped($0.0))</th><td>\($0.1)</td></tr>\n" }
        return captioned(caption, "<table class=\"facts\">\n<tbody>\n\(lines.joined())</tbody></table>")
    }

    private func grid(_ caption: String, _ columns: [String], _ rows: [[String]], numeric: Set<Int>) -> String {
        func line(_ cells: [String], _ tag: String) -> String {
            columns.indices.map { place in
                let kind = numeric.contains(place) ? " class=\"n\"" : ""
                let scope = tag == "th" ? " scope=\"col\"" : ""
                return "<\(tag)\(scope)\(kind)>\(place < cells.count ? cells[place] : "")</\(tag)>"
            }.joined()
        }
        let body = rows.map { "<tr>\(line($0, "td"))</tr>\n" }.joined()
        return captioned(
            caption,
            "<table class=\"facts\">\n<thead><tr>\(line(columns, "th"))</tr></thead>\n<tbody>\n\(body)</tbody></table>")
    }

    private func fact(_ text: String) -> String { isDigest(text) ? hash(text) : escaped(capped(text)) }

    /// A digest whole, broken where it must be.
    private func hash(_ digest: String) -> String { "<code class=\"hash\">\(escaped(capped(digest)))</code>" }
    /// A digest of which the beginning is seen; copying takes all of it.
    private func short(_ digest: String) -> String { "<code class=\"hash short\">\(escaped(capped(digest)))</code>" }
}

/// The values of an object by their paths: `lua.version`.
func leaves(_ value: JSON, _ path: String = "") -> [(name: String, text: String)] {
    switch value {
    case .object(let fields):
        return fields.flatMap { leaves($0.value, path.isEmpty ? $0.name : "\(path).\($0.name)") }
    case .list(let list) where !list.contains(where: { $0.object != nil || $0.list != nil }):
        return [(path, list.isEmpty ? "none" : list.map(leafText).joined(separator: ", "))]
    case .list(let list):
        return list.enumerated().flatMap { leaves($1, "\(path)[\($0 + 1)]") }
    default: return [(path, leafText(value))]
    }
}

private func leafText(_ value: JSON) -> String {
    switch value {
    case .text(let text): visibleLine(text)
    case .flag(let flag): flag ? "yes" : "no"
    case .null: "none"
    default: value.description
    }
}
