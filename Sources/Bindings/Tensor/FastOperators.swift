import CLua
import CLuaShim
import Kernel

// Operators on tensors and numbers are what loops in Lua are made of. They take their operands from the stack and push
// the tensor that they make without the detour over lists of values; whatever else comes goes the general way, which
// gives the same results and has the error messages.

extension LuaClassBuilder where T == Tensor {
    /// `a + b` and the like, for tensors and numbers on either side.
    mutating func arithmetic(
        _ operation: LuaOperator, _ summary: String, body: @escaping @Sendable (Operand, Operand) throws -> Tensor
    ) {
        let general = LuaFunction.typed(
            T.typeName, operation, summary, Parameter<Operand>("left", "the left operand"),
            Parameter<Operand>("right", "the right operand"), body: body)
        operators.append(
            general.served { interpreter, state in
                guard let left = interpreter.operand(state, 1), let right = interpreter.operand(state, 2) else {
                    return try interpreter.serve(general, state)
                }
                try interpreter.pushFresh(state, try body(left, right))
                return 1
            })
    }
}

extension LuaFunction {
    /// The same declaration, served by another body.
    fileprivate func served(by body: @escaping @Sendable (Interpreter, LuaState) throws -> CInt) -> LuaFunction {
        LuaFunction(
            name: name, kind: kind, summary: summary, source: source, example: example, signature: signature,
            returns: returns, body: .stack(body))
    }
}

extension Interpreter {
    /// The tensor or number at a place of the stack; nil for everything else.
    fileprivate func operand(_ state: LuaState, _ index: CInt) -> Operand? {
        switch lua_type(state, index) {
        case LUA_TNUMBER:
            if lua_isinteger(state, index) != 0 { return .int(Int(lua_tointegerx(state, index, nil))) }
            return .number(lua_tonumberx(state, index, nil))
        case LUA_TUSERDATA:
            var mark: UnsafeMutableRawPointer?
            guard let object = shim_slot(state, index, &mark)?.pointee.object else { return nil }
            return Unmanaged<Payload>.fromOpaque(object)._withUnsafeGuaranteedRef { $0.tensor }.map { .tensor($0) }
        default: return nil
        }
    }

    /// Pushes a tensor that Lua does not know yet.
    fileprivate func pushFresh(_ state: LuaState, _ tensor: Tensor) throws {
        guard let box = tensorClass, isOpen else { return try push(state, .object(tensor)) }
        guard lua_checkstack(state, 8) != 0 else { throw LuaError.memory }
        let payload = Unmanaged.passRetained(Payload(tensor: tensor)).toOpaque()
        shim_new_object(state, box.address, payload, 0)
        shim_cache_store(state, Unmanaged.passUnretained(tensor).toOpaque(), -1)
        objectsPushed &+= 1
        pressure.relieve(state)
    }
}
