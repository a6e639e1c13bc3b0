import Kernel

/// A notebook as one page that needs nothing else: no script, no request, and a policy that forbids both. Everything
/// that the notebook or its record brought is escaped, and what hides in text is made visible.
struct HTMLReport {
    let report: NotebookReport
    let topHeading: Int?
    var outline = PageOutline()
    /// The sections of the contents, in order.
    var contents: [PageOutline.Entry] = []

    /// The page.
    static func page(_ report: NotebookReport) -> String {
        var page = HTMLReport(report: report)
        return page.text()
    }

    private init(report: NotebookReport) {
        (self.report, topHeading) = (report, report.topHeading)
        for reserved in ["contents", "top"] { _ = outline.anchor(reserved) }
    }

    private mutating func text() -> String {
        let title = escaped(visibleLine(report.title))
        let cells = report.cells.map { cell($0) }.joined()
        let ends = warnings() + receipt()
        return """
            <!DOCTYPE html>
            <html lang="\(language)">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(Self.policy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="referrer" content="no-referrer">
            <meta name="color-scheme" content="light dark">
            <meta name="generator" content="assay \(Invocation.version)">
            <link rel="icon" href="data:,">
            <title>\(title)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body id="top">
            \(sideContents)<main>
            <header>
            <h1>\(title)</h1>
            \(byline)\(facts)</header>
            \(notices)\(topContents)\(cells)\(ends)</main>
            </body>
            </html>

            """
    }

    /// Nothing but the page itself, its style and the pictures in it.
    static let policy =
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    /// Text of a stranger between tags or in an attribute.
    func escaped(_ text: String) -> String { escapedHTML(visibleText(text)) }

    /// A language tag such as `en` or `pt-BR`, by the header's key `lang`.
    private var language: String {
        let tag = report.notebook.header?["lang"]?.text ?? "en"
        let parts = tag.split(separator: "-", omittingEmptySubsequences: false)
        let isTag = parts.allSatisfy { part in
            (1...8).contains(part.utf8.count) && part.utf8.allSatisfy { ($0 | 32) >= 97 && ($0 | 32) <= 122 }
        }
        return isTag ? tag : "en"
    }
}

// MARK: - the head of the page

extension HTMLReport {
    /// Who wrote it and when, as the header has it.
    private var byline: String {
        let header = report.notebook.header
        let names = ["author", "authors", "date"].flatMap { key -> [String] in
            header?[key]?.text.map { [$0] } ?? header?[key]?.list?.compactMap(\.text) ?? []
        }
        let line = names.isEmpty ? "" : "<p class=\"by\">\(escaped(visibleLine(names.joined(separator: " · "))))</p>\n"
        let about = header?["description"]?.text ?? header?["abstract"]?.text
        return line + (about.map { "<p class=\"about\">\(escaped(visibleLine($0, columns: 2000)))</p>\n" } ?? "")
    }

    /// One line on what ran.
    private var facts: String {
        var facts = ["<code>\(escaped(visibleLine(report.file)))</code>"]
        let count = report.cells.count { $0.cell.kind == .code }
        facts.append(count == 1 ? "1 code cell" : "\(count) code cells")
        if let record = report.record {
            facts.append("ran in \(timeText(record.volatile.seconds))")
            facts.append("seed \(record.stable.rootSeed)")
            facts.append(
                "<a href=\"#receipt\">receipt <code>\(escaped(String(record.stable.root.prefix(12))))</code></a>")
        }
        return "<p class=\"facts\">\(facts.joined(separator: "<span> · </span>"))</p>\n"
    }

    /// What a reader must know before believing a number.
    private var notices: String {
        var notices: [(kind: String, text: String)] = []
        guard report.record != nil else {
            return notice("plain", "This notebook has not been run: the page shows its source alone.")
        }
        if let failed = report.cells.first(where: { $0.record?.status == .failed }) {
            notices.append(("bad", "The run stopped with an error in \(link(to: failed))."))
        }
        if let stopped = report.cells.first(where: { $0.record?.status == .interrupted }) {
            notices.append(("bad", "The run was interrupted in \(link(to: stopped))."))
        }
        let stale = report.cells.filter { $0.isStale }
        if let first = stale.first {
            let others = stale.count == 1 ? "" : " and \(stale.count - 1) more"
            notices.append(
                ("warn", "The source has changed since this run: the outputs of \(link(to: first))\(others) are stale.")
            )
        } else if !report.isSameFile {
            notices.append(("plain", "The file has changed since this run, the code of the cells that ran has not."))
        }
        let missing = report.cells.filter { $0.cell.kind == .code && $0.record == nil }
        if let first = missing.first {
            let others = missing.count == 1 ? "" : " and \(missing.count - 1) more"
            notices.append(("warn", "The record knows nothing of \(link(to: first))\(others)."))
        }
        let count = report.warnings.count
        if count > 0 {
            let what = count == 1 ? "One warning" : "\(count) warnings"
            notices.append(("warn", "\(what) on the evaluations: <a href=\"#warnings\">see below</a>."))
        }
        return notices.map { notice($0.kind, $0.text) }.joined()
    }

    func notice(_ kind: String, _ html: String) -> String { "<p class=\"note \(kind)\" role=\"note\">\(html)</p>\n" }

    func link(to cell: NotebookReport.Cell) -> String {
        "<a href=\"#\(id(of: cell))\">\(escaped(visibleLine(cell.label, columns: 60)))</a>"
    }

    /// The anchor of a cell; numbers, so that no name can take another's.
    func id(of cell: NotebookReport.Cell) -> String { "cell-\(cell.number)" }
}

// MARK: - contents

extension HTMLReport {
    private var sideContents: String {
        list.map { "<nav class=\"side\" aria-label=\"Contents\">\n\($0)</nav>\n" } ?? ""
    }
    private var topContents: String {
        list.map {
            "<details class=\"top\">\n<summary>Contents</summary>\n<nav aria-label=\"Contents\">\n\($0)</nav>\n</details>\n"
        }
            ?? ""
    }

    /// Headings down to the second level below the title; nil where there is little to choose from.
    private var list: String? {
        guard contents.count >= 3 else { return nil }
        let items = contents.map { entry in
            let text = escaped(visibleLine(entry.text, columns: 80))
            return "<li class=\"l\(min(entry.level, 3))\"><a href=\"#\(escaped(entry.id))\">\(text)</a></li>\n"
        }
        return "<ul>\n\(items.joined())</ul>\n"
    }

    /// A heading of our own.
    mutating func heading(_ level: Int, _ text: String, id: String) -> String {
        contents.append(PageOutline.Entry(level: level, text: text, id: id))
        return "<h\(level) id=\"\(id)\">\(escaped(text))</h\(level)>\n"
    }
}

extension NotebookReport.Cell {
    /// Whether there are outputs and they may belong to other code.
    var isStale: Bool {
        (freshness == .changed || freshness == .afterChange) && cell.kind == .code && record?.outputs.isEmpty == false
    }
}
