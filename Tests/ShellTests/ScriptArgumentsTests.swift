import TestSupport
import Testing

/// Scripts that declare their arguments with `script.args`.
@Suite struct ScriptArgumentsTests {
    private static let text = """
        #!/usr/bin/env assay
        -- Measures robust accuracy.
        --
        -- One line per strength.
        local args = script.args{
          "model", {"count", type = "integer", default = 3, help = "how many"}, "files...",
          eps = 8/255, steps = 40, norm = {"linf", "l2"}, data = "fashion-mnist", verbose = false,
          levels = {0.1, 0.2}, ks = {1, 2}, seed = {default = 7, help = "seed of the draws"},
          out = {type = "string", required = true, help = "where to write"}, bit_width = {type = "integer", default = 8},
        }
        local names = {} for name in pairs(args) do names[#names + 1] = name end table.sort(names)
        for _, name in ipairs(names) do
          local value = args[name]
          if type(value) == "table" then value = "{" .. table.concat(value, ";") .. "}" end
          io.write(name, "=", tostring(value), ":", math.type(args[name]) or type(args[name]), " ")
        end
        print()
        """

    private func run(_ arguments: String..., text: String = text) throws -> Finished {
        let directory = try TemporaryDirectory()
        return try TestSupport.run(
            Assay.binary, [directory.write("attack.lua", text)] + arguments, environment: Assay.environment())
    }

