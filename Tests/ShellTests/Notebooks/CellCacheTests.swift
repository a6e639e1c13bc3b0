import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `cache=true`: what is taken from the cache, and what never is.
@Suite(.serialized) struct CellCacheTests {
    /// A notebook whose cell tells by a file that it really ran.
    private func desk(_ code: String, before: String = "base = 1", after: String = "") throws -> NotebookDesk {
        try NotebookDesk(
            "-- %% name=\"p\" tags=[\"parameters\"]\nk = 1\n-- %% name=\"before\"\n\(before)\n"
                + "-- %% name=\"slow\" cache=true\n\(code)\n-- %% name=\"after\"\n\(after)\n")
    }

    private func wasCached(_ desk: NotebookDesk) throws -> Bool {
        let record = try desk.record(), place = try #require(record.stable.cells.firstIndex { $0.name == "slow" })
        return record.volatile.cells[place].isCached
    }

    private func note(_ desk: NotebookDesk) throws -> String? {
        let record = try desk.record(), place = try #require(record.stable.cells.firstIndex { $0.name == "slow" })
        return record.volatile.cells[place].note
    }

    @Test("a second run takes outputs and variables from the cache, and everything else is as it was")
    func hit() throws {
        let desk = try desk(
            "x = tensor.randn{2, 2}\nt = {1, 2.0, a = {b = \"\\0\\255\"}, [true] = 1}\nprint(math.random(99))\nshow(x)",
            after:
                "print(x[1][1], math.type(t[1]), math.type(t[2]), #t.a.b, t[true], math.random(99), tensor.randn{1}[1])"
        )
        let first = try desk.run(), one = try desk.record()
        #expect(try first.code == 0 && !wasCached(desk))
        let second = try desk.run(), two = try desk.record()
        #expect(try wasCached(desk) && second.output == first.output)
        #expect(two.stable == one.stable, "the stable part says nothing of caches")
        #expect(try desk.run("--no-cache").output == first.output && !wasCached(desk))
        let told = try desk.assay("run", desk.path)
        #expect(told.errors.contains("4 cells in ") && told.errors.contains(", 1 from the cache; root "))
    }

    @Test("whatever decides the result makes another key: code, code before, parameters, seed, values, inputs")
    func keys() throws {
        let desk = try desk("y = base + k\nprint(y)", before: "base = 1")
        try desk.run()
        try desk.run()
        #expect(try wasCached(desk))
        try desk.run("-p", "k=2")
        #expect(try !wasCached(desk))
        try desk.run("--seed", "3")
        #expect(try !wasCached(desk))
        desk.replace("base = 1", "base = 1 + 0")
        try desk.run()
        #expect(try !wasCached(desk))
        desk.replace("print(y)", "print(y, 1)")
        try desk.run()
        #expect(try !wasCached(desk))
    }

    @Test("an input that the cell read is checked before its result is used")
    func inputs() throws {
        let desk = try desk("local f = io.open(\"in.txt\") v = f:read(\"a\") f:close() f = nil\nprint(v)")
        desk.directory.write("in.txt", "one")
        #expect(try desk.run().output == "one\n")
        #expect(try desk.run().output == "one\n" && wasCached(desk))
        #expect(try desk.cell("slow").inputs == ["in.txt"], "also when it comes from the cache")
        desk.directory.write("in.txt", "two")
        #expect(try desk.run().output == "two\n" && !wasCached(desk))
    }

    @Test("what cannot be kept is run every time, with a note that says why")
    func refused() throws {
        let table: [(code: String, before: String, note: String)] = [
            ("function sq(v) return v * v end", "", "not cached: 'sq' is a function"),
            ("net = nn.mlp{2, 2}", "", "not cached: 'net' is a Module"),
            ("t.n = t.n + 1", "t = {n = 1}", "not cached: it changes 't' in place"),
            ("u = t", "t = {n = 1}", "not cached: 'u' shares a table with 't'"),
            ("local a = {} u = {a, a}", "", "not cached: 'u' holds a table twice"),
            ("u = setmetatable({}, {})", "", "not cached: 'u' holds a table with a metatable"),
            ("w = tensor.ones{2}:requires_grad()", "", "not cached: 'w' holds a tensor with gradients"),
            ("local f = io.open(\"o.txt\", \"w\") f:close() f = nil", "", "not cached: it writes files"),
        ]
        for (code, before, expected) in table {
            let desk = try desk(code, before: before)
            try desk.run()
            let second = try desk.run()
            let found = try note(desk) ?? "none"
            #expect(try second.code == 0 && !wasCached(desk) && found == expected, "\(code)")
        }
        let joined = try NotebookDesk("-- %% name=\"slow\" cache=true\ngoto done\n-- %%\n::done::\n")
        try joined.run()
        #expect(
            try note(joined) == "not cached: a cell that is joined with others, sets parameters or raises is always run"
        )
    }

    @Test("what was damaged or put there by others is not used")
    func damaged() throws {
        let desk = try desk("y = 5\nprint(y)"), folder = desk.directory.path + "/.cache/assay/cells"
        try desk.run()
        let file = folder + "/" + (try #require(RecordFilesListing.names(folder).first))
        var bytes = try Files.read(file)
        bytes[bytes.count - 1] ^= 1
        try AtomicFile.write(file) { try $0.append(bytes) }
        #expect(try desk.run().output == "5\n" && !wasCached(desk))
        #expect(try desk.run().output == "5\n" && wasCached(desk), "it was kept anew")
        try AtomicFile.write(file, text: String(repeating: "0", count: 64) + "\n{}")
        #expect(try desk.run().output == "5\n" && !wasCached(desk))
    }

    @Test("deps narrow what a result depends on, and take in what those cells name")
    func dependencies() throws {
        let desk = try NotebookDesk(
            "-- %% name=\"a\"\na = 1\n-- %% name=\"b\" deps=[\"a\"]\nb = a + 1\n-- %% name=\"other\"\nz = 1\n"
                + "-- %% name=\"slow\" cache=true deps=[\"b\"]\nc = b + 1\nprint(c)\n")
        try desk.run()
        desk.replace("z = 1", "z = 2")
        try desk.run()
        #expect(try wasCached(desk))
        desk.replace("a = 1", "a = 1 -- same")
        try desk.run()
        #expect(try !wasCached(desk))
    }

    @Test("the cache stands where XDG_CACHE_HOME says, or in the home folder")
    func folder() {
        let table: [([String: String], String?)] = [
            (["XDG_CACHE_HOME": "/c", "HOME": "/h"], "/c/assay/cells"), (["HOME": "/h"], "/h/.cache/assay/cells"),
            (["XDG_CACHE_HOME": "relative", "HOME": "/h"], "/h/.cache/assay/cells"), ([:], nil),
        ]
        for (variables, folder) in table { #expect(CellCache(environment: { variables[$0] })?.folder == folder) }
    }
}
