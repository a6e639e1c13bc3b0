import Glibc
import TestSupport
import Testing

@testable import Shell

/// Pasted text, as a terminal brackets it.
@Suite(.serialized) struct PasteTests {
    private func start(home: String = "/nonexistent", rows: UInt16 = 24) throws -> PseudoTerminal {
        let terminal = try Assay.onTerminal("-q", home: home, rows: rows, columns: 80)
        try terminal.show("assay>")
        return terminal
    }
    private func bracketed(_ text: String) -> String { "\u{1b}[200~\(text)\u{1b}[201~" }

    @Test("a paste is one unit: nothing is run, completed or indented before Enter, tabs stay tabs")
    func oneUnit() throws {
        let terminal = try start()
        terminal.type(bracketed("s = [[\r\tx\rif true then\r]]"))
        try terminal.show("assay> s = [[", "  ..>         x", "  ..> if true then", "  ..> ]]")
        terminal.type("\r")
        terminal.enter("#s")
        try terminal.show("16", "assay>")
    }

    @Test("a paste that ends in a line end waits for Enter, and comes back as one entry without it")
    func trailingLineEnd() throws {
        let terminal = try start()
        terminal.type(bracketed("x = 1\ny = 2\n"))
        try terminal.show("assay> x = 1", "  ..> y = 2", "  ..>")
        terminal.type("\r")
        terminal.enter("x + y")
        try terminal.show("3", "assay>")
        terminal.type("\u{1b}[A\u{1b}[A")
        try terminal.show("assay> x = 1", "  ..> y = 2")
    }

    @Test("of a pasted conversation only what was entered is taken, entry by entry")
    func conversation() throws {
        let terminal = try start()
        terminal.type(bracketed("  assay> for i = 1, 2 do\n  ..>   z = i\n  ..> end\nsome output\nassay> z + 40\n42\n"))
        try terminal.show("assay> for i = 1, 2 do", "  ..>   z = i", "  ..> end")
        terminal.type("\r")
        try terminal.show("  ..> end", "assay> z + 40", "42", "assay>")
    }

    @Test("what counts as a pasted conversation")
    func prompts() {
        func entries(_ text: String) -> [String] {
            PastedText(text.utf8, prompt: "assay> ", continuation: "  ..> ").entries
        }
        #expect(entries("x = 1\r\ny = 2\r") == ["x = 1\ny = 2\n"])
        #expect(entries("assay> x\n1\nassay> y") == ["x", "y"])
        #expect(entries("  ..> a\n  ..>   b\nout") == ["a\n  b"])
        #expect(entries("x = 'assay> '\nassay> y") == ["x = 'assay> '\nassay> y"])
        #expect(entries(">>> x") == [">>> x"])
        #expect(entries("assay> f{\n  ..>\n  ..> }\n") == ["f{\n\n}"])
        #expect(entries("assay>x") == ["assay>x"])
        #expect(entries("a\u{0}b") == ["ab"])
    }

    @Test("Ctrl-C inside a paste drops the rest of it and runs nothing")
    func interrupt() throws {
        let terminal = try start()
        terminal.type("\u{1b}[200~x = 1\ny = ")
        usleep(200_000)
        terminal.type("\u{3}")
        usleep(50_000)
        terminal.type("2\nprint('must not run')\n\u{1b}[201~")
        try terminal.show("a fresh prompt") { $0.lines.last == "assay>" && $0.text.contains("^C") }
        terminal.enter("x")
        try terminal.show("nil", "assay>")
        #expect(!terminal.screen.text.contains("must not run"))
    }

    @Test("10,000 lines are pasted and run in a second, and are one entry of the history")
    func tenThousandLines() throws {
        let home = try TemporaryDirectory()
        let terminal = try start(home: home.path)
        let text = (1...10_000).map { "x\($0 % 100) = \($0) -- a line like others" }.joined(separator: "\n")
        let before = now()
        terminal.type(bracketed(text))
        try terminal.show("the last line", timeout: 60) { $0.lines.last?.contains("x0 = 10000") == true }
        let taken = now() - before
        terminal.type("\r")
        try terminal.show("the prompt again", timeout: 60) { $0.lines.last == "assay>" }
        let run = now() - before
        #expect(terminal.screen.lines.contains("  ... 9990 lines ..."))
        terminal.enter("x0 + x99")
        try terminal.show("19999", "assay>")
        if Assay.isRelease { #expect(run < 1, "taken after \(taken) s, run after \(run) s") }
        let file = home.read(".local/state/assay/history.jsonl")
        #expect(file.split(separator: "\n").filter { $0.contains("x1 = 1 ") }.count == 1)
    }
}
