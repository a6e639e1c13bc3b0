import CLua
import CLuaShim
import Kernel

/// A Lua value that no `Value` stands for.
struct ConversionError: Error, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

extension Interpreter {
    static let deepestTable = 64
    static let mostTables = 4_000_000
    /// Elements of a list between two looks for Ctrl-C: about a millisecond.
    private static let placesPerPoll = 1 << 16

    /// The value at a stack index. Tables are copied; a list of plain numbers becomes `integers` or `numbers`.
    /// - Throws: `ClosedError` for a closed object, `ConversionError` for coroutines, foreign userdata, tables nested
    ///   too deep and tables with keys that are neither names nor places.
    func read(_ state: LuaState, _ index: CInt) throws -> Value {
        switch lua_type(state, index) {
        case LUA_TNIL, LUA_TNONE: return .null
        case LUA_TBOOLEAN: return .flag(lua_toboolean(state, index) != 0)
        case LUA_TNUMBER: return readNumber(state, index)
        case LUA_TSTRING: return .text(readString(state, index))
        case LUA_TUSERDATA: return .object(try readObject(state, index))
        case LUA_TFUNCTION: return .callback(readCallback(state, index))
        case LUA_TTABLE:
            var tables = 0
            return try readTable(state, lua_absindex(state, index), depth: 1, &tables)
        default:
            throw ConversionError(reason: "a \(typeName(state, index)) cannot be an argument")
        }
    }

    func readString(_ state: LuaState, _ index: CInt) -> String {
        var count = 0
        guard let bytes = lua_tolstring(state, index, &count) else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
    }

    func typeName(_ state: LuaState, _ index: CInt) -> String {
        String(cString: lua_typename(state, lua_type(state, index)))
    }

    private func readNumber(_ state: LuaState, _ index: CInt) -> Value {
        if lua_isinteger(state, index) != 0 { return .int(Int(lua_tointegerx(state, index, nil))) }
        return .number(lua_tonumberx(state, index, nil))
    }

    private func readObject(_ state: LuaState, _ index: CInt) throws -> any Sendable {
        var mark: UnsafeMutableRawPointer?
        guard let slot = shim_slot(state, index, &mark), let mark else {
            throw ConversionError(reason: "a foreign userdata cannot be an argument")
        }
        guard let object = slot.value else {
            throw ClosedError(type: Unmanaged<ClassBox>.fromOpaque(mark).takeUnretainedValue().type.name)
        }
        shim_know(state, index, slot)
        // Whoever is no operator finds elements, and may look at them on several threads.
        if DeferredElements.areWaiting, let tensor = object as? Tensor { _ = try tensor.strided() }
        return object
    }
}

// MARK: tables

extension Interpreter {
    private func readTable(_ state: LuaState, _ index: CInt, depth: Int, _ tables: inout Int) throws -> Value {
        try Interrupt.check()
        tables += 1
        guard depth <= Self.deepestTable else {
            throw ConversionError(reason: "table is nested deeper than \(Self.deepestTable) levels or contains itself")
        }
        guard tables <= Self.mostTables, lua_checkstack(state, 8) != 0 else {
            throw ConversionError(reason: "table holds too many tables")
        }
        let count = Int(clamping: lua_rawlen(state, index))
        if count > 0, let numbers = try readNumbers(state, index, count), !hasNames(state, index, count) {
            return numbers
        }
        let list = try readList(state, index, count, depth, &tables)
        let named = try readNames(state, index, count, depth, &tables)
        return named.isEmpty ? .list(list) : .table(.init(list: list, named: named))
    }

    /// The list part when it is all numbers.
    private func readNumbers(_ state: LuaState, _ index: CInt, _ count: Int) throws -> Value? {
        var integers: [Int] = []
        var place = 1
        while place <= count {
            defer { shim_pop(state, 1) }
            guard lua_rawgeti(state, index, lua_Integer(place)) == LUA_TNUMBER else { return nil }
            guard lua_isinteger(state, -1) != 0 else { break }
            if place == 1 { integers.reserveCapacity(min(count, 1 << 24)) }
            integers.append(Int(lua_tointegerx(state, -1, nil)))
            if place % Self.placesPerPoll == 0 { try Interrupt.check() }
            place += 1
        }
        if place > count { return .integers(integers) }
        var numbers = integers.map(Double.init)
        numbers.reserveCapacity(min(count, 1 << 24))
        while place <= count {
            defer { shim_pop(state, 1) }
            guard lua_rawgeti(state, index, lua_Integer(place)) == LUA_TNUMBER else { return nil }
            numbers.append(lua_tonumberx(state, -1, nil))
            if place % Self.placesPerPoll == 0 { try Interrupt.check() }
            place += 1
        }
        return .numbers(numbers)
    }

    /// Whether the table has anything besides its list part.
    private func hasNames(_ state: LuaState, _ index: CInt, _ count: Int) -> Bool {
        lua_pushinteger(state, lua_Integer(count))
        if shim_next(state, index) == 0 { return false }
        shim_pop(state, 2)
        return true
    }

    private func readList(
        _ state: LuaState, _ index: CInt, _ count: Int, _ depth: Int, _ tables: inout Int
    ) throws -> [Value] {
        guard count > 0 else { return [] }
        var list: [Value] = []
        list.reserveCapacity(min(count, 1 << 20))
        for place in 1...count {
            lua_rawgeti(state, index, lua_Integer(place))
            list.append(try readElement(state, depth, &tables))
            if place % Self.placesPerPoll == 0 { try Interrupt.check() }
        }
        return list
    }

    /// The fields in the order of their names: Lua's own order differs from run to run.
    private func readNames(
        _ state: LuaState, _ index: CInt, _ count: Int, _ depth: Int, _ tables: inout Int
    ) throws -> [(name: String, value: Value)] {
        var named: [(name: String, value: Value)] = []
        lua_pushnil(state)
        while shim_next(state, index) != 0 {
            if isPlace(state, -2, upTo: count) {
                shim_pop(state, 1)
                continue
            }
            guard lua_type(state, -2) == LUA_TSTRING else {
                let key = lua_type(state, -2) == LUA_TNUMBER ? try read(state, -2).literal : typeName(state, -2)
                shim_pop(state, 2)
                throw ConversionError(reason: "table has the key \(key), which is neither a name nor a place in a list")
            }
            let name = readString(state, -2)
            do {
                named.append((name, try readElement(state, depth, &tables)))
            } catch {
                shim_pop(state, 1)
                throw error
            }
        }
        return named.sorted { $0.name < $1.name }
    }

    private func isPlace(_ state: LuaState, _ index: CInt, upTo count: Int) -> Bool {
        guard lua_isinteger(state, index) != 0 else { return false }
        let key = Int(lua_tointegerx(state, index, nil))
        return key >= 1 && key <= count
    }

    /// Reads the value on top and takes it off.
    private func readElement(_ state: LuaState, _ depth: Int, _ tables: inout Int) throws -> Value {
        defer { shim_pop(state, 1) }
        guard lua_type(state, -1) == LUA_TTABLE else { return try read(state, -1) }
        return try readTable(state, lua_gettop(state), depth: depth + 1, &tables)
    }
}
