import CLua
import CLuaShim
import Kernel

// Operators and methods on tensors and numbers are what loops in Lua are made of. They take their operands from the stack
// and push the tensor that they make without the detour over lists of values; whatever else comes (names, tables, closed
// tensors, too many arguments) goes the general way, which gives the same results and has the error messages.

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
                let result = try DeferredElements.offered { try body(left, right) }
                try interpreter.pushFresh(state, result)
                return 1
            })
    }

    /// `x:name()`, which gives a tensor.
    public mutating func method(
        _ name: String, _ summary: String, source: String = "", example: String = "",
        body: @escaping @Sendable (Tensor) throws -> Tensor
    ) {
        let general = LuaFunction(method: name, of: T.self, summary, source: source, example: example, body: body)
        methods.append(
            general.served { interpreter, state in
                guard lua_gettop(state) == 1, let x = interpreter.tensor(state, 1) else {
                    return try interpreter.serve(general, state)
                }
                return try interpreter.push(state, DeferredElements.offered { try body(x) }, of: x)
            })
    }

    /// `x:name(other)` for a tensor or number, which gives a tensor.
    public mutating func method(
        _ name: String, _ summary: String, source: String = "", example: String = "", _ other: Parameter<Operand>,
        body: @escaping @Sendable (Tensor, Operand) throws -> Tensor
    ) {
        let general = LuaFunction(
            method: name, of: T.self, summary, source: source, example: example, other, body: body)
        methods.append(
            general.served { interpreter, state in
                guard lua_gettop(state) == 2, let x = interpreter.tensor(state, 1),
                    let other = interpreter.operand(state, 2)
                else { return try interpreter.serve(general, state) }
                return try interpreter.push(state, DeferredElements.offered { try body(x, other) }, of: x)
            })
    }
}

extension LuaFunction {
    /// The same declaration, served by another body.
    func served(by body: @escaping @Sendable (Interpreter, LuaState) throws -> CInt) -> LuaFunction {
        LuaFunction(
            name: name, kind: kind, summary: summary, source: source, example: example, signature: signature,
            returns: returns, body: .stack(body))
    }
}

extension Interpreter {
    /// The open tensor at a place of the stack; nil for everything else.
    @inline(__always)
    fileprivate func tensor(_ state: LuaState, _ index: CInt) -> Tensor? {
        shim_tensor(state, index).map { Unmanaged<Tensor>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The tensor or number at a place of the stack; nil for everything else.
    @inline(__always)
    fileprivate func operand(_ state: LuaState, _ index: CInt) -> Operand? {
        if let tensor = tensor(state, index) { return .tensor(tensor) }
        guard lua_type(state, index) == LUA_TNUMBER else { return nil }
        if lua_isinteger(state, index) != 0 { return .int(Int(lua_tointegerx(state, index, nil))) }
        return .number(lua_tonumberx(state, index, nil))
    }

    /// Pushes what a method of a tensor, the first argument, gave: perhaps that tensor itself.
    fileprivate func push(_ state: LuaState, _ result: Tensor, of x: Tensor) throws -> CInt {
        if result === x { lua_pushvalue(state, 1) } else { try pushFresh(state, result) }
        return 1
    }
}
