import Kernel
import TestSupport
import Testing

@testable import Shell

/// The page of a notebook: what it has, in which order, and what it never has.
@Suite struct HTMLReportTests {
    /// One of everything.
    private func study() throws -> NotebookReport {
        let notebook = ReportSamples.notebook(
            [
                ReportSamples.cell("# A study\n\nWith *words*.\n\n## Question\n\n### Detail", kind: .markdown),
                ReportSamples.cell("eps = 0.1", [("name", .text("params")), ("tags", .list([.text("parameters")]))]),
                ReportSamples.cell("local x = 1 -- one\nshow(x)", title: "First look", [("name", .text("look"))]),
                ReportSamples.cell("## Method\n\n| a | b |\n| --- | ---: |\n| x | 1 |", kind: .markdown),
                ReportSamples.cell("show(figure)"), ReportSamples.cell("error('no')"), ReportSamples.cell("print(1)"),
                ReportSamples.cell("raw <b>", kind: .raw),
            ],
            header: .object([
                ("title", .text("A study")), ("author", .text("A. Author")), ("lang", .text("en-GB")),
            ]))
        let picture = try ReportSamples.picture()
        let table = JSON.object([
            ("title", .text("Accuracies")), ("columns", .list([.text("model"), .text("eps"), .text("accuracy")])),
            (
                "rows",
                .list([
                    .list([.text("float"), .number(0.05), .text("84.2 ± 0.7")]),
                    .list([.text("w2"), .number(0.125), .text("-")]),
                ])
            ), ("note", .text("of 1000")),
        ])
        let outputs: [[RunRecord.Output]] = [
            [],
            [
                .stream(isError: false, text: "one\n"), .stream(isError: false, text: "two\n"),
                .stream(isError: true, text: "careful\n"),
                .value(RunRecord.ShownValue(text: "Accuracies\n...", value: .null, table: table)),
            ],
            [
                .value(
                    RunRecord.ShownValue(
                        text: "⠁⠂\nfgsm on glyphs", value: .object([("type", .text("Figure"))]),
                        media: [try ReportSamples.medium("image/svg+xml", ReportSamples.drawing)])),
                .value(
                    RunRecord.ShownValue(
                        text: "▄▄", value: .null, media: [try ReportSamples.medium("image/png", picture)])),
            ], [.error(text: "study.lua:6: no\n  6 | error('no')", message: "no")],
        ]
        let record = try ReportSamples.record(
            of: notebook, outputs: outputs, warnings: [[], ["W07 the loss is saturated"]],
            status: [.done, .done, .done, .failed, .skipped],
            parameters: [("eps", .number(0.1)), ("note", .text("a<b"))],
            inputs: [RunRecord.Source(path: "data/x.bin", bytes: 2048, sha256: String(repeating: "a", count: 64))])
        return try ReportSamples.report(notebook, record, blobs: [ReportSamples.drawing, picture])
    }

    @Test("a page is well-formed, its links lead somewhere, its headings follow one another, its pictures have words")
    func structure() throws {
        let html = HTMLReport.page(try study()), page = Markup(html)
        #expect(page.fault == nil)
        #expect(page.doubled == nil)
        for link in page.links {
            #expect(link == "data:," || page.anchors.contains(String(link.dropFirst())), "\(link)")
        }
        #expect(page.headings == [1, 2, 3, 2, 2, 2])
        #expect(page.descriptions == ["fgsm on glyphs", "Picture of the cell cell-3"])
        #expect(html.contains("<html lang=\"en-GB\">"))
    }

