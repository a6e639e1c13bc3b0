import CLua
import CLuaShim
import Kernel

/// A Lua function in Swift's hands. It keeps nothing alive: the argument it came from does during a call, and the
/// userdata of the object that stores it does afterwards (`HoldsCallbacks`).
final class LuaCallback: Callback, @unchecked Sendable {  // used on the interpreter's thread only, which `call` checks
    let id: lua_Integer
    weak var interpreter: Interpreter?
    init(_ id: lua_Integer, _ interpreter: Interpreter) { (self.id, self.interpreter) = (id, interpreter) }

    func call(_ arguments: [Value]) throws -> [Value] {
        guard let interpreter, interpreter.isOpen else { throw gone("its interpreter has been closed") }
        guard interpreter.isOwnThread else { throw gone("it can only be called on the interpreter's thread") }
        return try interpreter.call(self, arguments)
    }

    func gone(_ reason: String) -> KernelError { .state(op: "callback", reason: reason) }
}

extension Interpreter {
    func readCallback(_ state: LuaState, _ index: CInt) -> LuaCallback {
        callbacksRead &+= 1
        return LuaCallback(shim_callback_id(state, index), self)
    }

    func pushCallback(_ state: LuaState, _ callback: any Callback) throws {
        guard let callback = callback as? LuaCallback, callback.interpreter === self else {
            throw ConversionError(reason: "the function belongs to another interpreter")
        }
        guard shim_callback_push(state, callback.id) != 0 else {
            throw callback.gone("the function has been collected")
        }
    }

    fileprivate func call(_ callback: LuaCallback, _ arguments: [Value]) throws -> [Value] {
        let state = current
        guard lua_checkstack(state, CInt(clamping: arguments.count + 16)) != 0 else { throw LuaError.memory }
        try pushCallback(state, callback)
        let objects = objectsPushed
        defer { if objectsPushed != objects { pressure.relieve(state) } }
        do {
            return try invoke(state, arguments)
        } catch let error as LuaError where error.isInterrupt {
            throw Interrupted()  // Kernel's loops keep their partial results on this type
        }
    }

    /// Stores functions in the user value of a userdata, so that they live as long as it does.
    func tieCallbacks(_ callbacks: [any Callback], toObjectAt index: CInt, _ state: LuaState) {
        guard lua_checkstack(state, 8) != 0 else { return }
        lua_createtable(state, CInt(clamping: callbacks.count), 0)
        var place: lua_Integer = 0
        for case let callback as LuaCallback in callbacks where callback.interpreter === self {
            guard shim_callback_push(state, callback.id) != 0 else { continue }
            place += 1
            lua_rawseti(state, -2, place)
        }
        if lua_setiuservalue(state, index, 1) == 0 { return }
    }

    /// After a call that took a function: the receiver may have stored it.
    func adoptCallbacks(of arguments: [Value], _ state: LuaState) {
        for (place, argument) in arguments.enumerated() {
            guard case .object(let object) = argument, let holder = object as? any HoldsCallbacks else { continue }
            tieCallbacks(holder.callbacks, toObjectAt: CInt(place + 1), state)
        }
    }
}
