import CLua
import CLuaShim

/// What could be meant by a half-typed name. Only raw table entries and declared members are looked at: no metamethod
/// runs, no property is computed, and a table of millions of keys costs no more than one of thousands.
extension Interpreter {
    /// The names that a word such as `net:qu` or `attack.p` could become, each whole, sorted.
    public func completions(of word: String) -> [String] {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard isOpen, lua_checkstack(main, 64) != 0 else { return [] }
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        let cut = word.lastIndex { $0 == "." || $0 == ":" }
        guard let cut else { return matching(word, in: globalNames(), after: "") }
        guard descend(word[..<cut]) else { return [] }
        let wanted: Wanted = word[cut] == ":" ? .callable : .any
        return matching(String(word[word.index(after: cut)...]), in: names(wanted), after: String(word[...cut]))
    }

    private enum Wanted { case any, callable }
    private static let mostKeys = 10_000

    private func matching(_ stem: String, in names: Set<String>, after prefix: String) -> [String] {
        names.filter { $0.hasPrefix(stem) && ($0.hasPrefix("_") == stem.hasPrefix("_")) }.sorted().map { prefix + $0 }
    }

    private func globalNames() -> Set<String> {
        names(.any).union([
            "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
            "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
        ])
    }

    /// Replaces the table on top by what the path leads to from it; false when it leads nowhere.
    private func descend(_ path: Substring) -> Bool {
        for part in path.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." || $0 == ":" }) {
            guard !part.isEmpty, findRaw(String(part)) else { return false }
        }
        return true
    }

    /// Replaces the table on top by its entry, looked up as Lua does where no function would be called.
    private func findRaw(_ name: String) -> Bool {
        for _ in 0..<16 {
            guard lua_type(main, -1) == LUA_TTABLE else { return false }
            lua_pushstring(main, name)
            if lua_rawget(main, -2) != LUA_TNIL {
                shim_remove(main, -2)
                return true
            }
            shim_pop(main, 1)
            guard replaceByIndexTable() else { return false }
        }
        return false
    }

    /// Replaces the value on top by the `__index` of its metatable, if that is a table.
    private func replaceByIndexTable() -> Bool {
        guard lua_getmetatable(main, -1) != 0 else { return false }
        lua_pushstring(main, "__index")
        let found = lua_rawget(main, -2) == LUA_TTABLE
        shim_remove(main, -2)
        shim_remove(main, -2)
        return found
    }

    /// The members of the value on top.
    private func names(_ wanted: Wanted) -> Set<String> {
        if let type = object(main, -1)?.type {
            return Set((wanted == .callable ? type.methods : type.properties).map(\.name))
        }
        lua_pushvalue(main, -1)
        if lua_type(main, -1) != LUA_TTABLE, !replaceByIndexTable() { return [] }  // a string's methods
        var names: Set<String> = []
        for _ in 0..<16 {
            collectKeys(wanted, into: &names)
            guard replaceByIndexTable() else { break }
        }
        return names
    }

    private func collectKeys(_ wanted: Wanted, into names: inout Set<String>) {
        guard lua_type(main, -1) == LUA_TTABLE else { return }
        let table = lua_absindex(main, -1)
        var seen = 0
        lua_pushnil(main)
        while shim_next(main, table) != 0 {
            let isWanted = wanted == .any || lua_type(main, -1) == LUA_TFUNCTION
            shim_pop(main, 1)
            if isWanted, lua_type(main, -1) == LUA_TSTRING, case let name = readString(main, -1), isName(name) {
                names.insert(name)
            }
            seen += 1
            if seen == Self.mostKeys { return lua_settop(main, table) }
        }
    }

    private func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
