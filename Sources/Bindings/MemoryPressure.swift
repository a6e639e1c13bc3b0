import CLua
import CLuaShim
import Kernel

/// Tells Lua's collector of bytes that objects hold outside Lua, of which it sees eight per tensor.
///
/// A step is made when the bytes grew by max(16 MiB, live / 4) since the last one (torch7's rule); a full collection
/// when they doubled, because the generational collector leaves what once survived to its own sparse major cycles.
public struct MemoryPressure {
    /// Bytes held by live objects.
    public var externalBytes: () -> Int = { MemoryPool.liveBytes }
    private var afterStep = 0
    private var afterCollection = 0
    private let least = 16 << 20

    mutating func relieve(_ state: LuaState) {
        let live = externalBytes()
        guard live - afterStep >= max(least, afterCollection / 4) else {
            afterStep = min(afterStep, live)
            return
        }
        if live >= 2 * max(afterCollection, 2 * least) {
            shim_gc_collect(state)
            afterCollection = externalBytes()
            afterStep = afterCollection
        } else {
            _ = shim_gc_step(state, CInt(clamping: (live - afterStep) >> 10))
            afterStep = externalBytes()
        }
    }

    /// Collects everything that is unreachable; called before an allocation is given up.
    mutating func collect(_ state: LuaState) {
        shim_gc_collect(state)
        shim_gc_collect(state)  // objects with finalizers go in the second
        afterCollection = externalBytes()
        afterStep = afterCollection
    }
}
