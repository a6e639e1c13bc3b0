import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `assay run` of notebooks: what is put out, what is recorded, how it ends.
@Suite(.serialized) struct NotebookRunTests {
    @Test("outputs are recorded in the order in which they were made: print, io, show, standard error, warnings")
    func order() throws {
        let desk = try NotebookDesk(
            """
            -- %% name="a"
            print("one") io.write("two ") io.stderr:write("three\\n") io.stdout:write("four\\n")
            show(1 + 1) warn("@on") warn("careful") print("five") io.stderr:write("six\\n")
            os.execute("echo seven") print("eight") show("x") io.write("nine")
            """)
        let end = try desk.run()
        #expect(end.code == 0)
        #expect(end.output == "one\ntwo four\n2\nfive\nseven\neight\n\"x\"\nnine")
        #expect(end.errors == "three\nLua warning: careful\nsix\n")
        let outputs = try desk.cell("a").outputs.map { output -> String in
            switch output {
            case .stream(let isError, let text): (isError ? "err " : "out ") + text
            case .value(let value): "value " + value.text
            case .error(_, let message): "error " + message
            }
        }
        #expect(
            outputs == [
                "out one\ntwo ", "err three\n", "out four\n", "value 2", "err Lua warning: careful\n", "out five\n",
                "err six\n", "out seven\neight\n", "value \"x\"", "out nine",
            ])
    }

    @Test("cells share one environment: locals, goto, labels, varargs and return do what the whole file does")
    func wholeFile() throws {
        let text = """
            #!/usr/bin/env -S assay run
            -- %% a
            local x <const>, y = 1
            local function f() return x + 1 end
            print(f(), y, ...)

            -- %% jump
            goto done
            print("not this")

            -- %% label
            ::done::
            print("after")

            -- %% block
            for i = 1, 2 do
            -- %% inside
              print(i, x)
            end

            -- %% leaves
            if f() == 2 then return end
            print("nor this")

            -- %% never
            print("nor that")

            """
        let desk = try NotebookDesk(text)
        let cells = try desk.run("p", "q"), whole = try desk.assay(desk.path, "p", "q")
        #expect(cells.code == 0 && whole.code == 0 && cells.errors == "")
        #expect(cells.output == whole.output && cells.output == "2\tnil\tp\tq\nafter\n1\t1\n2\t1\n")
        #expect(try desk.record().stable.cells.last?.status == .skipped)
        #expect(try desk.record().stable.arguments == ["p", "q"])
    }

    @Test("an error names the line of the file and the cell, ends the run, and keeps what was done")
    func failure() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"good\"\nprint(1)\n\n-- %% name=\"bad\"\nlocal t = nil\n\nprint(2)\nprint(t.x)\n\n-- %% name=\"rest\"\nprint(3)\n"
        )
        let end = try desk.run()
        #expect(end.code == 1 && end.output == "1\n2\n")
        #expect(
            end.errors == """
                nb.lua:8: attempt to index a nil value (global 't')
                   6 | 
                   7 | print(2)
                >  8 | print(t.x)
                             ^
                   9 | 
                  10 | -- %% name="rest"
                    in cell 'bad' (2 of 3)

                """)
        let cells = try desk.record().stable.cells
        #expect(cells.map(\.status) == [.done, .failed, .skipped])
        #expect(cells[1].outputs.count == 2 && cells[1].outputs[0] == .stream(isError: false, text: "2\n"))
        guard case .error(let text, let message) = cells[1].outputs[1] else { return #expect(Bool(false)) }
        #expect(message == "nb.lua:8: attempt to index a nil value (global 't')" && text.contains(">  8 | print(t.x)"))
    }

    @Test("a syntax error anywhere keeps the notebook from starting, and the old record stays")
    func syntax() throws {
        let desk = try NotebookDesk("-- %%\nprint(1)\n")
        try desk.run()
        let before = desk.directory.read("__assay__/nb.lua.run.json")
        desk.directory.write("nb.lua", "-- %%\nprint(1)\n\n-- %% name=\"b\"\nx = = 2\n")
        let end = try desk.run()
        #expect(end.code == 3 && end.output == "")
        #expect(
            end.errors.hasPrefix("nb.lua:5: unexpected symbol near '='\n")
                && end.errors.contains("in cell 'b' (2 of 2)\n"))
        #expect(desk.directory.read("__assay__/nb.lua.run.json") == before)
    }

    @Test("a cell with raises has to fail, with the text that it says")
    func raises() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"a\" raises=true\nerror(\"no\")\n\n-- %% name=\"b\" raises=\"bad\"\nerror(\"bad luck\")\n\n-- %% name=\"c\"\nprint(\"on\")\n"
        )
        let end = try desk.run()
        #expect(end.code == 0 && end.output == "on\n")
        #expect(try desk.cell("b").status == .done)
        desk.replace("bad luck", "good luck")
        #expect(try desk.run().code == 1)
        #expect(try desk.cell("b").status == .failed)
        desk.replace("error(\"good luck\")", "x = 1")
        let calm = try desk.run()
        #expect(calm.code == 1 && calm.errors.hasSuffix("cell 'b' was to raise an error, and raised none\n"))
    }

    @Test("timeout, limits.time and limits.memory end the run with code 6, and pcall does not help")
    func limits() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"a\" timeout=0.1\nwhile true do pcall(function() while true do end end) end\n")
        let late = try desk.run()
        #expect(late.code == 6 && late.errors == "cell 'a' took longer than its timeout of 0.1 s\n")
        #expect(try desk.cell("a").status == .failed)
        desk.directory.write(
            "nb.lua", "-- ---\n-- assay: {limits: {time: 0.1}}\n-- ---\n-- %%\nprint(1)\n-- %%\nwhile true do end\n")
        let slow = try desk.run()
        #expect(
            slow.code == 6 && slow.output == "1\n"
                && slow.errors == "the notebook took longer than its limit of 0.1 s\n")
        desk.directory.write(
            "nb.lua",
            "-- ---\n-- assay: {limits: {memory: 200MiB}}\n-- ---\n-- %%\nlocal t = {}\nwhile true do t[#t + 1] = (\"x\"):rep(1 << 20) end\n"
        )
        let large = try desk.run()
        #expect(large.code == 6 && large.errors.contains("more than its limit of 200.0 MiB"))
    }

    @Test("Ctrl-C ends the run with 130; what was done is recorded")
    func interrupt() throws {
        let desk = try NotebookDesk("-- %% name=\"a\"\nprint(1)\n-- %% name=\"b\"\nprint(2)\nwhile true do end\n")
        let child = try Child(
            "/bin/sh", ["-c", "exec \"$0\" run --trust -q \"$1\" > \"$1.out\" 2>&1", Assay.binary, desk.path],
            environment: Assay.environment(), streams: [])
        for _ in 0..<1000 where desk.directory.read("nb.lua.out") != "1\n2\n" { usleep(10_000) }
        child.signal(SIGINT)
        #expect(child.wait() == 130 && desk.directory.read("nb.lua.out") == "1\n2\ninterrupted\n")
        let cells = try desk.record().stable.cells
        #expect(
            cells.map(\.status) == [.done, .interrupted]
                && cells[1].outputs.first == .stream(isError: false, text: "2\n"))
    }

    @Test("what interrupted work had finished is an output of its cell")
    func unfinished() throws {
        let desk = try NotebookDesk(
            """
            -- %% name="a" timeout=1.5
            net = nn.mlp{2, 64, 2}
            x, y = tensor.rand{50, 2}, tensor.randint(0, 1, {50})
            attack.pgd{eps = 0.001, steps = 1000000, early_stop = false}:run(net, {x, y})
            """)
        let end = try desk.run()
        #expect(end.code == 6 && end.errors == "cell 'a' took longer than its timeout of 1.5 s\n")
        let outputs = try desk.cell("a").outputs
        guard case .value(let value)? = outputs.first else { return #expect(Bool(false), "\(outputs)") }
        #expect(value.value["type"] == .text("AttackResult") && outputs.count == 2)
    }

    @Test("os.exit ends the run with its code and leaves a record", arguments: [0, 3])
    func exits(code: Int) throws {
        let desk = try NotebookDesk("-- %% name=\"a\"\nprint(1)\nos.exit(\(code), \(code == 0))\n-- %%\nprint(2)\n")
        let end = try desk.run()
        #expect(end.code == code && end.output == "1\n")
        #expect(try desk.record().stable.cells.map(\.status) == [code == 0 ? .done : .failed, .skipped])
        #expect(try desk.cell("a").outputs.first == .stream(isError: false, text: "1\n"))
    }

    @Test("parameters replace the defaults of the cell with the tag, typed by them")
    func parameters() throws {
        let desk = try NotebookDesk(
            "-- %% tags=[\"parameters\"]\neps, steps = 8/255, 40\nlocal names = {\"a\"}\n\n-- %% name=\"b\"\nprint(eps, steps, table.concat(names, \"+\"))\n"
        )
        #expect(try desk.run("-p", "eps=1/4", "-p", "names=x,y").output == "0.25\t40\tx+y\n")
        let stable = try desk.record().stable
        #expect(stable.parameters.map(\.name) == ["eps", "names", "steps"] && stable.given == ["eps", "names"])
        #expect(stable.parameters[0].value == .number(0.25) && stable.parameters[2].value == .int(40))
        let unknown = try desk.run("-p", "epz=1")
        #expect(unknown.code == 1 && unknown.errors == "no parameter 'epz'; did you mean 'eps'?\n")
        #expect(try desk.run("-p", "steps=x").errors == "parameter steps: whole number expected, got 'x'\n")
        let plain = try NotebookDesk("-- %%\nx = 1\n").run("-p", "x=2")
        #expect(
            plain.code == 2
                && plain.errors
                    == "assay: no cell is tagged parameters; write tags=[\"parameters\"] on the marker of the cell that sets the defaults\n"
        )
    }

    @Test("a file of parameters with lists is a run and a record for each combination")
    func grid() throws {
        let desk = try NotebookDesk("-- %% tags=[\"parameters\"]\neps, k = 0.1, 1\n-- %%\nprint(eps, k)\n")
        let file = desk.directory.write("grid.json", #"{"eps": [0.5, 1.5], "k": [2]}"#)
        let end = try desk.assay("run", desk.path, "--param-file", file)
        #expect(end.code == 0 && end.output == "0.5\t2\n1.5\t2\n" && end.errors.contains("nb.lua: eps=0.5,k=2\n"))
        #expect(desk.recordFiles == ["blobs", "nb.lua.eps=0.5,k=2.run.json", "nb.lua.eps=1.5,k=2.run.json"])
        desk.directory.write("grid.json", "{")
        let bad = try desk.assay("run", desk.path, "--param-file", file)
        #expect(bad.code == 2 && bad.errors.hasPrefix("assay: \(file): "))
    }

    @Test("values are recorded as JSON, tables and files: tensors as npy, pictures as PNG, figures as SVG")
    func forms() throws {
        let desk = try NotebookDesk(
            """
            -- %% name="a"
            show(tensor.arange(4):reshape{2, 2})
            show({{a = 1, b = "x"}, {a = 2, b = "y"}})
            show(tensor.zeros{1, 8, 8})
            tensor.zeros{2, 8, 8}:show()
            """)
        let end = try desk.run()
        #expect(end.code == 0)
        let values = try desk.cell("a").outputs.compactMap { output -> RunRecord.ShownValue? in
            if case .value(let value) = output { value } else { nil }
        }
        #expect(
            values.map { $0.media.map(\.type) } == [
                ["application/x-npy"], [], ["image/png", "application/x-npy"], ["image/png", "application/x-npy"],
            ])
        #expect(values[0].value["shape"] == .list([.int(2), .int(2)]) && values[0].value["sha256"] != nil)
        #expect(
            values[1].table
                == .object([
                    ("columns", .list([.text("a"), .text("b")])),
                    ("rows", .list([.list([.int(1), .text("x")]), .list([.int(2), .text("y")])])),
                ]))
        let files = RecordFiles(record: desk.recordPath)
        for medium in values.flatMap(\.media) {
            let bytes = try #require(files.bytes(medium))
            #expect(bytes.count == medium.bytes)
            if medium.type == "image/png" { #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47])) }
        }
        let tensor = try NumPy.tensor(from: files.bytes(values[0].media[0])!, name: "t")
        #expect(try tensor.array(Double.self) == [1, 2, 3, 4] && tensor.shape == [2, 2])
    }

    @Test("files that were read stand in the record with their digests and the cell, what the run wrote does not")
    func inputs() throws {
        let desk = try NotebookDesk(
            """
            -- %% name="lines"
            for line in io.lines("in.txt") do print(line) end
            local f = io.open("out.txt", "w") f:write("x") f:close()
            print(io.open("out.txt"):read("a"))
            -- %% name="code"
            dofile("part.lua")
            data.save("x.npy", tensor.zeros{2})
            """)
        desk.directory.write("in.txt", "hello\n")
        desk.directory.write("part.lua", "print('part')")
        #expect(try desk.run().output == "hello\nx\npart\n", "relative paths begin at the notebook")
        let stable = try desk.record().stable
        #expect(stable.inputs.map(\.path) == ["in.txt", "part.lua"])
        #expect(try stable.inputs[0] == .init(path: "in.txt", bytes: 6, sha256: Digest.of("hello\n")))
        #expect(try desk.cell("lines").inputs == ["in.txt"] && desk.cell("code").inputs == ["part.lua"])
        #expect(stable.permissions["used"]?["write"] == .list([.text("out.txt"), .text("x.npy")]))
    }

    @Test("--json writes a line for each output and cell, and nothing else on standard output")
    func json() throws {
        let desk = try NotebookDesk("-- %% name=\"a\"\nprint(1)\nshow({1, 2})\n-- %% name=\"b\"\nerror(\"no\")\n")
        let end = try desk.assay("run", "--json", desk.path)
        let lines = try end.output.split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(end.code == 1 && end.errors == "")
        #expect(lines[0] == .object([("cell", .text("a")), ("stdout", .text("1\n"))]))
        #expect(lines[1] == .object([("cell", .text("a")), ("value", .list([.int(1), .int(2)]))]))
        #expect(
            lines[2]["status"] == .text("done") && lines[3]["error"]?["line"] == .int(5)
                && lines[3]["cell"] == .text("b"))
        #expect(lines[4]["status"] == .text("failed") && lines[5]["record"]?.text == desk.recordPath)
    }

    @Test("a plain script runs as ever with its own arguments, unless an option for notebooks stands before it")
    func plainScript() throws {
        let desk = try NotebookDesk("print(...)\n", name: "s.lua")
        #expect(try desk.assay("run", desk.path, "-p", "x=1").output == "-p\tx=1\n")
        #expect(desk.recordFiles == [])
        let end = try desk.assay("run", "--trust", "--record", desk.directory.path + "/r", desk.path, "a")
        #expect(end.code == 0 && end.output == "a\n")
        #expect(try RunRecord.read(desk.directory.path + "/r/s.lua.run.json").stable.cells.map(\.name) == ["cell-1"])
        #expect(try desk.assay("run", "--trust", "--no-record", "-q", desk.path).errors == "")
        #expect(desk.recordFiles == [])
    }

    @Test("the summary says how many cells, the root and where the record is")
    func summary() throws {
        let desk = try NotebookDesk("-- %%\nx = 1\n")
        let end = try desk.assay("run", desk.path), root = try desk.record().stable.root
        #expect(end.output == "")
        #expect(end.errors.hasPrefix("\(desk.path): 1 cell in "))
        #expect(end.errors.hasSuffix("; root \(root.prefix(12)); record in \(desk.recordPath)\n"))
    }

    @Test("more text than a record holds is cut, with the digest of the rest")
    func large() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"a\"\nlocal s = (\"x\"):rep(1 << 20)\nfor i = 1, 5 do io.write(s) end\n")
        #expect(try desk.run().output.utf8.count == 5 << 20)
        guard case .stream(false, let text)? = try desk.cell("a").outputs.last else { return #expect(Bool(false)) }
        let rest = try Digest.of([UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20))
        #expect(text == "... 1048576 bytes more, SHA-256 \(rest)\n")
    }

    @Test("random numbers of a cell do not depend on what other cells draw")
    func streams() throws {
        let desk = try NotebookDesk(
            "-- ---\n-- assay: {seed: 4}\n-- ---\n-- %% name=\"a\"\nx = tensor.randn{3}\n-- %% name=\"b\"\nprint(math.random(1 << 40), tensor.randn{2}[1])\n"
        )
        let first = try desk.run().output
        desk.replace("x = tensor.randn{3}", "x = tensor.randn{3} y = tensor.randn{5} math.random()")
        #expect(try desk.run().output == first)
        #expect(try desk.cell("a").draws == 2 && desk.cell("b").draws == 1)
        #expect(try desk.run("--seed", "5").output != first)
    }

    @Test("the header's version of the program and digests of inputs are checked before anything runs")
    func requirements() throws {
        let desk = try NotebookDesk("-- ---\n-- assay: {requires: \">=99\"}\n-- ---\n-- %%\nprint(1)\n")
        let old = try desk.run()
        #expect(old.code == 2 && old.output == "")
        #expect(old.errors == "assay: the notebook requires assay >=99, and this is \(Invocation.version)\n")
        let (wanted, found) = (try Digest.of("one"), try Digest.of("two"))
        desk.directory.write("in.txt", "two")
        desk.directory.write(
            "nb.lua",
            "-- ---\n-- assay:\n--   inputs: {in.txt: sha256-\(wanted)}\n-- ---\n-- %% name=\"a\"\nprint(io.open(\"in.txt\"):read(\"a\"))\n"
        )
        let other = try desk.run()
        #expect(other.code == 2 && other.output == "")
        #expect(
            other.errors
                == "assay: input in.txt: SHA-256 \(wanted) expected by the header, got \(found); --changed-inputs runs all the same\n"
        )
        #expect(try desk.run("--changed-inputs").output == "two\n")
        desk.directory.write("in.txt", "one")
        #expect(try desk.run().output == "one\n")
        desk.directory.write("in.txt", "two")
        let verified = try desk.assay("verify", desk.path)
        #expect(verified.code == 4 && verified.output.contains("a  exact  differs") == false)
        #expect(verified.output.contains("    input in.txt: SHA-256 \(wanted.prefix(12)) -> \(found.prefix(12))\n"))
        desk.replace("in.txt: sha256", "gone.txt: sha256")
        #expect(try desk.run().errors == "assay: input gone.txt: the header names it, and it cannot be read\n")
    }

    @Test("versions are compared number by number")
    func versions() {
        let table = [
            (">=0.3", "0.3.0", true), (">=0.3", "0.2.9", false), ("<1", "0.10", true), ("<0.9", "0.10", false),
            ("=1.2", "1.2.0", true), (">1", "1", false), ("<=1", "1.0", true),
        ]
        for (text, version, holds) in table {
            #expect(VersionComparison(text)?.holds(for: version) == holds, "\(text) \(version)")
        }
        #expect(VersionComparison("~1") == nil && VersionComparison(">=") == nil && VersionComparison(">=a") == nil)
    }
}
