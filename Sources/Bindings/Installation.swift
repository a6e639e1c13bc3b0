import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// Makes the metatable of a class.
    func install(_ type: LuaClass) {
        let state = main, base = lua_gettop(main)
        defer { lua_settop(state, base) }
        let box = keep(type)
        shim_new_metatable(state, type.name, box.address, box !== tensorClass)
        let metatable = lua_gettop(state)
        for operation in type.operators where operation.name != LuaOperator.index.rawValue {
            setFunction(state, metatable, operation.name, keep(operation))
        }
        setFunction(state, metatable, "__tostring", keep(.describe(type)))
        pushFunctions(state, type.methods + [.close(type)])
        pushFunctions(state, type.properties)
        shim_push_function(state, keep(.field(type)))
        shim_set_index(state)
    }

    /// Makes the table of a module, or fills the global table.
    func install(_ module: LuaModule) {
        let state = main, base = lua_gettop(main)
        defer { lua_settop(state, base) }
        if module.name.isEmpty {
            lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
            for function in module.functions { setFunction(state, base + 1, function.name, keep(function)) }
            setConstants(module, base + 1)
            return
        }
        pushFunctions(state, module.functions)
        setConstants(module, base + 1)
        lua_createtable(state, 0, 4)
        shim_set_table_mark(state, -1, keep(module).address)
        if let call = module.call { setFunction(state, base + 2, "__call", keep(call.droppingFirst())) }
        setFunction(state, base + 2, "__index", keep(.missing(module)))
        lua_pushstring(state, "__metatable")  // what marks the table as a module is out of reach
        lua_pushstring(state, module.name)
        lua_rawset(state, base + 2)
        lua_setmetatable(state, base + 1)
        _ = shim_set_global(state, module.name)
    }

    private func setConstants(_ module: LuaModule, _ table: CInt) {
        for (name, value) in module.constants {
            lua_pushstring(main, name)
            do { try push(main, value) } catch { lua_pushnil(main) }
            lua_rawset(main, table)
        }
    }

    private func pushFunctions(_ state: LuaState, _ functions: [LuaFunction]) {
        lua_createtable(state, 0, CInt(functions.count))
        let table = lua_gettop(state)
        for function in functions { setFunction(state, table, function.name, keep(function)) }
    }

    private func setFunction(_ state: LuaState, _ table: CInt, _ name: String, _ box: UnsafeMutableRawPointer) {
        lua_pushstring(state, name)
        shim_push_function(state, box)
        lua_rawset(state, table)
    }

    /// What the value at an index was declared as, nil for a plain Lua value.
    public func declaration(of index: CInt, in state: LuaState? = nil) -> Declaration? {
        let state = state ?? current
        if let context = shim_function(state, index) {
            return .function(Unmanaged<FunctionBox>.fromOpaque(context).takeUnretainedValue().function)
        }
        if let mark = shim_table_mark(state, index) {
            return .module(Unmanaged<ModuleBox>.fromOpaque(mark).takeUnretainedValue().module)
        }
        return object(state, index).map { .type($0.type) }
    }
}

// MARK: members that every class and module has

extension LuaFunction {
    fileprivate static func onStack(
        _ name: String, _ kind: Kind, _ summary: String, in owner: String, returns: String = "",
        _ body: @escaping @Sendable (Interpreter, LuaState) throws -> CInt
    ) -> LuaFunction {
        LuaFunction(
            name: name, kind: kind, summary: summary, source: "", example: "", signature: Signature(owner + name, []),
            returns: returns, body: .stack(body))
    }

    /// `x:close()`
    fileprivate static func close(_ type: LuaClass) -> LuaFunction {
        let qualified = "\(type.name):close"
        return onStack(
            "close", .method, "Release what the object holds now instead of at collection.", in: type.name + ":"
        ) {
            interpreter, state in
            guard let found = interpreter.object(state, 1), found.type.type == type.type else {
                let got = lua_gettop(state) == 0 ? "nothing" : try interpreter.read(state, 1).errorText
                throw ArgumentError(function: qualified, parameter: "self", expected: type.name, got: got)
            }
            var mark: UnsafeMutableRawPointer?
            shim_close_slot(shim_slot(state, 1, &mark))
            return 0
        }
    }

    /// `tostring(x)`, which works on closed objects too.
    fileprivate static func describe(_ type: LuaClass) -> LuaFunction {
        onStack("__tostring", .operation, "The object as text.", in: type.name + ".", returns: "string") {
            interpreter, state in
            guard let found = interpreter.object(state, 1) else {
                throw ConversionError(reason: "\(type.name) expected")
            }
            try interpreter.pushText(state, found.object.map(found.type.describe) ?? "\(type.name) (closed)")
            return 1
        }
    }

    /// `x[key]` when no method or property has that name.
    fileprivate static func field(_ type: LuaClass) -> LuaFunction {
        let index = type.operators.first { $0.name == LuaOperator.index.rawValue }
        return onStack("__index", .operation, "A field of the object.", in: type.name + ".", returns: "any") {
            interpreter, state in
            if let index {
                let count = try interpreter.serve(index, state)
                if count > 0 { return count }
            }
            let key = try interpreter.read(state, 2)
            throw missingField(key, of: type.name, known: (type.methods + type.properties).map(\.name))
        }
    }

    /// `module.key` when there is no such function.
    fileprivate static func missing(_ module: LuaModule) -> LuaFunction {
        onStack("__index", .operation, "A function of the module.", in: module.name + ".", returns: "any") {
            interpreter, state in
            let key = try interpreter.read(state, 2)
            if case .text(let name) = key, module.constants.contains(where: { $0.name == name }) { return 0 }  // nil
            throw missingField(key, of: module.name, known: module.functions.map(\.name) + module.constants.map(\.name))
        }
    }

    /// `__call` of a table passes the table first.
    func droppingFirst() -> LuaFunction {
        let rest: Body =
            switch body {
            case .values(let body): .values { try body(Array($0.dropFirst())) }
            case .stack(let body):
                .stack { interpreter, state in
                    if lua_gettop(state) > 0 { shim_remove(state, 1) }
                    return try body(interpreter, state)
                }
            }
        return LuaFunction(
            name: name, kind: kind, summary: summary, source: source, example: example, signature: signature,
            returns: returns, body: rest)
    }
}

private func missingField(_ key: Value, of owner: String, known: [String]) -> CallError {
    guard case .text(let name) = key else { return CallError("\(owner) has no field [\(key.errorText)]") }
    let hint = nearest(to: name, in: known).map { "; did you mean '\($0)'?" } ?? ""
    return CallError("\(owner) has no field '\(name)'\(hint)")
}
