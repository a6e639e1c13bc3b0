import Foundation
import TestSupport
import Testing

@testable import Shell

@Suite("Trust in notebooks")
struct TrustTests {
    /// A notebook of somebody else in a home of its own.
    private struct Desk {
        let folder: TemporaryDirectory
        init(_ body: String = "print('ran', #arg)", header: String = "") throws {
            folder = try TemporaryDirectory()
            mkdir(folder.path + "/nb", 0o755)
            write(body, header: header)
        }
        var path: String { folder.path + "/nb/a.lua" }
        func write(_ body: String, header: String = "") {
            folder.write("nb/a.lua", "-- ---\n-- title: a\n\(header)-- ---\n\n-- %%\n\(body)\n")
        }
        func run(_ words: String...) throws -> Finished {
            try TestSupport.run(Assay.binary, words, environment: Assay.environment(home: folder.path, trusts: false))
        }
        /// At a terminal: the answer is typed when the question stands there.
        func answer(_ word: String, early: String = "") throws -> (text: String, code: Int) {
            let terminal = try Assay.onTerminal("run", "--no-record", "--quiet", path, home: folder.path, trusts: false)
            if !early.isEmpty { terminal.enter(early) }
            let question = try terminal.read(until: "s, t or n? ")
            usleep(50_000)
            terminal.enter(word)
            let code = terminal.waitForExit()
            return (question + terminal.pending, code)
        }
        func events() -> [String] {
            folder.read(".local/state/assay/audit.jsonl").split(separator: "\n").compactMap { line in
                (try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["event"] as? String
            }
        }
    }

    private static let asks = "-- assay:\n--   permissions: {read: [\"data\"], write: [\"out/\"]}\n"

    @Test("without a terminal a notebook that is not trusted is refused with code 5, and nothing of it runs")
    func undecided() throws {
        let desk = try Desk("io.open('made.txt', 'w')")
        let run = try desk.run("run", desk.path)
        #expect(run.code == 5)
        #expect(
            run.errors
                == "assay: \(desk.path) is not trusted, and there is no terminal to ask at; --sandbox confines it, --trust "
                + "runs it as it is\n")
        #expect(listing(desk.folder.path + "/nb") == ["a.lua"])
        #expect(desk.events() == ["refused"])
    }

    @Test("the command line decides for once: as it is, confined, or with nothing granted")
    func commandLine() throws {
        let desk = try Desk("print(pcall(io.open('out/x', 'w').write, 1), io.open('../outside'))", header: Self.asks)
        #expect(try desk.run("run", "--sandbox", "--no-record", "--quiet", desk.path).code == 0)
        #expect(listing(desk.folder.path + "/nb") == ["a.lua", "out"])
        let denied = try desk.run("run", "--deny", "--no-record", "--quiet", desk.path)
        #expect(denied.code != 0)
        #expect(try desk.run("run", "--trust", "--no-record", "--quiet", desk.path).code == 0)
        #expect(try desk.run("run", desk.path).code == 5)
        #expect(try desk.run("run", "--trust", "--sandbox", desk.path).code == 2)
    }

