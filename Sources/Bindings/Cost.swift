import CLua
import CLuaShim
import Glibc
import Kernel

/// What some work took of the machine.
public struct Cost: Sendable, Equatable {
    /// Seconds that passed.
    public var seconds = 0.0
    /// Seconds of processor time of all threads.
    public var processor = 0.0
    /// Bytes that tensors asked for, those that were freed again included.
    public var tensorBytes = 0
    /// Bytes that Lua asked for, likewise.
    public var luaBytes = 0

    public init() {}

    /// What the process has taken so far.
    public static var soFar: Cost {
        var cost = Cost(), time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        cost.processor = Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
        cost.tensorBytes = MemoryPool.takenBytes
        cost.luaBytes = Int(clamping: shim_allocated_bytes())
        cost.seconds = monotonicSeconds()
        return cost
    }

    /// What has been taken since `start`.
    public static func since(_ start: Cost) -> Cost {
        let end = soFar
        var cost = Cost()
        cost.seconds = end.seconds - start.seconds
        cost.processor = end.processor - start.processor
        cost.tensorBytes = end.tensorBytes &- start.tensorBytes
        cost.luaBytes = end.luaBytes &- start.luaBytes
        return cost
    }
}

/// Compiled code that can be run many times, to measure it.
public struct RepeatableCode {
    fileprivate let interpreter: Interpreter
    /// Where the function lies on the stack of the main state.
    fileprivate let place: CInt

    /// Runs the code so many times, drops what it returns, and says what the calls took together.
    /// - Throws: `LuaError`.
    public func run(_ count: Int) throws -> Cost {
        let state = interpreter.main, base = lua_gettop(state)
        defer { lua_settop(state, base) }
        shim_push_repeater(state)
        lua_pushvalue(state, place)
        lua_pushinteger(state, lua_Integer(count))
        let start = Cost.soFar
        try interpreter.callOnStack(state, arguments: 2)
        var cost = Cost.since(start)
        cost.seconds = lua_tonumberx(state, -1, nil)
        return cost
    }
}

extension Interpreter {
    /// Compiles source, an expression or statements, and hands it over to be run many times.
    /// - Throws: `LuaError`, and what the body throws.
    public func repeating<R>(_ source: String, name: String, _ body: (RepeatableCode) throws -> R) throws -> R {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        let text = Array(source.utf8)
        do { try load(Array("return ".utf8) + text, name) } catch LuaError.syntax { try load(text, name) }
        return try body(RepeatableCode(interpreter: self, place: base + 1))
    }
}
