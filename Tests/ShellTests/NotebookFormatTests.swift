import Kernel
import Testing

@testable import Shell

@Suite("the notebook format")
struct NotebookFormatTests {
    private static let full = """
        #!/usr/bin/env -S assay run
        -- -*- coding: utf-8 -*-
        -- ---
        -- title: PGD against int8 and int4
        -- assay:
        --   format: 1
        --   requires: ">=0.3 <1"
        --   seed: 20261123
        --   permissions: {read: ["data/mnist.safetensors"], write: ["out/"], net: false, exec: false}
        --   limits: {time: 600, memory: 4GiB}
        --   inputs: {data/mnist.safetensors: sha256-00ff}  # as published
        -- jupyter:
        --   jupytext:
        --     text_representation: {extension: .lua, format_name: percent}
        --   kernelspec: {display_name: Lua (assay), language: lua, name: assay}
        -- ---

        -- %% [markdown]
        -- # Question
        --
        -- Does 4-bit rounding hide gradients?

        -- %% params name="params" tags=["parameters"]
        eps, steps = 8/255, 40

        -- %% attack cache=true deps=["params"] expect="approx" name="attack" rtol=0.0001
        local r = attack.pgd(model, x, {eps = eps, steps = steps})
        show(r)

        """

    @Test("the example of the specification reads into its parts and comes back byte for byte")
    func example() throws {
        let notebook = try Notebook(parsing: Self.full)
        #expect(notebook.text == Self.full)
        #expect(notebook.executable == "#!/usr/bin/env -S assay run")
        #expect(notebook.encoding == "-- -*- coding: utf-8 -*-")
        #expect(notebook.title == "PGD against int8 and int4")
        #expect(notebook.seed == 20_261_123)
        #expect(notebook.requires == ">=0.3 <1")
        #expect(notebook.permissions.read == ["data/mnist.safetensors"])
        #expect(notebook.permissions.write == ["out/"])
        #expect(notebook.permissions.net == false)
        #expect(notebook.limits.time == 600)
        #expect(notebook.limits.memoryBytes == 4 << 30)
        #expect(notebook.inputs.map(\.path) == ["data/mnist.safetensors"])
        #expect(notebook.inputs.map(\.digest) == ["sha256-00ff"])
        #expect(notebook.header?["jupyter"]?["kernelspec"]?["name"] == .text("assay"))
        #expect(notebook.cells.map(\.kind) == [.markdown, .code, .code])
        #expect(notebook.cells.map(\.title) == ["", "params", "attack"])
        #expect(notebook.cells.map(\.line) == [19, 24, 27])
        #expect(notebook.cells[0].source == "# Question\n\nDoes 4-bit rounding hide gradients?")
        #expect(notebook.cells[1].isParameters)
        #expect(notebook.parametersIndex == 1)
        let attack = notebook.cells[2]
        #expect(attack.isCached && attack.deps == ["params"] && attack.expect == .approx && attack.rtol == 1e-4)
        #expect(attack.source == "local r = attack.pgd(model, x, {eps = eps, steps = steps})\nshow(r)")
    }

    @Test("a file without markers is one cell, an empty one has none")
    func plain() throws {
        let notebook = try Notebook(parsing: "\n\nx = 1\nshow(x)\n\n")
        #expect(notebook.cells.map(\.source) == ["x = 1\nshow(x)"])
        #expect(notebook.cells[0].line == 3)
        #expect(notebook.text == "-- %%\nx = 1\nshow(x)\n")
        #expect(try Notebook(parsing: " \n\t\n").cells.isEmpty)
        #expect(Notebook(cells: []).text == "")
    }

    @Test(
        "what begins a cell",
        arguments: [
            ("-- %%", ""), ("--%%", ""), ("  --   %% two words", "two words"), ("-- <codecell>", ""),
            ("-- In[12]:", ""),
            ("-- In[ ]", ""), ("\t-- %%\tx", "x"), ("-- %% a.b", "a.b"), ("-- %% 100 % done", "100 % done"),
        ])
    func markers(line: String, title: String) throws {
        let notebook = try Notebook(parsing: "x = 1\n\(line)\ny = 2\n")
        #expect(notebook.cells.map(\.source) == ["x = 1", "y = 2"])
        #expect(notebook.cells.last?.title == title)
    }

    @Test(
        "what begins none",
        arguments: [
            "--- %%", "-- % %", "-- %%x", "x = 2 -- %%", "-- In[a]:", "-- In[1]: x", "-- <codecell> x", "%%",
            "s = [[\n-- %%\n]]", "--[==[\n-- %%\n]]\n]==]", "function f()\n  -- %%\nend", "t = {\n-- %%\n}",
        ])
    func noMarkers(text: String) throws {
        #expect(try Notebook(parsing: "x = 1\n\(text)\ny = 2\n").cells.count == 1)
    }

    @Test("a parenthesis that was forgotten does not swallow the cells below")
    func forgotten() throws {
        #expect(try Notebook(parsing: "show(f(1)\n\nlocal x = 2\n-- %%\ny = 2\n").cells.count == 2)
    }

    @Test("line ends of other systems and a byte order mark are read as Lua reads them")
    func lineEnds() throws {
        let notebook = try Notebook(parsing: "\u{FEFF}-- %% a\r\n-- x\ry = 1\r\n\r\n-- %%\r\nz = 2")
        #expect(notebook.text == "-- %% a\n-- x\ny = 1\n\n-- %%\nz = 2\n")
        #expect(notebook.cells[1].line == 6)
    }

