import CLua
import CLuaShim
import Kernel

// What stands behind `.`, `:` and `[`, and the entries of any table.

extension Completer {
    enum Wanted { case any, callable }

    mutating func offerMembers(_ wanted: Wanted) {
        guard let path = LuaPath(scan, endingAt: cursor.before - 1) else { return }
        let meaning = resolver.meaning(path)
        library = resolver.libraryName(ofMembersOf: meaning) ?? resolver.title(path) + "."
        offerMembers(of: meaning, wanted)
    }

    private mutating func offerMembers(of meaning: Meaning, _ wanted: Wanted) {
        for type in resolver.classes(meaning) { offerMembers(of: type, wanted) }
        switch meaning {
        case .live(let index) where interpreter.object(state, index) == nil:
            offerChain(from: index, wanted, .global)
        case .type(let type) where type.contains("string") || !type.choices.isEmpty:
            if let library = resolver.stringLibrary() { offerChain(from: library, .callable, .global) }
        default: break
        }
    }

    private mutating func offerMembers(of type: LuaClass, _ wanted: Wanted) {
        if wanted == .callable {
            for method in type.methods {
                offers.add(Candidate(method.name, detail: method.summary), named: method.name, .global)
            }
            offers.add(Candidate("close", detail: "Release what the object holds."), named: "close", .global)
        } else {
            for property in type.properties {
                offers.add(
                    Candidate(property.name, detail: Self.detail(property.returns, property.summary)),
                    named: property.name, .global)
            }
        }
    }

    static func detail(_ type: String, _ summary: String) -> String {
        type.isEmpty || type == "any" ? summary : summary.isEmpty ? type : "\(type): \(summary)"
    }

    /// The entries of a table and of the `__index` tables behind it; for another value those of its metatable's.
    private mutating func offerChain(from index: CInt, _ wanted: Wanted, _ rank: Offers.Rank) {
        lua_pushvalue(state, index)
        let table = lua_gettop(state)
        defer { lua_settop(state, table - 1) }
        if lua_type(state, table) != LUA_TTABLE, !interpreter.replaceByIndexTable(state) { return }
        for _ in 0..<16 {
            offerEntries(ofTableAt: table, wanted, rank)
            lua_settop(state, table)
            guard !isLate, interpreter.replaceByIndexTable(state) else { return }
        }
    }

    /// The entries whose keys are names. A table of millions is looked at until the deadline.
    mutating func offerEntries(ofTableAt table: CInt, _ wanted: Wanted, _ rank: Offers.Rank) {
        let products = wantedProducts
        forEachKey(ofTableAt: table) { completer, name in
            guard isName(name), let fit = completer.offers.fit(name) else { return }
            if wanted == .callable, lua_type(completer.state, -1) != LUA_TFUNCTION { return }
            let isProduct = !products.isEmpty && completer.makes(products, at: -1)
            completer.offers.add(
                Candidate(String(decoding: name, as: UTF8.self), detail: completer.detail(ofEntry: name)), fit,
                isProduct ? .variable : rank)
        }
    }

    /// Calls a function for every string key of a table; the value is on top meanwhile.
    mutating func forEachKey(
        ofTableAt table: CInt, _ body: (inout Completer, UnsafeBufferPointer<UInt8>) -> Void
    ) {
        guard lua_type(state, table) == LUA_TTABLE else { return }
        let base = lua_gettop(state)
        defer { lua_settop(state, base) }
        var seen = 0
        lua_pushnil(state)
        while shim_next(state, table) != 0 {
            if lua_type(state, -2) == LUA_TSTRING {
                var count = 0
                if let bytes = lua_tolstring(state, -2, &count) {
                    bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
                        body(&self, UnsafeBufferPointer(start: $0, count: count))
                    }
                }
            }
            shim_pop(state, 1)
            seen += 1
            if seen & 0xFF == 0, isLate { return }
        }
    }

    // MARK: keys in brackets

    /// `t[`: keys as they are written there.
    mutating func offerKeys() {
        guard let path = LuaPath(scan, endingAt: cursor.before - 1) else { return }
        guard case .live(let table) = resolver.meaning(path), lua_type(state, table) == LUA_TTABLE else { return }
        offerPlaces(of: table)
        let quote = LuaString(Array("\"".utf8), 0..<1, isClosed: false)!
        forEachKey(ofTableAt: table) { completer, name in
            guard let fit = completer.offers.fit(name), let key = Self.text(name) else { return }
            let written = "\"" + quote.escaped(key) + "\""
            completer.offers.add(
                Candidate(written + completer.closing("]"), label: written, detail: completer.detail(ofValueAt: -1)),
                fit, .global)
        }
    }

    /// `t["`: the string keys of a table, with the end of the string and of the brackets.
    mutating func offerKeys(in string: LuaString) {
        guard let path = LuaPath(scan, endingAt: cursor.before - 1) else { return }
        guard case .live(let table) = resolver.meaning(path), lua_type(state, table) == LUA_TTABLE else { return }
        let end = closing(string.closing + "]")
        forEachKey(ofTableAt: table) { completer, name in
            guard let fit = completer.offers.fit(name), let key = Self.text(name) else { return }
            let written = string.escaped(key)
            completer.offers.add(
                Candidate(written + end, label: written, detail: completer.detail(ofValueAt: -1)), fit, .global)
        }
    }

    /// `t[1`: places of a list that begin with these digits.
    mutating func offerPlaces() {
        let before = cursor.before
        guard scan.isText(before, "["), let path = LuaPath(scan, endingAt: before - 1) else { return }
        if case .live(let table) = resolver.meaning(path), lua_type(state, table) == LUA_TTABLE {
            offerPlaces(of: table)
        }
    }

    private mutating func offerPlaces(of table: CInt) {
        let count = min(lua_rawlen(state, table), 10_000)
        var shown = 0
        for place in stride(from: 1, through: lua_Integer(count), by: 1) where shown < 50 {
            let key = "\(place)"
            guard key.hasPrefix(cursor.stem) else { continue }
            lua_rawgeti(state, table, place)
            offers.add(
                Candidate(key + closing("]"), label: "\(key)]", detail: detail(ofValueAt: -1)), named: key, .wanted)
            shim_pop(state, 1)
            shown += 1
        }
    }

    /// What ends something that is begun, without what stands behind the cursor already.
    func closing(_ text: String) -> String {
        let end = Array(text.utf8)
        for start in end.indices where cursor.rest.starts(with: end[start...]) {
            return String(decoding: end[..<start], as: UTF8.self)
        }
        return text
    }

    /// Nil for bytes that are no UTF-8: they could not be typed.
    private static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.utf8.count == bytes.count && text.utf8.elementsEqual(bytes) ? text : nil
    }
}

/// Whether bytes spell a name of Lua.
private func isName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = bytes.first, !(48...57).contains(first), bytes.count < 200 else { return false }
    let isSpelled = bytes.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
    return isSpelled && !(bytes.count < 9 && LuaLexer.keywords.contains(String(decoding: bytes, as: UTF8.self)))
}
