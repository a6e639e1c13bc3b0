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
        case LUA_TSTRING: return quotedString(state, index, limit: 70)
        case LUA_TNIL, LUA_TNONE, LUA_TBOOLEAN, LUA_TNUMBER: return plainText(state, index)
        case LUA_TTABLE: return tableSummary(state, index)
        case LUA_TUSERDATA:
            guard let found = object(state, index) else { return typeTag(state, index) ?? "userdata" }
            return (found.object as? Tensor)?.summary ?? brief(found)
        case LUA_TFUNCTION:
            guard case .function(let function)? = declaration(of: index, in: state) else {
                return functionText(state, index)
            }
            return "function \(function.signature.name)"
        default: return typeName(state, index)
        }
    }

    private func tableSummary(_ state: LuaState, _ index: CInt) -> String {
        if case .module(let module)? = declaration(of: index, in: state) { return "module \(module.name)" }
        let name = typeTag(state, index) ?? "table"
        return sizeText(state, index).map { "\(name) with \($0)" } ?? "\(name) (empty)"
    }

    /// `3 items and 2 fields`; nil for an empty table.
    func sizeText(_ state: LuaState, _ index: CInt) -> String? {
        let list = Int(clamping: lua_rawlen(state, index))
        let (named, isAll) = countFields(state, index, atMost: 1000 + min(list, 1000))
        let parts = [
            list > 0 ? "\(grouped(list)) item\(list == 1 ? "" : "s")" : nil,
            named > 0 ? "\(named)\(isAll ? "" : " or more") field\(named == 1 && isAll ? "" : "s")" : nil,
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
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

    /// An object on one line.
    func brief(_ found: (type: LuaClass, object: (any Sendable)?)) -> String {
        if let brief = (found.object as? any Brief)?.brief { return brief }
        return String(describe(found).prefix { $0 != "\n" })
    }

    /// Where a function of Lua was written: `function at prog.lua:12`.
    func functionText(_ state: LuaState, _ index: CInt) -> String {
        var info = lua_Debug()
        lua_pushvalue(state, index)
        guard lua_getinfo(state, ">S", &info) != 0 else { return "function" }
        let source = withUnsafeBytes(of: info.short_src) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if info.linedefined > 0 { return "function at \(source):\(info.linedefined)" }
        return source == "[C]" ? "function of C" : "function in \(source)"
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
