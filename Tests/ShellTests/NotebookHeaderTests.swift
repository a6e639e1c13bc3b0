import Kernel
import Testing

@testable import Shell

@Suite("the header of a notebook")
struct NotebookHeaderTests {
    private func header(_ lines: String...) throws -> JSON? {
        let text = (["---"] + lines + ["---"]).map(Notebook.Cell.commented).joined(separator: "\n")
        return try Notebook(parsing: text).header
    }

    @Test("scalars, flow lists and maps, and blocks read as every YAML reader reads them")
    func values() throws {
        let json = try header(
            "text: plain words # a comment", "\"quoted # key\": 'it''s'", "int: -3", "real: 1e-3", "none:",
            "flag: true",
            "", "# a line of comment", "list: [a, \"b, c\", 2, [x]]", "map: {a: 1, data/x.npy: sha256-1, e: {}}",
            "deep:",
            "  deeper:", "    deepest: 1", "  next: \"\\u00e4\\n\"", "url: http://a/b:c", "when: 2026-11-23")
        let expected = JSON.object([
            ("text", .text("plain words")), ("quoted # key", .text("it's")), ("int", .int(-3)),
            ("real", .number(0.001)),
            ("none", .null), ("flag", .flag(true)),
            ("list", .list([.text("a"), .text("b, c"), .int(2), .list([.text("x")])])),
            ("map", .object([("a", .int(1)), ("data/x.npy", .text("sha256-1")), ("e", .object([JSON.Field]()))])),
            ("deep", .object([("deeper", .object([("deepest", .int(1))])), ("next", .text("ä\n"))])),
            ("url", .text("http://a/b:c")), ("when", .text("2026-11-23")),
        ])
        #expect(json == expected)
    }

    @Test("a header that a program makes is written in blocks and reads back")
    func written() throws {
        let json = JSON.object([
            ("title", .text("a: b")),
            ("jupyter", .object([("b", .object([("c", .text("1.3"))])), ("a", .text(".lua"))])),
            ("assay", .object([("limits", .object([("time", .int(3))])), ("flag", .text("yes")), ("x", .text(""))])),
            ("list", .list([.text("a, b"), .text("-c")])), ("filter", .text("-a,b")),
        ])
        let notebook = Notebook(header: json, cells: [])
        #expect(
            notebook.text == """
                -- ---
                -- title: 'a: b'
                -- assay:
                --   limits: {time: 3}
                --   flag: 'yes'
                --   x: ""
                -- list: ['a, b', -c]
                -- filter: -a,b
                -- jupyter:
                --   a: .lua
                --   b:
                --     c: '1.3'
                -- ---

                """)
        let back = try Notebook(parsing: notebook.text)
        #expect(back.header?.sorted == json.sorted)
        #expect(back.text == notebook.text)
    }

    @Test(
        "what is not read is an error that names the line",
        arguments: [
            ("a: 1\n   b: 2", "line 3: header: indent by 0 spaces here, got 3"),
            ("a:\n    b: 2", "line 3: header: indent by 2 spaces here, got 4"),
            ("a:\n\tb: 2", "line 3: header: indent with spaces, not with tabs"),
            ("a: 1\na: 2", "line 3: header: 'a' stands twice in one map"),
            ("a: {b: 1, b: 2}", "line 2: header: 'b' stands twice in one map"),
            ("a: 1\nb", "line 3: header: 'key: value' expected, got 'b'"),
            ("a:\n- b", "line 3: header: lists are written [a, b], not with dashes"),
            ("a: - b", "line 2: header: lists are written [a, b], not with dashes"),
            ("a: &x 1", "line 2: header: anchors and aliases are not read: put '&x 1' in quotes"),
            ("a: !!str 1", "line 2: header: tags are not read: put '!!str 1' in quotes"),
            ("a: |", "line 2: header: texts of several lines are not read: write one line in quotes"),
            ("a: @b", "line 2: header: a text cannot begin with '@': put it in quotes"),
            ("a: ? b", "line 2: header: a text cannot begin with '? ': put it in quotes"),
            ("a: no", "line 2: header: 'no' is a flag for some readers: write true, false or \"no\""),
            ("a: 007", "line 2: header: '007' is an octal number for some readers: drop the zeros or put it in quotes"),
            ("a: b: c", "line 2: header: put 'b: c' in quotes: it has a colon and a space in it"),
            ("a: [1, 2", "line 2: header: ',' or ']' expected before the end of the line, got ''"),
            ("a: [1 2, {b: 1]", "line 2: header: ',' or '}' expected before the end of the line, got ']'"),
            ("a: [", "line 2: header: ']' expected before the end of the line"),
            ("a: \"b", "line 2: header: the text \"b has no closing quote"),
            ("a: \"\\q\"", "line 2: header: \"\\q\" has an escape that is not one of JSON's"),
            ("a: \"b\" c", "line 2: header: end of line expected, got 'c'"),
            ("a: 1\n: 2", "line 3: header: a key is missing before ':'"),
        ])
    func errors(lines: String, message: String) {
        let text = "---\n\(lines)\n---".split(separator: "\n").map { Notebook.Cell.commented(String($0)) }
        #expect {
            try Notebook(parsing: text.joined(separator: "\n"))
        } throws: {
            "\($0)" == message
        }
    }

    @Test("a rule of dashes above a comment is no header, and neither is one that stays open")
    func rules() throws {
        for text in [
            "-- ---\n-- My script, v1\n-- ---\nx = 1\n", "-- ---\n-- a: 1\nx = 1\n", "x = 1\n-- ---\n-- a: 1\n-- ---\n",
        ] {
            let notebook = try Notebook(parsing: text)
            #expect(notebook.header == nil)
            #expect(notebook.cells.count == 1)
        }
    }

    @Test("sizes in bytes")
    func sizes() {
        #expect(ByteCount(.text("4GiB"))?.bytes == 4 << 30)
        #expect(ByteCount(.text("1.5 MB"))?.bytes == 1_500_000)
        #expect(ByteCount(.int(12))?.bytes == 12)
        for wrong in [JSON.text("4"), .text("GiB"), .text("-1GB"), .text("nanGB"), .text("1e30GB"), .int(0), .null] {
            #expect(ByteCount(wrong) == nil)
        }
    }
}