    @Test("what is not given has its default, and every value has the type of its default")
    func defaults() throws {
        let run = try run("m", "--out", "x")
        #expect(run.code == 0 && run.errors == "")
        #expect(
            run.output == "bit_width=8:integer count=3:integer data=fashion-mnist:string eps=0.031372549019608:float "
                + "files={}:table ks={1;2}:table levels={0.1;0.2}:table model=m:string norm=linf:string out=x:string "
                + "seed=7:integer steps=40:integer verbose=false:boolean \n")
    }

    @Test("options come as two words or with an equals sign, before, between and after the words by their places")
    func given() throws {
        let run = try run(
            "--eps", "1/4", "m", "--norm=l2", "5", "a", "--verbose", "--bit-width", "4", "--levels=0.5,1", "--ks", "9",
            "--out=", "--steps", "-3", "--", "--b")
        #expect(run.code == 0 && run.errors == "")
        #expect(
            run.output == "bit_width=4:integer count=5:integer data=fashion-mnist:string eps=0.25:float "
                + "files={a;--b}:table ks={9}:table levels={0.5;1.0}:table model=m:string norm=l2:string out=:string "
                + "seed=7:integer steps=-3:integer verbose=true:boolean \n")
        #expect(try self.run("m", "--out", "x", "--no-verbose").output.contains("verbose=false"))
    }

    @Test("--help shows the usage from the declaration, with the script's first comment")
    func help() throws {
        let run = try run("m", "--help", "--bogus")
        #expect(run.code == 0 && run.errors == "")
        #expect(
            run.output == """
                Usage: assay attack.lua [options] <model> [<count>] [<files...>]

                Measures robust accuracy.

                One line per strength.

                Arguments:
                  <model>
                  <count>     how many (an integer; default: 3)
                  <files...>

                Options:
                  --bit-width <integer>  (default: 8)
                  --data <text>          (default: fashion-mnist)
                  --eps <number>         (default: 0.03137254901960784)
                  --ks <integer,...>     (default: 1,2)
                  --levels <number,...>  (default: 0.1,0.2)
                  --norm <linf|l2>       (default: linf)
                  --out <text>           where to write (required)
                  --seed <integer>       seed of the draws (default: 7)
                  --steps <integer>      (default: 40)
                  --[no-]verbose
                  --help                 show this

                """)
    }

    static let wrong: [(arguments: [String], reason: String)] = [
        (["--esp", "3"], "unknown option '--esp'; did you mean '--eps'?"),
        (["--no-verbos"], "unknown option '--no-verbos'; did you mean '--no-verbose'?"),
        (["-x"], "unknown option '-x'"),
        (["--norm", "l3"], "--norm takes linf or l2, got 'l3'; did you mean 'l2'?"),
        (["--eps", "abc"], "--eps takes a number, got 'abc'"),
        (["--eps", "1/0"], "--eps takes a number, got '1/0'"),
        (["--steps", "1.5"], "--steps takes an integer, got '1.5'"),
        (["--steps"], "--steps takes an integer, got nothing"),
        (["--steps", "--out"], "--steps takes an integer, got nothing"),
        (["--levels", "1,,2"], "--levels takes numbers separated by commas, got '1,,2'"),
        (["--verbose=1"], "--verbose takes no value, got '1'"),
        (["--no-verbose=true"], "--no-verbose takes no value, got 'true'"),
        (["m", "--out", "x", "--out", "y"], "--out is given twice"),
        ([], "<model> is missing"),
        (["m"], "--out is missing"),
        (["m", "x", "--out", "y"], "<count> takes an integer, got 'x'"),
    ]

    @Test("wrong arguments are wrong usage: the message names them, what was expected and what came", arguments: wrong)
    func usage(arguments: [String], reason: String) throws {
        let directory = try TemporaryDirectory()
        let run = try TestSupport.run(
            Assay.binary, [directory.write("attack.lua", Self.text)] + arguments, environment: Assay.environment())
        #expect(run.code == 2 && run.output == "")
        #expect(run.errors == "attack.lua: \(reason) (attack.lua --help shows what it takes)\n")
    }

    @Test("a word too many is refused")
    func tooMany() throws {
        let run = try run("a", "b", text: "print(script.args{'input', 'output?'}.output)")
        #expect(run.output == "b\n")
        #expect(try self.run("a", text: "print(script.args{'input', 'output?'}.output)").output == "nil\n")
        #expect(
            try self.run("a", "b", "c", text: "script.args{'input', 'output?'}").errors
                == "attack.lua: unexpected argument 'c' (attack.lua --help shows what it takes)\n")
    }

    @Test("a wrong declaration is the script's error, with the place and the name")
    func declarations() throws {
        let table = [
            ("eps = {defualt = 1}", "argument 'eps' has the unknown field 'defualt = 1'; did you mean 'default'?"),
            ("f = print", "argument 'f' needs a default that is a flag, number, text or list, got function"),
            (
                "f = {type = 'int'}",
                "argument 'f' has the unknown type \"int\" (known: boolean, flag, integer, integers, number, numbers, string, strings)"
            ),
            ("f = {type = 'integer', default = 'x'}", "argument 'f' has the default \"x\", which is not what it takes"),
            ("'a?b'", "argument 'a?b' is no name for an argument"),
            ("help = 1", "argument 'help' is no name for an option"),
            ("'a', a = 1", "argument 'a' is declared twice"),
            ("'a...', 'b'", "argument 'a' takes all words, so it must be the last"),
            ("f = {choices = {}}", "argument 'f' needs a list of texts as choices"),
        ]
        for (declared, message) in table {
            let run = try Assay.run("-e", "script.args{\(declared)}")
            #expect(run.code == 1 && run.errors.hasPrefix("(command line):1: script.args: \(message)\n"), "\(declared)")
        }
    }

    @Test("without a script there are only defaults, and no path")
    func prompt() throws {
        let run = try Assay.run(
            "-e", "print(script.args{eps = 1}.eps, script.path, script.name, next(script.args{}))")
        #expect(run.output == "1\tnil\tnil\tnil\n" && run.code == 0)
        #expect(
            try Assay.run("-e", "print(pcall(function() return script.pth end))").output
                == "false\t(command line):1: script has no field 'pth'; did you mean 'path'?\n")
    }

    @Test("a script knows where it is")
    func place() throws {
        let directory = try TemporaryDirectory()
        let path = directory.write("s.lua", "print(script.path, script.name, script.directory)")
        #expect(try Assay.run(path).output == "\(path)\ts.lua\t\(directory.path)\n")
        #expect(try Assay.run("-", "--eps=2", input: "print(script.args{eps = 1}.eps)").output == "2\n")
    }

    @Test("a script that declares nothing gets --help as any other word")
    func undeclared() throws {
        #expect(try run("--help", text: "print(...)").output == "--help\n")
    }
}
