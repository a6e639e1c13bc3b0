import TestSupport
import Testing

/// Every way in which the program ends, as the calling shell sees it.
@Suite struct ExitCodeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let code: Int
        let arguments: [String]
        var input = ""
        /// What standard error says, whole.
        var errors = ""
        var testDescription: String { "\(code): assay \(arguments.joined(separator: " "))" }
    }

    static let cases: [Case] = [
        Case(code: 0, arguments: ["-e", ""]),
        Case(code: 0, arguments: ["--help"]),
        Case(code: 0, arguments: ["-i"], input: "1 + 1\n"),
        Case(code: 0, arguments: ["-e", "os.exit()"]),
        Case(code: 0, arguments: ["-e", "os.exit(true)"]),
        Case(code: 0, arguments: ["-e", "os.exit(true, true)"]),
        Case(code: 1, arguments: ["-e", "error('no')"], errors: "(command line):1: no\n"),
        Case(
            code: 1, arguments: ["-e", "error()"],
            errors: "(error object is a nil value)\n    (command line):1: in main chunk\n"),
        Case(
            code: 1, arguments: ["-e", "error({})"],
            errors: "(error object is a table value)\n    value: {}\n    (command line):1: in main chunk\n"),
        Case(code: 1, arguments: ["-e", "os.exit(false)"]),
        Case(
            code: 1, arguments: ["-i", "-e", "error('no')"], input: "1\n", errors: "(command line):1: no\n"),
        Case(code: 1, arguments: ["-e", "arg = 1", "-"], input: "x = 1", errors: "'arg' is not a table\n"),
        Case(
            code: 2, arguments: ["/nonexistent/script.lua"],
            errors: "assay: cannot read /nonexistent/script.lua: No such file or directory\n"),
        Case(code: 2, arguments: ["/"], errors: "assay: cannot read /: Is a directory\n"),
        Case(
            code: 3, arguments: ["-e", "x = = 1"],
            errors: "(command line):1: unexpected symbol near '='\n> 1 | x = = 1\n          ^\n"),
        Case(
            code: 3, arguments: ["-i"], input: "for i = 1, 2 do\n",
            errors: "In[1]:2: 'end' expected (to close 'for' at line 1) near <eof>\n"),
        // A file of the kernel that may be written but not read, by root either.
        Case(
            code: 5, arguments: ["/proc/sys/vm/drop_caches"],
            errors: "assay: cannot read /proc/sys/vm/drop_caches: Permission denied\n"),
        Case(
            code: 6, arguments: ["-e", "tensor.zeros{1000000, 1000000}"],
            errors: "(command line):1: out of memory: cannot allocate 3.6 TiB\n"
                + "> 1 | tensor.zeros{1000000, 1000000}\n             ^\n"),
        Case(code: 6, arguments: ["-e", "string.rep('x', (1 << 30) + 1)"], errors: "not enough memory\n"),
    ]

    @Test("the code and standard error say how it went", arguments: cases)
    func ends(_ end: Case) throws {
        let run = try TestSupport.run(
            Assay.binary, end.arguments, input: end.input, environment: Assay.environment())
        #expect(run.code == end.code && run.errors == end.errors)
    }

    @Test("a code that a script asks for is the program's own", arguments: [0, 1, 4, 7, 130, 255])
    func asked(code: Int) throws {
        let run = try Assay.run("-e", "io.write('kept') os.exit(\(code))")
        #expect(run.code == code && run.output == "kept" && run.errors == "")
        let closed = try Assay.run(
            "-e",
            "local t = tensor.zeros{4} local x <close> = setmetatable({}, {__close = print}) os.exit(\(code), true)")
        #expect(closed.code == code && closed.output.hasPrefix("table: ") && closed.errors == "")
    }

    @Test("wrong options are explained on standard error, with the way to help")
    func usage() throws {
        for arguments in [["--bogus"], ["--seed", "x"], ["-e"], ["run"], ["completions", "tcsh"], ["-l", ""]] {
            let run = try TestSupport.run(Assay.binary, arguments, environment: Assay.environment())
            #expect(run.code == 2 && run.output == "", "\(arguments)")
            #expect(
                run.errors.hasPrefix("Error: ") && run.errors.contains("--help' for more information"), "\(arguments)")
        }
    }

    @Test(
        "a reader that goes away ends the program quietly",
        arguments: ["while true do print(1) end", "show(1) while true do show(1) end"])
    func brokenPipe(chunk: String) throws {
        let run = try TestSupport.run(
            "/bin/sh", ["-c", "{ \"$0\" -e \"$1\"; echo $? >&2; } | head -n 1", Assay.binary, chunk],
            environment: Assay.environment())
        #expect(run.output == "1\n" && run.errors == "141\n")
    }

    @Test("an interrupt ends a script with code 130, whatever the script catches")
    func interrupted() throws {
        let directory = try TemporaryDirectory()
        let script = directory.write(
            "s.lua",
            """
            print("started") io.stdout:flush()
            while true do pcall(function() while true do end end) end
            """)
        let terminal = try Assay.onTerminal(script)
        try terminal.read(until: "started\n")
        terminal.type("\u{3}")
        try terminal.read(until: "interrupted\n")
        #expect(terminal.waitForExit() == 130)
    }

    @Test("help lists every code")
    func help() throws {
        let help = try Assay.run("--help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
            help.contains(
                "Exit codes: 0 success, 1 Lua error, 2 wrong usage, 3 syntax error, 4 verification differs, "
                    + "5 permission denied, 6 resource limit, 130 interrupted, 141 output closed."))
    }
}
