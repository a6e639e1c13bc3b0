import CLua
import CLuaShim
import Kernel

extension Resolver {
    func take(_ step: LuaPath.Step, from meaning: Meaning) -> Meaning {
        fuel -= 1
        guard fuel > 0 else { return .unknown }
        switch step {
        case .field(let name), .method(let name), .text(let name): return member(name, of: meaning)
        case .place(let place): return entry(place, of: meaning)
        case .index: return entry(1, of: meaning)
        case .call: return result(of: meaning)
        }
    }

    /// The declared classes that a meaning can have.
    func classes(_ meaning: Meaning) -> [LuaClass] {
        switch meaning {
        case .live(let index): return (interpreter.object(state, index)?.type).map { [$0] } ?? []
        case .type(let type):
            return type.alternatives.compactMap { name in interpreter.catalogue.classes.last { $0.name == name } }
        default: return []
        }
    }

    private func member(_ name: String, of meaning: Meaning) -> Meaning {
        for type in classes(meaning) {
            if let property = type.properties.last(where: { $0.name == name }) { return .type(property.returns) }
            if let method = type.methods.last(where: { $0.name == name }) { return .function(method) }
        }
        switch meaning {
        case .live(let index):
            return interpreter.object(state, index) == nil ? rawMember(name, ofValueAt: index) : .unknown
        case .type(let type):
            if type.contains("string"), let library = stringLibrary() { return rawMember(name, ofValueAt: library) }
            let element = type.element
            return element.alternatives.isEmpty ? .unknown : .type(element)
        default: return .unknown
        }
    }

    private func entry(_ place: Int, of meaning: Meaning) -> Meaning {
        switch meaning {
        case .live(let index) where lua_type(state, index) == LUA_TTABLE:
            lua_rawgeti(state, index, lua_Integer(place))
            return taken()
        case .type(let type) where !type.element.alternatives.isEmpty: return .type(type.element)
        default:
            let operation = classes(meaning).flatMap(\.operators).last { $0.name == LuaOperator.index.rawValue }
            return operation.map { .type($0.returns) } ?? .unknown
        }
    }

    private func result(of meaning: Meaning) -> Meaning {
        function(meaning).map { .type($0.returns) } ?? .unknown
    }

    /// The declared function that calling something runs.
    func function(_ meaning: Meaning) -> LuaFunction? {
        if case .function(let function) = meaning { return function }
        if case .live(let index) = meaning, let declaration = interpreter.declaration(of: index, in: state) {
            switch declaration {
            case .function(let function): return function
            case .module(let module): return module.call
            case .type: break
            }
        }
        return classes(meaning).flatMap(\.operators).last { $0.name == LuaOperator.call.rawValue }
    }

    // MARK: raw access

    func global(_ name: String) -> Meaning {
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        return rawMember(name, ofValueAt: lua_gettop(state))
    }

    /// The index of the string library's table.
    func stringLibrary() -> CInt? {
        lua_pushlstring(state, "", 0)
        return interpreter.replaceByIndexTable(state) ? lua_gettop(state) : nil
    }

    func loaded(_ name: String) -> Meaning {
        guard case .live(let package) = global("package"),
            case .live(let loaded) = rawMember("loaded", ofValueAt: package)
        else { return .unknown }
        return rawMember(name, ofValueAt: loaded)
    }

    /// An entry as Lua finds it where no function would be called.
    func rawMember(_ name: String, ofValueAt index: CInt) -> Meaning {
        let base = lua_gettop(state)
        lua_pushvalue(state, index)
        if lua_type(state, -1) != LUA_TTABLE, !interpreter.replaceByIndexTable(state) {
            lua_settop(state, base)
            return .unknown
        }
        for _ in 0..<16 {
            interpreter.pushRaw(state, name)
            if lua_rawget(state, -2) != LUA_TNIL {
                lua_copy(state, -1, base + 1)
                lua_settop(state, base + 1)
                return .live(base + 1)
            }
            shim_pop(state, 1)
            guard interpreter.replaceByIndexTable(state) else { break }
        }
        lua_settop(state, base)
        return .unknown
    }

    /// The value on top as a meaning; nil stays off the stack.
    private func taken() -> Meaning {
        if lua_type(state, -1) != LUA_TNIL { return .live(lua_gettop(state)) }
        shim_pop(state, 1)
        return .unknown
    }
}

extension Interpreter {
    /// Replaces the value on top by the `__index` of its metatable; false when that is no table.
    func replaceByIndexTable(_ state: LuaState) -> Bool {
        guard lua_getmetatable(state, -1) != 0 else { return false }
        pushRaw(state, "__index")
        let found = lua_rawget(state, -2) == LUA_TTABLE
        lua_copy(state, -1, -3)
        shim_pop(state, 2)
        return found
    }

    func pushRaw(_ state: LuaState, _ text: String) {
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { _ = lua_pushlstring(state, $0.baseAddress, $0.count) }
        }
    }
}
