import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite("Permissions and what a sandbox passes on")
struct PermissionTests {
    static let wrong: [(json: String, message: String)] = [
        ("3", "header: permissions is none or {read: [...], write: [...], net: ..., exec: ...}"),
        ("{\"read\": \"data\"}", "header: permissions: read is a list of at most 100 paths"),
        ("{\"write\": [1]}", "header: permissions: write is a list of at most 100 paths"),
        ("{\"net\": \"yes\"}", "header: permissions: net is true or false"),
        ("{\"reads\": []}", "header: permissions knows read, write, net and exec, not 'reads'"),
    ]

    @Test("a header that asks for nonsense is an error", arguments: wrong)
    func headers(_ wrong: (json: String, message: String)) throws {
        let json = try JSON(parsing: wrong.json)
        #expect(errorText { _ = try Permissions(json: json) } == wrong.message)
    }

    @Test("none, and no key at all, deny everything")
    func none() throws {
        #expect(try Permissions(json: .text("none")).isNone && Permissions(json: nil).isNone)
    }

    static let limits: [(json: String, message: String)] = [
        ("{\"time\": -1}", "header: limits: time is a number of seconds, at most a week"),
        ("{\"memory\": \"1MiB\"}", "header: limits: memory is a size such as 512MiB, at least 16.0 MiB"),
        ("{\"memory\": \"much\"}", "header: limits: memory is a size such as 512MiB, at least 16.0 MiB"),
        ("{\"cpu\": 1}", "header: limits knows time and memory, not 'cpu'"),
        ("[]", "header: limits is {time: ..., memory: ...}"),
    ]

    @Test("limits that are none are an error", arguments: limits)
    func wrongLimits(_ wrong: (json: String, message: String)) throws {
        let json = try JSON(parsing: wrong.json)
        #expect(errorText { _ = try SandboxLimits(json: json) } == wrong.message)
    }

    @Test("a notebook may write in folders below its own, but neither over itself nor where trust is kept")
    func writing() throws {
        let folder = try TemporaryDirectory()
        let notebook = folder.write("nb.lua", "")
        folder.write("file.txt", "")
        func problem(_ path: String) -> String {
            errorText { _ = try Grants(Permissions(write: [path]), of: notebook) }
        }
        #expect(problem("out/") == "no error" && problem("a/b").hasPrefix("no"))
        #expect(problem("a/../../c") == "permissions: a/../../c: leads back from a folder that does not exist")
        #expect(
            problem(".") == "permissions: .: holds the notebook, which may not change itself; name a folder below")
        #expect(problem("/").hasSuffix("holds the notebook, which may not change itself; name a folder below"))
        #expect(problem("file.txt") == "permissions: file.txt: is a file; write names folders")
        #expect(problem(".git/hooks").hasSuffix("is hidden; what lies there may be run by other programs"))
        #expect(problem("__assay__/blobs") == "permissions: __assay__/blobs: holds the records of runs")
        let own = try #require(UserFolder.configuration)
        #expect(problem(own) == "permissions: \(own): holds what Assay remembers of trust")
        #expect(problem(own + "/x") == "permissions: \(own)/x: holds what Assay remembers of trust")
    }

    @Test("text loses what would act on a terminal, in whatever pieces it comes")
    func visible() {
        #expect(VisibleText.stripped("a\u{1B}[31mb\r\u{202E}c\u{9B}\n\td\u{2066}\u{200F}é") == "a[31mbc\n\tdé")
        #expect(VisibleText.escaped("a\u{1B}\n\u{202E}") == #"a\u{1B}\u{A}\u{202E}"#)
        let bytes = Array("é€😀\u{202E}x".utf8)
        for size in 1...bytes.count {
            var stream = VisibleStream(), text = ""
            for start in stride(from: 0, to: bytes.count, by: size) {
                text += stream.add(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(text + stream.finish() == "é€😀x")
        }
        var cut = VisibleStream()
        #expect(cut.add([0xF0, 0x9F]) == "" && cut.finish() == "\u{FFFD}")
    }

    @Test("a figure survives the way to the process that draws it, and data that are none do not get there")
    func figures() throws {
        var figure = Figure(
            [
                Figure.Series("a", [.init(0, 1, low: 0.5, high: 2), .init(1, .nan)], dashed: true, colour: 3),
                Figure.Series("b\u{1B}", [.init(2, 3)]),
            ], title: "t", xLabel: "x", yLabel: "y")
        figure.xRange = 0...4
        figure.xTicks = [(1, "one")]
        figure.marks = [Figure.Mark(2, "m")]
        let back = try Figure(json: JSON(parsing: figure.json.description))
        #expect(back.series.map(\.name) == ["a", "b"] && back.series[0].isDashed && back.series[0].colour == 3)
        #expect(back.series[0].points == [.init(0, 1, low: 0.5, high: 2)] && back.xRange == 0...4)
        #expect(back.xTicks[0].name == "one" && back.marks[0].label == "m" && back.title == "t")
        let wrong = [
            "null", "{}", "{\"series\": [{\"name\": \"a\", \"points\": [[1, 2]]}]}",
            "{\"series\": [], \"title\": 3}", "{\"series\": [], \"title\": \"\", \"xLabel\": \"\", \"yLabel\": \"\"}",
        ]
        for text in wrong {
            let json = try JSON(parsing: text)
            #expect(throws: KernelError.self, "\(text)") { try Figure(json: json) }
        }
    }
}
