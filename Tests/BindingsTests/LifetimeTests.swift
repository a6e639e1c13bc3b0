import Kernel
import Testing

@testable import Bindings

/// Live-object counts before and after; serialized because the counter is one for the process.
@Suite(.serialized) struct LifetimeTests {
    /// Objects left by a script, after collection and after closing.
    func left(_ source: String) throws -> (collected: Int, closed: Int) {
        let before = Probe.count
        let lua = try Interpreter.sample()
        try lua.run(source)
        try lua.run("collectgarbage() collectgarbage() collectgarbage()")
        let collected = Probe.count - before
        lua.close()
        return (collected, Probe.count - before)
    }

    @Test("garbage is collected and the rest goes with the state")
    func collection() throws {
        let counts = try left("for i = 1, 100 do sample.probe(i) end kept = {sample.probe(1), sample.probe(2)}")
        #expect(counts == (2, 0))
    }

    @Test("cycles through stored functions are collected, 100 of 100")
    func cycles() throws {
        let counts = try left("for i = 1, 100 do local p = sample.probe(i) p:keep(function() return p end) end")
        #expect(counts == (0, 0))
    }

    @Test("a stored function lives as long as its object")
    func storedFunctions() throws {
        let lua = try Interpreter.sample()
        try lua.run("p = sample.probe(1) do local n = 41 p:keep(function(x) return n + x end) end")
        try lua.run("collectgarbage() collectgarbage()")
        #expect(lua.answer("return p:run(1)") == "42")
        let callback = try #require(try Probe(lua.global("p"))).callbacks[0]
        try lua.run("p = nil collectgarbage() collectgarbage()")
        #expect(throws: KernelError.state(op: "callback", reason: "the function has been collected")) {
            try callback.call([])
        }
        lua.close()
        #expect(throws: KernelError.state(op: "callback", reason: "its interpreter has been closed")) {
            try callback.call([])
        }
    }

    @Test("close and <close> release at once, in any order and any number of times")
    func closing() throws {
        let lua = try Interpreter.sample(), before = Probe.count
        try lua.run("do local p <close> = sample.probe(1) local q <close> = p end collectgarbage('stop')")
        #expect(Probe.count == before)
        try lua.run("q = sample.probe(1) q:close() q:close()")
        #expect(Probe.count == before)
        #expect(lua.answer("return tostring(q)") == #""Probe (closed)""#)
    }

    @Test("an instance keeps its userdata, and a closed one gets a new")
    func identity() throws {
        let lua = try Interpreter.sample(), probe = Probe(1)
        try lua.setGlobal("a", .object(probe))
        try lua.setGlobal("b", .object(probe))
        #expect(lua.answer("return rawequal(a, b)") == "true")
        try lua.run("a:close()")
        try lua.setGlobal("c", .object(probe))
        #expect(lua.answer("return rawequal(a, c), c.number") == "false, 1")
    }

    @Test("finalizers that call back during close find an interpreter")
    func finalizers() throws {
        let before = Probe.count
        let lua = try Interpreter.sample()
        try lua.run("setmetatable({}, {__gc = function() sample.probe(2):clamp(1) error('x') end}) p = sample.probe(1)")
        lua.close()
        #expect(Probe.count == before)
    }

    @Test("interpreters go when they are dropped, with their objects")
    func dropping() throws {
        let before = Probe.count
        for _ in 1...5 { try Interpreter.sample().run("p = sample.probe(1) q = {sample.probe(2)}") }
        #expect(Probe.count == before)
    }
}
