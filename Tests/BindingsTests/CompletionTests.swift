import Testing

@testable import Bindings

@Suite struct CompletionTests {
    @Test("names come from tables, from __index tables and from declared classes; nothing is called")
    func names() throws {
        let lua = try Interpreter(Catalogue())
        try lua.run(
            """
            calls = 0
            local function count() calls = calls + 1 end
            box = setmetatable({alpha = 1, alpine = function() end, [1] = 2, ["not a name"] = 3, _hidden = 4},
                {__index = setmetatable({almost = 5}, {__index = count}), __pairs = count})
            lazy = setmetatable({}, {__index = count, __tostring = count})
            """)
        #expect(lua.completions(of: "box.al") == ["box.almost", "box.alpha", "box.alpine"])
        #expect(lua.completions(of: "box:al") == ["box:alpine"])
        #expect(lua.completions(of: "box._") == ["box._hidden"])
        #expect(lua.completions(of: "lazy.field.x") == [])
        #expect(lua.completions(of: "lazy.") == [])
        #expect(lua.completions(of: "ca") == ["calls"])
        #expect(lua.completions(of: "string.re") == ["string.rep", "string.reverse"])
        #expect(lua.completions(of: "whi") == ["while"])
        #expect(lua.completions(of: "no.such.path") == [] && lua.completions(of: "..xpc") == ["..xpcall"])
        #expect(try lua.run("return calls").first?.errorText == "number 0")
    }

    @Test("the methods of strings are offered behind a colon")
    func strings() throws {
        let lua = try Interpreter(Catalogue())
        try lua.run("text = 'abc'")
        #expect(lua.completions(of: "text:upp") == ["text:upper"])
    }

    @Test("random words neither run anything nor leave anything on the stack")
    func fuzz() throws {
        let lua = try Interpreter(Catalogue())
        try lua.run("t = {a = {b = {c = 1}}} loop = setmetatable({}, {}) getmetatable(loop).__index = loop")
        let pieces = ["t", "a", "b", ".", ":", "..", "loop", "string", "_G", "", "é", "\u{0}", "x"]
        var state: UInt64 = 7
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1
            return Int(state >> 33) % bound
        }
        for _ in 0..<20_000 {
            let word = (0..<random(7)).map { _ in pieces[random(pieces.count)] }.joined()
            _ = lua.completions(of: word)
        }
        #expect(try lua.run("return 1").count == 1)
    }
}
