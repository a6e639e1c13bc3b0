import CLua
import CLuaShim
import Kernel

// One line and a number of bytes for any value: what the prompt keeps of results and lists of variables. Only raw access
// is used, so nothing of the user's runs, and the cost does not grow with the value.

extension Interpreter {
    /// What a value is, on one line of at most 100 characters: type, sizes, statistics and digest of a tensor, the first
    /// entries of a table, the beginning of a text.
    public func summaryText(_ state: LuaState, _ index: CInt) -> String {
        let text = unshortenedSummary(state, lua_absindex(state, index))
        return text.count <= 100 ? text : text.prefix(97) + "..."
    }

    private func unshortenedSummary(_ state: LuaState, _ index: CInt) -> String {
        switch lua_type(state, index) {
        case LUA_TSTRING: return textSummary(state, index)
        case LUA_TNIL, LUA_TNONE, LUA_TBOOLEAN, LUA_TNUMBER: return plainText(state, index)
        case LUA_TTABLE: return tableSummary(state, index)
        case LUA_TUSERDATA:
            guard let found = object(state, index) else { return typeNameByMetatable(state, index) }
            if let tensor = found.object as? Tensor { return tensor.summary }
            return String(describe(found).prefix { $0 != "\n" })
        case LUA_TFUNCTION:
            guard case .function(let function)? = declaration(of: index, in: state) else {
                return "function \(functionPlace(state, index))"
            }
            return "function \(function.signature.name)"
        default: return typeName(state, index)
        }
    }

    private func textSummary(_ state: LuaState, _ index: CInt) -> String {
        var count = 0
        guard let bytes = lua_tolstring(state, index, &count) else { return "string" }
        let start = String(decoding: UnsafeRawBufferPointer(start: bytes, count: min(count, 400)), as: UTF8.self)
        return count <= 80 ? quoted(start, limit: 90) : quoted(start, limit: 70) + " (\(count) bytes)"
    }

    private func tableSummary(_ state: LuaState, _ index: CInt) -> String {
        if case .module(let module)? = declaration(of: index, in: state) { return "module \(module.name)" }
        let list = Int(clamping: lua_rawlen(state, index))
        let (named, isAll) = countFields(state, index, atMost: 1000 + min(list, 1000))
        let parts = [
            list > 0 ? "\(list) item\(list == 1 ? "" : "s")" : nil,
            named > 0 ? "\(named)\(isAll ? "" : " or more") field\(named == 1 && isAll ? "" : "s")" : nil,
        ].compactMap { $0 }
        let name = typeNameByMetatable(state, index)
        return parts.isEmpty ? "\(name) (empty)" : "\(name) with \(parts.joined(separator: " and "))"
    }

    /// Entries outside the list part; not all of them when the table has more than `most`.
    private func countFields(_ state: LuaState, _ index: CInt, atMost most: Int) -> (Int, isAll: Bool) {
        guard lua_checkstack(state, 4) != 0 else { return (0, false) }
        let list = lua_rawlen(state, index)
        var fields = 0, seen = 0
        lua_pushnil(state)
        while shim_next(state, index) != 0 {
            shim_pop(state, 1)
            seen += 1
            if !isListKey(state, -1, upTo: list) { fields += 1 }
            if seen >= most {
                shim_pop(state, 1)
                return (fields, false)
            }
        }
        return (fields, true)
    }

    /// Whether the key at an index is a place of the list part of a table with that length.
    func isListKey(_ state: LuaState, _ index: CInt, upTo count: lua_Unsigned) -> Bool {
        guard lua_isinteger(state, index) != 0 else { return false }
        let key = lua_tointegerx(state, index, nil)
        return key >= 1 && lua_Unsigned(key) <= count
    }

    /// `__name` of the metatable, otherwise Lua's name of the type.
    private func typeNameByMetatable(_ state: LuaState, _ index: CInt) -> String {
        let kind = luaL_getmetafield(state, index, "__name")
        guard kind != LUA_TNIL else { return typeName(state, index) }
        defer { shim_pop(state, 1) }
        return kind == LUA_TSTRING ? String(quoted(readString(state, -1), limit: 60).dropFirst().dropLast()) : "table"
    }

    /// Where a function of Lua was written: `at prog.lua:12`, `In[3]:1`.
    private func functionPlace(_ state: LuaState, _ index: CInt) -> String {
        var info = lua_Debug()
        lua_pushvalue(state, index)
        guard lua_getinfo(state, ">S", &info) != 0 else { return "" }
        let source = withUnsafeBytes(of: info.short_src) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return info.linedefined > 0 ? "at \(source):\(info.linedefined)" : source == "[C]" ? "of C" : "in \(source)"
    }
}

// MARK: - Bytes

extension Interpreter {
    /// The bytes that a value keeps from being freed: elements, parameters and graphs outside Lua, texts and tables
    /// inside. Tables are followed for 10,000 entries; what is shared counts once.
    public func heldBytes(_ state: LuaState, _ index: CInt) -> Int {
        var walk = HeldWalk(self, state)
        walk.add(lua_absindex(state, index), depth: 0)
        return walk.memory.bytes
    }
}

private struct HeldWalk {
    let interpreter: Interpreter
    let state: LuaState
    var memory = HeldMemory()
    private var tables: Set<UnsafeRawPointer> = []
    private var entries = 10_000

    init(_ interpreter: Interpreter, _ state: LuaState) { (self.interpreter, self.state) = (interpreter, state) }

    mutating func add(_ index: CInt, depth: Int) {
        switch lua_type(state, index) {
        case LUA_TSTRING: memory.add(bytes: 25 + Int(clamping: lua_rawlen(state, index)))
        case LUA_TUSERDATA: addObject(index)
        case LUA_TTABLE: addTable(index, depth)
        case LUA_TFUNCTION: memory.add(bytes: 40)
        default: break
        }
    }

    private mutating func addObject(_ index: CInt) {
        guard let found = interpreter.object(state, index) else {
            return memory.add(bytes: Int(clamping: lua_rawlen(state, index)))
        }
        memory.add(bytes: 64)
        (found.object as? any HoldsMemory)?.count(into: &memory)
    }

    private mutating func addTable(_ index: CInt, _ depth: Int) {
        guard let address = lua_topointer(state, index), tables.insert(address).inserted else { return }
        let list = lua_rawlen(state, index)
        memory.add(bytes: 56 + 16 * Int(clamping: list))
        guard depth < 16, lua_checkstack(state, 4) != 0 else { return }
        lua_pushnil(state)
        while shim_next(state, index) != 0 {
            if !interpreter.isListKey(state, -2, upTo: list) {
                memory.add(bytes: 40)
                if lua_type(state, -2) == LUA_TSTRING { add(lua_absindex(state, -2), depth: depth + 1) }
            }
            add(lua_gettop(state), depth: depth + 1)
            shim_pop(state, 1)
            entries -= 1
            if entries <= 0 { return shim_pop(state, 1) }
        }
    }
}
