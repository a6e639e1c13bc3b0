import TestSupport
import Testing

/// Locals and last expressions at a real prompt.
@Suite(.serialized) struct LocalsPromptTests {
    private let prompt = "assay> "

    private func start() throws -> PseudoTerminal {
        let terminal = try Assay.onTerminal()
        try terminal.read(until: prompt)
        return terminal
    }

    private func answer(_ terminal: PseudoTerminal, _ line: String) throws -> String {
        terminal.enter(line)
        let shown = try terminal.read(until: "\n" + prompt)
        return shown.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().joined(separator: "\n")
    }

    @Test("a top-level local is there at the next prompt, with a note when an attribute is dropped")
    func locals() throws {
        let terminal = try start()
        #expect(try answer(terminal, "local x, y = 6") == "")
        #expect(try answer(terminal, "x, y") == "6\nnil")
        #expect(try answer(terminal, "local function f(n) return n * x end") == "")
        #expect(try answer(terminal, "f(7)") == "42")
        #expect(
            try answer(terminal, "local k <const> = 1") == "note: <const> of 'k' has no effect at the prompt")
        #expect(try answer(terminal, "k") == "1")
    }

    @Test(":set locals off restores what stock Lua does")
    func off() throws {
        let terminal = try start()
        #expect(
            try answer(terminal, ":set locals")
                == "locals = on             Let top-level locals of an entry outlive it. (on|off)")
        #expect(try answer(terminal, ":set locals off") == "")
        #expect(try answer(terminal, "local x = 6") == "")
        #expect(try answer(terminal, "x") == "nil")
        #expect(try answer(terminal, ":set locals on") == "")
        #expect(try answer(terminal, "local x = 6 x") == "6")
    }

    @Test("a pasted block shows the value of its last expression, unless it ends in a semicolon")
    func block() throws {
        let terminal = try start()
        terminal.type("\u{1b}[200~local t = {}\nfor i = 1, 3 do\n  t[i] = i * i\nend\n#t, t[3]\u{1b}[201~")
        try terminal.read(until: "t[3]")
        terminal.type("\r")
        try terminal.read(until: "\n3\n9\n" + prompt)
        #expect(try answer(terminal, "x = 2 t[x] -- ;") == "4")
        #expect(try answer(terminal, "x = 2 t[x]; -- shown no more") == "")
    }

    @Test("results have numbers, and a large one that was let go is a line of text")
    func results() throws {
        let terminal = try start()
        #expect(try answer(terminal, "6 * 7") == "42")
        #expect(try answer(terminal, "'text'") == "\"text\"")
        #expect(try answer(terminal, "__ + 1, Out[1] + 2, In[1]") == "43\n44\n\"6 * 7\"")
        #expect(try answer(terminal, "tensor.zeros{1024, 1024};") == "")
        #expect(try answer(terminal, "_.shape[1]") == "1024")
        #expect(try answer(terminal, "collectgarbage() collectgarbage()") == "0")
        #expect(try answer(terminal, "Out[4]").hasPrefix("<freed Tensor [1024, 1024] float32"))
    }
}
