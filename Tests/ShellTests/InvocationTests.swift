import Testing

@testable import Shell

@Suite struct InvocationTests {
    private func failure(_ words: String...) -> String {
        do {
            _ = try Invocation.parse(words)
            return ""
        } catch { return Invocation.message(for: error) }
    }

    @Test("nothing asks for the prompt")
    func nothing() throws {
        let invocation = try Invocation.parse([])
        #expect(invocation.script == nil && invocation.chunks == [] && !invocation.interactive)
        #expect(invocation.seed == 0 && invocation.threads == nil)
    }

    @Test("what follows the script belongs to the script")
    func scriptArguments() throws {
        let invocation = try Invocation.parse(["-i", "--seed", "7", "a.lua", "-e", "--help", "--", "x"])
        #expect(invocation.script == .file("a.lua"))
        #expect(invocation.scriptArguments == ["-e", "--help", "--", "x"])
        #expect(invocation.interactive && invocation.seed == 7 && invocation.chunks == [])
    }

    @Test("chunks keep their order and may begin with a dash")
    func chunks() throws {
        #expect(try Invocation.parse(["-e", "x=1", "-e", "-- y"]).chunks == ["x=1", "-- y"])
    }

    @Test("run takes options before its script, added to those before it")
    func run() throws {
        let invocation = try Invocation.parse(["-e", "a", "--threads", "2", "run", "-e", "b", "s.lua", "-i"])
        #expect(invocation.chunks == ["a", "b"] && invocation.threads == 2)
        #expect(invocation.script == .file("s.lua") && invocation.scriptArguments == ["-i"])
    }

    @Test("a dash is standard input, and two dashes end the options")
    func dashes() throws {
        let standardInput = try Invocation.parse(["-", "a"])
        #expect(standardInput.script == .standardInput && standardInput.scriptArguments == ["a"])
        #expect(try Invocation.parse(["--", "-odd.lua"]).script == .file("-odd.lua"))
    }

    @Test("wrong usage is named")
    func wrong() {
        #expect(failure("--bogus") == "unknown option '--bogus'")
        #expect(failure("run") == "run: which script?")
        #expect(failure("--threads", "0") == "--threads takes a number from 1 to 1024, got 0")
        #expect(failure("--seed", "x").contains("The value 'x' is invalid for '--seed <n>'"))
        #expect(failure("-e").contains("Missing value for '-e <chunk>'"))
    }
}
