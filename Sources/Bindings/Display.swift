import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// The value at an index as the prompt shows it: objects describe themselves, strings are quoted, tables are
    /// written with sorted keys, cycles cut and long ones shortened, declared functions and modules show their help.
    public func display(_ state: LuaState, _ index: CInt) -> String {
        switch declaration(of: index, in: state) {
        case .function(let function)?: return Help.text(function)
        case .module(let module)?: return Help.text(module)
        default:
            var writer = TableWriter(self, state)
            return writer.text(lua_absindex(state, index), depth: 0)
        }
    }

    /// What `tostring` gives.
    func plainText(_ state: LuaState, _ index: CInt) -> String {
        let status = shim_to_string(state, index)
        defer { shim_pop(state, 1) }
        return status == LUA_OK ? readString(state, -1) : "(\(typeName(state, index)) whose text cannot be made)"
    }

    /// An object's own description.
    func describe(_ found: (type: LuaClass, object: (any Sendable)?)) -> String {
        found.object.map(found.type.describe) ?? "\(found.type.name) (closed)"
    }
}

/// Writes values and tables. Only raw access is used, so that nothing of the user's runs, save `__tostring`.
private struct TableWriter {
    private let interpreter: Interpreter
    private let state: LuaState
    private var open: [UnsafeRawPointer] = []
    private var entries = 0
    private let width = 100, mostEntries = 2000, mostPerTable = 100, deepest = 8

    init(_ interpreter: Interpreter, _ state: LuaState) { (self.interpreter, self.state) = (interpreter, state) }

    mutating func text(_ index: CInt, depth: Int) -> String {
        switch lua_type(state, index) {
        case LUA_TSTRING: return quoted(interpreter.readString(state, index), limit: depth == 0 ? 100_000 : 200)
        case LUA_TTABLE: return table(index, depth)
        case LUA_TUSERDATA:
            guard let found = interpreter.object(state, index) else { return interpreter.plainText(state, index) }
            let text = interpreter.describe(found)
            return depth == 0 ? text : String(text.prefix { $0 != "\n" })
        case LUA_TFUNCTION:
            guard case .function(let function)? = interpreter.declaration(of: index, in: state) else {
                return interpreter.plainText(state, index)
            }
            return "function \(function.signature.name)"
        default: return interpreter.plainText(state, index)
        }
    }

    private mutating func table(_ index: CInt, _ depth: Int) -> String {
        if case .module(let module)? = interpreter.declaration(of: index, in: state) { return "module \(module.name)" }
        if luaL_getmetafield(state, index, "__tostring") != LUA_TNIL {
            shim_pop(state, 1)
            return interpreter.plainText(state, index)
        }
        guard let address = lua_topointer(state, index), !open.contains(address), depth < deepest,
            lua_checkstack(state, 8) != 0
        else { return "{...}" }
        open.append(address)
        defer { open.removeLast() }
        let parts = list(index, depth) + fields(index, depth)
        return layout(parts, depth)
    }

    private func layout(_ parts: [String], _ depth: Int) -> String {
        let line = "{" + parts.joined(separator: ", ") + "}"
        if line.count + 2 * depth <= width, !line.contains("\n") { return line }
        let indent = String(repeating: "  ", count: depth + 1)
        let body = parts.map { indent + $0 }.joined(separator: ",\n")
        return "{\n\(body)\n\(String(repeating: "  ", count: depth))}"
    }

    private mutating func list(_ index: CInt, _ depth: Int) -> [String] {
        let count = Int(clamping: lua_rawlen(state, index))
        var parts: [String] = []
        for place in 0..<min(count, mostPerTable) {
            guard mayWriteMore() else { return parts + ["..."] }
            lua_rawgeti(state, index, lua_Integer(place + 1))
            parts.append(text(lua_gettop(state), depth: depth + 1))
            shim_pop(state, 1)
        }
        if count > mostPerTable { parts.append("... \(count - mostPerTable) more") }
        return parts
    }

    private mutating func fields(_ index: CInt, _ depth: Int) -> [String] {
        var keys: [(order: String, key: String)] = []
        var parts: [(order: String, text: String)] = []
        let count = lua_rawlen(state, index)
        lua_pushnil(state)
        while shim_next(state, index) != 0 {
            if lua_isinteger(state, -2) != 0, let key = UInt64(exactly: lua_tointegerx(state, -2, nil)),
                key >= 1, key <= count
            {
                shim_pop(state, 1)
                continue
            }
            keys.append(keyText(lua_gettop(state) - 1))
            let isShown = parts.count < 10 * mostPerTable && mayWriteMore()
            let value = isShown ? text(lua_gettop(state), depth: depth + 1) : "..."
            parts.append((keys[keys.count - 1].order, "\(keys[keys.count - 1].key) = \(value)"))
            shim_pop(state, 1)
        }
        let sorted = parts.sorted { $0.order < $1.order }.map(\.text)
        let shown = sorted.prefix(mostPerTable)
        return shown + (sorted.count > shown.count ? ["... \(sorted.count - shown.count) more"] : [])
    }

    private mutating func mayWriteMore() -> Bool {
        entries += 1
        return entries <= mostEntries && !Interrupt.isRequested
    }

    /// `name` or `["two words"]` or `[2.5]`. The key itself must stay as it is for the walk, so numbers are copied.
    private func keyText(_ index: CInt) -> (order: String, key: String) {
        if lua_type(state, index) == LUA_TSTRING {
            let name = interpreter.readString(state, index)
            return (name, isName(name) ? name : "[\(quoted(name, limit: 60))]")
        }
        lua_pushvalue(state, index)
        defer { shim_pop(state, 1) }
        let isNumber = lua_type(state, -1) == LUA_TNUMBER
        let order = isNumber ? "\u{1}" + orderText(lua_tonumberx(state, -1, nil)) : "\u{2}"
        let text = interpreter.object(state, -1).map { $0.type.name } ?? interpreter.plainText(state, -1)
        return (order + text, "[\(text)]")
    }

    /// Digits that sort as the numbers do.
    private func orderText(_ number: Double) -> String {
        let bits = number.bitPattern, ordered = number < 0 ? ~bits : bits | 1 << 63
        let digits = String(ordered, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.utf8.allSatisfy {
            $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
        }
    }
}