    @Test("--sandbox alone grants nothing outside the notebook's folder, no network and no programs")
    func beyond() throws {
        let header = "-- assay:\n--   permissions: {read: [\"../secret\"], net: true, exec: true}\n"
        let desk = try Desk("print(1)", header: header)
        let run = try desk.run("run", "--sandbox", desk.path)
        #expect(run.code == 5)
        #expect(
            run.errors
                == "assay: the header asks for reading \(desk.folder.path)/secret, the network, starting programs, which "
                + "--sandbox alone does not grant; --sandbox --grant grants all that it asks for\n")
        #expect(try desk.run("run", "--sandbox", "--grant", "--no-record", desk.path).code == 0)
    }

    @Test("a link in the notebook's folder does not make what lies outside a part of it")
    func link() throws {
        let desk = try Desk("print(1)", header: "-- assay:\n--   permissions: {read: [\"data\"]}\n")
        mkdir(desk.folder.path + "/secret", 0o755)
        symlink("../secret", desk.folder.path + "/nb/data")
        let run = try desk.run("run", "--sandbox", desk.path)
        #expect(run.code == 5 && run.errors.contains("reading \(desk.folder.path)/secret"))
    }

    @Test("at a terminal it is asked once; the answer holds until the file changes, and then the changes are shown")
    func asksOnce() throws {
        let desk = try Desk(header: Self.asks)
        let first = try desk.answer("t")
        #expect(first.code == 0, "\(first.text)")
        #expect(first.text.contains("reading data\n") && first.text.contains("writing in out/\n"))
        #expect(first.text.contains("It was never run here."))
        #expect(try desk.run("run", "--no-record", "--quiet", desk.path).output == "ran\t0\n")
        desk.write("print('other')\nos.execute('true')", header: Self.asks)
        let second = try desk.answer("n")
        #expect(second.code == 5 && second.text.contains("assay: \(desk.path) was not run\n"))
        #expect(second.text.contains("It changed since 20") && second.text.contains("2 lines added, 1 removed"))
        #expect(second.text.contains("  - print('ran', #arg)") && second.text.contains("  + os.execute('true')"))
        #expect(!second.text.contains("other\n"))
        desk.write("print('ran', #arg)", header: Self.asks)
        #expect(try desk.run("run", "--no-record", "--quiet", desk.path).code == 0)
    }

    @Test("answered with s it runs confined, then and later")
    func confined() throws {
        let desk = try Desk("print(pcall(os.execute))", header: Self.asks)
        let first = try desk.answer("s")
        #expect(first.code == 0 && first.text.contains("os.execute is not available in a sandbox"), "\(first.text)")
        let again = try desk.run("run", "--no-record", "--quiet", desk.path)
        #expect(again.code == 0 && again.output == "false\tos.execute is not available in a sandbox\n")
        // The folder that was granted leads elsewhere now: that is another question.
        mkdir(desk.folder.path + "/elsewhere", 0o755)
        symlink("../elsewhere", desk.folder.path + "/nb/data")
        #expect(try desk.run("run", desk.path).code == 5)
    }

    @Test("what was typed before the question does not answer it")
    func typedAhead() throws {
        let desk = try Desk("print('ran')")
        let answered = try desk.answer("n", early: "t")
        #expect(answered.code == 5 && !answered.text.contains("ran\n"))
    }

    @Test("nothing of the file that is shown in the question acts on the terminal")
    func escapes() throws {
        let header = "-- assay:\n--   permissions: {read: [\"a\\u001b[2J\\u202ecod\"]}\n"
        let desk = try Desk("print('first')", header: header)
        _ = try desk.answer("t")
        desk.write("print('\u{1B}[31msecond\u{202E}')", header: header)
        let terminal = try Assay.onTerminal("run", desk.path, home: desk.folder.path, trusts: false)
        let question = try terminal.read(until: "s, t or n? ")
        terminal.enter("n")
        _ = terminal.waitForExit()
        #expect(question.contains(#"reading a\u{1B}[2J\u{202E}cod"#), "\(question)")
        #expect(question.contains(#"+ print('\u{1B}[31msecond\u{202E}')"#))
        #expect(!terminal.transcript.contains("\u{202E}") && !terminal.transcript.contains("\u{1B}[31m"))
    }

    @Test("assay trust decides without running, lists, and forgets")
    func subcommand() throws {
        let desk = try Desk()
        #expect(try desk.run("trust", desk.path).code == 0)
        #expect(try desk.run("run", "--no-record", "--quiet", desk.path).code == 0)
        let list = try desk.run("trust", "--list").output
        #expect(list.hasPrefix("trusted  20") && list.hasSuffix(" \(desk.path)\n"))
        desk.write("print(2)")
        #expect(try desk.run("trust", "--list").output.hasSuffix(" \(desk.path) (the file is another now)\n"))
        #expect(try desk.run("run", desk.path).code == 5)
        #expect(try desk.run("trust", "--root", desk.folder.path + "/nb").code == 0)
        #expect(try desk.run("run", "--no-record", "--quiet", desk.path).output == "2\n")
        #expect(try desk.run("trust", "--remove", desk.folder.path + "/nb", desk.path).code == 0)
        #expect(try desk.run("trust", "--list").output == "")
        #expect(try desk.run("run", desk.path).code == 5)
        #expect(
            try desk.run("trust", "/nonexistent.lua").errors == "assay: /nonexistent.lua: no such file or directory\n")
        #expect(try desk.run("trust", "--root", desk.path).errors == "assay: \(desk.path): is not a folder\n")
        #expect(desk.events().contains("root") && desk.events().contains("removed"))
    }

    @Test("a confined notebook's record has the same cells as a trusted one's, and says what was granted and denied")
    func record() throws {
        let body = """
            x = tensor.randn({3, 3}, {seed = 1})
            show(x)

            -- %% two
            print(x:sum(), io.open('/etc/passwd'))
            """
        let desk = try Desk(body, header: Self.asks)
        #expect(try desk.run("run", "--sandbox", "--quiet", desk.path).code == 0)
        let confined = try RunRecord.read(desk.folder.path + "/nb/__assay__/a.lua.run.json")
        #expect(confined.stable.permissions["denied"]?.list?.map(\.text) == ["read /etc/passwd"])
        #expect(confined.stable.permissions["granted"]?["read"]?.list?.map(\.text) == ["data"])
        #expect(confined.stable.cells.filter { $0.kind == .code }.map(\.status) == [.done, .done])
        let files = listing(desk.folder.path + "/nb/__assay__/blobs")
        #expect(files.count == confined.media.count && !files.isEmpty)
        #expect(try desk.run("run", "--trust", "--quiet", desk.path).code == 0)
        let trusted = try RunRecord.read(desk.folder.path + "/nb/__assay__/a.lua.run.json")
        #expect(trusted.stable.cells[0].outputDigest == confined.stable.cells[0].outputDigest)
        #expect(try desk.run("verify", "--sandbox", "--deny", desk.path).code == 2)
    }

    @Test("Ctrl-C ends a confined notebook, and its record says so")
    func interrupt() throws {
        let desk = try Desk("print('one')\n\n-- %% two\nprint('two')\nwhile true do end")
        let terminal = try Assay.onTerminal("run", "--sandbox", "--quiet", desk.path, home: desk.folder.path)
        _ = try terminal.read(until: "two")
        terminal.type("\u{3}")
        #expect(terminal.waitForExit() == 130)
        let record = try RunRecord.read(desk.folder.path + "/nb/__assay__/a.lua.run.json")
        #expect(record.stable.cells.filter { $0.kind == .code }.map(\.status) == [.done, .interrupted])
    }

    @Test("what stops a confined run is reported as JSON where that was asked for")
    func json() throws {
        let desk = try Desk("while true do end")
        let run = try desk.run("--json", "run", "--sandbox", "--time", "0.5", "--no-record", desk.path)
        #expect(run.code == 6)
        #expect(
            run.errors.hasSuffix(
                #"{"error":{"kind":"limit","message":"a.lua: resource limit: 0.5 s of time"}}"# + "\n"), "\(run.errors)"
        )
    }

    static let wrong: [(words: [String], says: String)] = [
        (["run", "--trust", "--sandbox", "a.lua"], "--trust, --sandbox and --deny exclude each other"),
        (["run", "--grant", "a.lua"], "--grant goes with --sandbox"),
        (["trust"], "trust: which file?"),
        (["trust", "--list", "a.lua"], "trust: --list goes alone"),
        (["trust", "--remove", "--root", "a"], "trust: --remove forgets roots by their names, without --root"),
        (["--sandboxed-child"], "assay: --sandboxed-child is for Assay itself\n"),
    ]

    @Test("words that do not go together are wrong usage", arguments: wrong)
    func words(_ wrong: (words: [String], says: String)) throws {
        let run = try TestSupport.run(Assay.binary, wrong.words, environment: Assay.environment())
        #expect(run.code == 2 && run.errors.contains(wrong.says), "\(run.errors)")
    }

    @Test("sizes that are none are wrong usage")
    func sizes() throws {
        let desk = try Desk()
        let memory = try desk.run("sandbox", "--memory", "lots", desk.path)
        #expect(
            memory.code == 2
                && memory.errors == "assay: header: limits: memory is a size such as 512MiB, at least 16.0 MiB\n")
        let output = try desk.run("sandbox", "--output-limit", "-1", desk.path)
        #expect(output.code == 2 && output.errors.contains("output-limit"))
    }

    @Test("the record of a confined run follows no link that came with the notebook")
    func recordLink() throws {
        let desk = try Desk("print(1)")
        mkdir(desk.folder.path + "/elsewhere", 0o755)
        symlink("../elsewhere", desk.folder.path + "/nb/__assay__")
        let run = try desk.run("run", "--sandbox", desk.path)
        #expect(run.code == 5 && listing(desk.folder.path + "/elsewhere") == [])
        #expect(
            run.errors
                == "assay: permissions: \(desk.folder.path)/nb/__assay__: is a link, which the record of a confined "
                + "run does not follow\n")
    }

    @Test("what assay new writes is the user's own and runs, changed too")
    func made() throws {
        let desk = try Desk()
        let file = desk.folder.path + "/nb/own.lua"
        #expect(try desk.run("new", file).code == 0)
        desk.folder.write("nb/own.lua", "-- %%\nprint('changed')\n")
        #expect(try desk.run("run", "--no-record", "--quiet", file).output == "changed\n")
        #expect(try desk.run("trust", "--list").output == "made     \(file)\n")
    }

    @Test("a notebook that is stopped by a limit keeps the cells that were done")
    func partial() throws {
        let desk = try Desk("print('one')\n\n-- %% two\nwhile true do pcall(function() while true do end end) end")
        let run = try desk.run("run", "--sandbox", "--time", "1", "--quiet", desk.path)
        #expect(run.code == 6)
        #expect(run.errors.contains("a.lua: resource limit: 1 s of time\n"))
        let record = try RunRecord.read(desk.folder.path + "/nb/__assay__/a.lua.run.json")
        #expect(record.stable.cells.filter { $0.kind == .code }.map(\.status) == [.done, .failed])
    }
}
