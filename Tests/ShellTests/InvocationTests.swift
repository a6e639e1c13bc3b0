import TestSupport
import Testing

@testable import Shell

@Suite struct InvocationTests {
    private func failure(_ words: String...) -> String {
        do {
            _ = try Invocation.parse(words).subcommand()
            return ""
        } catch { return CommandLineWords.message(for: error) }
    }

    @Test("nothing asks for the prompt")
    func nothing() throws {
        let invocation = try Invocation.parse([]), options = invocation.settings
        #expect(invocation.script == nil && options.steps == [] && !options.interactive)
        #expect(options.seed == 0 && options.threads == nil && options.history == nil && options.color == .auto)
        #expect(!options.json && !options.quiet && !options.noInit && !options.ignoreEnvironment && !options.warnings)
        #expect(try invocation.subcommand() == nil)
    }

    @Test("the commonest command lines, which the parser does not see, mean what it would make of them")
    func plain() throws {
        for words in [[], ["-e", "x"], ["-e", "-l"], ["s.lua"], ["s.lua", "-e", "--help"], ["a b", ""]] {
            let parsed = try CommandLineWords.invocation(words), plain = try Invocation.parse(words)
            #expect(plain.settings == parsed.settings && plain.rest == parsed.rest, "\(words)")
        }
    }

    @Test("what follows the script belongs to the script")
    func scriptArguments() throws {
        let invocation = try Invocation.parse(["-i", "--seed", "7", "a.lua", "-e", "--help", "--", "x"])
        #expect(invocation.script == .file("a.lua"))
        #expect(invocation.scriptArguments == ["-e", "--help", "--", "x"])
        #expect(invocation.settings.interactive && invocation.settings.seed == 7 && invocation.settings.steps == [])
    }

    @Test("chunks and modules keep their common order, and chunks may begin with a dash")
    func steps() throws {
        let words = ["-e", "x=1", "-l", "a", "-e", "-- y", "-l", "b=c.d", "-lm", "-ez()"]
        #expect(
            try Invocation.parse(words).settings.steps == [
                .chunk("x=1"), .module("a"), .chunk("-- y"), .module("b=c.d"), .module("m"), .chunk("z()"),
            ])
    }

    @Test("run takes options before its script, added to those before it")
    func run() throws {
        let words = ["-e", "a", "--threads", "2", "run", "-e", "b", "-W", "s.lua", "-i"]
        let invocation = try Invocation.parse(words), options = invocation.settings
        #expect(options.steps == [.chunk("a"), .chunk("b")] && options.threads == 2 && options.warnings)
        #expect(invocation.script == .file("s.lua") && invocation.scriptArguments == ["-i"])
    }

    @Test("a dash is standard input, and two dashes end the options")
    func dashes() throws {
        let standardInput = try Invocation.parse(["-", "a"])
        #expect(standardInput.script == .standardInput && standardInput.scriptArguments == ["a"])
        #expect(try Invocation.parse(["--", "-odd.lua"]).script == .file("-odd.lua"))
    }

    @Test("a word that names a subcommand is one, unless a path or run says that it is a script")
    func subcommands() throws {
        #expect(try Invocation.parse(["completions", "bash"]).subcommand() is Completions)
        #expect(try Invocation.parse(["./completions", "bash"]).subcommand() == nil)
        let run = try Invocation.parse(["run", "completions", "x"])
        #expect(try run.script == .file("completions") && run.scriptArguments == ["x"] && run.subcommand() == nil)
        #expect(try Invocation.parse(["--", "completions"]).subcommand() == nil)
    }

    @Test("wrong usage is named")
    func wrong() {
        #expect(failure("--bogus") == "unknown option '--bogus'")
        #expect(failure("run") == "run: which script?")
        #expect(failure("--threads", "0") == "--threads takes a number from 1 to 1024, got 0")
        #expect(failure("-l", "=x") == "-l takes a module or name=module, got '=x'")
        #expect(failure("--seed", "x").contains("The value 'x' is invalid for '--seed <n>'"))
        #expect(failure("--color", "red").contains("The value 'red' is invalid for '--color <color>'"))
        #expect(failure("-e").contains("Missing value for '-e'"))
        #expect(failure("completions") == "completions: which shell? bash, zsh or fish")
        #expect(failure("completions", "bash", "x") == "unexpected argument 'x'")
        #expect(failure("completions", "tcsh").contains("The value 'tcsh' is invalid for '<shell>'"))
        #expect(failure("-e", "x", "completions", "bash") == "completions takes neither -e, -l nor -i before it")
    }

    @Test(
        "--help after a subcommand shows that subcommand's help", arguments: Subcommands.all.map(Subcommands.name(of:)))
    func subcommandHelp(name: String) throws {
        let run = try Assay.run(name, "--help")
        let type = try #require(Subcommands.named(name))
        #expect(run.code == 0 && run.errors == "")
        let words = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")  // lines are broken at 80
        #expect(words.hasPrefix("OVERVIEW: " + type.configuration.abstract))
        #expect(run.output.contains("USAGE: assay \(name)"))
    }
}
