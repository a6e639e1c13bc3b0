import CLua
import CLuaShim
import Synchronization

/// Registry references whose Swift owners are gone. Owners may go on any thread and inside finalizers, where Lua must
/// not be called; the interpreter frees the references at its next entry.
final class ReferenceQueue: Sendable {
    private let pending = Mutex<[CInt]>([])
    func add(_ reference: CInt) { pending.withLock { $0.append(reference) } }
    func drain(_ state: LuaState) {
        let references = pending.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for reference in references { luaL_unref(state, shim_registry(), reference) }
    }
}
