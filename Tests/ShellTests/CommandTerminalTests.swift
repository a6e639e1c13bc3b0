import Glibc
import TestSupport
import Testing

/// Commands at a real terminal: Ctrl-C, and what a test without one cannot see.
@Suite(.serialized) struct CommandTerminalTests {
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

    @Test(
        "Ctrl-C in a command returns to the prompt with variables intact",
        arguments: [
            ":time while true do n = n + 1 end",
            ":timeit while true do n = n + 1 end",
            ":timeit -n 1000000000 n = n + 1",
            "$ sleep 60",
            "x = $ sleep 60",
            ":profile while true do n = n + 1 end",
            ":profile coroutine.wrap(function() while true do pcall(function() n = n + 1 end) end end)()",
        ])
    func interrupt(command: String) throws {
        let terminal = try start()
        #expect(try answer(terminal, "kept, n = 7, 1") == "")
        terminal.enter(command)
        usleep(300_000)
        terminal.type("\u{3}")
        try terminal.read(until: "interrupted\n")
        try terminal.read(until: prompt)
        #expect(try answer(terminal, "kept, n > 0") == "7\ntrue")
    }

    @Test("Ctrl-C in :timeit shows what the finished repeats gave")
    func partialMeasurement() throws {
        let terminal = try start()
        #expect(try answer(terminal, "function f() local t = clock() while clock() - t < 0.3 do end end") == "")
        terminal.enter(":timeit -n 1 -r 100 f()")
        usleep(1_200_000)
        terminal.type("\u{3}")
        let shown = try terminal.read(until: "interrupted\n" + prompt)
        #expect(shown.contains(" of 100 repeats of 1 loops)"), "\(shown)")
    }

    @Test("a command of the system has the terminal in its ordinary mode")
    func shellMode() throws {
        let terminal = try start()
        let modes = try answer(terminal, "$ stty -a").split(whereSeparator: \.isWhitespace)
        #expect(["icanon", "echo", "isig"].allSatisfy { modes.contains(Substring($0)) }, "\(modes)")
        terminal.enter("$ read word; echo \"got $word\"")
        usleep(200_000)
        terminal.enter("something")
        try terminal.read(until: "got something\n" + prompt)
    }

    @Test("an unfinished statement after :time asks for more")
    func continuation() throws {
        let terminal = try start()
        terminal.enter(":time for i = 1, 2 do")
        try terminal.read(until: "..> ")
        terminal.enter("print('line', i) end")
        try terminal.read(until: "line\t1\nline\t2\nwall ")
    }

    @Test("every command works where a person types it")
    func everyCommand() throws {
        let directory = try TemporaryDirectory(), terminal = try start()
        directory.write("setup.lua", "local ready = 6 * 7\n")
        #expect(try answer(terminal, ":cd \(directory.path)") == directory.path)
        #expect(try answer(terminal, ":pwd") == directory.path)
        #expect(try answer(terminal, ":load setup.lua") == "")
        #expect(try answer(terminal, "ready") == "42")
        #expect(try answer(terminal, ":reload") == "no loaded file has changed")
        #expect(try answer(terminal, ":whos") == "name   type     bytes  what\nready  integer         42")
        #expect(try answer(terminal, ":time ready + 1").hasPrefix("43\nwall "))
        #expect(try answer(terminal, ":timeit -n 2 -r 2 ready").contains("(2 repeats of 2 loops)"))
        #expect(try answer(terminal, ":profile ready + 2").hasPrefix("44\n"))
        #expect(try answer(terminal, ":set threads 1") == "")
        #expect(try answer(terminal, ":set threads").hasPrefix("threads = 1 "))
        #expect(try answer(terminal, ":mem").contains("\nprocess "))
        #expect(try answer(terminal, ":history -s -n 2").hasSuffix(":mem"))
        #expect(try answer(terminal, "word = $ echo one two") == "")
        #expect(try answer(terminal, "word") == "\"one two\"")
        #expect(try answer(terminal, ":shell echo three") == "three")
        #expect(try answer(terminal, ":save kept.lua") == "wrote 10 entries to kept.lua")
        #expect(try answer(terminal, ":forget ready word").hasPrefix("forgot ready, word: "))
        terminal.enter(":replay kept.lua")
        try terminal.read(until: "assay> show(ready + 1)\n43\n")
        try terminal.read(until: "assay> show(word)\nnil\n" + prompt)
        #expect(try answer(terminal, ":info").hasPrefix("assay "))
        #expect(try answer(terminal, ":help reload").hasPrefix(":reload [-a]\n"))
        terminal.enter(":q")
        #expect(terminal.waitForExit() == 0)
    }
}
