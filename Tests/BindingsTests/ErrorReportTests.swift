import Kernel
import TestSupport
import Testing

@testable import Bindings

/// What the user reads of an error: the exact text.
@Suite struct ErrorReportTests {
    let lua: Interpreter
    init() throws { lua = try .sample() }

    /// The report of what an entry named In[1] ends in.
    private func report(_ source: String, name: String = "=In[1]", width: Int = 80) -> String {
        do {
            try lua.evaluate(source + "\n", name: name) { _ in }
            return "no error"
        } catch let error as LuaError {
            return lua.report(on: error).text(width: width)
        } catch { return "\(error)" }
    }

    @Test("two lines of context stand around the line, and the caret under the variable that is named")
    func context() {
        #expect(
            report("a = 1\nb = 2\nfor i = 1, 3 do\n\ty = x + i\nend\nc = 3\nd = 4") == """
                In[1]:4: attempt to perform arithmetic on a nil value (global 'x')
                  2 | b = 2
                  3 | for i = 1, 3 do
                > 4 |     y = x + i
                              ^
                  5 | end
                  6 | c = 3
                """)
    }

    /// The excerpt's line with the caret, as one string with `|` where the caret points.
    private func pointed(_ source: String) -> String {
        let lines = report(source, width: 200).split(separator: "\n")
        guard let caret = lines.firstIndex(where: { $0.drop { $0 == " " } == "^" }) else { return report(source) }
        var line = String(lines[caret - 1])
        line.insert("|", at: line.index(line.startIndex, offsetBy: lines[caret].count - 1))
        return String(
            line.drop { $0 != "|" || false }.isEmpty ? line : String(line.split(separator: " | ", maxSplits: 1)[1]))
    }

    @Test(
        "the caret stands under the culprit",
        arguments: [
            ("y = x.a.b", "y = |x.a.b"), ("t = {} y = t.a.b", "t = {} y = t.|a.b"), ("x()", "|x()"),
            ("x = 1 y = x + nope", "x = 1 y = x + |nope"), ("s = 'x' .. missing .. 'y'", "s = 'x' .. |missing .. 'y'"),
            ("y = #gone", "y = #|gone"), ("t = {} t:go()", "t = {} t:|go()"), ("x = x; y = x.f", "x = x; y = |x.f"),
            ("local u = 1 y = {} < {}", "local u = 1 y = {} |< {}"), ("y = {} .. 'x'", "y = {} |.. 'x'"),
            ("string.rep()", "string.|rep()"), ("string.rep('x', {})", "string.rep('x', |{})"),
            ("('x'):rep({})", "('x'):rep(|{})"), ("table.concat({1, {}, 2})", "table.|concat({1, {}, 2})"),
            ("sample.ball(-1)", "sample.ball(|-1)"),
            ("sample.ball{norm = 'l2', eps = -1}", "sample.ball{norm = 'l2', |eps = -1}"),
            ("sample.ball{epz = 1}", "sample.ball{|epz = 1}"), ("sample.bal(1)", "sample.|bal(1)"),
            ("sample.probe(1):clamp('a')", "sample.probe(1):clamp(|'a')"), ("sample.fail()", "sample.|fail()"),
            ("x = = 1", "x = |= 1"), ("1 + * 2", "1 + |* 2"), ("foo bar", "foo |bar"),
            ("x = {1, 2 3}", "x = {1, 2 |3}"),
            ("x = \"abc", "x = |\"abc"), ("f(1,, 2)", "f(1,|, 2)"), ("x = 2y", "x = |2y"),
        ])
    func carets(_ source: String, _ expected: String) { #expect(pointed(source) == expected) }

    @Test("an option on another line than the call is the one that is shown")
    func optionOnItsLine() {
        #expect(
            report("b = sample.ball{\n  norm = 'l2',\n  eps = -1,\n}") == """
                In[1]:1: bad argument 'eps' to 'sample.ball' (number > 0 expected, got number -1)
                  1 | b = sample.ball{
                  2 |   norm = 'l2',
                > 3 |   eps = -1,
                        ^
                  4 | }
                    expected: sample.ball(eps = 0.5, norm = "linf")
                """)
    }

    @Test("the expected signature and the nearest name are told")
    func hints() {
        #expect(
            report("sample.ball{epz = 1}") == """
                In[1]:1: sample.ball: unknown parameter 'epz' (known: eps, norm); did you mean 'eps'?
                > 1 | sample.ball{epz = 1}
                                  ^
                    expected: sample.ball(eps = 0.5, norm = "linf")
                """)
        #expect(
            report("prnt(1)") == """
                In[1]:1: attempt to call a nil value (global 'prnt')
                > 1 | prnt(1)
                      ^
                    did you mean 'print'?
                """)
        #expect(report("xyzzy()").hasSuffix("^"))
        #expect(report("sample.probe(1):clamp()").hasSuffix("    expected: Probe:clamp(lo, hi = 1)"))
    }

    @Test("a long signature is shortened, but not by the parameter in question")
    func shortening() {
        let many = (0..<20).map { Parameter("option\($0)", 0.5, "an option").info }
        let signature = Signature("f", [Parameter<Double>("x", "input").info] + many)
        let text = signature.shortened(naming: "option18")
        #expect(text == "f(x, option0 = 0.5, option1 = 0.5, option2 = 0.5, option3 = 0.5, ..., option18 = 0.5, ...)")
    }

    @Test("the calls below are listed, without those of native code, and repeated ones once")
    func calls() {
        #expect(
            report("function f(n)\n  if n == 0 then error('deep') end\n  return (f(n - 1))\nend\npcall(print)\nf(3)")
                == """
                In[1]:2: deep
                  1 | function f(n)
                > 2 |   if n == 0 then error('deep') end
                                       ^
                  3 |   return (f(n - 1))
                  4 | end
                    In[1]:2: in function 'f'
                    In[1]:3: in function 'f' (3 times)
                    In[1]:6: in main chunk
                """)
    }

    @Test("a deep stack is cut in the middle")
    func deep() {
        let text = report("local function f(n) if n == 0 then error('deep') end return (f(n - 1)) end f(5000)")
        #expect(text.contains("\n    ... 4963 more calls\n"))
        #expect(report("local function f() return 1 + f() end f()").contains("stack overflow"))
    }

    @Test("an error in an earlier entry is shown there, with its text of then")
    func earlier() {
        #expect(report("function f() return nothing.x end", name: "=In[1]") == "no error")
        #expect(
            report("y = f()", name: "=In[2]") == """
                In[1]:1: attempt to index a nil value (global 'nothing')
                > 1 | function f() return nothing.x end
                                          ^
                    In[1]:1: in function 'f'
                    In[2]:1: in main chunk
                """)
    }

    @Test("an error that crosses Swift and a coroutine keeps the line of the user's function")
    func crossing() {
        #expect(
            report("sample.call(function()\n  local t = nil\n  return t.x\nend)") == """
                In[1]:3: attempt to index a nil value (local 't')
                  1 | sample.call(function()
                  2 |   local t = nil
                > 3 |   return t.x
                               ^
                  4 | end)
                    In[1]:3: in function <In[1]:1>
                    In[1]:1: in main chunk
                """)
        #expect(
            report("local co = coroutine.wrap(function()\n  local q = nil\n  q()\nend)\nco()") == """
                In[1]:5: In[1]:3: attempt to call a nil value (local 'q')
                  1 | local co = coroutine.wrap(function()
                  2 |   local q = nil
                > 3 |   q()
                        ^
                  4 | end)
                  5 | co()
                    In[1]:3: in function <In[1]:1>
                    In[1]:5: in main chunk
                """)
    }

    @Test("values that are no text are displayed, at the place where they were raised")
    func values() {
        let main = "    In[1]:1: in main chunk"
        #expect(
            report("error{code = 5}") == "(error object is a table value)\n    value: {code = 5}\n" + main)
        #expect(report("error(nil)") == "(error object is a nil value)\n" + main)
        #expect(
            report("x = 1\nerror(true)") == """
                (error object is a boolean value)
                  1 | x = 1
                > 2 | error(true)
                      ^
                    value: true
                    In[1]:2: in main chunk
                """)
        #expect(report("error(setmetatable({}, {__tostring = function() return 'mine' end}))") == "mine\n" + main)
        #expect(report("error('plain', 0)") == "plain\n" + main)
    }

    @Test("texts given to load are shown by name and without one")
    func loaded() {
        #expect(
            report("load('local z = nil\\nreturn z.q', '=chunk')()").hasPrefix(
                """
                chunk:2: attempt to index a nil value (local 'z')
                  1 | local z = nil
                > 2 | return z.q
                             ^
                """))
        #expect(
            report("load('return z.q')()").hasPrefix(
                """
                [string "return z.q"]:1: attempt to index a nil value (global 'z')
                > 1 | return z.q
                             ^
                """))
    }

    @Test(
        "files are shown as they were when they were read, whatever reads them",
        arguments: ["require", "dofile", "loadfile"])
    func files(_ how: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.write(
            "module.lua", "#!shebang\nlocal m = {}\nfunction m.f(t) return t.x.y end\nfrom_file = m.f\nreturn m")
        try lua.setGlobal("path", .text(path))
        let load = [
            "require": "package.path = path require('anything')", "dofile": "dofile(path)",
            "loadfile": "loadfile(path)()",
        ]
        try lua.run(load[how]!)
        directory.write("module.lua", "changed\nchanged\nchanged")
        let text = report("from_file({})", width: 200)
        #expect(text.contains("\n> 3 | function m.f(t) return t.x.y end\n"), "\(text)")
        #expect(text.contains("\n    In[1]:1: in main chunk"))
    }

    @Test("a syntax error in a required file is shown there")
    func requiredSyntaxError() throws {
        let directory = try TemporaryDirectory()
        try lua.setGlobal("path", .text(directory.write("bad.lua", "x = 1\ny = = 2\n")))
        let text = report("package.path = path require('bad')", width: 200)
        #expect(text.hasPrefix("error loading module 'bad' from file '"))
        #expect(text.hasSuffix("\n  1 | x = 1\n> 2 | y = = 2"), "\(text)")
    }

    @Test("a long line is cut around the caret, and a caret counts columns of wide characters and tabs")
    func longLines() {
        let long =
            "x = '" + String(repeating: "a", count: 100) + "' .. nothing .. '" + String(repeating: "b", count: 100)
        let lines = report(long + "'", width: 60).split(separator: "\n")
        #expect(lines[1] == "> 1 | ...aaaaaaaaaaaaaaaaaaa' .. nothing .. 'bbbbbbbbbbbb...")
        #expect(lines[2] == String(repeating: " ", count: 33) + "^")
        #expect(lines[1].dropFirst(33).hasPrefix("nothing"))
        #expect(
            report("s = '日本' .. nope") == """
                In[1]:1: attempt to concatenate a nil value (global 'nope')
                > 1 | s = '日本' .. nope
                                    ^
                """)
        #expect(report("s = '\u{1b}[31m' .. nope").contains("> 1 | s = '?[31m' .. nope"))
    }

    @Test("colours set the marks off, and nothing else differs")
    func colours() {
        do { try lua.evaluate("x = y.z", name: "=In[1]") { _ in } } catch let error as LuaError {
            let report = lua.report(on: error)
            let plain = report.text(width: 80), coloured = report.text(width: 80, isColoured: true)
            #expect(coloured.contains("\u{1b}[31m> \u{1b}[0m\u{1b}[2m1 | \u{1b}[0mx = y.z"))
            #expect(coloured.replacing(/\u{1b}\[\d*m/, with: "") == plain)
        } catch { Issue.record("\(error)") }
    }

    @Test("what pcall hands out is Lua's own text")
    func stockMessages() {
        #expect(
            lua.answer("local ok, e = pcall(function() return nothing.x end) return e")
                == #""stdin:1: attempt to index a nil value (global 'nothing')""#)
        #expect(lua.answer("return select(2, pcall(error, {1}))[1]") == "1")
        #expect(
            lua.answer("return select(2, load('x = = 1')):sub(10)") == #""x = = 1\"]:1: unexpected symbol near '='""#)
    }

    @Test("the kept texts are bounded")
    func bounded() {
        var texts = SourceTexts()
        for number in 0..<100 { texts.keep([UInt8](repeating: 32, count: 1 << 20), of: "=\(number)") }
        #expect(texts["=99"] != nil && texts["=84"] != nil && texts["=83"] == nil && texts.names.count == 16)
        for number in 0..<20_000 { texts.keep([], of: "=few \(number)") }
        #expect(texts.names.count == 10_000)
    }

    @Test(
        "chunk names are shortened as Lua does",
        arguments: [
            "=In[1]", "@" + String(repeating: "d/", count: 40) + "f.lua", "@short.lua", "return 1", "a\nb",
            String(repeating: "x", count: 44), String(repeating: "x", count: 45),
            "=" + String(repeating: "n", count: 70),
        ])
    func chunkNames(_ source: String) throws {
        try lua.setGlobal("source", .text(source))
        let shortened = try lua.run("return debug.getinfo(load('', source), 'S').short_src").map(\.literal)
        #expect(shortened == [Value.text(chunkName(ofSource: source)).literal])
    }
}
