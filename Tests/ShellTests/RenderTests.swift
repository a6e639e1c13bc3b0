import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `assay render` from end to end, and notebooks as Markdown and in Jupyter's form.
@Suite struct RenderTests {
    private let study = """
        -- ---
        -- title: A study
        -- ---

        -- %% params name="params" tags=["parameters"]
        n = 2

        -- %% [markdown]
        -- ## Part
        --
        -- <b>bold</b> | text

        -- %% figure
        print("n is " .. n)
        show(study.table{columns = {"a", "b|c"}, rows = {{"x<y", 0.5}, {"z", n}}})
        local set = data.load("glyphs", {n = 20, test = 20, seed = 1}).test
        show(study.sweep{models = {m = nn.mlp{784, 10, seed = 1}}, attack = attack.fgsm{}, eps = {0, 0.1}, data = set}:plot{
          x = "eps", y = "accuracy", by = "model"})

        """

    @Test("render runs the notebook and writes the page beside it; --from-record writes the same and runs nothing")
    func html() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write(
            "study.lua", "-- %% a\nprint(os.tmpname and 1)\nio.open('ran', 'a'):write('x'):close()\n")
        let ran = try Assay.run("render", path)
        #expect(ran.code == 0 && ran.output.hasSuffix("KiB)\n"), "\(ran.errors)")
        let page = folder.read("study.html")
        #expect(page.contains("aria-label=\"Output\">1</pre>") && Markup(page).fault == nil)
        #expect(folder.read("ran") == "x")
        let again = try Assay.run("render", "--from-record", "-o", folder.path + "/new/other.html", path)
        #expect(again.code == 0 && again.output.hasPrefix("\(folder.path)/new/other.html ("))
        #expect(folder.read("new/other.html") == page)
        #expect(folder.read("ran") == "x")
        let shown = try Assay.run("render", "--from-record", "-o", "-", path)
        #expect(shown.output == page && shown.errors == "")
    }

    @Test("with -o - what the run prints goes to standard error, the page alone to standard output")
    func standardOutput() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("nb.lua", "-- %% a\nprint('printed')\n")
        let result = try Assay.run("render", "-o", "-", path)
        #expect(result.output.hasPrefix("<!DOCTYPE html>") && result.output.hasSuffix("</html>\n"))
        #expect(result.errors.contains("printed\n"))
        #expect(listing(folder.path) == ["__assay__", "nb.lua"])
    }

    @Test("a run that fails is rendered as far as it came, and its exit code is the program's")
    func failure() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write(
            "nb.lua", "-- %% a\nprint('before')\n\n-- %% b\nerror('no luck')\n\n-- %% c\nprint('after')\n")
        let result = try Assay.run("render", path)
        #expect(result.code == 1)
        let page = folder.read("nb.html")
        #expect(
            page.contains(">before</pre>") && page.contains("no luck") && page.contains("<b class=\"bad\">failed</b>"))
        #expect(page.contains("The run stopped with an error in <a href=\"#cell-2\">b</a>."))
        #expect(page.contains("<b class=\"quiet\">not run</b>"))
    }

    @Test("parameters of the command line reach the run; with a record they are refused")
    func parameters() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("nb.lua", "-- %% p name=\"p\" tags=[\"parameters\"]\nn = 2\n\n-- %% b\nprint(n * 10)\n")
        #expect(try Assay.run("render", "-p", "n=7", path).code == 0)
        #expect(folder.read("nb.html").contains(">70</pre>"))
        let refused = try Assay.run("render", "--from-record", "-p", "n=7", path)
        #expect(refused.code == 2)
        #expect(refused.errors.contains("render: -p sets parameters of a run, and a record is of a run that was"))
    }

    @Test("a notebook of everything becomes Markdown with pictures in a folder beside it")
    func markdown() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("study one.lua", study)
        let result = try Assay.run("render", "--to", "md", path)
        #expect(result.code == 0, "\(result.errors)")
        #expect(result.output.hasSuffix(" and a picture in \(folder.path)/study one_files\n"), "\(result.output)")
        let text = folder.read("study one.md")
        let wanted = [
            "# A study\n", "```lua\nn = 2\n```", "| parameter | value |\n| --- | ---: |\n| n | 2 |", "## Part\n",
            "\\<b\\>bold\\</b\\>", "```lua\nprint(\"n is \" .. n)", "```text\nn is 2\n```",
            "| a | b\\|c |\n| --- | ---: |\n| x\\<y | 0.5 |\n| z | 2 |", "](study%20one_files/3-figure-1.svg)",
            "## Receipt\n", "| SHA-256 | ", "| cell | status | compared | seed | code | outputs |",
        ]
        var rest = text[...]
        for part in wanted {
            let found = rest.firstRange(of: part)
            #expect(found != nil, "\(part) is missing or stands too early in\n\(text)")
            if let found { rest = rest[found.upperBound...] }
        }
        #expect(folder.read("study one_files/3-figure-1.svg").contains("<svg"))
        #expect(listing(folder.path + "/study one_files") == ["3-figure-1.svg"])
        let refused = try Assay.run("render", "--from-record", "--to", "md", "-o", "-", path)
        #expect(
            refused.errors
                == "assay: render: bad value for '--output' (a path, for the pictures beside it expected, got -)\n")
        #expect(refused.code == 2)
    }

    @Test("Markdown of a hostile notebook has no tags and no links but web links, whatever a cell leaves open")
    func hostileMarkdown() throws {
        let report = MarkdownReport(try HostileSamples.report(), folder: "files")
        let page = MarkdownHTML(report.text).html, markup = Markup(page)
        #expect(markup.fault == nil)
        #expect(markup.tags.isDisjoint(with: ["script", "iframe", "style", "form", "input", "svg", "object"]))
        let dropped = page.split(separator: "\n").filter { $0.contains("raw HTML omitted") }
        #expect(dropped == [], "all that looks like HTML is escaped already")
        for link in markup.links { #expect(UntrustedMarkdown.isAllowed(link: link), "\(link)") }
        #expect(markup.sources == [])
        #expect(page.contains("<h2 id=\"receipt\">Receipt</h2>"), "no fence swallowed what follows")
        #expect(report.files.isEmpty, "a drawing with scripts is not written as a file")
        let acting = report.text.unicodeScalars.filter { $0.properties.generalCategory == .format || $0 == "\u{1b}" }
        #expect(acting.isEmpty)
    }

    @Test("render and view explain themselves, and a form that is none is refused with those there are")
    func help() throws {
        let render = try Assay.run("render", "--help")
        #expect(render.code == 0 && render.output.contains("USAGE: assay render [options] <notebook>"))
        #expect(render.output.contains("--from-record"))
        let view = try Assay.run("view", "-h")
        #expect(view.code == 0 && view.output.contains("USAGE: assay view [--full] [--pager] <notebook>"))
        let form = try Assay.run("render", "--to", "pdf", "nb.lua")
        #expect(form.code == 2)
        #expect(form.errors.contains("The value 'pdf' is invalid for '--to <form>'"))
        let folder = try TemporaryDirectory()
        let path = folder.write("nb.lua", "-- %% a\nprint(1)\n")
        let record = try Assay.run("render", "--record", folder.path + "/none.json", path)
        #expect(record.errors == "assay: \(folder.path)/none.json: no such file or directory\n" && record.code == 2)
        let unknown = try Assay.run("render", "-p", "n=1", path)
        #expect(unknown.code == 2 && listing(folder.path) == ["nb.lua"], "a run that did not start writes no page")
        let onto = try Assay.run("render", "-o", folder.path + "/./nb.lua", path)
        #expect(
            onto.errors
                == "assay: render: bad value for '--output' (another file than the notebook expected, got \(folder.path)/./nb.lua)\n"
        )
        #expect(onto.code == 2 && folder.read("nb.lua") == "-- %% a\nprint(1)\n")
    }

    @Test("a notebook that nobody trusts is not run to be rendered, even where an older record is; confined it is")
    func untrusted() throws {
        let folder = try TemporaryDirectory(), home = try TemporaryDirectory()
        let path = folder.write("nb.lua", "-- %% a\nprint('one')\n")
        func run(_ words: String...) throws -> Finished {
            try TestSupport.run(
                Assay.binary, words + [path], environment: Assay.environment(home: home.path, trusts: false))
        }
        #expect(try run("run", "--trust").code == 0)
        folder.write("nb.lua", "-- %% a\nprint('two')\nio.open('made', 'w'):write('x'):close()\n")
        let refused = try run("render")
        #expect(refused.code != 0 && listing(folder.path) == ["__assay__", "nb.lua"], "\(refused.errors)")
        let confined = try run("render", "--deny")
        #expect(confined.code != 0 && listing(folder.path) == ["__assay__", "nb.html", "nb.lua"], "\(confined.errors)")
        #expect(folder.read("nb.html").contains(">two</pre>"))
        let both = try run("render", "--from-record", "--trust")
        #expect(both.code == 2)
        #expect(
            both.errors.contains("render: from a record nothing is executed, so nothing need be trusted or confined"))
    }

    @Test("--record takes the outputs of a run that was kept elsewhere")
    func otherRecord() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("nb.lua", "-- %% p name=\"p\" tags=[\"parameters\"]\nn = 2\n\n-- %% b\nprint(n * 10)\n")
        for n in ["3", "4"] {
            #expect(try Assay.run("run", "--record", "\(folder.path)/run\(n)", "-p", "n=\(n)", path).code == 0)
        }
        let result = try Assay.run("render", "--record", "\(folder.path)/run3/nb.lua.run.json", "-o", "-", path)
        #expect(result.output.contains(">30</pre>") && !result.output.contains(">40</pre>"))
    }

    @Test("a drawing is inert when it only draws")
    func inert() throws {
        func isInert(_ body: String) -> Bool {
            RecordedPicture.isInert(Array("<svg xmlns=\"http://www.w3.org/2000/svg\">\(body)</svg>".utf8))
        }
        #expect(RecordedPicture.isInert(ReportSamples.drawing))
        let curve = Figure.Series("m < n & o", [Figure.Point(0, 1, low: 0.5, high: 2), Figure.Point(1, 2)])
        let figure = Figure([curve], title: "on <click>", xLabel: "href=\"x\"", yLabel: "y")
        #expect(RecordedPicture.isInert(try figure.svg()), "what gnuplot draws, whatever its labels say")
        #expect(isInert("<g fill=\"none\"><path d=\"M0,0\"/></g><use xlink:href='#a'/><text>on</text>"))
        for body in [
            "<script>1</script>", "<g onload=\"1\"/>", "<g\nonload='1'/>", "<g/onload=1 />", "<image href=\"x.png\"/>",
            "<a href=\"https://example.org\"><path/></a>", "<use href=\"other.svg#a\"/>", "<foreignObject/>",
            "<style>a</style>",
            "<animate attributeName=\"href\"/>", "<rect fill=\"url(http://example.invalid)\"/>", "<SCRIPT/>",
            "<x:script/>",
            "<!DOCTYPE svg>", "<![CDATA[<script>]]>", "<?xml-stylesheet href=\"x\"?>",
            "<use href=\"&#106;avascript:1\"/>",
        ] { #expect(!isInert(body), "\(body)") }
        #expect(!RecordedPicture.isInert([0]))
    }

    @Test("Jupyter gets text always, tables as HTML, pictures as what they are, and nothing of code that has changed")
    func jupyter() throws {
        let picture = try ReportSamples.picture()
        let table = JSON.object([("columns", .list([.text("<a>")])), ("rows", .list([.list([.int(1)])]))])
        let notebook = ReportSamples.notebook([ReportSamples.cell("show(x)"), ReportSamples.cell("y()")])
        let record = try ReportSamples.record(
            of: notebook,
            outputs: [
                [
                    .stream(isError: false, text: "a\nb\n"),
                    .value(
                        RunRecord.ShownValue(
                            text: "x\ny", value: .null, table: table,
                            media: [
                                try ReportSamples.medium("image/svg+xml", ReportSamples.drawing),
                                try ReportSamples.medium("image/png", picture),
                            ])), .error(text: "nb:1: no\n > 1", message: "no"),
                ], [.stream(isError: true, text: "old")],
            ])
        var changed = notebook
        changed.cells[1].source = "z()"
        let report = try ReportSamples.report(changed, record, blobs: [ReportSamples.drawing, picture])
        let outputs = report.cells.map { JupyterOutputs(report: report).outputs(of: $0) }
        #expect(outputs[1].isEmpty)
        #expect(
            outputs[0][0].description
                == #"{"name":"stdout","output_type":"stream","text":["a\n","b\n"]}"#)
        let data = try #require(outputs[0][1]["data"])
        #expect(data["text/plain"] == .list([.text("x\n"), .text("y")]))
        #expect(data["text/html"]?.description.contains("<th style=\\\"text-align: right\\\">&lt;a&gt;</th>") == true)
        #expect(data["image/png"]?.text == picture.base64)
        #expect(data["image/svg+xml"]?.list?.first == .text("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        #expect(
            outputs[0][2].description
                == #"{"ename":"LuaError","evalue":"no","output_type":"error","traceback":["nb:1: no"," > 1"]}"#)
    }
}

