import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// Pushes the userdata of an object: for an instance of a class the one that Lua has already, if any.
    func pushObject(_ state: LuaState, _ object: any Sendable) throws {
        guard let box = classes[ObjectIdentifier(type(of: object))] else {
            throw ConversionError(reason: "no Lua class is declared for \(type(of: object))")
        }
        guard isOpen else {  // Lua runs no finalizers for what is made while it closes
            throw ConversionError(reason: "the interpreter is being closed")
        }
        guard box.type.isReference else { return newObject(state, box, object) }
        let address = UnsafeRawPointer(Unmanaged.passUnretained(object as AnyObject).toOpaque())
        if shim_cache_find(state, address) != 0 {
            if isOpenObject(state, at: -1) { return }
            shim_pop(state, 1)  // closed since: its address may be another object's now
        }
        if let tensor = object as? Tensor {
            shim_know(state, -1, newTensor(state, box, tensor))
        } else {
            newObject(state, box, object)
            shim_cache_store(state, address, -1)
        }
    }

    /// Pushes a tensor that Lua does not know yet. Its userdata joins those that are known when Swift gets hold of it again.
    func pushFresh(_ state: LuaState, _ tensor: Tensor) throws {
        guard let box = tensorClass, isOpen else { return try pushObject(state, tensor) }
        guard lua_checkstack(state, 8) != 0 else { throw LuaError.memory }
        newTensor(state, box, tensor)
    }

    @discardableResult
    private func newTensor(_ state: LuaState, _ box: ClassBox, _ tensor: Tensor) -> UnsafeMutablePointer<shim_Slot> {
        objectsPushed &+= 1
        return shim_new_tensor(state, box.address, Unmanaged.passRetained(tensor).toOpaque())
    }

    private func newObject(_ state: LuaState, _ box: ClassBox, _ object: any Sendable) {
        let payload = Unmanaged.passRetained(Payload(object)).toOpaque(), holder = object as? any HoldsCallbacks
        shim_new_object(state, box.address, payload, holder == nil ? 0 : 1)
        objectsPushed &+= 1
        if let holder { tieCallbacks(holder.callbacks, toObjectAt: lua_gettop(state), state) }
    }

    private func isOpenObject(_ state: LuaState, at index: CInt) -> Bool {
        var mark: UnsafeMutableRawPointer?
        return shim_slot(state, index, &mark)?.pointee.object != nil
    }

    /// The declared class and the object of a userdata of ours; the object is nil when it has been closed.
    func object(_ state: LuaState, _ index: CInt) -> (type: LuaClass, object: (any Sendable)?)? {
        var mark: UnsafeMutableRawPointer?
        guard let slot = shim_slot(state, index, &mark), let mark else { return nil }
        let type = Unmanaged<ClassBox>.fromOpaque(mark).takeUnretainedValue().type
        guard let object = slot.value else { return (type, nil) }
        shim_know(state, index, slot)
        return (type, object)
    }
}
