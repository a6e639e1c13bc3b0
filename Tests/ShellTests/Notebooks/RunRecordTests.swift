import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite struct RunRecordTests {
    /// A record with something in every field.
    static func sample() throws -> RunRecord {
        let medium = RunRecord.Medium(type: "image/png", sha256: try Digest.of("p"), bytes: 1)
        let value = RunRecord.ShownValue(
            text: "t", value: .object([("a", .number(0.1)), ("b", .list([.int(1), .null]))]),
            table: .object([("columns", .list([.text("x")])), ("rows", .list([.list([.int(1)])]))]), media: [medium])
        var cell = RunRecord.CellRecord(
            name: "a", kind: .code, codeDigest: try Digest.of("c"), seed: 7, status: .done, expect: "approx",
            outputs: [
                .stream(isError: false, text: "out\n"), .stream(isError: true, text: "é\n"), .value(value),
                .error(text: "nb.lua:3: no\n> 3 | x", message: "nb.lua:3: no"),
            ], outputDigest: try Digest.of("o"), warnings: ["W07 weak"])
        (cell.rtol, cell.atol, cell.inputs, cell.draws) = (1e-4, 1e-9, ["in.txt"], 3)
        cell.models = [JSON.Field("net", .text("d"))]
        var stable = RunRecord.Stable(
            notebook: .init(path: "nb.lua", bytes: 3, sha256: try Digest.of("n")),
            program: .object([("assay", .text("1"))]), rootSeed: 9, parameters: [JSON.Field("eps", .number(0.5))],
            permissions: .object([("granted", .text("all"))]),
            inputs: [.init(path: "in.txt", bytes: 4, sha256: try Digest.of("i"))], cells: [cell],
            root: try RunRecord.root([cell]))
        (stable.given, stable.arguments) = (["eps"], ["x y"])
        return RunRecord(
            stable: stable,
            volatile: .init(
                started: 1.5e9, seconds: 2.25, peakBytes: 10, host: "h",
                cells: [.init(seconds: 1, processorSeconds: 2, peakBytes: 3, isCached: true, note: "n")]))
    }

    @Test("a record comes back from its JSON as it was, and its JSON is canonical")
    func roundTrip() throws {
        let record = try Self.sample()
        #expect(try RunRecord(json: record.json) == record)
        let text = record.json.indented
        #expect(try JSON(parsing: text) == record.json && JSON(parsing: text).canonical.indented == text)
        func areSorted(_ json: JSON) -> Bool {
            let names = json.object?.map(\.name) ?? []
            return names == names.sorted() && (json.object?.map(\.value) ?? json.list ?? []).allSatisfy(areSorted)
        }
        #expect(areSorted(record.json))
    }

    @Test("what JSON cannot hold is replaced: zero bytes, nan, names that occur twice")
    func canonical() throws {
        let json = JSON.object([("b", .text("x\0y")), ("1", .int(1)), ("1", .number(.nan)), ("a", .number(-.infinity))])
        #expect(json.canonical.description == #"{"1":1,"1'":"nan","a":"-inf","b":"x␀y"}"#)
        _ = try JSON(parsing: json.canonical.description)
    }

    @Test("a file that is no record is refused with the field that is wrong")
    func wrong() throws {
        try withFolder { folder in
            let path = folder + "/r.run.json", good = try Self.sample().json
            func complaint(_ change: (JSON) -> JSON) -> String {
                errorText {
                    try AtomicFile.write(path, text: change(good).description)
                    _ = try RunRecord.read(path)
                }
            }
            let head = "\(path) is no record of a run: "
            #expect(complaint { _ in .list([]) } == head + "stable is missing")
            let withoutRoot = complaint { json in
                .object(
                    [
                        ("stable", .object(json["stable"]!.object!.filter { $0.name != "root" })),
                        ("volatile", json["volatile"]!),
                    ]
                    .map { ($0.0, $0.1) })
            }
            #expect(withoutRoot == head + "stable.root is missing")
            let text = good.description
            func complaint(replacing old: String, by new: String) -> String {
                errorText {
                    try AtomicFile.write(path, text: text.replacing(old, with: new))
                    _ = try RunRecord.read(path)
                }
            }
            #expect(
                complaint(replacing: #""status":"done""#, by: #""status":"odd""#)
                    == head + #"stable.cells[1].status: a known word expected, got "odd""#)
            #expect(
                complaint(replacing: #""seed":7"#, by: #""seed":"x""#)
                    == head + #"stable.cells[1].seed: a whole number expected, got "x""#)
            #expect(
                complaint(replacing: try Digest.of("p"), by: "../../etc/passwd")
                    == head
                    + #"stable.cells[1].outputs[3].media[1].sha256: 64 hexadecimal digits expected, got "../../etc/passwd""#
            )
            #expect(
                complaint(replacing: #""kind":"stderr""#, by: #""kind":"odd""#)
                    == head + "stable.cells[1].outputs[2].kind: 'odd' is no kind of output")
            #expect(
                complaint(replacing: #""format":1"#, by: #""format":2"#) == head + "stable.format: 1 expected, got 2")
            try AtomicFile.write(path, text: "{")
            #expect(errorText { _ = try RunRecord.read(path) }.hasPrefix(head))
        }
    }

    @Test("records stand beside the notebook or in a folder of choice, blobs by their digest")
    func paths() throws {
        #expect(RecordFiles(notebook: "a/nb.lua").path == "a/__assay__/nb.lua.run.json")
        #expect(RecordFiles(notebook: "nb.lua").path == "__assay__/nb.lua.run.json")
        #expect(RecordFiles(notebook: "a/nb.lua", folder: "r", variant: "eps=1").path == "r/nb.lua.eps=1.run.json")
        #expect(RecordFiles(record: "x/y.run.json") == RecordFiles(notebook: "q/y", folder: "x"))
        let medium = RunRecord.Medium(type: "image/svg+xml", sha256: "ab", bytes: 1)
        #expect(RecordFiles(notebook: "nb.lua").blob(medium) == "__assay__/blobs/ab.svg")
    }

    @Test("writing removes files that no record names any more, when they are old enough, and nothing else")
    func leftovers() throws {
        let directory = try TemporaryDirectory(), record = try Self.sample()
        let files = RecordFiles(notebook: "nb.lua", folder: directory.path + "/r")
        let digest = try Digest.of("p"), old = try Digest.of("old")
        try files.write(record, blobs: [digest: [112]])
        directory.write("r/blobs/\(old).png", "x")
        directory.write("r/blobs/mine.txt", "x")
        directory.write("r/blobs/\(digest).png.77.1.tmp", "x")
        try files.write(record, blobs: [digest: [112]])
        #expect(listing(files.blobs).count == 4)
        try files.write(record, blobs: [digest: [112]], keeping: -1)
        #expect(listing(files.blobs) == ["\(digest).png", "mine.txt"].sorted())
        directory.write("r/blobs/\(old).png", "x")
        directory.write("r/other.run.json", "{")
        try files.write(record, blobs: [digest: [112]], keeping: -1)
        #expect(listing(files.blobs).contains("\(old).png"), "a record that cannot be read may name it")
    }

    @Test("the root is that of RFC 6962 over the cells of code, and only what makes the numbers enters")
    func root() throws {
        let leaves = ["a", "b", "c"]
        let hash = { (text: String) in try Digest.of(text) }
        let (a, b, c) = (try hash("\u{0}a"), try hash("\u{0}b"), try hash("\u{0}c"))
        #expect(try HashTree.root(leaves) == hash("\u{1}" + hash("\u{1}" + a + b) + c))
        #expect(try HashTree.root([]) == hash(""))
        let cell = try Self.sample().stable.cells[0], root = try RunRecord.root([cell])
        func changed(_ change: (inout RunRecord.CellRecord) -> Void) throws -> Bool {
            var other = cell
            change(&other)
            return try RunRecord.root([other]) != root
        }
        #expect(try changed { $0.seed += 1 } && changed { $0.codeDigest = "x" } && changed { $0.status = .failed })
        #expect(try !changed { $0.outputDigest = "x" } && !changed { $0.draws = 9 } && !changed { $0.models = [] })
        var exact = cell
        exact.expect = "exact"
        let before = try RunRecord.root([exact])
        exact.outputDigest = try Digest.of("other")
        #expect(try RunRecord.root([exact]) != before)
        var prose = cell
        prose.kind = .markdown
        #expect(try RunRecord.root([cell, prose]) == root)
    }
}
