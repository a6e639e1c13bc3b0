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
            do {
                if case .stack(let body) = box.body { return try body(interpreter, state) }
                return try interpreter.serve(box.function, state)
            } catch {
                interpreter.pushError(error, on: state)
                return SHIM_RAISE
            }
        }
    }
}

extension Interpreter {
    /// Runs a declared function on the arguments that lie on the stack.
    func serve(_ function: LuaFunction, _ state: LuaState) throws -> CInt {
        switch function.body {
        case .stack(let body): return try body(self, state)
        case .values(let body):
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
        let objects = objectsPushed
        defer { if objectsPushed != objects { pressure.relieve(state) } }
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
