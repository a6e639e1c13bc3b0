import CLua
import CLuaShim
import Kernel

/// Tells Lua's collector of bytes that objects hold outside Lua, of which it sees eight per tensor.
///
/// A step is made when the bytes grew by 12 MiB since the last one: it looks at what is young, so its cost does not grow
/// with what lives. A full collection follows when they are still twice what they were after the last, because the
/// generational collector leaves what once survived to its own sparse major cycles; not earlier, because what survives
/// it, and be it an operand on the stack, counts as old from then on. All this waits until Lua calls Swift again: after
/// an operation its operands lie on Lua's stack, before the next one what is not an operand of that is garbage. So a loop
/// of `a:exp()` writes into one block and `relu(2 a + 1)` into two by turns, which stay in the processor's cache.
///
/// Finalizers written in Lua may come back here while a collection runs; they find it busy. Small tensors need no such
/// steps: to Lua their userdata is as large as they are.
final class MemoryPressure {
    private var takenAtLook = 0
    private var afterStep = 0
    private var afterCollection = 0
    private var isBusy = false
    private let step = 12 << 20
    /// Twice as many bytes cause no full collection.
    private let modest = 32 << 20

    /// How many bytes are taken between two looks at what is live; what was freed in between is missed as far as that.
    private let glance = 1 << 20

    /// Whether something large has been made since the last look.
    @inline(__always)
    var isFelt: Bool { MemoryPool.takenFromPool &- takenAtLook >= glance }

    @inline(__always)
    func relieve(_ state: LuaState) { if isFelt { look(state) } }

    private func look(_ state: LuaState) {
        takenAtLook = MemoryPool.takenFromPool
        let live = MemoryPool.liveBytes
        guard !isBusy, live - afterStep >= step else {
            afterStep = min(afterStep, live)
            return
        }
        exclusively { _ = shim_gc_step(state, CInt(clamping: (live - afterStep) >> 10)) }
        afterStep = MemoryPool.liveBytes
        if afterStep >= 2 * max(afterCollection, modest) { collect(state) }
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
