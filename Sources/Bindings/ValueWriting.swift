import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// Pushes a value.
    /// - Throws: `ConversionError` for objects of a type without a class and for callbacks of another interpreter,
    ///   `LuaError.memory` for what Lua cannot hold. The stack is then as before.
    func push(_ state: LuaState, _ value: Value) throws {
        guard lua_checkstack(state, 8) != 0 else { throw LuaError.memory }
        switch value {
        case .null: lua_pushnil(state)
        case .flag(let flag): lua_pushboolean(state, flag ? 1 : 0)
        case .int(let int): lua_pushinteger(state, lua_Integer(int))
        case .number(let number): lua_pushnumber(state, number)
        case .text(let text): try pushText(state, text)
        case .list(let values): try pushTable(state, .init(list: values, named: []))
        case .integers(let values): try check(state, shim_push_integers(state, values, values.count))
        case .numbers(let values): try check(state, shim_push_numbers(state, values, values.count))
        case .table(let fields): try pushTable(state, fields)
        case .object(let object): try pushObject(state, object)
        case .callback(let callback): try pushCallback(state, callback)
        }
    }

    func pushText(_ state: LuaState, _ text: String) throws {
        var text = text
        let status = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { chars -> CInt in
                if chars.count > 1 << 16 { return shim_push_string(state, chars.baseAddress, chars.count) }
                lua_pushlstring(state, chars.baseAddress ?? nil, chars.count)
                return LUA_OK
            }
        }
        try check(state, status)
    }

    private func pushTable(_ state: LuaState, _ fields: Value.Fields) throws {
        let base = lua_gettop(state)
        do {
            try check(state, shim_new_table(state, fields.list.count, fields.named.count))
            for (place, value) in fields.list.enumerated() {
                try push(state, value)
                lua_rawseti(state, -2, lua_Integer(place + 1))
            }
            for (name, value) in fields.named {
                try pushText(state, name)
                try push(state, value)
                lua_rawset(state, -3)
            }
        } catch {
            lua_settop(state, base)
            throw error
        }
    }

    private func check(_ state: LuaState, _ status: CInt) throws {
        if status != LUA_OK { throw takeError(state, status) }
    }
}
