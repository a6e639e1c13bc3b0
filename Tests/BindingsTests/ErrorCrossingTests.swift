import Kernel
import Testing

@testable import Bindings

@Suite struct ErrorCrossingTests {
    let lua: Interpreter
    init() throws { lua = try .sample() }

    func caught(_ source: String) -> LuaError? {
        do { try lua.run(source); return nil } catch { return error as? LuaError }
    }

    @Test("a Swift error comes back as itself through Lua, and through Lua, Swift and Lua")
    func swiftErrors() {
        let expected = KernelError.state(op: "fail", reason: "as asked, holding 1")
        #expect(caught("sample.fail()")?.underlying as? KernelError == expected)
        let nested = caught("sample.call(function()\n sample.call(function() sample.fail() end) end)")
        #expect(nested?.underlying as? KernelError == expected)
        #expect(nested?.description == "stdin:2: fail: as asked, holding 1")
        #expect(nested?.traceback.contains("stdin:2:") == true)
    }

    @Test("pcall gives an object with kind, message and text")
    func objects() {
        #expect(
            lua.answer("local ok, e = pcall(sample.fail) return ok, e.kind, e.message, tostring(e)")
                == #"false, "state", "fail: as asked, holding 1", "stdin:1: fail: as asked, holding 1""#)
        #expect(
            lua.answer("local ok, e = pcall(function() sample.ball(-1) end) return e.kind, e.position, 'so: ' .. e")
                == #""argument", "stdin:1: ", "so: stdin:1: bad argument 'eps' to 'sample.ball' (number > 0 expected, got number -1)""#
        )
        #expect(lua.answer("local _, e = pcall(sample.fail) error(e)").hasPrefix("error: stdin:1: fail: as asked"))
    }

    @Test(
        "Lua's own error values survive the passage through Swift",
        arguments: [
            ("local t = {} local _, e = pcall(sample.call, function() error(t) end) return e == t", "true"),
            ("local _, e = pcall(sample.call, function() error('x', 0) end) return e", #""x""#),
            ("local _, e = pcall(sample.call, function() error('x') end) return e", #""stdin:1: x""#),
            ("local _, e = pcall(sample.call, function() error(nil) end) return e", "nil"),
            ("local _, e = pcall(sample.call, function() error(12) end) return e", "12"),
            ("error(setmetatable({}, {__tostring = function() return 'text' end}))", "error: text"),
            ("error{}", "error: (error object is a table value)"),
            (
                "error(setmetatable({}, {__tostring = function() error('again') end}))",
                "error: stdin:1: again"
            ),
        ])
    func luaErrors(_ source: String, _ expected: String) { #expect(lua.answer(source) == expected) }

    @Test("1000 raises leak nothing and run every defer")
    func raises() throws {
        let before = Probe.count, deferred = Probe.deferred.load(ordering: .relaxed)
        try lua.run("for i = 1, 1000 do assert(not pcall(sample.fail, 3)) end")
        #expect(Probe.deferred.load(ordering: .relaxed) - deferred == 1000)
        #expect(Probe.count == before)
    }

    @Test("recursion through Swift and in Lua ends in an ordinary error")
    func recursion() {
        #expect(lua.answer("local function f() return sample.call(f) end f()").contains("C stack overflow"))
        #expect(lua.answer("local function f() return 1 + f() end f()").contains("stack overflow"))
        #expect(
            lua.answer("local function f() return 1 + f() end local ok = pcall(f) return ok, sample.answer")
                == "false, 42")
        #expect(
            lua.answer(
                "local p = setmetatable({}, {}) getmetatable(p).__index = function(t, k) return t[k] end return p.x"
            ).contains("stack overflow"))
    }

    @Test("a yield across Swift is an ordinary error, a yield beside it works")
    func yields() {
        #expect(
            lua.answer("return coroutine.wrap(function() sample.call(coroutine.yield) end)()")
                .contains("attempt to yield across a C-call boundary"))
        #expect(
            lua.answer(
                "local f = coroutine.wrap(function() coroutine.yield(sample.probe(1).number) return sample.two() end) return f(), f()"
            )
                == "1, 1, 2")
    }

    @Test("a block that is too large is an ordinary error")
    func hugeBlocks() {
        #expect(lua.answer("return ('x'):rep(0x7fff0000)").contains("not enough memory"))
        #expect(
            lua.answer("local ok, e = pcall(string.rep, 'x', 0x7fff0000) return ok, e")
                == #"false, "not enough memory""#)
    }
}
