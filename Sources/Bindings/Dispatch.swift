import CLua
import CLuaShim
import Kernel

/// Every call from Lua to Swift comes through here. Returns the number of results, or `SHIM_RAISE` with the error on
/// top: the C trampoline raises it when this frame is gone.
let dispatch: @convention(c) (LuaState?, UnsafeMutableRawPointer?) -> CInt = { state, context in
    guard let state, let context else { return 0 }
    // The interpreter keeps its boxes, and whoever called Lua keeps the interpreter: neither needs another reference.
    return Unmanaged<FunctionBox>.fromOpaque(context)._withUnsafeGuaranteedRef { box in
        Unmanaged.passUnretained(box.interpreter)._withUnsafeGuaranteedRef { interpreter in
            let before = interpreter.current
            interpreter.current = state
            defer { interpreter.current = before }
            interpreter.pressure.relieve(state)
            do {
                let results: CInt
                if case .stack(let body) = box.body {
                    results = try body(interpreter, state)
                } else {
                    results = try interpreter.serve(box.function, state)
                }
                if interpreter.pressure.isFelt { clearArguments(state, below: results) }
                return results
            } catch {
                interpreter.pushError(error, on: state)
                return SHIM_RAISE
            }
        }
    }
}

/// Makes nil of what lies on the stack below the results. The places belong to the caller's frame again in a moment, and as
/// long as Lua does not use them it takes their old contents for alive: the operand of an operation long past, say.
private func clearArguments(_ state: LuaState, below results: CInt) {
    let count = lua_gettop(state) - results
    guard results >= 0, count > 0, lua_checkstack(state, 1) != 0 else { return }
    lua_pushnil(state)
    for index in 1...count { lua_copy(state, -1, index) }
    shim_pop(state, 1)
}

extension Interpreter {
    /// Runs a declared function on the arguments that lie on the stack.
    func serve(_ function: LuaFunction, _ state: LuaState) throws -> CInt {
        switch function.body {
        case .stack(let body): return try body(self, state)
        case .values(let body):
            if DeferredElements.areWaiting {  // work is done in its order
                try DeferredElements.settle()
                pressure.relieve(state)
            }
            let sawCallback = callbacksRead
            let arguments = try self.arguments(of: function, state)
            let returned = try body(arguments)
            if callbacksRead != sawCallback { adoptCallbacks(of: arguments, state) }
            return try pushResults(returned, state)
        }
    }

    private func arguments(of function: LuaFunction, _ state: LuaState) throws -> [Value] {
        let count = lua_gettop(state)
        if count == 0 { return [] }
        do {
            return try [Value](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
                for index in 1...count {
                    (buffer.baseAddress! + Int(index - 1)).initialize(to: try read(state, index))
                    filled = Int(index)
                }
            }
        } catch let error as ConversionError {
            throw CallError("\(function.signature.name): \(error.reason)")
        }
    }

    private func pushResults(_ returned: Returned, _ state: LuaState) throws -> CInt {
        switch returned {
        case .nothing: return 0
        case .one(let value):
            try push(state, value)
            return 1
        case .several(let values):
            guard lua_checkstack(state, CInt(clamping: values.count + 16)) != 0 else { throw LuaError.memory }
            for value in values { try push(state, value) }
            return CInt(values.count)
        }
    }
}
