import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// Pages of notebooks as a real browser shows them.
@Suite(.enabled(if: Browser.program != nil, "no Chromium here: scripts/notebook-tools installs it"), .serialized)
struct BrowserTests {
    private static let natural = "Array.from(document.images).map(i => [i.complete, i.naturalWidth, i.naturalHeight])"

    @Test("the browser of these tests sees scripts, requests and refusals where there are some")
    func control() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write(
            "bad.html",
            """
            <!DOCTYPE html><meta charset="utf-8"><title>x</title>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src http:">
            <img src="http://example.invalid/a.png"><script>document.title = "ran"</script>
            """)
        let browser = try Browser()
        try browser.open("file://" + path)
        #expect(browser.requests == ["http://example.invalid/a.png"])
        #expect(browser.complaints.contains { $0.contains("Content Security Policy") })
        #expect(try browser.evaluate("document.title").text == "x")
        #expect(try browser.evaluate(Self.natural) == .list([.list([.flag(true), .int(0), .int(0)])]))
        let open = folder.write("open.html", "<!DOCTYPE html><title>x</title><script>document.title = 'ran'</script>")
        try browser.open("file://" + open)
        #expect(try browser.evaluate("document.title").text == "ran")
    }

    @Test("a page shows its figures and pictures in their sizes, complains of nothing and asks nobody for anything")
    func page() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("page.html", HTMLReport.page(try BrowserTests.pictures()))
        let browser = try Browser()
        try browser.show(width: 1280, height: 900)
        try browser.open("file://" + path)
        #expect(
            try browser.evaluate(Self.natural)
                == .list([.list([.flag(true), .int(86), .int(50)]), .list([.flag(true), .int(3), .int(2)])]))
        #expect(browser.complaints == [])
        #expect(browser.requests == [])
        #expect(try browser.evaluate("document.scripts.length").int == 0)
        #expect(try browser.evaluate("document.querySelectorAll('figure > img').length").int == 2)
    }

    @Test("what a run drew is there in the page that render writes: gnuplot's figure and the pictures of a tensor")
    func rendered() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write(
            "nb.lua",
            """
            -- %% a
            local set = data.load("glyphs", {n = 20, test = 20, seed = 1}).test
            show(study.sweep{models = {m = nn.mlp{784, 10, seed = 1}}, attack = attack.fgsm{}, eps = {0, 0.1},
              data = set}:plot{x = "eps", y = "accuracy", by = "model", title = "fgsm on glyphs"})
            show(set:head(4).images)

            """)
        let ran = try Assay.run("render", path)
        #expect(ran.code == 0, "\(ran.errors)")
        let browser = try Browser()
        try browser.show(width: 1280, height: 900)
        try browser.open("file://\(folder.path)/nb.html")
        let images = try browser.evaluate(Self.natural).list ?? []
        #expect(images.count == 2)
        #expect(images.first == .list([.flag(true), .int(860), .int(500)]))
        #expect((images.last?.list?[1].int ?? 0) >= 4 * 28)
        let words = try browser.evaluate("Array.from(document.images).map(i => i.alt)").list?.compactMap(\.text) ?? []
        #expect(words.first?.contains("fgsm on glyphs") == true && words.allSatisfy { !$0.isEmpty }, "\(words)")
        let shown = "Array.from(document.images).every(i => i.getBoundingClientRect().width > 100)"
        #expect(try browser.evaluate(shown).isTrue)
        #expect(browser.complaints == [] && browser.requests == [])
    }

    @Test("nothing is wider than a telephone's window, and every text can be told from its ground in light and dark")
    func narrow() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("page.html", HTMLReport.page(try BrowserTests.pictures()))
        let browser = try Browser()
        for isDark in [false, true] {
            try browser.show(width: 390, height: 800, isDark: isDark)
            try browser.open("file://" + path)
            #expect(try browser.evaluate("document.documentElement.scrollWidth").int == 390)
            let worst = try browser.evaluate(Self.worstContrast)
            #expect((worst["ratio"]?.double ?? 0) >= 4.5, "\(worst)")
        }
    }

    @Test("hostile notebooks run nothing in the browser and reach nobody")
    func hostile() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("page.html", HTMLReport.page(try HostileSamples.report()))
        let browser = try Browser()
        try browser.open("file://" + path)
        #expect(browser.requests == [])
        #expect(browser.complaints == [])
        #expect(try browser.evaluate("window.pwned === undefined").isTrue)
        #expect(try browser.evaluate("document.scripts.length").int == 0)
        #expect(try browser.evaluate("document.querySelectorAll('style').length").int == 1)
        #expect(
            try browser.evaluate("document.querySelectorAll('iframe,object,embed,form,input,svg,base').length").int == 0
        )
        let handlers =
            "Array.from(document.querySelectorAll('*')).flatMap(e => e.getAttributeNames())"
            + ".filter(n => n.startsWith('on')).length"
        #expect(try browser.evaluate(handlers).int == 0)
        let links =
            "Array.from(document.links).filter(a => !/^(https?:|mailto:|file:.*#)/.test(a.href)).map(a => a.href)"
        #expect(try browser.evaluate(links) == .list([]))
        #expect(
            try browser.evaluate("document.querySelectorAll('main > footer').length").int == 1,
            "nothing left the page's frame")
    }

    /// The text with the least contrast to the ground that it stands on (WCAG 2.1).
    private static let worstContrast = """
        (() => {
          const channel = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
          const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
          const numbers = text => text.match(/[\\d.]+/g).map(Number);
          const ground = e => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
          let worst = {ratio: 99};
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const e = walk.currentNode.parentElement;
            if (!walk.currentNode.data.trim() || e.getClientRects().length === 0) continue;
            const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < worst.ratio) worst = {ratio, text: walk.currentNode.data.trim().slice(0, 40)};
          }
          return worst;
        })()
        """

    /// A notebook with a drawing, a picture, a wide table, warnings, an error and stale outputs.
    private static func pictures() throws -> NotebookReport {
        let cells = [
            ReportSamples.cell(
                "# Title\n\nSome `code` and [a link](https://example.org/).\n\n## Part", kind: .markdown),
            ReportSamples.cell("local x <const> = \"text\" -- note\nreturn 1"), ReportSamples.cell("stale()"),
        ]
        let picture = try ReportSamples.picture()
        let wide = JSON.object([
            ("columns", .list((1...30).map { .text("column \($0)") })),
            ("rows", .list([.list((1...30).map { .number(Double($0) / 7) })])),
        ])
        let outputs: [[RunRecord.Output]] = [
            [
                .value(
                    RunRecord.ShownValue(
                        text: "a", value: .null,
                        media: [try ReportSamples.medium("image/svg+xml", ReportSamples.drawing)])),
                .value(
                    RunRecord.ShownValue(
                        text: "b", value: .null, media: [try ReportSamples.medium("image/png", picture)])),
                .value(RunRecord.ShownValue(text: "", value: .null, table: wide)),
                .stream(isError: true, text: String(repeating: "wide ", count: 100)),
                .error(text: "study.lua:1: no", message: "no"),
            ], [.stream(isError: false, text: "old")],
        ]
        var record = try ReportSamples.record(
            of: ReportSamples.notebook(cells), outputs: outputs, warnings: [["W07 saturated"]],
            status: [.failed], parameters: [("eps", .number(0.1))])
        record.stable.cells[2].codeDigest = try Digest.of("other")
        return try ReportSamples.report(
            ReportSamples.notebook(cells), record, blobs: [ReportSamples.drawing, picture])
    }
}

extension JSON {
    fileprivate var isTrue: Bool { self == .flag(true) }
}
