import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// The values of globals as bytes, by name.
    ///
    /// Only values that are the same when they come back: plain values, tables of them that nothing else refers to, and
    /// tensors without gradients.
    /// - Throws: `NotStorable`, which names the variable and what it holds; `Interrupted`.
    public func storedGlobals(_ names: [String]) throws -> [(name: String, bytes: [UInt8])] {
        var walk = StoredWalk(self)
        let stored = try names.map { name -> (name: String, bytes: [UInt8]) in
            let value = try withGlobal(name) { try walk.value($0, of: name) }
            return (name, try checkedBytes(value, of: name))
        }
        try checkSharing(walk, names)
        return stored
    }

    /// Sets globals from bytes that `storedGlobals` gave.
    /// - Throws: `NotStorable` for other bytes; nothing is set then.
    public func restoreGlobals(_ stored: [(name: String, bytes: [UInt8])]) throws {
        let values = try stored.map { ($0.name, try StoredValue.decode($0.bytes)) }
        for (name, value) in values {
            let base = lua_gettop(main)
            defer { lua_settop(main, base) }
            try push(value)
            let status = shim_set_global(main, name)
            if status != LUA_OK { throw takeError(main, status) }
        }
    }

    /// What a cell that mentions a global may find there, as a text that changes when that does.
    /// - Throws: `Interrupted`.
    public func stateDigest(ofGlobal name: String) throws -> String {
        var walk = StoredWalk(self)
        return try withGlobal(name) { index in
            if let value = try? walk.value(index, of: name) {
                var bytes: [UInt8] = []
                try value.encode(into: &bytes)
                return try Digest.of(bytes)
            }
            if let model = object(main, index)?.object as? any ContentDigest { return try model.contentDigest() }
            if lua_type(main, index) == LUA_TFUNCTION { return "function " + definition(of: name) }
            return typeName(main, index) + " " + json(main, index).description
        }
    }

    /// The names that a text mentions of variables that the user made.
    public func mentionedVariables(_ text: String) -> [String] {
        let outline = LuaOutline(text)
        let names = Set(outline.entries.filter { $0.token.kind == .name }.map { outline.text($0) })
        return variableNames().filter(names.contains)
    }

    /// The bytes of a value, after making sure that the value made of them has the same: its tables are visited in the
    /// same order too.
    private func checkedBytes(_ value: StoredValue, of name: String) throws -> [UInt8] {
        var bytes: [UInt8] = [], wanted: [UInt8] = [], again: [UInt8] = []
        try value.encode(into: &wanted)
        try arranged(value).encode(into: &bytes)
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        try push(StoredValue.decode(bytes))
        var walk = StoredWalk(self)
        try walk.value(lua_gettop(main), of: name).encode(into: &again)
        guard wanted == again else { throw NotStorable("pairs would visit '\(name)' in another order") }
        return bytes
    }

    /// The value with the pairs of each table in an order in which to put them into a table, so that `pairs` visits them
    /// as it does now. That depends on which keys meet in one place of the table, so that orders are tried.
    private func arranged(_ value: StoredValue) throws -> StoredValue {
        guard case .table(let pairs) = value else { return value }
        let inner = try pairs.map { StoredValue.Pair(key: $0.key, value: try arranged($0.value)) }
        let list = StoredValue.listCount(inner), rest = inner.count - list
        guard rest > 1 else { return .table(inner) }
        for attempt in 0..<(rest <= 24 ? 400 : 2) {
            let order =
                switch attempt {
                case 0: Array(0..<rest)
                case 1: Array((0..<rest).reversed())
                default: Key(seed: attempt).permutation(rest)
                }
            let candidate = inner[..<list] + order.map { inner[list + $0] }
            if try isVisited(Array(candidate), as: inner) { return .table(Array(candidate)) }
        }
        return .table(inner)
    }

    /// Whether a table into which keys are put in one order is visited in another.
    private func isVisited(_ pairs: [StoredValue.Pair], as wanted: [StoredValue.Pair]) throws -> Bool {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        try push(.table(pairs.map { .init(key: $0.key, value: .flag(true)) }))
        var walk = StoredWalk(self), found: [UInt8] = [], keys: [UInt8] = []
        try walk.value(lua_gettop(main), of: "").encode(into: &found)
        try StoredValue.table(wanted.map { .init(key: $0.key, value: .flag(true)) }).encode(into: &keys)
        return found == keys
    }

    /// No other variable may lead to a table that is stored.
    private func checkSharing(_ walk: StoredWalk, _ names: [String]) throws {
        for other in variableNames() where !names.contains(other) {
            if let name = withGlobal(other, { walk.owner(ofTableIn: $0) }) {
                throw NotStorable("'\(name)' shares a table with '\(other)'")
            }
        }
    }

    private func push(_ value: StoredValue) throws {
        guard lua_checkstack(main, 8) != 0 else { throw LuaError.memory }
        switch value {
        case .null: lua_pushnil(main)
        case .flag(let flag): lua_pushboolean(main, flag ? 1 : 0)
        case .int(let int): lua_pushinteger(main, lua_Integer(int))
        case .number(let number): lua_pushnumber(main, number)
        case .tensor(let tensor): try pushObject(main, tensor)
        case .bytes(let bytes):
            let status = bytes.withUnsafeBytes {
                shim_push_string(main, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
            }
            if status != LUA_OK { throw takeError(main, status) }
        case .table(let pairs):
            let list = StoredValue.listCount(pairs)
            let status = shim_new_table(main, list, pairs.count - list)
            if status != LUA_OK { throw takeError(main, status) }
            for pair in pairs {
                if case .null = pair.key { throw NotStorable("a key is nil") }
                if case .number(let number) = pair.key, number.isNaN { throw NotStorable("a key is nan") }
                try push(pair.key)
                try push(pair.value)
                lua_rawset(main, -3)
            }
        }
    }
}

