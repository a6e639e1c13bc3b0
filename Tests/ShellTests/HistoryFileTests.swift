import TestSupport
import Testing

@testable import Shell

@Suite struct HistoryFileTests {
    let directory: TemporaryDirectory
    let history: HistoryFile

    init() throws {
        directory = try TemporaryDirectory()
        history = HistoryFile(path: directory.path + "/state/assay/history.jsonl")
    }

    @Test("entries come back whole and in order, directories are made when needed")
    func roundTrip() {
        let entries = ["x = 1", "for i = 1, 3 do\n  print(i)\nend", "s = \"\\\"quoted\\\" \\t ä\""]
        entries.forEach(history.append)
        #expect(history.load() == entries)
    }

    @Test("what begins with a space is not recorded")
    func leadingSpace() {
        history.append(" secret = 1")
        history.append("x = 1")
        #expect(history.load() == ["x = 1"])
    }

    @Test("lines that are no entries are skipped")
    func badLines() throws {
        let file = HistoryFile(path: directory.path + "/bad.jsonl")
        directory.write(
            "bad.jsonl", "{\"text\":\"a\"}\n\u{0}garbage\n{\"text\":5}\n[]\n\n{\"text\":\"b\"}\n{\"text\":\"cut")
        #expect(file.load() == ["a", "b"])
    }

    @Test("an entry is one line with its time and directory")
    func format() {
        history.append("a\nb")
        let line = directory.read("state/assay/history.jsonl")
        #expect(line.hasPrefix(#"{"text":"a\nb","time":"#))
        #expect(line.contains(#","cwd":"/"#))
        #expect(line.hasSuffix("\"}\n"))
        #expect(line.filter { $0 == "\n" }.count == 1)
    }

    @Test("of a long file the last entries are read, and the cut one is left out")
    func tail() {
        for number in 1...100 { history.append("entry \(number)") }
        #expect(history.load(limit: 3) == ["entry 98", "entry 99", "entry 100"])
        let fromTail = history.load(tail: 400)
        #expect(fromTail.last == "entry 100")
        #expect(fromTail.count < 8 && fromTail.allSatisfy { $0.hasPrefix("entry ") })
    }

    @Test("two sessions writing at once lose nothing")
    func concurrent() async {
        let history = self.history
        history.append("first")
        await withTaskGroup(of: Void.self) { group in
            for session in 1...2 {
                group.addTask { for number in 1...500 { history.append("\(session) \(number)") } }
            }
        }
        let loaded = history.load(limit: 5000, tail: 1 << 24)
        #expect(loaded.count == 1001)
        #expect(loaded.filter { $0.hasPrefix("1 ") } == (1...500).map { "1 \($0)" })
        #expect(loaded.filter { $0.hasPrefix("2 ") } == (1...500).map { "2 \($0)" })
    }

    @Test("a file that cannot be made or read is no error")
    func unusable() {
        let nowhere = HistoryFile(path: "/dev/null/history.jsonl")
        nowhere.append("x = 1")
        #expect(nowhere.load() == [])
    }

    @Test("the place follows the user's environment")
    func place() {
        func path(_ variables: [String: String]) -> String? { HistoryFile { variables[$0] }?.path }
        #expect(path(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/assay/history.jsonl")
        #expect(path(["HOME": "/h"]) == "/h/.local/state/assay/history.jsonl")
        #expect(path(["XDG_STATE_HOME": "relative", "HOME": "/h"]) == "/h/.local/state/assay/history.jsonl")
        #expect(path([:]) == nil)
    }
}
