import Glibc
import TestSupport
import Testing

@testable import Shell

/// `:debug`: looking at the calls of an error after it.
@Suite(.serialized) struct DebugTests {
    private let prompt = "assay> "

    private func start() throws -> PseudoTerminal {
        let terminal = try Assay.onTerminal()
        try terminal.read(until: prompt)
        return terminal
    }

    /// Types a line and gives what was shown until the next prompt of that name.
    private func answer(_ terminal: PseudoTerminal, _ line: String, until prompt: String) throws -> String {
        terminal.enter(line)
        let shown = try terminal.read(until: "\n" + prompt)
        return shown.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().joined(separator: "\n")
    }

    @Test("at a terminal: the calls, their variables, code among them, up and down, and back")
    func conversation() throws {
        let terminal = try start()
        _ = try answer(terminal, "k = 'global' local scale = 3", until: prompt)
        _ = try answer(terminal, "function inner(t) local n = #t; return n + t.missing end", until: prompt)
        _ = try answer(
            terminal, "function outer(n) local list = {n, n}; local r = inner(list); return r end", until: prompt)
        #expect(try answer(terminal, "outer(7)", until: prompt).hasPrefix("In[2]:1: attempt to perform arithmetic"))
        #expect(
            try answer(terminal, ":debug", until: "debug[1]> ") == """
                > 1  In[2]:1: in function 'inner'
                  2  In[3]:1: in function 'outer'
                  3  In[4]:1: in main chunk
                    > 1 | function inner(t) local n = #t; return n + t.missing end
                """)
        #expect(try answer(terminal, ":locals", until: "debug[1]> ") == "  t = table with 2 items\n  n = 2")
        #expect(try answer(terminal, "n * 10, t, k", until: "debug[1]> ") == "20\n{7, 7}\n\"global\"")
        #expect(try answer(terminal, "n = 5", until: "debug[1]> ") == "")
        #expect(try answer(terminal, "n", until: "debug[1]> ") == "5")
        #expect(try answer(terminal, "n + nothing", until: "debug[1]> ").contains("(global 'nothing')"))
        #expect(try answer(terminal, ":up", until: "debug[2]> ").hasPrefix("> 2  In[3]:1: in function 'outer'\n"))
        #expect(try answer(terminal, "list[1] + n", until: "debug[2]> ") == "14")
        #expect(try answer(terminal, ":up", until: "debug[3]> ").contains("main chunk"))
        #expect(try answer(terminal, ":up", until: "debug[3]> ") == ":up: this is the outermost call")
        #expect(try answer(terminal, ":frame 1", until: "debug[1]> ").hasPrefix("> 1  In[2]:1"))
        #expect(try answer(terminal, ":down", until: "debug[1]> ") == ":down: this is the innermost call")
        #expect(try answer(terminal, ":frame 9", until: "debug[1]> ") == ":frame: a number from 1 to 3 expected")
        terminal.enter("for i = 1, 2 do")
        try terminal.read(until: "..> ")
        terminal.enter("print(i, n) end")
        try terminal.read(until: "\n1\t5\n2\t5\ndebug[1]> ")
        terminal.type("while true do end\r")
        try terminal.read(until: "end\n")
        usleep(100_000)
        terminal.type("\u{3}")
        try terminal.read(until: "interrupted\ndebug[1]> ")
        terminal.type("nonsense\u{3}")
        try terminal.read(until: "debug[1]> ")
        #expect(try answer(terminal, ":q", until: prompt) == "")
        #expect(try answer(terminal, "n", until: prompt) == "nil")
        #expect(try answer(terminal, ":debug t", until: prompt) == "{7, 7}")
        terminal.enter(":debug")
        try terminal.read(until: "debug[1]> ")
        terminal.type("\u{4}")
        try terminal.read(until: prompt)
        #expect(try answer(terminal, "6 * 7", until: prompt) == "42")
    }

    @Test("upvalues, arguments beyond the named ones, callbacks through Swift and coroutines")
    func kinds() throws {
        let desk = try Desk()
        desk.enter(
            "local factor = 3; function make() local seen = 1; return function(...) seen = seen + 1; return seen .. nil end end"
        )
        desk.enter("f = make()")
        desk.enter("f('a', 'b')")
        #expect(desk.enter(":debug seen, factor") == "2\n3")
        desk.enter("coroutine.wrap(function() local inside = 'co'; error('x') end)()")
        #expect(desk.enter(":debug inside") == "\"co\"")
        desk.enter(
            """
            labels = tensor.zeros({2}, {dtype = "int64"}); labels[2] = 1
            local function go() local deep = "swift"; error("y") end
            attack.pgd{eps = 0.1, steps = 1, objective = go}:run(nn.mlp{4, 2}, {tensor.zeros{2, 4}, labels})
            """)
        #expect(desk.enter(":debug deep") == "\"swift\"")
    }

    @Test("it does not run twice, and says when there is nothing to look at")
    func limits() throws {
        let desk = try Desk()
        #expect(desk.enter(":debug") == "! :debug: there was no error, or it has been forgotten")
        desk.enter("n = 0; function f() n = n + 1; local here = n; error('no') end")
        desk.enter("f()")
        #expect(desk.enter(":debug here") == "1")
        #expect(desk.enter("n") == "1")
        desk.enter("f()")
        #expect(desk.enter(":debug here") == "2")
        desk.enter(":forget out")
        #expect(desk.enter(":debug here").hasPrefix("! :debug: there was no error"))
        desk.enter(":set debug off")
        desk.enter("f()")
        #expect(desk.enter(":debug here") == "nil")
        desk.enter(":set debug on")
    }

    @Test("large values of an error's calls are let go with the next entry")
    func memory() throws {
        let desk = try Desk()
        desk.enter("function f() local x, small = tensor.zeros{1024, 1024}, 7; error('no') end")
        desk.enter("f()")
        #expect(desk.enter(":debug #x.shape") == "2")
        desk.enter("y = 1")
        #expect(desk.enter(":debug x").hasPrefix("<freed Tensor [1024, 1024] float32"))
        #expect(desk.enter(":debug small") == "7")
    }
}
