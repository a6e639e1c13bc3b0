import CLua
import CLuaShim
import Kernel

/// Tells Lua's collector of bytes that objects hold outside Lua, of which it sees eight per tensor.
///
/// A step is made when the bytes grew by max(16 MiB, live / 4) since the last one (torch7's rule); a full collection
/// when they doubled, because the generational collector leaves what once survived to its own sparse major cycles.
/// Finalizers written in Lua may come back here while a collection runs; they find it busy. Small tensors need no such
/// steps: to Lua their userdata is as large as they are.
final class MemoryPressure {
    private var takenAtLook = 0
    private var afterStep = 0
    private var afterCollection = 0
    private var isBusy = false
    private let least = 16 << 20

    /// How many bytes are taken between two looks at what is live; what was freed in between is missed as far as that.
    private let glance = 1 << 20

    @inline(__always)
    func relieve(_ state: LuaState) {
        let taken = MemoryPool.takenFromPool
        if taken &- takenAtLook < glance { return }
        takenAtLook = taken
        look(state)
    }

    private func look(_ state: LuaState) {
        let live = MemoryPool.liveBytes
        guard !isBusy, live - afterStep >= max(least, afterCollection / 4) else {
            afterStep = min(afterStep, live)
            return
        }
        if live >= 2 * max(afterCollection, 2 * least) { return collect(state) }
        exclusively { _ = shim_gc_step(state, CInt(clamping: (live - afterStep) >> 10)) }
        afterStep = MemoryPool.liveBytes
    }

    /// Collects everything that is unreachable.
    func collect(_ state: LuaState) {
        exclusively { shim_gc_collect(state) }
        afterCollection = MemoryPool.liveBytes
        afterStep = afterCollection
    }

    private func exclusively(_ body: () -> Void) {
        guard !isBusy else { return }
        isBusy = true
        defer { isBusy = false }
        body()
    }
}

extension Interpreter {
    /// Lets the pool ask for a collection before it gives up an allocation.
    func offerReclaiming() {
        let link = WeakInterpreter(self)
        MemoryPool.setReclaimer {
            guard let interpreter = link.interpreter, interpreter.isOwnThread, interpreter.isOpen else { return }
            interpreter.pressure.collect(interpreter.current)
        }
    }

    /// Which of Lua's collectors runs.
    public enum CollectorMode: Sendable { case generational, incremental }

    /// Changes the collector; the default is generational, as in `lua` itself.
    public func setCollector(_ mode: CollectorMode) {
        switch mode {
        case .generational: shim_gc_generational(main)
        case .incremental: shim_gc_incremental(main)
        }
    }
    /// Collects everything that is unreachable.
    public func collectGarbage() { pressure.collect(current) }
}

/// A link that any thread may follow to ask whether the interpreter is its own.
private final class WeakInterpreter: @unchecked Sendable {  // weak loads are atomic; the owner's thread never changes
    weak let interpreter: Interpreter?
    init(_ interpreter: Interpreter) { self.interpreter = interpreter }
}
