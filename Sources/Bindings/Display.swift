import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// Calls a function before Lua or `show` writes to standard output: what stands on the terminal for a while can be
    /// taken away. One for the process; nil for none.
    public static func observeOutput(_ observer: (@convention(c) () -> Void)?) { shim_set_before_output(observer) }

    /// Calls a function after Lua or `show` wrote to standard output or standard error. One for the process; nil for none.
    public static func observeWritten(_ observer: (@convention(c) () -> Void)?) { shim_set_after_output(observer) }

    /// Whether `FileLog` is told of the files that Lua code opens.
    public static func observeFiles(_ observes: Bool) {
        shim_set_file_observer(
            observes ? { path, writes in FileLog.note(String(cString: path!), writes ? .written : .read) } : nil)
    }

    /// The Lua that the program was built for: `Lua 5.4.4`.
    public static var luaRelease: String { String(cString: shim_lua_release()) }

    /// The value at an index as the prompt shows it: objects describe themselves, strings are quoted, tables are
    /// written with sorted keys, cycles marked and long ones shortened, declared functions and modules show their help.
    public func display(_ state: LuaState, _ index: CInt) -> String {
        switch declaration(of: index, in: state) {
        case .function(let function)?: return Help.text(.function(function), in: reference)
        case .module(let module)?: return Help.text(.module(module), in: reference)
        default:
            var writer = TableWriter(self, state, Screen.current)
            return writer.text(lua_absindex(state, index), [])
        }
    }
}

/// Writes values and tables. Only raw access is used, so that nothing of the user's runs, save `__tostring`. However
/// large a value is, a bounded number of its entries is looked at.
private struct TableWriter {
    private let interpreter: Interpreter
    private let state: LuaState
    private let screen: Screen, width: Int, style: TextStyle
    /// The tables around the current one and the way to each.
    private var open: [(address: UnsafeRawPointer, path: String)] = []
    private var entries = 0
    private let mostEntries = 1000, deepest = 8

    init(_ interpreter: Interpreter, _ state: LuaState, _ screen: Screen) {
        (self.interpreter, self.state) = (interpreter, state)
        (self.screen, width, style) = (screen, min(max(screen.width, 30), 1000), TextStyle(screen))
    }

    /// - Parameter path: keys from the outermost table to this value.
    mutating func text(_ index: CInt, _ path: [String]) -> String {
        switch lua_type(state, index) {
        case LUA_TSTRING:
            return style.string(interpreter.quotedString(state, index, limit: path.isEmpty ? 4000 : 200))
        case LUA_TTABLE: return table(index, path)
        case LUA_TUSERDATA:
            guard let found = interpreter.object(state, index) else { return interpreter.plainText(state, index) }
            return path.isEmpty ? object(found) : brief(found)
        case LUA_TFUNCTION:
            guard case .function(let function)? = interpreter.declaration(of: index, in: state) else {
                return style.faint(interpreter.functionText(state, index))
            }
            return style.faint("function \(function.signature.name)")
        default: return interpreter.plainText(state, index)
        }
    }

    /// An object alone: what is made to be looked at is shown.
    private func object(_ found: (type: LuaClass, object: (any Sendable)?)) -> String {
        if let shown = found.object as? any Shown, let text = try? shown.shown(on: screen, Screen.graphics) {
            return text
        }
        let text = interpreter.describe(found)
        return style.object(screen.isTerminal ? broken(text, at: width) : text, of: found.object)
    }

    /// An object among others.
    private func brief(_ found: (type: LuaClass, object: (any Sendable)?)) -> String {
        style.faint(interpreter.brief(found))
    }

