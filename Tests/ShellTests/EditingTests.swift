import Glibc
import TestSupport
import Testing

/// Editing an entry of several lines, as it looks on the screen.
@Suite(.serialized) struct EditingTests {
    static let up = "\u{1b}[A", down = "\u{1b}[B", left = "\u{1b}[D"

    private func start(
        _ variables: [String: String] = [:], home: String = "/nonexistent", rows: UInt16 = 24, columns: UInt16 = 60
    ) throws -> PseudoTerminal {
        let terminal = try Assay.onTerminal("-q", home: home, rows: rows, columns: columns, variables: variables)
        try terminal.show("assay>")
        return terminal
    }

    /// Types lines one after the other, as a person does: each Enter is answered before the next line.
    private func type(_ lines: [String], _ terminal: PseudoTerminal) throws {
        for (index, line) in lines.enumerated() {
            terminal.type(line)
            let shown = line.isEmpty ? "" : String(line.drop { $0 == " " })
            try terminal.show("'\(line)'") { $0.lines.contains { $0.hasSuffix(shown) } }
            if index < lines.count - 1 {
                // The row of the last prompt: a signature below the text comes and goes, and takes the cursor along.
                let lines = terminal.screen.lines
                let row = lines.lastIndex { $0.hasPrefix("assay>") || $0.hasPrefix("  ..>") } ?? 0
                terminal.type("\r")
                try terminal.show("a new line") { $0.cursor.row > row || $0.cursor.row == $0.rows - 1 }
            }
        }
    }

