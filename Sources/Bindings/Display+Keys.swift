import CLua
import CLuaShim
import Kernel

/// A key of a table outside its list part, with what is needed to find it again and to put it in order.
struct TableKey {
    enum Kind: Int { case number, name, flag, other }
    let kind: Kind
    /// `name`, `["two words"]`, `[2.5]`.
    let text: String
    /// What numbers and names are ordered by.
    let number: Double, name: String
    let isName: Bool
    /// Where the walk through the table met it.
    let place: Int

    static func isBefore(_ a: TableKey, _ b: TableKey) -> Bool {
        if a.kind != b.kind { return a.kind.rawValue < b.kind.rawValue }
        if a.kind == .number { return a.number < b.number }
        return a.name == b.name ? a.place < b.place : a.name < b.name
    }
}

extension Interpreter {
    /// Entries of a table that are looked at for its keys.
    private static let mostWalked = 20_000

    /// The keys outside the list part in order: numbers, then names, then the rest. Of a huge table, some of them.
    func sortedKeys(_ state: LuaState, _ index: CInt) -> (keys: [TableKey], isAll: Bool) {
        let list = lua_rawlen(state, index)
        var keys: [TableKey] = []
        let isAll = walk(state, index) { place in
            if !isListKey(state, -2, upTo: list) { keys.append(key(state, lua_gettop(state) - 1, place)) }
        }
        keys.sort(by: TableKey.isBefore)
        // A walk in two parts may meet an entry twice.
        return (keys.indices.filter { $0 == 0 || keys[$0].text != keys[$0 - 1].text || isAll }.map { keys[$0] }, isAll)
    }

    /// Runs the body for each of the keys, in Lua's order, with the value on top of the stack.
    func withValues(_ state: LuaState, _ index: CInt, of keys: some Collection<TableKey>, _ body: (TableKey) -> Void) {
        let wanted = Dictionary(uniqueKeysWithValues: keys.map { ($0.place, $0) })
        var left = wanted.count
        guard left > 0 else { return }
        _ = walk(state, index, while: { left > 0 }) { place in
            guard let key = wanted[place] else { return }
            left -= 1
            body(key)
        }
    }

    /// Goes through the entries, key and value on top of the stack; false when there are more than it looks at. In a
    /// table with a long list part, which comes first in Lua's order, it goes on behind that.
    private func walk(
        _ state: LuaState, _ index: CInt, while goesOn: () -> Bool = { true }, _ body: (_ place: Int) -> Void
    ) -> Bool {
        let list = lua_rawlen(state, index)
        lua_pushnil(state)
        if walkOn(state, index, 0, goesOn, body) { return true }
        guard list > 0, goesOn() else { return false }
        lua_pushinteger(state, lua_Integer(list))
        return walkOn(state, index, Self.mostWalked, goesOn, body)
    }

    private func walkOn(
        _ state: LuaState, _ index: CInt, _ first: Int, _ goesOn: () -> Bool, _ body: (_ place: Int) -> Void
    ) -> Bool {
        for place in first..<first + Self.mostWalked {
            if shim_next(state, index) == 0 { return true }
            body(place)
            shim_pop(state, 1)
            if !goesOn() || Interrupt.isRequested { break }
        }
        shim_pop(state, 1)
        return false
    }

    /// The key must stay as it is for the walk, so numbers are copied before they become text.
    private func key(_ state: LuaState, _ index: CInt, _ place: Int) -> TableKey {
        func make(
            _ kind: TableKey.Kind, _ text: String, _ number: Double = 0, name: String? = nil, isName: Bool = false
        ) -> TableKey {
            TableKey(kind: kind, text: text, number: number, name: name ?? text, isName: isName, place: place)
        }
        switch lua_type(state, index) {
        case LUA_TSTRING:
            let name = readString(state, index)
            let isName = isIdentifier(name)
            return make(.name, isName ? name : "[\(quotedString(state, index, limit: 60))]", name: name, isName: isName)
        case LUA_TNUMBER:
            let number = lua_tonumberx(state, index, nil)
            lua_pushvalue(state, index)
            defer { shim_pop(state, 1) }
            return make(.number, "[\(plainText(state, -1))]", number)
        case LUA_TBOOLEAN: return make(.flag, "[\(lua_toboolean(state, index) != 0)]")
        default: return make(.other, "[\(summaryText(state, index))]")
        }
    }

    /// What stands for a table that is not written out.
    func cut(_ state: LuaState, _ index: CInt) -> String { sizeText(state, index).map { "{... \($0)}" } ?? "{}" }

    /// `__name` of a table's metatable.
    func typeTag(_ state: LuaState, _ index: CInt) -> String? {
        let kind = luaL_getmetafield(state, index, "__name")
        guard kind != LUA_TNIL else { return nil }
        defer { shim_pop(state, 1) }
        return kind == LUA_TSTRING ? String(quotedString(state, -1, limit: 60).dropFirst().dropLast()) : nil
    }
}

private func isIdentifier(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
}
