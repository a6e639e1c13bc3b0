import CLua
import Kernel
import Testing

@testable import Bindings

/// Large results that wait for the next operation, as scripts meet them: nothing but the time tells.
@Suite(.serialized) struct DeferredElementsLuaTests {
    let lua: Interpreter
    init() throws {
        lua = try Interpreter()
        lua.install(
            Catalogue(modules: [
                LuaModule("probe", "What waits.") { m in
                    // Unlike other functions it leaves alone what waits.
                    let function = LuaFunction("probe", "waits", "Whether a result waits.") { false }
                    m.add(
                        function.served { _, state in
                            lua_pushboolean(state, DeferredElements.areWaiting ? 1 : 0)
                            return 1
                        })
                }
            ]))
        try lua.run("a = tensor.ones{600, 600} b = tensor.full({600, 600}, 3) function at(x) return x[{7, 8}] end")
    }

    @Test(
        "a result waits until somebody looks, takes it, or begins elsewhere",
        arguments: [
            ("r = a * 2", true), ("r = (a * 2 + b):relu()", true), ("r = a:exp()", true), ("r = a:add(b)", true),
            ("r = a * 2; at(r)", false), ("r = a * 2; r:sum()", false), ("r = a * 2; r:clone()", false),
            ("r = a * 2; clock()", false), ("r = a * 2; os.clock()", false), ("r = {a * 2}; nn.relu(){r[1]}", false),
            ("r = a:gt(b)", false), ("r = -a", false), ("r = tensor.ones{3} * 2", false), ("r = a[1] * 2", false),
            ("r = a * 2; local n = #r", false), ("r = a * 2; local s = r.shape", false), ("r = a * 2; b:sum()", false),
        ])
    func waiting(_ source: String, _ waits: Bool) {
        #expect(lua.answer("\(source); return probe.waits()") == "\(waits)", "\(source)")
        lua.collectGarbage()  // of what lies inside a chain
        #expect(!DeferredElements.areWaiting, "after \(source)")
    }

    @Test(
        "what is changed in place leaves results of before alone",
        arguments: [
            "a:add_(5)", "a:sub_(5)", "a:mul_(5)", "a:div_(5)", "a:fill(7)", "a[{7, 8}] = 9", "a[7] = 9",
            "a[a:gt(0)] = 9",
            "a[{ {}, 8 }] = 9", "v = a[7]; v:add_(1)", "a:add_(a)",
        ])
    func inPlace(_ change: String) {
        let source = "local t = a * 2; local r = t + b; \(change); return at(t), at(r), at(a) ~= 1"
        #expect(lua.answer(source) == "2, 5, true", "\(change)")
    }

    @Test("loops, errors in between and results in graphs are as they were")
    func programs() {
        #expect(lua.answer("local x = a for i = 1, 50 do x = x * 0.5 + 1 end return at(x)") == "2")
        #expect(lua.answer("pcall(function() kept = a * 2 + 1; error('x') end) return at(kept)") == "3")
        #expect(lua.answer("local t = a * 2 return at(t * t), at(t - t), at(t)") == "4, 0, 2")
        #expect(
            lua.answer(
                "local w = a:clone():requires_grad() local y = ((a * 3 + 1) * w):sum() y:backward() return at(w.grad)")
                == "4")
        #expect(lua.answer("local t = a * 2 t = nil collectgarbage() return at(a + 1)") == "2")
    }
}
