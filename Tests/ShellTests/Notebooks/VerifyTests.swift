import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `assay verify` and `assay diff`, by their effects.
@Suite(.serialized) struct VerifyTests {
    private func desk(_ marker: String = "", _ code: String, header: String = "") throws -> NotebookDesk {
        let desk = try NotebookDesk(
            header + "-- %% name=\"a\"\nprint(\"first\")\n\n-- %% name=\"b\" \(marker)\n\(code)\n")
        try desk.run()
        return desk
    }

    private func verify(_ desk: NotebookDesk, _ words: String...) throws -> Finished {
        try TestSupport.run(
            Assay.binary, ["verify", desk.path, "--trust"] + words,
            environment: Assay.environment(home: desk.directory.path))
    }

    @Test("an unchanged notebook verifies, and the report says so for each cell")
    func same() throws {
        let desk = try desk("", "show(tensor.randn{3})"), end = try verify(desk)
        let root = try desk.record().stable.root
        #expect(
            end.code == 0 && end.errors == ""
                && end.output
                    == "a  exact   same\nb  exact   same\n\(desk.path): 2 cells the same; root \(root.prefix(12))\n"
        )
    }

    @Test("the same notebook in other processes and folders, with 1 and 2 threads, has the same root")
    func roots() throws {
        let text = """
            -- ---
            -- assay: {seed: 11}
            -- ---

            -- %% name="train"
            local d = data.load("blobs", {n = 200, test = 40, classes = 3, seed = 1})
            net = nn.mlp{2, 32, 3}
            local h = net:fit(d.train, {epochs = 2, batch = 16, seed = 1})
            show(h) show(attack.fgsm{eps = 0.1}:run(net, d.test))
            net = nn.mlp{16, 32, 4}
            x = tensor.rand{64, 16}
            y = tensor.randint(0, 3, {64})
            for i = 1, 5 do
              local loss = net(x):cross_entropy(y)
              loss:backward()
            end
            show(net(x):argmax(2):sum())

            -- %% name="convolutions"
            local g = data.load("glyphs", {n = 1024, test = 64})
            local c = nn.cnn{channels = 1, width = 8}
            c:fit(g.train, {epochs = 2, batch = 128, seed = 1})
            show(c(g.test.images):sum())

            -- %% name="values"
            local t = {} for _, k in ipairs{"a", "bb", "eps", "steps", "zz", "q", "longer name"} do t[k] = #k end
            for k, v in pairs(t) do io.write(k, "=", v, " ") end
            print(math.random(1000000), tensor.randn{4}:sum())
            show{name = "x", value = tensor.randn{64, 64}:matmul(tensor.randn{64, 64}):abs():max()}
            """
        var roots: [String] = []
        for threads in ["1", "2", "2"] {
            let desk = try NotebookDesk(text)
            let end = try desk.run("--threads", threads)
            #expect(end.code == 0, "\(end.errors)")
            roots.append(try desk.record().stable.root)
        }
        #expect(Set(roots).count == 1)
    }

    @Test("a digit that changes is reported at its cell, with the path of the value and how far it is off")
    func digit() throws {
        let desk = try desk("", "show{rows = {{accuracy = 0.881}, {accuracy = 0.5}}}\nprint(\"eps 0.25\")")
        desk.replace("0.881", "0.879")
        let end = try verify(desk)
        #expect(end.code == 4 && end.output.contains("\nb  exact   differs\n    code: SHA-256 "))
        #expect(end.output.contains("\n    output 1: rows[1].accuracy: 0.881 -> 0.879 (-0.0020)\n"))
        #expect(end.output.contains(": 1 of 2 cells differs; root "))
        desk.replace("eps 0.25", "eps 0.26")
        #expect(try verify(desk).output.contains("\n    output 2, line 1: \"eps 0.25\" -> \"eps 0.26\"\n"))
    }

    @Test("a planted seed is reported: the notebook's once, a cell's at the cell")
    func seed() throws {
        let header = "-- ---\n-- assay: {seed: 1}\n-- ---\n"
        let desk = try desk("", "print(math.random(1 << 50))", header: header)
        desk.replace("seed: 1", "seed: 2")
        let root = try verify(desk)
        #expect(
            root.code == 4
                && root.output.hasPrefix("seed: 1 -> 2\na  exact   same\nb  exact   differs\n    output 1, line 1: "))
        desk.replace("seed: 2", "seed: 1")
        #expect(try verify(desk).code == 0)
        desk.replace("name=\"b\"", "name=\"b\" seed=9")
        let cell = try verify(desk)
        #expect(cell.code == 4 && cell.output.contains("\na  exact   same\nb  exact   differs\n    seed: ".dropFirst()))
        #expect(cell.output.contains(" -> 9\n"))
    }

    @Test(
        "an input that changes is reported with its digests, at the cell that reads it, even when nothing else differs")
    func input() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"a\"\nprint(1)\n-- %% name=\"b\"\nlocal f = io.open(\"in.txt\") n = f:read(1) f:close()\n")
        desk.directory.write("in.txt", "5x")
        try desk.run()
        desk.directory.write("in.txt", "5y")
        let end = try verify(desk), (old, new) = (try Digest.of("5x"), try Digest.of("5y"))
        #expect(end.code == 4)
        #expect(
            end.output.hasPrefix(
                "input in.txt: SHA-256 \(old) -> \(new) (read by cell 'b')\na  exact   same\nb  exact   differs\n"
                    + "    input in.txt: SHA-256 \(old.prefix(12)) -> \(new.prefix(12))\n"))
    }

    @Test("parameters that were given are given again; a default that changes is reported")
    func parameters() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"p\" tags=[\"parameters\"]\neps, list = 0.5, {1}\n-- %% name=\"b\"\nprint(eps, #list)\n")
        try desk.run("-p", "list=1,2,3")
        #expect(try verify(desk).code == 0)
        desk.replace("0.5", "0.75")
        let end = try verify(desk)
        #expect(end.code == 4 && end.output.hasPrefix("parameter eps: 0.5 -> 0.75\np  exact   differs\n    code: "))
        #expect(end.output.contains("\n    output 1, line 1: \"0.5\\t3\" -> \"0.75\\t3\"\n"))
    }

    @Test("approx compares numbers in values and in text within tolerances, and everything else exactly")
    func approx() throws {
        let desk = try desk(
            "expect=\"approx\" rtol=1e-3",
            "local x = 2.000\nshow{a = x, t = \"loss 2.000 of 3\"}\nprint(\"mean 2.000\")")
        desk.replace("2.000", "2.001")
        let near = try verify(desk)
        #expect(near.code == 4 && near.output.contains("code: ") && !near.output.contains("output"), "\(near.output)")
        desk.replace("2.001", "2.010")
        let far = try verify(desk).output
        for line in [
            "output 1: a: 2 -> 2.01 (+0.010, rtol 0.0050 > 0.0010)",
            "output 1: t: 2 -> 2.01 (+0.010, rtol 0.0050 > 0.0010)",
            "output 2, line 1: 2 -> 2.01 (+0.010, rtol 0.0050 > 0.0010)",
        ] { #expect(far.contains("    \(line)\n"), "\(far)") }
        desk.replace("mean ", "Mean ")
        #expect(try verify(desk).output.contains("output 2, line 1: \"mean 2.000\" -> \"Mean 2.010\""))
    }

    @Test("tensors are compared element by element where they were kept, and by shape and statistics as asked")
    func tensors() throws {
        let desk = try desk("expect=\"approx\" rtol=1e-4", "show(tensor.ones{2, 3} * 4)")
        desk.replace("* 4)", "* 4 + tensor{{0, 0, 0}, {0, 1, 0}})")
        #expect(
            try verify(desk).output.contains(
                "output 1: 1 of 6 elements differ; most at [2, 2]: 4 -> 5 (+1.0, rtol 0.25 > 1e-4)"))
        desk.replace("expect=\"approx\" rtol=1e-4", "expect=\"stat\" rtol=0.5 atol=1")
        #expect(!(try verify(desk).output.contains("output 1")))
        desk.replace("expect=\"stat\" rtol=0.5 atol=1", "expect=\"shape\"")
        #expect(!(try verify(desk).output.contains("output 1")))
        desk.replace("tensor.ones{2, 3} * 4 + tensor{{0, 0, 0}, {0, 1, 0}}", "tensor.ones{3}")
        #expect(try verify(desk).output.contains("output 1: shape: [2,3] -> [3]"))
        desk.replace("expect=\"shape\"", "expect=\"none\"")
        #expect(!(try verify(desk).output.contains("output 1")))
    }

    @Test("a cell that fails where it did not is code 1, a missing record 2, a syntax error 3")
    func failures() throws {
        let desk = try desk("", "print(2)")
        desk.replace("print(2)", "error(\"boom\")")
        let end = try verify(desk)
        #expect(end.code == 1 && end.output.contains("    status: done -> failed: nb.lua:5: boom\n"), "\(end.output)")
        try desk.run()
        #expect(try verify(desk).code == 0, "it failed in the same way before")
        desk.replace("error(\"boom\")", "= =")
        #expect(try verify(desk).code == 3)
        let bare = try NotebookDesk("-- %%\nx = 1\n"), none = try verify(bare)
        #expect(none.code == 2)
        #expect(none.errors == "assay: no record \(bare.recordPath); assay run \(bare.path) writes one\n")
    }

    @Test("diff compares two records as verify does, and names cells that are new or gone")
    func diff() throws {
        let desk = try desk("", "show(0.5)"), first = desk.directory.path + "/first"
        try desk.run("--record", first)
        desk.directory.write("nb.lua", "-- %% name=\"b\"\nshow(0.25)\n-- %% name=\"c\"\n")
        try desk.run()
        let end = try desk.assay("diff", first + "/nb.lua.run.json", desk.recordPath)
        #expect(end.code == 4 && end.output.contains("a  exact   differs\n    the cell is gone\n"))
        #expect(
            end.output.contains("b  exact   differs\n    code: ")
                && end.output.contains("    output 1: 0.5 -> 0.25 (-0.25)\n"))
        #expect(end.output.contains("c  exact   differs\n    the cell is new\n"))
        #expect(try desk.assay("diff", desk.recordPath, desk.recordPath).code == 0)
        let json = try JSON(parsing: desk.assay("diff", "--json", first + "/nb.lua.run.json", desk.recordPath).output)
        #expect(json["differs"] == .flag(true) && json["cells"]?.list?.count == 3)
        let wrong = try desk.assay("diff", desk.path, desk.recordPath)
        #expect(wrong.code == 2 && wrong.errors.hasPrefix("assay: \(desk.path) is no record of a run: "))
    }
}

@Suite struct ComparisonTests {
    @Test("numbers are written with as many digits as say something")
    func short() {
        let table = [
            (0.002, "0.0020"), (2.3e-5, "2.3e-5"), (1e-4, "1e-4"), (0.13, "0.13"), (41000, "41000"), (4.1e6, "4.1e6"),
            (3.14, "3.1"), (0.00999, "0.010"),
        ]
        for (number, text) in table { #expect(Shell.short(number) == text, "\(number)") }
    }

    @Test("lines are compared number by number when the words between them are the same")
    func numbers() {
        #expect(NumberedText.pairs("a 1.5  b -2e-3", "a 1.25 b 3")?.map(\.0) == [1.5, -0.002])
        #expect(NumberedText.pairs("x1 2", "x2 2") == nil, "a digit in a name is no number")
        #expect(NumberedText.pairs("1 2", "1 2 3") == nil)
        #expect(NumberedText.pairs("v nan.", "v 1.")?.map(\.1) == [1])
    }

    @Test("places of messages do not count")
    func places() {
        #expect(withoutPlace("nb.lua:12: no: x") == "no: x" && withoutPlace("no: x") == "no: x")
    }
}
