import Kernel

extension LuaModule {
    static let timing = LuaModule("", "Measuring time.") { m in m.add(.clock) }
}

extension LuaFunction {
    /// Wall time for scripts; `os.clock` of Lua counts processor time of all threads.
    static let clock = LuaFunction(
        "", "clock", "Seconds of a steady clock, for measuring how long something takes.",
        example: "start = clock(); net:accuracy(d); return clock() - start"
    ) { monotonicSeconds() }
}
