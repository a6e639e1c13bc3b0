import CLua
import CLuaShim
import Kernel

/// What code that nobody trusts may use up.
public struct RunLimits: Equatable, Sendable {
    /// Seconds from the beginning.
    public var seconds: Double
    /// Bytes of Lua's objects and tensors together.
    public var memory: Int
    /// Steps of one call of `string.find` and its sisters.
    public var patternSteps: Int

    public init(seconds: Double = 600, memory: Int = 4 << 30, patternSteps: Int = 20_000_000) {
        (self.seconds, self.memory, self.patternSteps) = (seconds, memory, patternSteps)
    }
}

extension Interpreter {
    /// Takes from the globals what reaches outside, and makes the libraries read-only. It cannot be taken back.
    /// - Parameter exec: whether scripts may start programs.
    /// - Throws: `LuaError`.
    public func restrict(exec: Bool) throws {
        let status = shim_restrict(main, exec)
        if status != LUA_OK { throw takeError(main, status) }
        rememberInstalled()
    }

    /// Sets limits for the process: what runs beyond one ends with an interrupt that no script can catch, and
    /// `Limit.reached` says which it was. The process can run no more Lua then.
    public static func impose(_ limits: RunLimits) {
        shim_limit_patterns(limits.patternSteps)
        shim_limit_memory(limits.memory) { MemoryPool.liveBytes }
        MemoryPool.setLimit(limits.memory) { Int(shim_held_bytes()) }
        shim_limit_time(limits.seconds)
    }
}
