import Bindings
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite("assay lint")
struct LintTests {
    private let directory: TemporaryDirectory
    private let interpreter: Interpreter

    init() throws {
        directory = try TemporaryDirectory()
        interpreter = try Interpreter(usesEnvironment: false)
    }

    private func compile(_ text: String) -> String? {
        do { try interpreter.check(text + "\n", name: "=lint") } catch { return "\(error)" }
        return nil
    }

    private func lint(_ text: String) -> [String] {
        Lint(text, compile: compile).findings.map { "\($0.line):\($0.column): \($0.code) \($0.message)" }
    }

    private func fixed(_ text: String) -> String { Lint.fixed(text, compile: compile).text }

    @Test("NB001 finds marker text where it begins no cell, and mends it in comments and blocks")
    func hiddenMarkers() {
        let text = "x = [[\n-- %% a\n]]\n--[[\n -- %% b\n]]\nfunction f()\n  -- %% c\nend\nt = {\n-- In[1]:\n}\n"
        #expect(
            lint(text) == [
                "2:1: NB001 marker text in a long string: Jupytext splits the cell here",
                "5:2: NB001 marker text in a block comment: Jupytext splits the cell here",
                "8:3: NB001 marker text in a block or brackets: Jupytext splits the cell here",
                "11:1: NB001 marker text in a block or brackets: Jupytext splits the cell here",
            ])
        #expect(
            fixed(text)
                == "x = [[\n-- %% a\n]]\n--[[\n --- %% b\n]]\nfunction f()\n  --- %% c\nend\nt = {\n--- In[1]:\n}\n")
    }

    @Test("NB002 finds cells of other languages, and mends those that Jupytext knows")
    func magics() {
        let text = "-- %%\n%%bash -x\nls\n\n-- %%\n%%timeit\nx = 1\n"
        #expect(
            lint(text) == [
                "2:1: NB002 '%%bash' is not Lua: Jupytext makes language=\"bash\" of it",
                "6:1: NB002 '%%timeit' is not Lua: Jupytext makes language=\"timeit\" of it",
            ])
        #expect(
            fixed(text)
                == "-- %% language=\"bash\" magic_args=\"-x\"\n-- ls\n\n-- %%\n%%timeit\nx = 1\n")
    }

    @Test("NB003 finds bare expressions, but no calls, and shows them")
    func expressions() {
        let text = "-- %%\nx = 1\nx + 1\n\n-- %%\nprint(x)\n\n-- %%\n'ü', x -- both\n"
        #expect(
            lint(text) == [
                "3:1: NB003 a bare expression is no statement of Lua: write show(...)",
                "9:1: NB003 a bare expression is no statement of Lua: write show(...)",
            ])
        #expect(fixed(text) == "-- %%\nx = 1\nshow(x + 1)\n\n-- %%\nprint(x)\n\n-- %%\nshow('ü', x) -- both\n")
    }

    @Test("NB004 finds cells that need a name, and names that stand twice; a title gives a name")
    func names() {
        let text = """
            -- %% Train a net cache=true
            x = 1

            -- %% expect="exact"
            x = 2

            -- %% name="n"
            x = 3

            -- %% name="n" deps=[]
            x = 4

            """
        #expect(
            lint(text) == [
                "1:1: NB004 a cell with 'cache' needs a name", "4:1: NB004 a cell with 'expect' needs a name",
                "10:1: NB004 the name 'n' stands in line 7 already",
            ])
        #expect(
            fixed(text).hasPrefix(
                "-- %% Train a net cache=true name=\"train-a-net\"\nx = 1\n\n-- %% expect=\"exact\"\n"))
    }

    @Test("NB005 finds what tools leave in the source, and removes it so that Jupytext does not write it again")
    func volatile() throws {
        let header = """
            -- ---
            -- title: T  # kept
            -- jupyter:
            --   jupytext:
            --     text_representation:
            --       extension: .lua
            --       format_name: percent
            --       format_version: '1.3'
            --       jupytext_version: 1.19.6
            -- ---

            """
        let text = header + "\n-- In[4]:\nx = 1\n-- Out[4]:\n\n-- %% a scrolled=true execution={\"a\": 1} k=2\ny = 2\n"
        #expect(
            lint(text) == [
                "5:1: NB005 versions of tools change with each of them: format_version, jupytext_version",
                "12:1: NB005 a counter of runs changes with each of them",
                "14:1: NB005 outputs stand in the record of a run, not in the source",
                "16:1: NB005 'execution' is what a run leaves, not what it needs",
            ])
        let mended = fixed(text)
        #expect(lint(mended) == ["13:1: NB005 outputs stand in the record of a run, not in the source"])
        #expect(
            mended == """
                -- ---
                -- title: T  # kept
                -- jupyter:
                --   jupytext:
                --     notebook_metadata_filter: \(NotebookMetadataFilter.withoutVersions)
                --     text_representation:
                --       extension: .lua
                --       format_name: percent
                -- ---

                -- %%
                x = 1
                -- Out[4]:

                -- %% a k=2
                y = 2

                """)
    }

    @Test("NB006 finds what differs from run to run")
    func order() {
        let text = """
            -- %%
            local x = math.random(3)

            -- %% name="a" expect="exact"
            local t = os.time() + os.clock()
            for k, v in pairs({}) do
              if v then print(k) end
            end
            for k in pairs({}) do t = t + k end
            for k in pairs({}) do io.write(k) end

            """
        #expect(
            lint(text) == [
                "2:11: NB006 math.random before a seed: give the header assay: seed, or call math.randomseed first",
                "5:11: NB006 os.time in a cell with 'expect' is different in each run",
                "5:23: NB006 os.clock in a cell with 'expect' is different in each run",
                "6:13: NB006 the order of pairs is not the same in each run: use sortedpairs",
                "10:10: NB006 the order of pairs is not the same in each run: use sortedpairs",
            ])
        #expect(lint("math.randomseed(1)\nx = math.random()\n") == [])
        #expect(lint("-- ---\n-- assay: {seed: 1}\n-- ---\nx = math.random()\n") == [])
        #expect(lint("-- %% seed=3\nx = math.random()\n") == [])
        #expect(lint("-- %% name=\"a\" expect=\"none\"\nx = os.time()\n") == [])
        #expect(lint("x = t.math.random()\nt.os.time()\nfor k in pairs({}) do t.print = k end\n") == [])
    }

    @Test("NB007 finds headers that cannot be read, unknown keys and wrong types")
    func header() {
        #expect(
            lint("-- ---\n-- title: x\n-- assay: no\n-- ---\n") == [
                "3:1: NB007 'no' is a flag for some readers: write true, false or \"no\""
            ])
        let text = """
            -- ---
            -- titel: x
            -- title: 3
            -- author: me
            -- assay:
            --   sede: 1
            --   format: 2
            --   seed: 1.5
            --   permissions: {read: data, rite: [], net: 1}
            --   limits: {time: 0, memory: lots}
            --   inputs: {a: md5-1}
            -- ---

            """
        #expect(
            lint(text) == [
                "2:1: NB007 unknown key 'titel'; did you mean 'title'?",
                "3:1: NB007 title: a text expected, got 3",
                "6:1: NB007 assay: unknown key 'sede' (known: format, requires, seed, permissions, limits, inputs); "
                    + "did you mean 'seed'?",
                "7:1: NB007 assay.format: 1 expected, got 2",
                "8:1: NB007 assay.seed: a whole number expected, got 1.5",
                "9:1: NB007 assay.permissions.read: a list of paths expected, got \"data\"",
                "9:1: NB007 assay.permissions: unknown key 'rite' (known: read, write, net, exec); did you mean 'write'?",
                "9:1: NB007 assay.permissions.net: true or false expected, got 1",
                "10:1: NB007 assay.limits.time: a number of seconds above 0 expected, got 0",
                "10:1: NB007 assay.limits.memory: a size such as 4GiB expected, got \"lots\"",
                "11:1: NB007 assay.inputs: a map from paths to sha256-... expected, got {\"a\": \"md5-1\"}",
            ])
        #expect(lint("-- ---\n-- assay: 1\n-- ---\n") == ["2:1: NB007 assay: a map expected, got 1"])
    }

    @Test("NB008 finds keys that are misspelt, of the wrong type, or not readable")
    func keys() {
        let cases: [(String, String)] = [
            ("name=3", "name: a text expected, got 3"), ("tags=\"a\"", "tags: a list of texts expected, got \"a\""),
            ("cache=1 name=\"n\"", "cache: true or false expected, got 1"),
            ("deps=[1] name=\"n\"", "deps: a list of texts expected, got [1]"),
            ("seed=1.5", "seed: a whole number expected, got 1.5"),
            ("timeout=0", "timeout: a number of seconds above 0 expected, got 0"),
            (
                "expect=\"same\" name=\"n\"",
                "expect: \"exact\", \"approx\", \"shape\", \"stat\", \"none\" expected, got \"same\""
            ),
            ("rtol=-1", "rtol: a number from 0 on expected, got -1"),
            ("atol=\"1\"", "atol: a number from 0 on expected, got \"1\""),
            ("hide=true", "hide: \"input\", \"output\", \"both\" expected, got true"),
            ("raises=1", "raises: true, false or a text of the error expected, got 1"),
            ("chache=true", "unknown key 'chache'; did you mean 'cache'?"),
            ("dep=[]", "unknown key 'dep'; did you mean 'deps'?"),
            ("x={", "not readable as key=json: x={"),
        ]
        for (options, message) in cases { #expect(lint("-- %% \(options)\nx = 1\n") == ["1:1: NB008 \(message)"]) }
        #expect(lint("-- %% slide={\"a\": 1} my_key=1 region=\"x\" raises=\"no\" hide=\"both\" rtol=0\nx = 1\n") == [])
    }

    @Test("NB009 finds dependencies that are no cells above")
    func dependencies() {
        let text =
            "-- %% name=\"a\" deps=[\"b\", \"a\", \"atack\"]\nx = 1\n\n-- %% name=\"b\" deps=[\"a\"]\n\n-- %% name=\"attack\"\n"
        #expect(
            lint(text) == [
                "1:1: NB009 deps: 'b' is a later cell", "1:1: NB009 deps: a cell cannot build on itself",
                "1:1: NB009 deps: no cell has the name 'atack'; did you mean 'attack'?",
            ])
    }

    @Test("NB010 finds ranges of versions that are none, or leave this program out")
    func requirement() {
        let text = { (range: String) in "-- ---\n-- assay:\n--   requires: \"\(range)\"\n-- ---\n" }
        #expect(lint(text(">=0.1 <1")) == [])
        #expect(
            lint(text(">=99")) == ["3:1: NB010 requires: the notebook is for assay >=99, this is \(Invocation.version)"]
        )
        #expect(
            lint(text("new")) == [
                "3:1: NB010 requires: a range of versions expected, such as \">=0.3 <1\", got \"new\""
            ])
    }

    @Test("ranges of versions hold what they say")
    func ranges() throws {
        let range = try #require(VersionRange(">=0.3, <1"))
        #expect(["0.3", "0.3.0", "0.10", "0.99.1"].allSatisfy(range.contains))
        #expect(!["0.2.9", "1", "1.0", "2", "x", "", "0..3"].contains(where: range.contains))
        #expect(try #require(VersionRange("==1.2")).contains("1.2.0"))
        #expect(try #require(VersionRange("> 1 <= 1.1")).contains("1.0.1"))
        #expect(try !#require(VersionRange(">1")).contains("1.0"))
        for wrong in ["", " ", "1", "~1", ">=", ">=a", ">=1 x", "=<1", ">=1..2"] { #expect(VersionRange(wrong) == nil) }
    }

    @Test("NB011 finds text that is code for Lua, block comments in text, and open fences")
    func textCells() {
        let text = "-- %% [markdown]\n-- a\nb c\n\n-- ```\n\n-- %% [raw]\n--[[ d ]]\n"
        #expect(
            lint(text) == [
                "1:1: NB011 a code fence stays open: Jupytext takes the cells below for its text",
                "3:1: NB011 a line of text without '-- ' is code for Lua",
                "8:1: NB011 a block comment is no text: begin each line with '-- '",
            ])
        #expect(fixed(text).hasPrefix("-- %% [markdown]\n-- a\n-- b c\n"))
    }

    @Test("NB012 finds comments and lines that Jupytext takes for magics")
    func hiddenMagics() {
        let text = "-- %%\n-- %d of %d\n  --%time\ns = [[\n%d\n]]\nx = 10 -- %d\n-- % a\n-- 5 %d\n"
        #expect(
            lint(text) == [
                "2:4: NB012 Jupytext takes this comment for a magic and uncomments it: write '--- %...'",
                "3:5: NB012 Jupytext takes this comment for a magic and uncomments it: write '--- %...'",
                "5:1: NB012 Jupytext takes this line for a magic and makes a comment of it",
            ])
        #expect(fixed(text) == "-- %%\n--- %d of %d\n  ---%time\ns = [[\n%d\n]]\nx = 10 -- %d\n-- % a\n-- 5 %d\n")
    }

    @Test("NB013 says where a file does not compile")
    func syntax() {
        #expect(lint("#!/bin/x\n-- %%\nx = 1\n\n-- %%\nfor\n") == ["6:1: NB013 <name> expected near <eof>"])
        #expect(lint("-- %%\n1 +\n").count == 1)
    }

    @Test("NB014 finds tags of parameters that have no effect")
    func parameters() {
        let text = """
            -- %% [markdown] tags=["parameters"]
            -- text

            -- %% tags=["parameters"]
            x = 1

            -- %% tags=["parameters"]
            y = 1

            """
        #expect(
            lint(text) == [
                "1:1: NB014 the tag 'parameters' is for a cell of code",
                "7:1: NB014 a second cell with the tag 'parameters': -p changes the one in line 4",
            ])
    }

    @Test("every rule has a code of its own, in order, and help names it")
    func catalogue() {
        #expect(LintRule.all.map(\.code) == (1...14).map { "NB0" + ($0 < 10 ? "0\($0)" : "\($0)") })
        for rule in LintRule.all { #expect(LintFiles.configuration.discussion.contains("\(rule.code) \(rule.about)")) }
    }

    @Test("fixing is stable, and keeps the notebooks of the corpus what they are")
    func corpus() throws {
        for file in NotebookCorpus.files {
            let (text, _) = Lint.fixed(file.text, compile: compile)
            #expect(Lint.fixed(text, compile: compile).count == 0, "\(file.name)")
            let before = try Notebook(parsing: file.text), after = try Notebook(parsing: text)
            #expect(after.cells.map(\.kind) == before.cells.map(\.kind), "\(file.name)")
            #expect(after.title == before.title && after.settings == before.settings, "\(file.name)")
        }
    }

    @Test("the program writes file:line:column, JSON with --json, mends with --fix, and ends with 0, 1 or 2")
    func program() throws {
        let bad = directory.write("bad.lua", "-- %%\n1 + 1\n"), good = directory.write("good.lua", "-- %%\nx = 1\n")
        let found = try Assay.run("lint", bad, good)
        #expect(found.code == 1)
        #expect(found.output == "\(bad):2:1: NB003 a bare expression is no statement of Lua: write show(...)\n")
        let json = try Assay.run("lint", "--json", bad)
        #expect(
            try JSON(parsing: json.output)
                == .object([
                    ("file", .text(bad)), ("line", .int(2)), ("column", .int(1)), ("code", .text("NB003")),
                    ("message", .text("a bare expression is no statement of Lua: write show(...)")),
                    ("fixable", .flag(true)),
                ]))
        #expect(try Assay.run("lint", good).code == 0)
        let mended = try Assay.run("lint", "--fix", bad)
        #expect(mended.code == 0 && mended.output == "\(bad): mended 1\n")
        #expect(directory.read("bad.lua") == "-- %%\nshow(1 + 1)\n")
        let missing = try Assay.run("lint", good, directory.path + "/none.lua")
        #expect(missing.code == 2)
        #expect(missing.errors.hasPrefix("assay: "))
        #expect(try Assay.run("lint").code == 2)
    }

    @Test("new writes a notebook that is clean, runs, and is never written over a file")
    func new() throws {
        let file = directory.path + "/my-study.lua"
        let made = try Assay.run("new", file, "--title", "Does it hold: yes?")
        #expect(made.code == 0 && made.output == "wrote \(file); assay run \(file) runs it\n")
        let text = directory.read("my-study.lua")
        let notebook = try Notebook(parsing: text)
        #expect(notebook.text == text && notebook.title == "Does it hold: yes?")
        #expect(notebook.parametersIndex != nil)
        #expect(lint(text) == [])
        let again = try Assay.run("new", file)
        #expect(again.code == 2 && again.errors == "assay: new: \(file) exists\n")
        #expect(directory.read("my-study.lua") == text)
        #expect(
            try Assay.run("new", directory.path + "/a.txt").errors.contains("a file's name that ends in .lua expected"))
        #expect(
            try Assay.run("new", directory.path + "/no/a.lua").errors.hasSuffix("a.lua: No such file or directory\n"))
        let run = try Assay.run("run", file, "-p", "count=20")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.output.contains("robust accuracy"))
    }
}
