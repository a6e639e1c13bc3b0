import CLua
import CLuaShim
import Kernel

/// How a cell ended that did not fail.
public enum CellEnd: Sendable {
    case ran
    /// With `return`: in the file as a whole, nothing after it would run.
    case returned
}

extension Interpreter {
    /// Keeps the text of a notebook, so that errors in its cells show their lines.
    /// - Parameter name: the chunk name of the cells, `@nb.lua`.
    public func keepText(_ text: [UInt8], of name: String) { sources.keep(text, of: name) }

    /// Compiles a cell without running it.
    /// - Throws: `LuaError.syntax`.
    public func check(_ cell: CellSource, name: String) throws {
        try load(cell, name)
        shim_pop(main, 1)
    }

    /// Runs a cell; `...` is what the table `arg` holds, as in a script.
    /// - Throws: `LuaError`.
    public func run(_ cell: CellSource, name: String) throws -> CellEnd {
        let base = lua_gettop(main), before = current
        defer {
            lua_settop(main, base)
            current = before
        }
        try load(cell, name)
        current = main
        let status = shim_call_script(main, true)
        if status != LUA_OK { throw takeError(main, status) }
        guard lua_gettop(main) == base + 1, lua_type(main, -1) == LUA_TSTRING else { return .returned }
        return readString(main, -1) == CellSource.mark ? .ran : .returned
    }

    /// Compiles the first form that compiles; the function is left on the stack.
    private func load(_ cell: CellSource, _ name: String) throws {
        for form in cell.forms.dropLast() {
            do { return try load(form, name) } catch LuaError.syntax {}
        }
        try load(cell.forms[cell.forms.count - 1], name)
    }

    /// Sets the table `arg` to a script's path and arguments.
    public func setArguments(path: String, _ arguments: [String]) throws {
        try execute(
            "local path, list = ... list[0] = path arg = list", name: "=(assay)",
            arguments: [.text(path), .list(arguments.map(Value.text))])
    }

    /// Starts `math.random` from a seed, whatever the notebook made of the name.
    public func seedRandom(_ seed: Int) throws {
        try execute(
            "local seed = ... if type(math) == 'table' and math.randomseed then math.randomseed(seed) end",
            name: "=(assay)", arguments: [.int(seed)])
    }
}

// MARK: - The variables of a notebook

extension Interpreter {
    /// The globals as they are now, to be compared with later ones.
    public func globalsNow() -> GlobalsCopy? {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard isOpen, lua_checkstack(main, 16) != 0, shim_new_table(main, 0, 256) == LUA_OK else { return nil }
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        lua_pushnil(main)
        while shim_next(main, base + 2) != 0 {
            lua_pushvalue(main, -2)
            lua_insertTop(main)
            lua_rawset(main, base + 1)
        }
        lua_settop(main, base + 1)
        return GlobalsCopy(reference: luaL_ref(main, shim_registry()), queue: references)
    }

    /// The names of the globals that have another value than in the copy, sorted; those that are gone too.
    public func changedGlobals(since copy: GlobalsCopy) -> [String] {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard isOpen, lua_checkstack(main, 16) != 0 else { return [] }
        lua_rawgeti(main, shim_registry(), lua_Integer(copy.reference))
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        let names = Set(differing(base + 1, base + 2) + differing(base + 2, base + 1))
        return names.subtracting(Self.promptNames).sorted()
    }

    /// The names in one table whose values differ from those in another.
    private func differing(_ table: CInt, _ other: CInt) -> [String] {
        var names: [String] = []
        lua_pushnil(main)
        while shim_next(main, table) != 0 {
            lua_pushvalue(main, -2)
            lua_rawget(main, other)
            let isEqual = lua_rawequal(main, -1, -2) != 0
            shim_pop(main, 2)
            if !isEqual, lua_type(main, -1) == LUA_TSTRING { names.append(readString(main, -1)) }
        }
        return names
    }

    /// A global as JSON; nil for nil.
    public func json(ofGlobal name: String) -> JSON? {
        withGlobal(name) { lua_type(main, $0) == LUA_TNIL ? nil : json(main, $0) }
    }

    /// The digests of the models among the globals with these names.
    /// - Throws: `Interrupted`.
    public func modelDigests(_ names: [String]) throws -> [(name: String, sha256: String)] {
        try names.compactMap { name in
            try withGlobal(name) { index in
                guard let model = object(main, index)?.object as? any ContentDigest else { return nil }
                return (name, try model.contentDigest())
            }
        }
    }

    /// What the checks of the evaluations said that the globals with these names hold.
    public func evaluationWarnings(_ names: [String]) -> [String] {
        names.flatMap { name in
            withGlobal(name) { (object(main, $0)?.object as? AttackResult)?.warnings.map { "\($0)" } ?? [] }
        }
    }

    /// The key on top goes below the value under it.
    private func lua_insertTop(_ state: LuaState) { shim_insert(state, -2) }
}

/// A copy of the table of globals, kept by its reference.
public final class GlobalsCopy: @unchecked Sendable {  // the queue is locked
    let reference: CInt
    private let queue: ReferenceQueue
    init(reference: CInt, queue: ReferenceQueue) { (self.reference, self.queue) = (reference, queue) }
    deinit { queue.add(reference) }
}
