import Bindings
import Glibc
import TestSupport
import Testing

@testable import Shell

/// What Tab offers where commands are typed.
@Suite(.serialized) struct CommandCompletionTests {
    private let desk: Desk
    init() throws { desk = try Desk() }

    /// What the buffer becomes with each candidate, the cursor at the end.
    private func completed(_ buffer: String) -> [String] {
        let completion = desk.conversation.complete(buffer, at: buffer.utf8.count)
        #expect(completion.range.upperBound == buffer.utf8.count)
        let kept = String(decoding: buffer.utf8.prefix(completion.range.lowerBound), as: UTF8.self)
        return completion.candidates.map { kept + $0.text }
    }

    @Test("names of commands, with a space where an argument follows")
    func names() {
        #expect(completed(":ti") == [":time ", ":timeit "])
        #expect(completed("  :pw") == ["  :pwd"])
        #expect(completed(":").count == Command.all.count)
        #expect(completed(":xyz") == [])
        #expect(completed("?:ti") == ["?:time", "?:timeit"])
        #expect(completed(":help rel") == [":help reload"])
        let first = desk.conversation.complete(":whos", at: 5).candidates.first
        #expect(first?.label == ":whos" && first?.detail == "List the variables that you made.")
    }

    @Test("names of settings, then their values")
    func settings() {
        #expect(completed(":set thr") == [":set threads "])
        #expect(completed(":set locals o") == [":set locals on", ":set locals off"])
        #expect(completed(":set locals ") == [":set locals on", ":set locals off"])
        #expect(completed(":set threads ") == [])
        #expect(completed(":set nothing ") == [])
    }

    @Test("names of variables after :forget and :whos")
    func variables() {
        desk.enter("alpha, beta, almost = 1, 2, 3")
        #expect(Set(completed(":forget al")) == [":forget almost", ":forget alpha", ":forget all"])
        #expect(completed(":forget alpha be") == [":forget alpha beta"])
        #expect(completed(":whos be") == [":whos beta"])
    }

    @Test("files after :load, :save, :cd and $, folders with a slash, hidden ones when asked for")
    func files() throws {
        let directory = try TemporaryDirectory(), path = directory.path
        directory.write("one.lua", "")
        directory.write("only words.txt", "")
        directory.write(".hidden", "")
        #expect(mkdir(path + "/onwards", 0o700) == 0)
        let expected = ["one.lua", "only words.txt", "onwards/"]
        #expect(completed(":load \(path)/on") == expected.map { ":load \(path)/\($0)" })
        #expect(completed("$ cat \(path)/one") == ["$ cat \(path)/one.lua"])
        #expect(completed("text = $ cat \(path)/one") == ["text = $ cat \(path)/one.lua"])
        #expect(completed(":cd \(path)/") == expected.map { ":cd \(path)/\($0)" })
        #expect(completed(":load \(path)/.") == [":load \(path)/.hidden"])
        #expect(completed(":load /no/such/folder/x") == [])
    }

    @Test("code after :time, :timeit and :profile, and names after ?")
    func code() {
        #expect(completed(":time tensor.zer").contains(":time tensor.zeros"))
        #expect(completed(":timeit -n 10 string.re").contains(":timeit -n 10 string.rep"))
        #expect(completed("?tensor.zer").contains("?tensor.zeros"))
        #expect(completed("??string.re").contains("??string.rep"))
        #expect(completed("string.re").contains("string.rep"))
    }

    @Test("any buffer and any cursor are taken")
    func anything() {
        for buffer in ["", ":", ": ", "?", "$", "é:ti", ":é", ":set \u{1F600}", "x = $", "\n:ti"] {
            for cursor in -1...buffer.utf8.count + 1 { _ = desk.conversation.complete(buffer, at: cursor) }
        }
    }
}