    @Test("a page has the parts of a study in their order")
    func parts() throws {
        let html = HTMLReport.page(try study())
        let wanted = [
            "<h1>A study</h1>", "<p class=\"by\">A. Author</p>", "<code>study.lua</code>", "5 code cells",
            "ran in 3.50 s",
            "The run stopped with an error in <a href=\"#cell-6\">cell-4</a>.",
            "One warning on the evaluations: <a href=\"#warnings\">see below</a>.", "<details class=\"top\">",
            "<p>With <em>words</em>.</p>", "<h2 id=\"question\">Question</h2>", "<h3 id=\"detail\">Detail</h3>",
            "<section class=\"cell\" id=\"cell-2\">", "<summary><span class=\"name\">params</span>",
            "<code>eps = <i class=\"n\">0.1</i></code>", "<figcaption>Parameters of this run</figcaption>",
            "<td><code>&quot;a&lt;b&quot;</code></td>", "<span class=\"name\">First look</span>", "2 lines", "250 ms",
            "<b>local</b> x = <i class=\"n\">1</i> <i class=\"c\">-- one</i>",
            "<li><b>W07</b> the loss is saturated</li>",
            "aria-label=\"Output\">one\ntwo</pre>", "aria-label=\"Standard error\">careful</pre>",
            "<figcaption>Accuracies</figcaption>", "<th scope=\"col\">model</th><th scope=\"col\" class=\"n\">eps</th>",
            "<td>float</td><td class=\"n\">0.050</td><td class=\"n\">84.2 ± 0.7</td>", "<td class=\"n\">0.125</td>",
            "<p class=\"lost\">of 1000</p>", "<h2 id=\"method\">Method</h2>", "<td align=\"right\">1</td>",
            "<img class=\"drawing\" width=\"86\" height=\"50\"", "src=\"data:image/svg+xml;base64,",
            "<img class=\"pixels\" width=\"24\" height=\"16\"", "src=\"data:image/png;base64,",
            "<b class=\"bad\">failed</b>", "aria-label=\"Error\">study.lua:6: no\n  6 | error('no')</pre>",
            "<b class=\"quiet\">not run</b>", "raw &lt;b&gt;", "<h2 id=\"warnings\">Warnings</h2>",
            "<span class=\"asked\">(is the loss saturated?)</span>", "in <a href=\"#cell-3\">First look</a>",
            "<h2 id=\"receipt\">Receipt</h2>", "<th scope=\"row\">lua.hash_seed</th><td>0</td>",
            "2025-11-25 21:00:00 UTC", "<code>data/x.bin</code></td><td class=\"n\">2.0 KiB</td>",
            "<th scope=\"row\">asked.read</th><td>data/</td>", "<th scope=\"row\">asked.net</th><td>no</td>",
            "<figcaption>Cells</figcaption>", "<td><a href=\"#cell-2\">params</a></td><td>done</td><td>exact</td>",
            "<code>assay verify study.lua</code>",
        ]
        var rest = html[...]
        for part in wanted {
            let found = rest.firstRange(of: part)
            #expect(found != nil, "\(part) is missing or stands too early")
            if let found { rest = rest[found.upperBound...] }
        }
        #expect(
            html.components(of: "A study").count == 2, "the title stands in <title> and <h1>, not in the text again")
    }

    @Test("the policy stands before anything that it rules, and forbids scripts and requests")
    func policy() throws {
        let html = HTMLReport.page(try study())
        let policy =
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
            + "'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
        let place = try #require(html.firstRange(of: policy)).lowerBound
        for tag in ["<style", "<img", "<link", "<title"] {
            #expect(place < (try #require(html.firstRange(of: tag)).lowerBound), "\(tag)")
        }
        #expect(Markup(html).tags.isDisjoint(with: ["script", "iframe", "object", "embed", "form", "base", "svg"]))
    }

    @Test("a page of a notebook that never ran says so, and has no receipt")
    func source() throws {
        let notebook = ReportSamples.notebook([ReportSamples.cell("print(1)")])
        let html = HTMLReport.page(try ReportSamples.report(notebook, nil))
        #expect(html.contains("This notebook has not been run: the page shows its source alone."))
        #expect(!html.contains("Receipt") && Markup(html).fault == nil)
        #expect(html.contains("<h1>study.lua</h1>"))
    }

    @Test("outputs of changed code are marked as stale, those below as perhaps stale, those above not at all")
    func staleness() throws {
        let cells = ["a = 1", "b = 2", "c = 3"].map { ReportSamples.cell($0) }
        let outputs = (1...3).map { [RunRecord.Output.stream(isError: false, text: "\($0)\n")] }
        let record = try ReportSamples.record(of: ReportSamples.notebook(cells), outputs: outputs)
        var changed = cells
        changed[1].source = "b = 3"
        let report = try ReportSamples.report(ReportSamples.notebook(changed), record)
        #expect(report.cells.map(\.freshness) == [.fresh, .changed, .afterChange])
        let html = HTMLReport.page(report)
        #expect(html.contains("the outputs of <a href=\"#cell-2\">cell-2</a> and 1 more are stale."))
        #expect(html.components(of: "These outputs are stale").count == 1)
        #expect(html.components(of: "These outputs may be stale").count == 1)
        #expect(html.contains("<b class=\"warn\">changed</b>"))
    }

    @Test("a new cell above leaves the outputs of unnamed cells where they belong")
    func insertion() throws {
        let cells = ["a = 1", "b = 2"].map { ReportSamples.cell($0) }
        let outputs = (1...2).map { [RunRecord.Output.stream(isError: false, text: "\($0)\n")] }
        let record = try ReportSamples.record(of: ReportSamples.notebook(cells), outputs: outputs)
        let longer = [cells[0], ReportSamples.cell("new()"), cells[1]]
        let report = try ReportSamples.report(ReportSamples.notebook(longer), record)
        #expect(report.cells.map(\.freshness) == [.fresh, .notRun, .afterChange])
        #expect(report.cells.map { $0.record?.outputs.count } == [1, nil, 1])
        #expect(HTMLReport.page(report).contains("The record knows nothing of <a href=\"#cell-2\">cell-2</a>."))
    }

    @Test("long outputs fold, longer ones end, and the page says how much is missing")
    func longOutputs() throws {
        let lines = (1...10_000).map { "line \($0)\n" }.joined()
        let rows = JSON.list((1...5000).map { .list([.int($0)]) })
        let table = JSON.object([("columns", .list([.text("n")])), ("rows", rows)])
        let notebook = ReportSamples.notebook([ReportSamples.cell("noise()")])
        let record = try ReportSamples.record(
            of: notebook,
            outputs: [
                [
                    .stream(isError: false, text: lines),
                    .value(RunRecord.ShownValue(text: "", value: .null, table: table)),
                    .stream(isError: false, text: String(repeating: "x", count: 3 << 20)),
                ]
            ])
        let html = HTMLReport.page(try ReportSamples.report(notebook, record))
        #expect(html.contains("<summary>3970 more lines</summary>"))
        #expect(html.contains("<p class=\"lost\">6000 more lines are in the record.</p>"))
        #expect(html.contains("<summary>2000 more rows</summary>"))
        #expect(html.contains("<p class=\"lost\">2970 more rows are in the record.</p>"))
        #expect(html.contains("… (the rest is in the record)"))
        #expect(html.utf8.count < 1 << 20)
        #expect(Markup(html).fault == nil)
    }

    @Test("code folds: what is long or hidden is closed at first, and hidden outputs are too")
    func folds() throws {
        let long = Array(repeating: "f()", count: 41).joined(separator: "\n")
        let cells = [
            ReportSamples.cell("short()", title: "Short"), ReportSamples.cell(long, title: "Long"),
            ReportSamples.cell("h()", title: "Hidden", [("hide", .text("input"))]),
            ReportSamples.cell("o()", title: "Quiet", [("hide", .text("output"))]),
            ReportSamples.cell("b()", title: "Both", [("hide", .text("both"))]),
        ]
        let notebook = ReportSamples.notebook(cells)
        let outputs = (1...5).map { [RunRecord.Output.stream(isError: false, text: "out \($0)\n")] }
        let html = HTMLReport.page(
            try ReportSamples.report(notebook, try ReportSamples.record(of: notebook, outputs: outputs)))
        let sections = html.components(of: "<section class=\"cell\"").map(String.init)
        #expect(sections.map { $0.contains("<details class=\"code\" open>") } == [true, false, false, true, false])
        let folded = sections.map {
            $0.contains("<details class=\"more\"><summary>outputs</summary>\n<div class=\"out\">")
        }
        #expect(folded == [false, false, false, true, true])
        for (place, section) in sections.enumerated() { #expect(section.contains(">out \(place + 1)</pre>")) }
        #expect(html.contains("<li class=\"l2\"><a href=\"#cell-2\">Long</a></li>"), "titles stand for headings")
    }

    @Test("a picture whose file is missing or another one is named, not shown")
    func missingPictures() throws {
        let notebook = ReportSamples.notebook([ReportSamples.cell("show(x)")])
        let medium = try ReportSamples.medium("image/png", [1, 2, 3])
        let value = RunRecord.ShownValue(text: "a picture", value: .null, media: [medium])
        let record = try ReportSamples.record(of: notebook, outputs: [[.value(value)]])
        for blobs in [[], [[1, 2, 3] as [UInt8]]] {
            let html = HTMLReport.page(try ReportSamples.report(notebook, record, blobs: blobs))
            #expect(!html.contains("<img"))
            #expect(html.contains("belongs here, and its file is missing or not the one that was recorded."))
            #expect(html.contains(">a picture</pre>"))
        }
    }
}

extension String {
    /// The text cut at every occurrence, without the first piece: as many as there are occurrences.
    func components(of part: String) -> [Substring] {
        split(separator: part, omittingEmptySubsequences: false).dropFirst() + []
    }
}
