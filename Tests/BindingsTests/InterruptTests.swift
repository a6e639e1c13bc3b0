import Glibc
import Kernel
import Testing

@testable import Bindings

/// The signal and the flag are the process's own: run with `--no-parallel`.
@Suite(.serialized) struct InterruptTests {
    /// Runs source, sends SIGINT after 100 ms, and gives what it ended in with the milliseconds from the signal on.
    func interrupt(_ lua: Interpreter, _ source: String) -> (error: LuaError?, milliseconds: Double) {
        InterruptHandler.install()
        defer {
            InterruptHandler.clear()
            InterruptHandler.remove()
        }
        var thread = pthread_t()
        pthread_create(
            &thread, nil,
            { _ in
                usleep(100_000)
                kill(getpid(), SIGINT)
                return nil
            }, nil)
        let clock = ContinuousClock(), start = clock.now
        var caught: LuaError?
        do { try lua.run(source) } catch { caught = error as? LuaError }
        let elapsed = (clock.now - start) / .milliseconds(1)
        pthread_join(thread, nil)
        return (caught, elapsed - 100)
    }

    static let loops = [
        ("plain loop", "while true do end"),
        ("loop of calls", "local function f() end while true do f() end"),
        ("coroutine.wrap", "coroutine.wrap(function() while true do end end)()"),
        ("coroutine.resume", "print(coroutine.resume(coroutine.create(function() while true do end end)))"),
        (
            "five coroutines deep",
            """
            local function deep(n) if n == 0 then while true do end end coroutine.wrap(deep)(n - 1) end
            deep(5)
            """
        ),
        (
            "resumed again and again",
            "local f = coroutine.wrap(function() while true do coroutine.yield() end end) while true do f() end"
        ),
        ("pcall loop", "local function loop() while true do end end while true do pcall(loop) end"),
        ("nested pcall loop", "local function f() while true do pcall(pcall, f) end end while true do pcall(f) end"),
        (
            "pcall in a coroutine",
            "coroutine.wrap(function() while true do pcall(function() while true do end end) end end)()"
        ),
        (
            "xpcall whose handler loops",
            "while true do xpcall(function() while true do end end, function() while true do end end) end"
        ),
        ("xpcall handler that runs", "xpcall(error, function() while true do end end)"),
        (
            "error in __close",
            """
            local guard = setmetatable({}, {__close = function() error('in close') end})
            while true do pcall(function() local g <close> = guard while true do end end) end
            """
        ),
        (
            "loop in __close of a closed coroutine",
            """
            local co = coroutine.create(function()
              local g <close> = setmetatable({}, {__close = function() while true do end end})
              coroutine.yield()
            end)
            coroutine.resume(co) coroutine.close(co)
            """
        ),
        ("pathological pattern", "string.rep('a', 100):find(('a*'):rep(30) .. 'b')"),
        (
            "pathological pattern under pcall",
            "while true do pcall(string.gsub, ('a'):rep(99), ('a-'):rep(30) .. 'b', '') end"
        ),
        ("native loop", "sample.spin()"),
        ("pcall around a native loop", "while true do pcall(sample.spin) end"),
        ("function called by Swift", "sample.call(function() while true do end end)"),
        (
            "sort with a comparison",
            "local t = {} for i = 1, 1000 do t[i] = -i end while true do table.sort(t, function(a, b) return a < b end) end"
        ),
    ]

    @Test("Ctrl-C ends it within 100 ms and keeps the globals", arguments: loops)
    func interrupts(_ name: String, _ source: String) throws {
        let lua = try Interpreter.sample()
        try lua.run("kept = {1, 2, 3}")
        let (error, milliseconds) = interrupt(lua, source)
        #expect(error?.isInterrupt == true, "\(String(describing: error))")
        #expect(milliseconds < 100)
        #expect(lua.answer("return kept") == "{1, 2, 3}")
        #expect(lua.answer("local f = coroutine.wrap(function() for i = 1, 1e5 do end return 5 end) return f()") == "5")
    }

    @Test("coroutines that were interrupted from outside go on after the prompt has cleared the request")
    func stale() throws {
        let lua = try Interpreter.sample()
        try lua.run("co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) co()")
        #expect(interrupt(lua, "while true do end").error?.isInterrupt == true)
        #expect(lua.answer("return co()") == "2")
    }

    @Test("objects in <close> variables are released by an interrupt")
    func closing() throws {
        let lua = try Interpreter.sample(), before = Probe.count
        try lua.run("collectgarbage('stop')")
        #expect(interrupt(lua, "local p <close> = sample.probe(1) while true do end").error?.isInterrupt == true)
        #expect(Probe.count == before)
    }

    @Test("a function called by Swift throws Interrupted itself")
    func callbacks() throws {
        let lua = try Interpreter.sample()
        Interrupt.request()
        defer { InterruptHandler.clear() }
        #expect(lua.answer("sample.call(function() while true do end end)") == "error: interrupted")
    }

    @Test("requests are counted until they are cleared")
    func counting() {
        InterruptHandler.install()
        defer { InterruptHandler.remove() }
        for expected in 1...3 {
            pthread_kill(pthread_self(), SIGINT)
            #expect(InterruptHandler.count == expected)
        }
        InterruptHandler.clear()
        #expect(InterruptHandler.count == 0)
        #expect(!Interrupt.isRequested)
    }
}
