import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// The value at an index as the prompt shows it.
    public func display(_ state: LuaState, _ index: CInt) -> String {
        if let found = object(state, index) {
            return found.object.map(found.type.describe) ?? "\(found.type.name) (closed)"
        }
        return shim_to_string(state, index) == LUA_OK ? pop(state) : "(value whose text cannot be made)"
    }
    private func pop(_ state: LuaState) -> String {
        defer { shim_pop(state, 1) }
        return readString(state, -1)
    }
}
