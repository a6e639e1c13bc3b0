import TestSupport
import Testing

/// The program from outside, without a terminal: what comes out of which stream, and with which code.
@Suite struct ProgramTests {
    @Test("an empty chunk does nothing and succeeds")
    func emptyChunk() throws {
        let run = try Assay.run("-e", "")
        #expect(run.code == 0 && run.output == "" && run.errors == "")
    }

    @Test("a Lua error goes to standard error, with the calls that led there, and the code is 1")
    func luaError() throws {
        let run = try Assay.run("-e", "print('before')\nlocal function f() error('no') end\nf()")
        #expect(run.code == 1 && run.output == "before\n")
        #expect(
            run.errors == """
                (command line):2: no
                  1 | print('before')
                > 2 | local function f() error('no') end
                                         ^
                  3 | f()
                    (command line):2: in function 'f'
                    (command line):3: in main chunk

                """)
    }

    @Test("a syntax error has code 3, and no value of the chunk is shown")
    func syntaxError() throws {
        let run = try Assay.run("-e", "x = = 1")
        #expect(run.code == 3 && run.output == "")
        #expect(run.errors == "(command line):1: unexpected symbol near '='\n> 1 | x = = 1\n          ^\n")
    }

    @Test("help and version go to standard output and succeed")
    func helpAndVersion() throws {
        let version = try Assay.run("--version")
        #expect(version.code == 0 && version.output == "assay 0.1.0, Lua 5.4\n" && version.errors == "")
        for arguments in [["--help"], ["-h"], ["run", "--help"]] {
            let help = try TestSupport.run(Assay.binary, arguments, environment: Assay.environment())
            #expect(help.code == 0 && help.output.contains("assay [options] [run] script [args]"), "\(arguments)")
        }
    }

    @Test("standard input that is no terminal runs as one script")
    func standardInput() throws {
        let run = try Assay.run(input: "local x = 1\nif x == 1 then\n\tprint('one')\nend\nx")
        #expect(run.code == 3 && run.errors.hasPrefix("stdin:5: syntax error near <eof>"))
        let script = try Assay.run(input: "local x = 1\nif x == 1 then\n\tprint('one', ...)\nend\n")
        #expect(script.code == 0 && script.output == "one\n" && script.errors == "")
        let dashed = try Assay.run("-", "a", "b", input: "print(arg[0], ...)")
        #expect(dashed.output == "-\ta\tb\n")
    }

    @Test("a script gets its arguments as lua gives them")
    func scriptArguments() throws {
        let directory = try TemporaryDirectory()
        let script = directory.write("s.lua", "#!/usr/bin/env assay\nprint(#arg, arg[0], arg[-1], ...)\nerror('here')")
        let run = try Assay.run("run", script, "a", "-i", "--help")
        #expect(run.output == "3\t\(script)\trun\ta\t-i\t--help\n")
        #expect(run.code == 1)
        #expect(run.errors.hasPrefix("\(script):3: here\n  1 | #!/usr/bin/env assay\n"))
        #expect(run.errors.hasSuffix("\n> 3 | error('here')\n      ^\n"))
    }

    @Test("chunks run in order before the script and share its globals; the first failure stops")
    func order() throws {
        let directory = try TemporaryDirectory()
        let script = directory.write("s.lua", "print('script', x)")
        let run = try Assay.run("-e", "x = 1", "-e", "x = x + 1", script)
        #expect(run.code == 0 && run.output == "script\t2\n")
        let failed = try Assay.run("-e", "error('no')", script)
        #expect(failed.code == 1 && failed.output == "")
    }

    @Test("-i reads entries from a pipe without a prompt, and keeps the status of the script")
    func interactivePipe() throws {
        let run = try Assay.run("-i", "-e", "x = 6", input: "x * 7\nfor i = 1, 2 do\n  print(i)\nend\nx = 7;\nx;\n")
        #expect(run.code == 0 && run.output == "42\n1\n2\n" && run.errors == "")
        #expect(try Assay.run("-i", "-e", "error('no')", input: "1\n").code == 1)
        let cut = try Assay.run("-i", input: "for i = 1, 2 do\n")
        #expect(
            cut.code == 3 && cut.errors.hasPrefix("In[1]:2: 'end' expected (to close 'for' at line 1) near <eof>\n"))
    }

    @Test("bytecode is refused")
    func bytecode() throws {
        let directory = try TemporaryDirectory()
        let script = directory.write("s.luac", "\u{1b}Lua\u{0}")
        let run = try Assay.run(script)
        #expect(run.code == 3 && run.errors.contains("attempt to load a binary chunk (mode is 't')"))
    }

    @Test("the seed of the command line is the seed of the session")
    func seed() throws {
        let draw = "print(tensor.randn({2}):totable()[1])"
        let first = try Assay.run("--seed", "1", "-e", draw), again = try Assay.run("--seed", "1", "-e", draw)
        let other = try Assay.run("--seed", "2", "-e", draw)
        #expect(first.code == 0 && first.output == again.output && first.output != other.output)
    }
}
