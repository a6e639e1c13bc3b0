import Kernel
import Testing

@testable import Bindings

/// The value that an entry of several statements shows: that of its last expression.
@Suite struct LastExpressionTests {
    let lua: Interpreter
    init() throws { lua = try .sample() }

    private func shown(_ source: String) -> [String] {
        var shown: [String] = []
        do { try lua.evaluate(source) { shown.append($0) } } catch { return ["error: \(error)"] }
        return shown
    }

    @Test(
        "the value of the last expression is shown, whatever stands before it",
        arguments: [
            ("6 * 7", ["42"]), ("x = 5\nx", ["5"]), ("x = 5 x + 1", ["6"]), ("x = 1; x, x + 1", ["1", "2"]),
            ("for i = 1, 2 do y = i end\ny", ["2"]), ("function h() return 1, 2 end\nh()", ["1", "2"]),
            ("function h() end h()", []), ("x = 1\nx = 2", []), ("local t = {1, 2}\n#t", ["2"]),
            ("x = 3\nnot x", ["false"]), ("x = 3\n\"text\"", ["\"text\""]), ("x = 3\n{1}", ["{1}"]),
            ("x = nil\n(3)", ["3"]), ("while false do end\n4", ["4"]), ("repeat until true 5", ["5"]),
            ("::l:: 6", ["6"]), ("goto l ::l:: 7", ["7"]), ("if x then y = 1 end -- end\n8 -- last", ["8"]),
            ("x = function() return 1 end\nx()", ["1"]), ("x = function() return 9 end (x)()", ["9"]),
            ("function(a) return a end == nil", ["false"]), ("return 10", ["10"]), ("x = 2 return x", ["2"]),
            ("f = math.floor\nf\n(3.5)", ["3"]), ("do x = 11 end x", ["11"]), ("x = '; y' x", ["\"; y\""]),
            ("local a <const> = 12 a", ["12"]), ("", []), ("-- remark", []),
        ])
    func values(_ source: String, _ expected: [String]) { #expect(shown(source) == expected) }

    @Test(
        "an entry is silent when its last token is a semicolon",
        arguments: [
            ("x;", true), ("x; -- remark", true), ("x; --[[a\nb]]", true), ("x = ';'", false), ("x -- ;", false),
            ("x;;", true), ("x; y", false), ("[[;]]", false), (";", false), ("", false),
        ])
    func silence(_ source: String, _ expected: Bool) { #expect(EntrySource(source).isSilent == expected) }

    @Test("a silent entry runs like any other")
    func silentRuns() {
        #expect(shown("x = 4; x;") == ["4"])  // what is silent is for the prompt to decide
        #expect(shown("x = 5 x;;") == ["5"])
    }

    @Test("an entry runs once, however many readings were compiled")
    func once() throws {
        try lua.run("n = 0 function bump() n = n + 1 return n end")
        for source in ["bump()", "local q = 1 bump()", "bump() x = 1", "bump() bump();", "bump() error('no')"] {
            _ = shown(source)
        }
        #expect(lua.answer("return n") == "6")
    }

    @Test(
        "a wrong text is reported in its own words",
        arguments: [
            ("x = = 1", "stdin:1: unexpected symbol near '='"), ("foo bar", "stdin:1: syntax error near 'bar'"),
            ("x = 1\ny = local", "stdin:2: unexpected symbol near 'local'"),
            ("x = 1\n1 = 2", "stdin:2: unexpected symbol near '1'"),
            ("local x <what> = 1", "stdin:1: unknown attribute 'what'"),
        ])
    func errors(_ source: String, _ expected: String) { #expect(shown(source) == ["error: \(expected)"]) }

    @Test(
        "more lines are asked for when only the end is missing",
        arguments: [
            ("for i = 1, 2 do", true), ("1 +", true), ("x = 1\n2 *", true), ("local t = {", true), ("f(", true),
            ("x = [[a", true), ("x = \"abc", false), ("x = \"abc\\", true), ("x = 1", false), ("end", false),
            ("x = = 1", false), ("local function f()", true), ("local x =", true), ("\"a\" ..", true), ("", false),
        ])
    func incomplete(_ source: String, _ expected: Bool) { #expect(lua.isIncomplete(source) == expected) }
}
