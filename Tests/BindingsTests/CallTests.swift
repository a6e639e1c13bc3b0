import Kernel
import Testing

@testable import Bindings

@Suite struct CallTests {
    let lua: Interpreter
    init() throws { lua = try .sample() }

    @Test(
        "arguments go by position and by name through one declaration",
        arguments: [
            ("return sample.probe(3):clamp(0).number", "1"),
            ("return sample.probe(3):clamp(0, 2).number", "2"),
            ("return sample.probe(3):clamp{lo = 0, hi = 2}.number", "2"),
            ("return sample.probe(3):clamp(0, {hi = 2.5}).number", "2.5"),
            ("return sample.probe().number", "0"),
            ("return sample.sum(1, 2, 3), sample.sum{1, 2}, sample.sum()", "6, 3, error"),
            ("return sample.ball{norm = 'l2'}.eps, sample.ball(0.25).eps", "0.5, 0.25"),
            ("return sample{1, 2, 3}, sample.answer", "3, 42"),
            ("return sample.two()", "1, 2"),
            ("return sample.maybe(true).x, sample.maybe()", "1, nil"),
        ])
    func calls(_ source: String, _ expected: String) {
        if expected.hasSuffix("error") { return #expect(lua.answer(source).hasPrefix("error")) }
        #expect(lua.answer(source) == expected)
    }

    @Test(
        "operators, fields and calls reach the object",
        arguments: [
            ("return (sample.probe(1) + 2).number, (3 + sample.probe(1)).number", "3, 4"),
            (
                "return (-sample.probe(1)).number, #sample.probe(1), sample.probe(4)(2), sample.probe(4)[3]",
                "-1, 7, 8, 12"
            ),
            (
                "return tostring(sample.probe(1)), 'a ' .. sample.probe(2), sample.probe(2) .. ''",
                #""Probe 1", "a Probe 2", "Probe 2""#
            ),
            (
                "return sample.point(1, 2) == sample.point(1, 2), sample.point(1, 2) == sample.point(2, 2)",
                "true, false"
            ),
            ("return sample.point(1, 2) == sample.probe(1), getmetatable(sample.probe())", #"false, "Probe""#),
            ("local p = sample.probe() return p == p:me(), rawequal(p, p:me())", "true, true"),
        ])
    func operators(_ source: String, _ expected: String) { #expect(lua.answer(source) == expected) }

    @Test(
        "errors name the place, the function, the parameter, what was expected and what came",
        arguments: [
            ("sample.probe(3):clamp()", "bad argument 'lo' to 'Probe:clamp' (number expected, got nothing)"),
            ("sample.probe(3):clamp('x')", #"bad argument 'lo' to 'Probe:clamp' (number expected, got string "x")"#),
            ("sample.probe(3).clamp(1)", "bad argument 'self' to 'Probe:clamp' (Probe expected, got number 1)"),
            ("sample.probe(3).clamp()", "bad argument 'self' to 'Probe:clamp' (Probe expected, got nothing)"),
            ("sample.probe(3):clamp(0, 1, 2)", "Probe:clamp: takes at most 2 arguments, got 3"),
            ("sample.ball{epz = 1}", "sample.ball: unknown parameter 'epz' (known: eps, norm); did you mean 'eps'?"),
            ("sample.ball(-1)", "bad argument 'eps' to 'sample.ball' (number > 0 expected, got number -1)"),
            (
                "sample.ball(1, 'l7')",
                #"bad argument 'norm' to 'sample.ball' ("linf"|"l2"|"l1" expected, got string "l7")"#
            ),
            (
                "local _ = sample.probe() + 'x'",
                #"bad argument 'right' to 'Probe.__add' (number|Probe expected, got string "x")"#
            ),
            ("local _ = sample.probe().numbre", "Probe has no field 'numbre'; did you mean 'number'?"),
            ("local _ = sample.poimt", "sample has no field 'poimt'; did you mean 'point'?"),
            ("local _ = sample.probe()[true]", "Probe has no field [boolean true]"),
            ("sample.fail()", "fail: as asked, holding 1"),
            ("local p = sample.probe() p:close() p:close() p:clamp(0)", "Probe has been closed"),
            ("local p = sample.probe() p:close() sample.echo(p)", "Probe has been closed"),
            ("local p = sample.probe() p:close() local _ = p.number", "Probe has been closed"),
            (
                "local p <close> = sample.probe() p.close(3)",
                "bad argument 'self' to 'Probe:close' (Probe expected, got number 3)"
            ),
            (
                "local t = {} t.t = t sample.echo(t)",
                "sample.echo: table is nested deeper than 64 levels or contains itself"
            ),
            (
                "sample.echo{[{}] = 1}",
                "sample.echo: table has the key table, which is neither a name nor a place in a list"
            ),
            (
                "sample.echo{[2.5] = 1}",
                "sample.echo: table has the key 2.5, which is neither a name nor a place in a list"
            ),
            ("sample.echo(coroutine.create(print))", "sample.echo: a thread cannot be an argument"),
            ("sample.echo(io.stdout)", "sample.echo: a foreign userdata cannot be an argument"),
        ])
    func errors(_ source: String, _ message: String) {
        #expect(lua.answer(source) == "error: stdin:1: " + message)
    }

    @Test(
        "values come back as they went",
        arguments: [
            "nil", "true", "-9223372036854775807", "9007199254740993", "0.1", "nan", "inf", #""a\0b\n""#, "{}",
            "{1, 2, 3}",
            "{1, 2.5}", "{{1, 2}, {3, 4}}", #"{1, "x", {true}, a = 1, b = {c = "d"}}"#, #"{"x", "y"}"#,
        ])
    func roundTrip(_ literal: String) {
        #expect(
            lua.answer("nan, inf = 0/0, 1/0 return sample.echo(\(literal))")
                == lua.answer("nan, inf = 0/0, 1/0 return \(literal)"))
        #expect(lua.answer("nan, inf = 0/0, 1/0 return sample.echo(\(literal))") == literal)
    }

    @Test("globals are set and read by value")
    func globals() throws {
        try lua.setGlobal("p", .object(Probe(5)))
        try lua.setGlobal("list", .list([.text("a"), .table(.init(named: [("k", .numbers([1, 2.5]))]))]))
        #expect(lua.answer("return p.number, list") == #"5, {"a", {k = {1, 2.5}}}"#)
        #expect(try lua.global("list").literal == #"{"a", {k = {1, 2.5}}}"#)
        #expect(try lua.global("none").isNull)
    }

    @Test("chunks get arguments, syntax errors say whether they are incomplete, bytecode is refused")
    func loading() {
        #expect(throws: Never.self) { try #expect(lua.run("return ...", arguments: [.int(1), .int(2)]).count == 2) }
        func incomplete(_ source: String) -> Bool? {
            do { try lua.check(source); return nil } catch LuaError.syntax(_, let incomplete) {
                return incomplete
            } catch {
                return nil
            }
        }
        #expect(incomplete("for i = 1, 2 do") == true)
        #expect(incomplete("for for") == false)
        #expect(incomplete("return 1") == nil)
        #expect(
            lua.answer("return load(string.dump(function() end) .. ' ')").contains("attempt to load a binary chunk"))
        #expect(lua.answer("return load('return 5')(), load('return x', 'n', 'bt', {x = 3})()") == "5, 3")
    }

    @Test("the prompt shows an expression's values and runs statements")
    func evaluation() throws {
        var shown: [String] = []
        try lua.evaluate("1 + 1, nil") { shown.append($0) }
        try lua.evaluate("x = 3") { shown.append($0) }
        try lua.evaluate("x, sample.probe(2)") { shown.append($0) }
        #expect(shown == ["2", "nil", "3", "Probe 2"])
    }
}
