import Kernel
import Testing

@testable import Bindings

@Suite struct ReferenceSiteTests {
    static let reference = Reference(topics: [
        Topic(":go", .command, usage: ":go [there]", "Go.", details: "Then `attack.pgd`.", example: ":go home")
    ])
    static let site = ReferenceSite(reference)
    var files: [ReferenceSite.File] { Self.site.files }

    func text(_ path: String) -> String { files.first { $0.path == path }?.markdown ?? "no \(path)" }

    @Test("a function's part of its page, word for word")
    func golden() {
        #expect(
            text("modules/loss").contains(
                """
                ## loss.cross\\_entropy

                ```lua
                loss.cross_entropy(label_smoothing = 0) -> Loss
                ```

                Mean of -log softmax(logits)\\[label\\].

                **Parameters**

                | name | type | meaning |
                | --- | --- | --- |
                | `label_smoothing` | `number from 0 to 1` | share of the target spread over all classes; default 0 |

                **Returns:** [`Loss`](../types/Loss.md): A loss: a scalar from logits and labels

                **Example**

                ```lua
                loss.cross_entropy{label_smoothing = 0.1}
                ```
                """))
    }

    @Test("every declaration, subject, command, warning and word of Lua stands in a page")
    func complete() {
        let headings = Set(files.flatMap { anchors(of: $0.markdown) })
        for function in Catalogue.all.functions {
            #expect(headings.contains(Markdown.anchor(function.signature.name)), "\(function.signature.name)")
        }
        for type in Catalogue.all.classes {
            let page = text("types/\(type.name)")
            for operation in type.operators {
                #expect(page.contains("| `\(operation.operatorText)` |"), "\(type.name) \(operation.name)")
            }
        }
        for topic in Self.reference.topics where topic.kind != .keyword && topic.kind != .library {
            #expect(headings.contains(Markdown.anchor(topic.name)), "\(topic.name)")
        }
        for topic in Topic.lua {
            let usage = topic.usage.isEmpty ? topic.name : Markdown.code(topic.usage, inTable: true)
            #expect(text("lua").contains(usage), "\(topic.name)")
        }
    }

    @Test("every link leads to a page that exists, and to a heading in it")
    func links() {
        let pages = Dictionary(uniqueKeysWithValues: files.map { ($0.path + ".md", anchors(of: $0.markdown)) })
        var count = 0
        for file in files {
            for link in links(in: file.markdown) {
                count += 1
                let (path, anchor) = cut(link, at: "#")
                let target = path.isEmpty ? file.path + ".md" : resolve(path, from: file.path)
                let anchors = pages[target]
                #expect(anchors != nil && (anchor.isEmpty || anchors!.contains(anchor)), "\(file.path): \(link)")
            }
        }
        #expect(count > 1000)
    }

    @Test("no two headings of a page have one anchor, save a module and its call")
    func anchors() {
        for file in files {
            let counts = Dictionary(grouping: anchors(of: file.markdown)) { $0 }.filter { $0.value.count > 1 }
            let module = String(file.path.split(separator: "/").last!)
            #expect(counts.keys.filter { $0 != module }.sorted() == [], "\(file.path)")
        }
    }

    @Test("what would be markup in Markdown is escaped, in tables the bars too")
    func escaping() {
        #expect(Markdown.text("a_b < *c* & [d] | `e|f`") == "a\\_b \\< \\*c\\* \\& \\[d\\] | `e|f`")
        #expect(Markdown.text("a | `e|f`", inTable: true) == "a \\| `e\\|f`")
        #expect(Markdown.text("an odd ` mark") == "an odd \\` mark")
        #expect(Markdown.block("a ``` b") == "````lua\na ``` b\n````")
        #expect(Markdown.anchor("Tensor:add_") == "tensoradd_")
        #expect(Markdown.anchor("Keywords and operators") == "keywords-and-operators")
    }

    /// The anchors that a page's headings get.
    private func anchors(of markdown: String) -> [String] {
        var isCode = false
        return markdown.split(separator: "\n").compactMap { line in
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode, line.hasPrefix("#") else { return nil }
            return Markdown.anchor(String(line.drop { $0 == "#" }.dropFirst()).filter { $0 != "\\" })
        }
    }

    private func links(in markdown: String) -> [String] {
        var links: [String] = [], isCode = false
        for line in markdown.split(separator: "\n") {
            if line.hasPrefix("```") { isCode.toggle() }
            guard !isCode else { continue }
            var rest = String(line)
            while case let (_, after) = cut(rest, at: "]("), !after.isEmpty {
                links.append(cut(after, at: ")").before)
                rest = after
            }
        }
        return links
    }

    private func resolve(_ path: String, from page: String) -> String {
        var folder = page.split(separator: "/").dropLast().map(String.init)
        for part in path.split(separator: "/") {
            if part == ".." { _ = folder.popLast() } else { folder.append(String(part)) }
        }
        return folder.joined(separator: "/")
    }
}
