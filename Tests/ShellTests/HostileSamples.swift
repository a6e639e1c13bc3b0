import Kernel

@testable import Shell

/// Texts that try to become more than text, and a notebook that has them everywhere.
enum HostileSamples {
    static let texts = [
        "<script>window.pwned = 1</script>", "\"><img src=x onerror=window.pwned=1>",
        "</style><script>window.pwned=1</script>",
        "</details></section></main><h1>gone</h1>", "</title><script>window.pwned=1</script>",
        "</pre><b onclick=pwned()>",
        "\"\u{301} onmouseover=\"window.pwned=1", "<\u{338}script>", "'-alert(1)-'", "&lt;script&gt;",
        "&#x3c;script&#x3e;",
        "\u{202E}drowssap\u{2066}", "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}", "a\u{0}b", "\u{9b}31m",
        "<!-- ", "--> <![CDATA[", "javascript:window.pwned=1", "<svg onload=window.pwned=1>",
        "<meta http-equiv=refresh content=0;url=http://example.invalid/>", "<base href=http://example.invalid/>",
        "{{constructor.constructor('window.pwned=1')()}}", "\u{2028}\u{2029}", "`${window.pwned=1}`",
    ]

    static let markdown = [
        "[click](javascript:window.pwned=1)", "[click](JaVaScRiPt:window.pwned=1)",
        "[click](&#106;avascript:window.pwned=1)",
        "[click](data:text/html,<script>window.pwned=1</script>)", "[click](vbscript:x)", "[click](file:///etc/passwd)",
        "[click](//example.invalid/x)", "[click](study.lua)", "[ok](https://example.org/?a=\"b\" 'title\"><script>')",
        "<javascript:window.pwned=1>", "![p](http://example.invalid/pixel.png)",
        "![p](data:image/svg+xml,<svg onload=pwned>)",
        "![p](/etc/passwd)", "![\"><script>window.pwned=1</script>](https://example.org/a.png)",
        "[![a](http://example.invalid/b.png)](javascript:window.pwned=1)", "![![in](http://example.invalid/c.png)](x)",
        "<script>window.pwned = 1</script>", "<img src=x onerror=window.pwned=1>",
        "<iframe src=http://example.invalid/></iframe>",
        "<div style=\"position:fixed;inset:0\">over everything</div>", "</details></section></main>",
        "<style>*{display:none}</style>",
        "<!-- a comment --> and <b>tags</b>", "# <script>window.pwned=1</script> heading", "###### deep",
        "> # quoted heading",
        "```lua\n</code></pre><script>window.pwned=1</script>\n```", "```\"><script>\ntext\n```",
        "| <script> | \"> |\n| --- | --- |\n| </table> | `</td>` |",
        "[a]: javascript:window.pwned=1\n\n[a]", "<form action=http://example.invalid/><input name=q></form>",
        "&#x202E;reversed",
        "``` \nnever closed",
    ]

    /// A drawing that would act if it were part of the page.
    static let drawing = Array(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="20" height="10" onload="window.pwned=1">
        <script>window.pwned = 1; fetch('http://example.invalid/svg')</script>
        <image href="http://example.invalid/image.png" width="9" height="9"/>
        <foreignObject width="20" height="10"><body xmlns="http://www.w3.org/1999/xhtml" onload="window.pwned=1"/></foreignObject>
        <style>@import url(http://example.invalid/style.css);</style>
        </svg>
        """.utf8)

    /// A notebook and a record with hostile texts in every place that holds text.
    static func report() throws -> NotebookReport {
        let all = texts.joined(separator: " ")
        var cells = markdown.map { ReportSamples.cell($0, kind: .markdown) }
        for text in texts {
            cells.append(
                ReportSamples.cell(
                    "x = 1 -- \(text)\n\(text)", title: text,
                    [("name", .text(text)), ("tags", .list([.text("parameters")])), ("expect", .text(text))]))
        }
        cells.append(ReportSamples.cell(all, kind: .raw, title: all))
        let notebook = ReportSamples.notebook(
            cells,
            header: .object([
                ("title", .text(all)), ("author", .text(all)), ("description", .text(all)),
                ("lang", .text("\"><script>window.pwned=1</script>")),
                ("assay", .object([("permissions", .object([(all, .list([.text(all)]))]))])),
            ]))
        let outputs = try texts.map { text -> [RunRecord.Output] in
            let table = JSON.object([
                ("title", .text(text)), ("note", .text(text)), ("columns", .list([.text(text), .text("n")])),
                (
                    "rows",
                    .list([.list([.text(text), .int(1)]), .list([.object([(text, .text(text))]), .text(text)])])
                ),
            ])
            return [
                .stream(isError: false, text: text), .stream(isError: true, text: text),
                .error(text: text, message: text),
                .value(RunRecord.ShownValue(text: text, value: .object([("type", .text(text))]), table: table)),
                .value(
                    RunRecord.ShownValue(
                        text: text, value: .object([("title", .text(text))]),
                        media: [try ReportSamples.medium("image/svg+xml", drawing)])),
                .value(
                    RunRecord.ShownValue(
                        text: text, value: .null,
                        media: [
                            RunRecord.Medium(type: text, sha256: text, bytes: 1),
                            try ReportSamples.medium("image/png", drawing),
                        ])),
            ]
        }
        var record = try ReportSamples.record(
            of: notebook, outputs: outputs, warnings: texts.map { ["W07 \($0)", $0] },
            parameters: texts.map { ($0, .text($0)) },
            inputs: texts.map { RunRecord.Source(path: $0, bytes: 1, sha256: $0) })
        record.stable.program = .object(texts.map { ($0, .text($0)) })
        record.stable.permissions = .object(texts.map { ($0, .list([.text($0)])) })
        record.stable.root = all
        return try ReportSamples.report(notebook, record, blobs: [drawing])
    }
}
