import Kernel
import Testing

@testable import Bindings

/// What the prompt shows of values of Lua on a plain screen of 80 columns.
@Suite struct TableTextTests {
    let lua: Interpreter
    init() throws { lua = try Interpreter() }

    func shown(_ source: String) throws -> String {
        var parts: [String] = []
        try lua.evaluate(source) { parts.append($0) }
        return parts.joined(separator: " | ")
    }

    @Test("keys are sorted: numbers, then names, then the rest")
    func order() throws {
        #expect(
            try shown("{b = 1, a = 2, [10] = 3, [-1] = 4, [2.5] = 5, [true] = 6, ['x y'] = 7, 8}")
                == #"{8, [-1] = 4, [2.5] = 5, [10] = 3, a = 2, b = 1, ["x y"] = 7, [true] = 6}"#)
    }

    @Test("cycles are marked with the way to the table that they lead back to, and shared tables are written twice")
    func cycles() throws {
        try lua.run("t = {a = {b = {}}} t.a.b.up = t.a t.a.b.top = t  s = {1} shared = {s, s}")
        #expect(try shown("t") == "{a = {b = {top = <cycle>, up = <cycle to a>}}}")
        #expect(try shown("shared") == "{{1}, {1}}")
        #expect(try shown("(function() local t = {{}} t[1][1] = t[1] return t end)()") == "{{<cycle to [1]>}}")
    }

    @Test("long lists of short values stand in columns")
    func columns() throws {
        try lua.run("n = {} for i = 1, 30 do n[i] = i * 100 end")
        #expect(
            try shown("n") == """
                {
                   100,  200,  300,  400,  500,  600,  700,  800,  900, 1000, 1100, 1200, 1300,
                  1400, 1500, 1600, 1700, 1800, 1900, 2000, 2100, 2200, 2300, 2400, 2500, 2600,
                  2700, 2800, 2900, 3000
                }
                """)
        let lines = try shown("n").split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test("nested tables are cut with what is left out")
    func cuts() throws {
        try lua.run("deep = {1, 2, x = 3} for i = 1, 8 do deep = {deep} end")
        #expect(try shown("deep") == "{{{{{{{{{... 2 items and 1 field}}}}}}}}}")
        try lua.run("wide = {} for i = 1, 60 do wide[i] = i end")
        #expect(try shown("{wide}").hasSuffix("... 20 more\n  }\n}"))
    }

    @Test("a table of a million keys is shown without looking at them all")
    func million() throws {
        try lua.run("many = {} for i = 1, 1000000 do many['k' .. i] = i end")
        let text = try shown("many")
        #expect(text.hasSuffix("... over 19,900 more\n}"))
        try lua.run("list = {} for i = 1, 1000000 do list[i] = i end list.name = 'here'")
        #expect(try shown("list").hasSuffix(",\n  name = \"here\"\n}"))
    }

    @Test("the name and the text of a metatable are respected, and what fails in it is shown")
    func metatables() throws {
        #expect(try shown("setmetatable({x = 1}, {__name = 'Point'})") == "Point {x = 1}")
        #expect(try shown("setmetatable({}, {__tostring = function() return 'mine' end})") == "mine")
        #expect(
            try shown("{setmetatable({}, {__tostring = function() error('no', 0) end})}")
                == "{(table; its __tostring fails: no)}")
        #expect(
            try shown("setmetatable({}, {__tostring = function() error({}) end})")
                == "(table; its __tostring fails with a table)")
        #expect(
            try shown("setmetatable({}, {__tostring = function() return {} end})")
                == "(table; its __tostring fails: '__tostring' must return a string)")
        #expect(try shown("setmetatable({x = 1}, {__index = error, __len = error, __pairs = error})") == "{x = 1}")
    }

    @Test("control characters, wrong UTF-8 and marks that reorder text are escaped")
    func escapes() throws {
        #expect(try shown(#"'a\27[31mb\r\0'"#) == #""a\27[31mb\r\0""#)
        #expect(try shown(#"'\255é\xe2\x82'"#) == #""\255é\226\130""#)
        #expect(try shown(#"'\u{202e}x\u{9b}'"#) == #""\u{202e}x\u{9b}""#)
        #expect(try shown(#"setmetatable({}, {__tostring = function() return 'a\27b' end})"#) == #"a\27b"#)
        #expect(try shown("('x'):rep(5000)").hasSuffix("x\"... (5000 bytes)"))
    }

    @Test("objects inside tables are one line each")
    func objects() throws {
        #expect(
            try shown("{x = tensor{1, 2}, f = tensor.zeros}")
                == "{f = function tensor.zeros, x = Tensor [2] int64, 1 to 2, mean 1.5, std 0.7071}")
    }

    @Test("colours come on a terminal that shows them and nowhere else")
    func colours() throws {
        let style = TextStyle(Screen(isStyled: true)), plain = TextStyle(Screen())
        #expect(style.string("\"a\"") == "\u{1b}[32m\"a\"\u{1b}[0m" && plain.string("\"a\"") == "\"a\"")
        let x = try Tensor([1.0, 2])
        #expect(
            style.object("\(x)", of: x)
                == "\u{1b}[2mTensor [2] float64, 1 to 2, mean 1.5, std 0.7071\u{1b}[0m\n{1, 2}")
        #expect(columnCount(style.object("\(x)", of: x)) == columnCount("\(x)"))
        #expect(columnCount("日本é") == 5 && columnCount("e\u{301}") == 1)
        #expect(clipped("日本語です", to: 5) == "日本…" && clipped("abc", to: 3) == "abc")
    }
}
