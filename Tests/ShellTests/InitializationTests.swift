import TestSupport
import Testing

/// What runs besides what the command line says: ASSAY_INIT and the user's init.lua.
@Suite struct InitializationTests {
    private func run(_ variable: String, _ arguments: String...) throws -> Finished {
        try TestSupport.run(
            Assay.binary, arguments, environment: Assay.environment().merging(["ASSAY_INIT": variable]) { $1 })
    }

    @Test("ASSAY_INIT runs before chunks and scripts, as text or as a file; -E ignores it")
    func variable() throws {
        let directory = try TemporaryDirectory()
        let file = directory.write("first.lua", "x = 'file'")
        #expect(try run("x = 'text'", "-e", "print(x)").output == "text\n")
        #expect(try run("@" + file, "-e", "print(x)").output == "file\n")
        #expect(try run("x = 1", "-E", "-e", "print(x)").output == "nil\n")
        #expect(try run("x = 1", directory.write("s.lua", "print(x)")).output == "1\n")
    }

    @Test("a failure in ASSAY_INIT ends the run with its code")
    func failures() throws {
        let raised = try run("error('no')", "-e", "print(1)")
        #expect(raised.code == 1 && raised.output == "" && raised.errors == "ASSAY_INIT:1: no\n")
        #expect(try run("x = = 1", "-e", "print(1)").code == 3)
        let missing = try run("@/nonexistent/a.lua", "-e", "print(1)")
        #expect(missing.code == 2)
        #expect(missing.errors == "assay: cannot read /nonexistent/a.lua: No such file or directory\n")
    }

    /// A home with an init.lua.
    private func home(_ text: String) throws -> TemporaryDirectory {
        let home = try TemporaryDirectory()
        _ = try TestSupport.run("/bin/mkdir", ["-p", home.path + "/.config/assay"], environment: [:])
        home.write(".config/assay/init.lua", text)
        return home
    }

    @Test("init.lua runs before the prompt, and its error is shown and ends nothing")
    func prompt() throws {
        let home = try home("mine = 42 error('broken')")
        let terminal = try Assay.onTerminal(home: home.path)
        try terminal.read(until: "init.lua:1: broken")
        try terminal.read(until: "assay> ")
        terminal.enter("mine")
        try terminal.read(until: "42")
        try terminal.read(until: "assay> ")
        terminal.type("\u{4}")
        #expect(terminal.waitForExit() == 0)
    }

    @Test("init.lua does not run for scripts, chunks and pipes, nor with --norc, nor from the working directory")
    func scripts() throws {
        let home = try home("print('init ran')")
        for arguments in [["-e", "print(1)"], ["-i"], ["-"]] {
            let run = try TestSupport.run(
                Assay.binary, arguments, input: "print(1)\n", environment: Assay.environment(home: home.path))
            #expect(run.output == "1\n", "\(arguments)")
        }
        let terminal = try Assay.onTerminal("--norc", home: home.path)
        #expect(try !terminal.read(until: "assay> ").contains("init ran"))
        let sees = try Assay.onTerminal("-q", home: home.path)
        #expect(try sees.read(until: "assay> ").contains("init ran"))
    }

    @Test("a slow init.lua says how long it took")
    func slow() throws {
        let home = try home("local start = os.clock() while os.clock() - start < 0.15 do end")
        let terminal = try Assay.onTerminal(home: home.path)
        try terminal.read(until: "init.lua took 0.")
        try terminal.read(until: "assay> ")
    }

    @Test("--quiet shows no banner, and --history none leaves no file")
    func quiet() throws {
        let home = try TemporaryDirectory()
        let terminal = try Assay.onTerminal("--quiet", "--history", "none", home: home.path)
        #expect(try !terminal.read(until: "assay> ").contains("Ctrl-D leaves"))
        terminal.enter("1 + 1")
        try terminal.read(until: "\n2")
        try terminal.read(until: "assay> ")
        terminal.type("\u{4}")
        #expect(terminal.waitForExit() == 0)
        #expect(home.read(".local/state/assay/history.jsonl") == "")
        let kept = try Assay.onTerminal("--history", home.path + "/mine.jsonl", home: home.path)
        try kept.read(until: "assay> ")
        kept.enter("1 + 1")
        try kept.read(until: "\n2")
        try kept.read(until: "assay> ")
        kept.type("\u{4}")
        #expect(kept.waitForExit() == 0)
        #expect(home.read("mine.jsonl").contains("1 + 1"))
    }
}