    @Test("values of every type stand behind keys, sorted, and unknown keys stay")
    func metadata() throws {
        let line = #"-- %% t zeta={"b": [1, 2.5], "a": null} flag=true none=null name="a b=c" my-key/x.y@1="ü" n=-3 'x"#
        let cell = try #require(try Notebook(parsing: line.replacing(" 'x", with: "") + "\n").cells.first)
        #expect(cell.title == "t")
        #expect(cell.metadata.map(\.name) == ["flag", "my-key/x.y@1", "n", "name", "none", "zeta"])
        #expect(cell["zeta"] == .object([("b", .list([.int(1), .number(2.5)])), ("a", .null)]))
        #expect(cell.name == "a b=c")
        #expect(
            cell.lines == [
                #"-- %% t flag=true my-key/x.y@1="\u00fc" n=-3 name="a b=c" none=null zeta={"b": [1, 2.5], "a": null}"#
            ])
    }

    @Test("what is no key=json is kept as it stands")
    func unreadable() throws {
        for options in ["Compute a = b + c", "x={", "= 3", "Title {not json}", #"a=1 b="open"#] {
            let text = "-- %% \(options)\nx = 1\n"
            let notebook = try Notebook(parsing: text)
            #expect(notebook.text == text)
            #expect(notebook.cells[0][CellMarker.unreadable] != nil)
        }
    }

    @Test("text cells lose their comment marks and get them back")
    func textCells() throws {
        let text = "-- %% [markdown]\n-- a\n--\n--b\n\nplain\n--\n\n\n-- %% x [raw] k=1\n--   y\n-- %% [md]\n-- z\n"
        let notebook = try Notebook(parsing: text)
        #expect(notebook.cells.map(\.source) == ["a\n\nb\n\nplain\n", "  y", "z"])
        #expect(notebook.cells.map(\.linesToNext) == [2, 0, 1])
        #expect(
            notebook.text
                == "-- %% [markdown]\n-- a\n--\n-- b\n--\n-- plain\n--\n\n\n-- %% x [raw] k=1\n--   y\n-- %% [md]\n-- z\n"
        )
    }

    @Test("a marker in a fenced block of a text cell is text, and a fence that stays open ends with its comment")
    func fences() throws {
        let fenced = "-- %% [markdown]\n-- ```lua\n-- %% no cell\n-- ```\n-- %%\nx = 1\n"
        #expect(try Notebook(parsing: fenced).cells.map(\.source) == ["```lua\n%% no cell\n```", "x = 1"])
        #expect(try Notebook(parsing: fenced).text == fenced)
        let open = "-- %% [markdown]\n-- ```lua\n\n-- %%\nx = 1\n\n-- %% [markdown]\n-- ```\n"
        #expect(try Notebook(parsing: open).cells.count == 3)
    }

    @Test("text that would begin a cell gets a backslash when it is written")
    func guarded() throws {
        let notebook = Notebook(cells: [.init(kind: .markdown, source: "%% a\nIn[3]:\n<codecell>\n```\n%% b\n```")])
        #expect(
            notebook.text
                == "-- %% [markdown]\n-- \\%% a\n-- In\\[3]:\n-- \\<codecell>\n-- ```\n-- %% b\n-- ```\n")
        #expect(try Notebook(parsing: notebook.text).cells.count == 1)
    }

    @Test("which texts are notebooks")
    func recognition() {
        #expect(Notebook.isNotebook("x = 1\n-- %%\n"))
        #expect(Notebook.isNotebook("-- ---\n-- assay:\n--   seed: 1\n-- ---\nx = 1\n"))
        #expect(!Notebook.isNotebook("-- ---\n-- title: x\n-- ---\nx = 1\n"))
        #expect(!Notebook.isNotebook("x = [[\n-- %%\n]]\n"))
        #expect(!Notebook.isNotebook(""))
    }

    @Test("long and hostile files are read in time that grows with their length")
    func hostile() throws {
        let count = 4000
        let texts = [
            "-- %% " + String(repeating: "a=1 b ", count: count), "-- %% " + String(repeating: "a=\"", count: count),
            "-- %% a" + String(repeating: "='", count: count) + "'", "-- %% " + String(repeating: "{", count: count),
            "-- %% a=" + String(repeating: "[", count: count), "-- %% " + String(repeating: ".x ", count: count),
            "-- %% [markdown]\n" + String(repeating: "-- ~~~ x\n", count: count),
            "-- %% [markdown]\n" + String(repeating: "-- ```\n-- ~~~~ x\n-- %% y\n", count: count / 4),
            "-- ---\n" + (0..<count).map { "-- k\($0): 1\n" }.joined() + "-- ---\n",
            "-- ---\n-- a: {" + (0..<count).map { "k\($0): 1" }.joined(separator: ", ") + "}\n-- ---\n",
            String(repeating: "f(", count: count) + "\n-- %%\n" + String(repeating: "do ", count: count) + "\n-- %%\n",
        ]
        let start = ContinuousClock.now
        for text in texts {
            let notebook = try Notebook(parsing: text)
            #expect(try Notebook(parsing: notebook.text).contents == notebook.contents)
        }
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
