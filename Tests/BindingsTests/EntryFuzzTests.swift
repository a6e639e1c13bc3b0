import Kernel
import Testing

@testable import Bindings

/// Nothing that is typed may trap, be compiled into something else, or lose its lines on the way to Lua.
@Suite(.serialized) struct EntryFuzzTests {
    private static let words = [
        "local", "function", "end", "do", "if", "then", "else", "repeat", "until", "while", "for", "in", "return",
        "goto",
        "x", "y", "f", "t", "_", "__", "nil", "true", "1", "2.5", "0x", "\"s\"", "'", "\"", "[[", "]]", "--", "--[[",
        "=",
        "==", "(", ")", "{", "}", "[", "]", ";", ":", "::", ",", ".", "..", "...", "+", "-", "#", "<", ">", "<const>",
        "<close>", "\n", "\t", " ", "é", "日本", "\u{0}", "\u{1b}[2J", "error('In[1]:9: no', 0)",
        "error('In[1]:0: near')",
        "tensor.zeros('a')", "error{}", "🙂", "\r\n", "\\",
    ]

    @Test("3000 random entries are compiled, run and reported without a trap, in lines that fit the screen")
    func soup() throws {
        let lua = try Interpreter()
        try lua.run("print = function() end")
        var state: UInt64 = 7
        func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        var reports = 0
        for number in 1...3000 {
            let text = (0...below(14)).map { _ in Self.words[below(Self.words.count)] + [" ", "", " "][below(3)] }
                .joined()
            _ = lua.isIncomplete(text)
            let entry = EntrySource(text)
            for form in entry.forms {
                #expect(form.bytes.count { $0 == 10 } == text.utf8.count { $0 == 10 }, "\(text)")
            }
            guard let error = failure(lua, entry, number) else { continue }
            reports += 1
            let report = lua.report(on: error)
            for width in [1, 20, 80] { _ = report.text(width: width, isColoured: true) }
            for line in report.text(width: 80).split(separator: "\n") where line.hasPrefix("> ") {
                #expect(line.count <= 80, "\(line)")
                #expect(!line.utf8.contains { $0 < 32 }, "\(line.debugDescription)")
            }
        }
        #expect(reports > 1000)
    }

    /// What an entry ends in; one that loops for ever by chance is not run.
    private func failure(_ lua: Interpreter, _ entry: EntrySource, _ number: Int) -> LuaError? {
        if ["while", "repeat", "goto"].contains(where: entry.text.contains), (try? lua.check(entry.text)) != nil {
            return nil
        }
        do { try lua.evaluate(entry, name: "=In[\(number)]", number: number) { (_: String) in } } catch {
            return error as? LuaError
        }
        return nil
    }
}