    @Test(
        "Enter in an unfinished entry opens an indented line, end goes back below what it closes, and Enter then runs all"
    )
    func smartEnter() throws {
        let terminal = try start()
        try type(["for i = 1, 2 do", "if i == 2 then", "print({", "'x'})", "else", "y = i", "end", "end"], terminal)
        terminal.type("\r")
        let shown = try terminal.show("the value") { $0.lines.count > 9 }
        #expect(
            shown.lines.prefix(8) == [
                "assay> for i = 1, 2 do", "  ..>   if i == 2 then", "  ..>     print({", "  ..>       'x'})",
                "  ..>   else", "  ..>     y = i", "  ..>   end", "  ..> end",
            ])
        terminal.enter("y")
        try terminal.show("1", "assay>")
    }

    @Test("Enter runs a whole entry wherever the cursor is, and Alt-Enter always opens a line")
    func enterInTheMiddle() throws {
        let terminal = try start()
        terminal.type("x = 5")
        try terminal.show("assay> x = 5")
        terminal.type("\u{1b}\r")
        try terminal.show("assay> x = 5", "  ..>")
        terminal.type("y = 6")
        try terminal.show("assay> x = 5", "  ..> y = 6")
        terminal.type(Self.up + "7\r")
        try terminal.show("assay> x = 57", "  ..> y = 6", "assay>")
        terminal.enter("x, y")
        try terminal.show("57", "6", "assay>")
    }

    @Test("a blank last line submits whatever is missing")
    func escapeHatch() throws {
        let terminal = try start()
        try type(["x = (", ""], terminal)
        terminal.type("\r")
        try terminal.show("the error") { $0.text.contains("In[1]:") && $0.lines.last == "assay>" }
    }

    @Test("Up and Down move inside the text and keep their column, Home and End know lines")
    func moving() throws {
        let terminal = try start()
        try type(["s = [[abcdef", "g", "hijklm]]"], terminal)
        terminal.type(Self.up + Self.up)
        let first = try terminal.show("the cursor on the first line") { $0.cursor.row == 0 }
        #expect(first.cursor == .init(row: 0, column: 7 + 8))
        terminal.type("\u{1}")
        try terminal.show("the cursor at its beginning") { $0.cursor == .init(row: 0, column: 7) }
        terminal.type(Self.down + "\u{5}")
        try terminal.show("the cursor at the end of line 2") { $0.cursor == .init(row: 1, column: 7) }
        terminal.type("X\u{b}\r")  // Ctrl-K joins the next line
        terminal.enter("#s")
        try terminal.show("15", "assay>")
    }

    @Test("Up recalls entries that begin with what stands before the cursor, Down comes back to what was being typed")
    func prefixSearch() throws {
        let terminal = try start()
        for line in ["net = 1", "x = 2", "net = 3", "y = 4"] { terminal.enter(line) }
        try terminal.show("assay> y = 4", "assay>")
        terminal.type("net")
        try terminal.show("assay> net")
        terminal.type(Self.up)
        try terminal.show("assay> net = 3")
        terminal.type(Self.up)
        try terminal.show("assay> net = 1")
        terminal.type(Self.down)
        try terminal.show("assay> net = 3")
        terminal.type(Self.down)
        try terminal.show("assay> net")
        terminal.type("\u{15}" + Self.up)
        try terminal.show("assay> y = 4")
        terminal.type(Self.up + Self.up + Self.up)
        try terminal.show("assay> net = 1")
    }

    @Test("an entry of several lines comes back as one; Up then goes on to older entries, Down into it")
    func recallBlock() throws {
        let terminal = try start()
        terminal.enter("old = 1")
        try terminal.show("assay> old = 1", "assay>")
        try type(["for i = 1, 1 do", "z = i"], terminal)
        // Ctrl-C throws away what the terminal has not passed on, in both directions: everything has to be through.
        terminal.type("\r")
        try terminal.show("a new line") { $0.lines.last == "  ..>" }
        terminal.type("\u{3}")
        try terminal.show("a prompt") { $0.lines.last == "assay>" }
        terminal.enter("repeat z = 9 until")
        try terminal.show("a new line") { $0.lines.last == "  ..>" }
        terminal.type("true")
        terminal.type("\r")
        try terminal.show("a prompt") { $0.lines.last == "assay>" }
        terminal.type(Self.up)
        try terminal.show("assay> repeat z = 9 until", "  ..> true")
        terminal.type(Self.up)
        try terminal.show("the next older one") { !$0.lines.suffix(2).joined().contains("repeat") }
        terminal.type(Self.down)
        try terminal.show("the cursor in the last line") { $0.lines.last == "  ..> true" && $0.cursor.column == 10 }
        terminal.type("\r")
        terminal.enter("z")
        try terminal.show("9", "assay>")
    }

    @Test("Ctrl-R finds an entry of several lines by any part of it")
    func search() throws {
        let terminal = try start()
        try type(["function f()", "return 'needle'", "end"], terminal)
        terminal.type("\r")
        try terminal.show("a prompt") { $0.lines.last == "assay>" }
        terminal.enter("x = 1")
        try terminal.show("assay> x = 1", "assay>")
        terminal.type("\u{12}needle")
        try terminal.show("(reverse-i-search)`needle': function f()", "  ..>   return 'needle'", "  ..> end")
        terminal.type("\u{5}")
        try terminal.show("assay> function f()", "  ..>   return 'needle'", "  ..> end")
        terminal.type("\r")
        terminal.enter("f()")
        try terminal.show("\"needle\"", "assay>")
    }

    @Test("Ctrl-C in a text of several lines keeps it on the screen and gives a fresh prompt")
    func interrupt() throws {
        let terminal = try start()
        try type(["for i = 1, 2 do", "print(i)"], terminal)
        terminal.type(Self.up + "\u{3}")
        try terminal.show("assay> for i = 1, 2 do", "  ..>   print(i)^C", "assay>")
        terminal.enter("6 * 7")
        try terminal.show("42", "assay>")
    }

    @Test("lines longer than the window wrap, and a change in the middle redraws what follows")
    func wrapping() throws {
        let terminal = try start(columns: 20)
        terminal.type("x = '0123456789abcdefghij'")
        try terminal.show("assay> x = '01234567", "89abcdefghij'")
        terminal.type(String(repeating: Self.left, count: 20) + "XY")
        try terminal.show("assay> x = '0XY12345", "6789abcdefghij'")
        terminal.type("\r")
        terminal.enter("#x")
        try terminal.show("22", "assay>")
    }

    @Test("a text taller than the window is edited through a part of it, and shown whole when entered")
    func tall() throws {
        let terminal = try start(rows: 8)
        let lines = ["s = [["] + (1...20).map { "line \($0)" } + ["]]"]
        terminal.type("\u{1b}[200~" + lines.joined(separator: "\r") + "\u{1b}[201~")
        try terminal.show("  ..> ]]")
        #expect(terminal.screen.lines == ["  ..> line 14"] + (15...20).map { "  ..> line \($0)" } + ["  ..> ]]"])
        terminal.type(String(repeating: Self.up, count: 12))
        try terminal.show("the line above") { $0.lines.first == "  ..> line 9" && $0.cursor.row == 0 }
        terminal.type("\u{5}!\r")
        let shown = try terminal.show("  ..> ]]", "assay>")
        #expect(
            shown.everything.suffix(23) == ["assay> s = [["] + (1...20).map { "  ..> line \($0)\($0 == 9 ? "!" : "")" }
                + ["  ..> ]]", "assay>"])
        terminal.enter("#s")
        try terminal.show("152", "assay>")
    }

    @Test("a new window size draws the text anew, with the cursor in its place")
    func resize() throws {
        let terminal = try start(columns: 60)
        try type(["t = {'0123456789', '0123456789', '0123456789'", "}"], terminal)
        terminal.resize(rows: 24, columns: 30)
        try terminal.show("assay> t = {'0123456789', '012", "3456789', '0123456789'", "  ..>   }")
        terminal.resize(rows: 24, columns: 80)
        let wide = try terminal.show("assay> t = {'0123456789', '0123456789', '0123456789'", "  ..>   }")
        #expect(wide.cursor == .init(row: 1, column: 9))
        terminal.type("\r")
        terminal.enter("#t")
        try terminal.show("3", "assay>")
    }

    @Test("Ctrl-Z stops the program, and when it goes on the text is there again")
    func suspend() throws {
        let terminal = try start()
        try type(["for i = 1, 2 do", "print(i)"], terminal)
        terminal.type("\u{1a}")
        usleep(300_000)
        terminal.child.signal(SIGCONT)
        try terminal.show("assay> for i = 1, 2 do", "  ..>   print(i)")
        terminal.type("\u{3}")
        terminal.enter("6 * 7")
        try terminal.show("42", "assay>")
    }

    @Test("Ctrl-L clears the screen but for the text")
    func clear() throws {
        let terminal = try start()
        terminal.enter("x = 1")
        try terminal.show("assay> x = 1", "assay>")
        try type(["for i = 1, 2 do", "print(i)"], terminal)
        terminal.type("\u{c}")
        try terminal.show("a clear screen") { $0.lines == ["assay> for i = 1, 2 do", "  ..>   print(i)"] }
    }

    @Test("the prompt and the source have colours, unless NO_COLOR says otherwise")
    func colours() throws {
        let terminal = try start()
        terminal.type("local x = 'text' -- 1")
        let shown = try terminal.show("assay> local x = 'text' -- 1")
        #expect(shown.style(of: "assay") == "1;32")
        #expect(shown.style(of: "local") == "35" && shown.style(of: "x =") == "")
        #expect(shown.style(of: "'text'") == "32" && shown.style(of: "-- 1") == "2")
        let plain = try start(["NO_COLOR": "1"])
        plain.type("local x = 'text'")
        let shownPlain = try plain.show("assay> local x = 'text'")
        #expect(["assay", "local", "'text'"].allSatisfy { shownPlain.style(of: $0) == "" })
    }

    @Test("output without a line end does not share the prompt's line")
    func openLine() throws {
        let terminal = try start()
        terminal.enter("io.write('no end');")
        try terminal.show("no end", "assay>")
    }

    @Test("Tab shows candidates below the text with what they are, and they go with the next key")
    func candidates() throws {
        let terminal = try start()
        terminal.type("string.rev\t")
        try terminal.show("assay> string.reverse")
        terminal.type("\u{15}string.re\t")
        try terminal.show("a list") { $0.lines.count > 1 && $0.lines[0] == "assay> string.re" }
        terminal.type("v")
        try terminal.show("no list") { $0.lines == ["assay> string.rev"] }
    }

    @Test("inside a call of a known function its signature stands below the text")
    func signature() throws {
        let terminal = try start(columns: 100)
        terminal.type("tensor.zeros({2}, ")
        let shown = try terminal.show("the signature") {
            $0.lines.count == 2 && $0.lines[1].hasPrefix("  tensor.zeros(")
        }
        #expect(shown.cursor == .init(row: 0, column: 25))
        #expect(shown.style(of: "tensor.zeros(shape") == "2")
        terminal.type("\u{15}x = 1\r")
        try terminal.show("no signature") { $0.lines == ["assay> x = 1", "assay>"] }
    }

    @Test("a dumb terminal, or horizontal scrolling, asks for the lines of an entry one by one")
    func lineByLine() throws {
        let dumb = try Assay.onTerminal("-q", variables: ["TERM": "dumb"])
        try dumb.read(until: "assay> ")
        dumb.enter("for i = 1, 2 do")
        try dumb.read(until: "  ..> ")
        dumb.enter("print('dumb', i) end")
        try dumb.read(until: "dumb\t1\ndumb\t2\nassay> ")
        #expect(!dumb.transcript.contains("\u{1b}"))
    }
}
