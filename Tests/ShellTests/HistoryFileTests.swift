import Glibc
import Kernel
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
        for entry in entries { history.append(entry) }
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

    @Test("an entry is one line with its time, directory, session and number; how it ended is another")
    func format() throws {
        history.append("a\nb", number: 3)
        history.finish(3, status: "failed", seconds: 0.25)
        let lines = try directory.read("state/assay/history.jsonl").split(separator: "\n").map {
            try JSON(parsing: String($0))
        }
        #expect(lines.count == 2)
        #expect(lines[0].object?.map(\.name).filter { $0 != "commit" } == ["text", "time", "cwd", "session", "entry"])
        #expect(lines[0]["text"]?.text == "a\nb")
        #expect(lines[0]["cwd"]?.text == workingDirectory())
        #expect(lines[0]["entry"]?.int == 3)
        #expect(lines[1]["session"] == lines[0]["session"])
        #expect(lines[1].object?.dropLast(2).map { "\($0.name) \($0.value)" } == ["status \"failed\"", "seconds 0.25"])
        #expect(history.load() == ["a\nb"])
    }

    @Test("what a crash left of a line does not spoil the next one")
    func torn() throws {
        let file = HistoryFile(path: directory.path + "/torn.jsonl")
        directory.write("torn.jsonl", "{\"text\":\"a\"}\n{\"text\":\"cut")
        file.append("b")
        #expect(file.load() == ["a", "b"])
    }

    @Test("where the lock is held, the entry goes to a file of the session's own, which is read too")
    func locked() throws {
        history.append("before")
        let descriptor = open(history.path, O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        history.append("meanwhile")
        #expect(!directory.read("state/assay/history.jsonl").contains("meanwhile"))
        flock(descriptor, LOCK_UN)
        history.append("after")
        #expect(history.load().sorted() == ["after", "before", "meanwhile"])
    }

    @Test("a project with a folder .assay of the user's own has its own history; links are not followed")
    func project() throws {
        let inner = directory.path + "/project/src"
        for folder in ["/project", "/project/.assay", "/project/src"] { mkdir(directory.path + folder, 0o700) }
        let file = try #require(HistoryFile(environment: { _ in nil }, directory: inner))
        #expect(file.path == directory.path + "/project/.assay/history.jsonl")
        directory.write("elsewhere", "")
        symlink(directory.path + "/elsewhere", file.path)
        file.append("x = 1")
        #expect(directory.read("elsewhere") == "")
        unlink(file.path)
        file.append("x = 1")
        #expect(file.load() == ["x = 1"])

        symlink(directory.path + "/project/.assay", inner + "/.assay")
        #expect(HistoryFile(environment: { _ in nil }, directory: inner)?.path == file.path)
    }

    @Test("the commit is the one that is checked out: on a branch, packed, detached, in a work tree")
    func commit() {
        let first = String(repeating: "a1", count: 20), second = String(repeating: "b2", count: 20)
        for folder in ["/r", "/r/.git", "/r/.git/refs", "/r/.git/refs/heads", "/r/in", "/w", "/r/.git/worktrees"] {
            mkdir(directory.path + folder, 0o700)
        }
        let root = directory.path + "/r"
        #expect(GitHead.commit(around: root + "/in") == nil)
        directory.write("r/.git/HEAD", "ref: refs/heads/main\n")
        directory.write("r/.git/packed-refs", "# pack-refs\n\(second) refs/heads/main\n")
        #expect(GitHead.commit(around: root + "/in") == second)
        directory.write("r/.git/refs/heads/main", first + "\n")
        #expect(GitHead.commit(around: root) == first)
        mkdir(root + "/.git/worktrees/w", 0o700)
        directory.write("w/.git", "gitdir: \(root)/.git/worktrees/w\n")
        directory.write("r/.git/worktrees/w/HEAD", "ref: refs/heads/main\n")
        directory.write("r/.git/worktrees/w/commondir", "../..\n")
        #expect(GitHead.commit(around: directory.path + "/w") == first)
        directory.write("r/.git/worktrees/w/HEAD", second + "\n")
        #expect(GitHead.commit(around: directory.path + "/w") == second)
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