/// Reads values to be stored and notices tables that are met twice.
private struct StoredWalk {
    let interpreter: Interpreter
    private var owners: [UnsafeRawPointer: String] = [:]
    private var state: LuaState { interpreter.main }

    init(_ interpreter: Interpreter) { self.interpreter = interpreter }

    mutating func value(_ index: CInt, of name: String, depth: Int = 0) throws -> StoredValue {
        try Interrupt.check()
        switch lua_type(state, index) {
        case LUA_TNIL: return .null
        case LUA_TBOOLEAN: return .flag(lua_toboolean(state, index) != 0)
        case LUA_TNUMBER:
            let isInteger = lua_isinteger(state, index) != 0
            return isInteger
                ? .int(Int(lua_tointegerx(state, index, nil))) : .number(lua_tonumberx(state, index, nil))
        case LUA_TSTRING:
            var count = 0
            let start = lua_tolstring(state, index, &count)
            return .bytes(Array(UnsafeRawBufferPointer(start: start, count: count)))
        case LUA_TTABLE: return try table(index, name, depth)
        case LUA_TUSERDATA:
            guard let tensor = interpreter.object(state, index)?.object as? Tensor else { break }
            if tensor.requiresGrad { throw NotStorable("'\(name)' holds a tensor with gradients") }
            return .tensor(tensor)
        default: break
        }
        let kind = interpreter.object(state, index)?.type.name ?? interpreter.typeName(state, index)
        throw NotStorable("'\(name)' \(depth == 0 ? "is" : "holds") a \(kind)")
    }

    private mutating func table(_ index: CInt, _ name: String, _ depth: Int) throws -> StoredValue {
        guard let address = lua_topointer(state, index), lua_checkstack(state, 8) != 0 else { throw LuaError.memory }
        if owners.updateValue(name, forKey: address) != nil { throw NotStorable("'\(name)' holds a table twice") }
        guard depth < Interpreter.deepestTable else { throw NotStorable("'\(name)' is nested too deep") }
        if lua_getmetatable(state, index) != 0 {
            shim_pop(state, 1)
            throw NotStorable("'\(name)' holds a table with a metatable")
        }
        let index = lua_absindex(state, index), top = lua_gettop(state)
        defer { lua_settop(state, top) }
        var pairs: [StoredValue.Pair] = []
        lua_pushnil(state)
        while shim_next(state, index) != 0 {
            guard lua_type(state, -2) != LUA_TTABLE else { throw NotStorable("'\(name)' has a table as a key") }
            let key = try value(lua_gettop(state) - 1, of: name, depth: depth + 1)
            if case .tensor = key { throw NotStorable("'\(name)' has a Tensor as a key") }
            pairs.append(.init(key: key, value: try value(lua_gettop(state), of: name, depth: depth + 1)))
            shim_pop(state, 1)
        }
        return .table(pairs)
    }

    /// The stored variable with a table that can be reached from a value; looks at 100,000 entries at most.
    func owner(ofTableIn index: CInt) -> String? {
        var seen: Set<UnsafeRawPointer> = [], entries = 100_000
        return owner(index, &seen, &entries)
    }

    private func owner(_ index: CInt, _ seen: inout Set<UnsafeRawPointer>, _ entries: inout Int) -> String? {
        guard lua_type(state, index) == LUA_TTABLE, let address = lua_topointer(state, index) else { return nil }
        if let name = owners[address] { return name }
        guard seen.insert(address).inserted, seen.count < 10_000, lua_checkstack(state, 8) != 0 else { return nil }
        let index = lua_absindex(state, index), top = lua_gettop(state)
        defer { lua_settop(state, top) }
        lua_pushnil(state)
        while entries > 0, shim_next(state, index) != 0 {
            entries -= 1
            if let name = owner(lua_gettop(state), &seen, &entries) { return name }
            shim_pop(state, 1)
        }
        return nil
    }
}