    private mutating func table(_ index: CInt, _ path: [String]) -> String {
        if case .module(let module)? = interpreter.declaration(of: index, in: state) {
            return style.faint("module \(module.name)")
        }
        if luaL_getmetafield(state, index, "__tostring") != LUA_TNIL {
            shim_pop(state, 1)
            return interpreter.plainText(state, index)
        }
        guard let address = lua_topointer(state, index), lua_checkstack(state, 10) != 0 else { return "{...}" }
        if let outer = open.first(where: { $0.address == address }) {
            return style.faint(outer.path.isEmpty ? "<cycle>" : "<cycle to \(outer.path)>")
        }
        guard path.count < deepest, entries < mostEntries else { return style.faint(interpreter.cut(state, index)) }
        open.append((address, path.joined()))
        defer { open.removeLast() }
        let name = interpreter.typeTag(state, index).map { style.faint($0) + " " } ?? ""
        let most = [100, 40, 16, 8][min(path.count, 3)]
        return name + layout(list(index, path, most), fields(index, path, most), path.count, columnCount(name))
    }

    // MARK: the list part and the others

    private mutating func list(_ index: CInt, _ path: [String], _ most: Int) -> [String] {
        let count = Int(clamping: lua_rawlen(state, index))
        var parts: [String] = []
        for place in 0..<min(count, most) {
            guard mayWriteMore() else { break }
            lua_rawgeti(state, index, lua_Integer(place + 1))
            parts.append(text(lua_gettop(state), path + ["[\(place + 1)]"]))
            shim_pop(state, 1)
        }
        if count > parts.count { parts.append(style.faint("... \(grouped(count - parts.count)) more")) }
        return parts
    }

    private mutating func fields(_ index: CInt, _ path: [String], _ most: Int) -> [String] {
        let found = interpreter.sortedKeys(state, index)
        let shown = found.keys.prefix(most)
        var texts: [Int: String] = [:]
        interpreter.withValues(state, index, of: shown) { key in
            guard mayWriteMore() else { return }
            let step = key.isName ? (path.isEmpty ? "" : ".") + key.text : key.text
            texts[key.place] = text(lua_gettop(state), path + [step])
        }
        var parts = shown.compactMap { key in texts[key.place].map { "\(key.text) = \($0)" } }
        let missing = found.keys.count - parts.count
        if missing > 0 || !found.isAll {
            parts.append(style.faint("... \(found.isAll ? "" : "over ")\(grouped(missing)) more"))
        }
        return parts
    }

    private mutating func mayWriteMore() -> Bool {
        entries += 1
        return entries <= mostEntries && !Interrupt.isRequested
    }

    // MARK: lines

    /// On one line if that fits; otherwise short items side by side and everything else on lines of its own.
    private func layout(_ items: [String], _ fields: [String], _ depth: Int, _ used: Int) -> String {
        let parts = items + fields
        let line = "{" + parts.joined(separator: ", ") + "}"
        if columnCount(line) + 2 * depth + used <= width, !line.contains("\n") { return line }
        let indent = String(repeating: "  ", count: depth + 1)
        let isFlat = items.allSatisfy { columnCount($0) <= 24 && !$0.contains("\n") && !$0.contains("{") }
        let rows = isFlat && items.count > 1 ? filled(items, width - indent.count - 1) : items
        let body = (rows + fields).map { indent + $0 }.joined(separator: ",\n")
        return "{\n" + body + "\n" + String(repeating: "  ", count: depth) + "}"
    }

    /// Items side by side in columns, to the right edge of each when they are numbers.
    private func filled(_ items: [String], _ room: Int) -> [String] {
        let cells = items.filter { !$0.contains("...") }
        let cell = cells.reduce(0) { max($0, columnCount($1)) }
        let isNumeric = cells.allSatisfy { $0.utf8.first.map { $0 == 0x2D || (0x30...0x39).contains($0) } ?? false }
        let perRow = max(1, (room + 1) / (cell + 2))
        return stride(from: 0, to: items.count, by: perRow).map { start in
            items[start..<min(start + perRow, items.count)].map { item in
                isNumeric && !item.contains("...")
                    ? String(repeating: " ", count: max(0, cell - columnCount(item))) + item : item
            }.joined(separator: ", ")
        }
    }
}
