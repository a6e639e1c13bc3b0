import Bindings
import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite struct DocsTests {
    @Test("Markdown becomes HTML with anchors, coloured Lua, tables, and without any HTML of its own")
    func html() {
        let markdown = """
            # The *first*

            A \\<b\\> & `a < b` <script>alert(1)</script>

            ```lua
            local s = "a<b" -- c & d
            return 0x1F
            ```

            | a | b |
            | --- | --- |
            | `x\\|y` | [z](#first) |

            ## The first
            """
        #expect(
            MarkdownHTML(markdown).html == """
                <h1 id="the-first">The <em>first</em></h1>
                <p>A &lt;b&gt; &amp; <code>a &lt; b</code> <!-- raw HTML omitted -->alert(1)<!-- raw HTML omitted --></p>
                <pre><code><b>local</b> s = <i class="s">&quot;a&lt;b&quot;</i> <i class="c">-- c &amp; d</i>
                <b>return</b> <i class="n">0x1F</i>
                </code></pre>
                <table>
                <thead>
                <tr>
                <th>a</th>
                <th>b</th>
                </tr>
                </thead>
                <tbody>
                <tr>
                <td><code>x|y</code></td>
                <td><a href="#first">z</a></td>
                </tr>
                </tbody>
                </table>
                <h2 id="the-first-1">The first</h2>

                """)
    }

    @Test("every HTML page is well-formed, needs nothing else, and its links lead somewhere")
    func pages() {
        let site = ReferenceSite(Reference(topics: Reference.shellTopics), ending: ".html")
        var pages: [String: Markup] = [:]
        for file in site.files { pages[file.path + ".html"] = Markup(file.html) }
        for (path, page) in pages {
            #expect(page.fault == nil, "\(path)")
            #expect(page.tags.isDisjoint(with: ["script", "img", "link", "iframe"]), "\(path)")
            for link in page.links {
                let (file, anchor) = split(link)
                let target = file.isEmpty ? path : resolved(file, from: path)
                let found = pages[target]
                #expect(found != nil && (anchor.isEmpty || found!.anchors.contains(anchor)), "\(path): \(link)")
            }
        }
    }

    @Test("assay docs writes the pages, as HTML and as Markdown, and says where to start")
    func commandLine() throws {
        let folder = try TemporaryDirectory()
        let html = try Assay.run("docs", "--output", folder.path + "/a/b")
        #expect(html.output.hasSuffix(" pages in \(folder.path)/a/b; start at \(folder.path)/a/b/index.html\n"))
        #expect(html.errors == "" && html.code == 0)
        #expect(folder.read("a/b/modules/attack.html").contains("<h2 id=\"attackpgd\">attack.pgd</h2>"))
        _ = try Assay.run("docs", "--format", "markdown", "--output", folder.path + "/md")
        #expect(folder.read("md/commands.md").contains("\n## :q\n"))
        #expect(folder.read("md/subjects/exit-codes.md").contains("| `130` | interrupted |"))
        let file = folder.write("file", "")
        let failed = try Assay.run("docs", "--output", file + "/x")
        #expect(failed.errors == "assay: \(file): Not a directory\n" || failed.errors.contains(file))
        #expect(failed.code == 2)
    }

    @Test("assay stubs writes a file per module and type, or everything to standard output")
    func stubs() throws {
        let folder = try TemporaryDirectory()
        let written = try Assay.run("stubs", "--output", folder.path + "/stubs")
        #expect(written.output == "\(Stubs().files.count) files in \(folder.path)/stubs\n")
        #expect(folder.read("stubs/types/Tensor.lua").hasPrefix("---@meta\n"))
        let all = try Assay.run("stubs").output
        #expect(all.contains("\nfunction attack.pgd(") && all.contains("\nfunction Tensor:matmul("))
    }

    private func split(_ link: String) -> (String, String) {
        guard let mark = link.firstIndex(of: "#") else { return (link, "") }
        return (String(link[..<mark]), String(link[link.index(after: mark)...]))
    }
    private func resolved(_ path: String, from page: String) -> String {
        var folder = page.split(separator: "/").dropLast().map(String.init)
        for part in path.split(separator: "/") {
            if part == ".." { _ = folder.popLast() } else { folder.append(String(part)) }
        }
        return folder.joined(separator: "/")
    }
}