/// The file that `render` writes, judged by nbformat itself.
@Suite(.enabled(if: NotebookCorpus.python != nil, "no Python tools here: scripts/notebook-tools installs them"))
struct RenderedIpynbTests {
    @Test("a rendered ipynb file is valid by nbformat's schema and has the outputs of the record")
    func valid() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write(
            "nb.lua",
            "-- %% [markdown]\n-- # Hello\n\n-- %% a name=\"a\"\nprint('printed')\nshow(tensor.ones{2, 2})\n"
                + "show(data.load('glyphs', {n = 20, test = 20, seed = 1}).test:head(2).images)\n\n-- %% b\nerror('no')\n"
        )
        #expect(try Assay.run("render", "--to", "ipynb", path).code == 1)
        let program = """
            import nbformat, sys
            nb = nbformat.read(sys.argv[1], as_version=4)
            nbformat.validate(nb)
            assert nb.nbformat == 4 and nb.nbformat_minor == 5
            code = [c for c in nb.cells if c.cell_type == "code"]
            a, b = [c.outputs for c in code]
            assert a[0].output_type == "stream" and a[0].text == "printed\\n", a[0]
            assert a[1].data["text/plain"].startswith("Tensor [2, 2]"), a[1]
            assert "image/png" in a[2].data and "text/plain" in a[2].data, a[2].data.keys()
            assert b[0].output_type == "error" and "no" in b[0].evalue, b
            """
        let checked = try run(
            try #require(NotebookCorpus.python), ["-c", program, folder.path + "/nb.ipynb"],
            environment: Assay.environment(home: folder.path))
        #expect(checked.code == 0, "\(checked.errors)")
    }
}

extension [UInt8] {
    fileprivate var base64: String { Data(self).base64EncodedString() }
}
