import CLua
import CLuaShim
import Kernel

/// What the prompt keeps of its results: `_`, `__`, `___`, `Out[n]`, and the texts `In[n]`.
///
/// Small values are kept. A value that holds 1 MiB or more is not kept alive by having been shown: it is held weakly, and
/// what is left when it has been collected is a summary. The newest is there for the next entry in any case, and for
/// the later ones that mention `_`, as long as it lives; an entry that does not mention it lets it go.
final class ResultHistory {
    static let bigBytes = 1 << 20
    /// What `Out` keeps alive, all together, and how many entries it knows of.
    static let mostBytes = 64 << 20, mostEntries = 1000
    static let names = ["_", "__", "___"]

    /// A value that is held weakly, by its key in the weak table.
    fileprivate struct Big {
        let key: lua_Integer
        let summary: String
    }
    /// What `_`, `__` and `___` are when that is big; nil for what the variables themselves hold.
    fileprivate var newest: [Big?] = [nil, nil, nil]
    fileprivate var bigs: [Int: Big] = [:]
    /// What `Out` holds, oldest first.
    fileprivate var kept: [(number: Int, bytes: Int)] = []
    fileprivate var keptBytes = 0
    fileprivate var numbers: [Int] = []
    fileprivate var lastKey: lua_Integer = 0
    /// Registry references of the weak table, of `Out` and of `In`.
    fileprivate let weak: CInt, outputs: CInt, inputs: CInt

    fileprivate init(weak: CInt, outputs: CInt, inputs: CInt) {
        (self.weak, self.outputs, self.inputs) = (weak, outputs, inputs)
    }
}

/// What is left of a result that was not kept: its summary.
struct FreedValue: TypeNamed, Sendable {
    static let typeName = "Freed"
    let summary: String
}

extension LuaClass {
    static let freed = LuaClass(
        FreedValue.self, "What is left of a result of 1 MiB or more that nothing else held: a line of text."
    ) { c in
        c.example = "freed = Out and Out[1]"
        c.property("summary", "What the value was.", example: "summary = Out and Out[1].summary") { $0.summary }
        c.index("Nothing: the value is gone.") { freed, _ in
            throw CallError(
                "this result was freed (\(freed.summary)); results of 1 MiB or more live on only in variables")
        }
        c.description { "<freed \($0.summary)>" }
    }
}

// MARK: - Keeping

extension Interpreter {
    /// Keeps the text of an entry as `In[n]`, and sees to it that `_` is what it should be while the entry runs.
    func beginEntry(_ entry: EntrySource, number: Int?) {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        let history = resultHistory(withTables: number != nil)
        if let number {
            letGoOfLargeVariables()
            lua_rawgeti(main, shim_registry(), lua_Integer(history.inputs))
            do { try pushText(main, trimmingLineEnds(entry.text)) } catch { return }
            lua_rawseti(main, base + 1, lua_Integer(number))
            history.numbers.append(number)
            dropOldEntries(history)
        }
        for (place, name) in ResultHistory.names.enumerated() {
            guard let big = history.newest[place], isOurs(name, big, history) else { continue }
            if entry.mentions.contains(name) { pushLive(big, history) } else { lua_pushnil(main) }
            setGlobalRaw(name)
        }
    }

    /// Makes the value at an index the newest result.
    func keepResult(_ index: CInt, number: Int?) {
        let index = lua_absindex(main, index), base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard lua_checkstack(main, 16) != 0 else { return }
        let history = resultHistory(withTables: number != nil)
        let bytes = heldBytes(main, index)
        let big = bytes < ResultHistory.bigBytes ? nil : hold(index, history)
        moveOlder(history)
        history.newest[0] = big
        lua_pushvalue(main, index)
        setGlobalRaw("_")
        guard let number else { return }
        if let big {
            history.bigs[number] = big
        } else {
            lua_rawgeti(main, shim_registry(), lua_Integer(history.outputs))
            lua_pushvalue(main, index)
            lua_rawseti(main, -2, lua_Integer(number))
            history.kept.append((number, bytes))
            history.keptBytes += bytes
            dropOldValues(history)
        }
    }

    /// Lets go of every result.
    func dropResults() {
        postMortem = nil
        guard let history = results else { return }
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        for name in ResultHistory.names {
            lua_pushnil(main)
            setGlobalRaw(name)
        }
        lua_rawgeti(main, shim_registry(), lua_Integer(history.outputs))
        for (number, _) in history.kept { setNil(base + 1, number) }
        (history.newest, history.bigs, history.kept, history.keptBytes) = ([nil, nil, nil], [:], [], 0)
    }

    /// `_` becomes `__` and `__` becomes `___`. What the user gave them moves as it is.
    private func moveOlder(_ history: ResultHistory) {
        for place in [2, 1] {
            let name = ResultHistory.names[place - 1], big = history.newest[place - 1]
            let isBig = big.map { isOurs(name, $0, history) } ?? false
            history.newest[place] = isBig ? big : nil
            if isBig { lua_pushnil(main) } else { pushGlobalRaw(name) }
            setGlobalRaw(ResultHistory.names[place])
        }
    }

    private func hold(_ index: CInt, _ history: ResultHistory) -> ResultHistory.Big {
        history.lastKey += 1
        lua_rawgeti(main, shim_registry(), lua_Integer(history.weak))
        lua_pushvalue(main, index)
        lua_rawseti(main, -2, history.lastKey)
        shim_pop(main, 1)
        return ResultHistory.Big(key: history.lastKey, summary: summaryText(main, index))
    }

    /// Whether a variable is as we left it and not the user's.
    private func isOurs(_ name: String, _ big: ResultHistory.Big, _ history: ResultHistory) -> Bool {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        pushGlobalRaw(name)
        if lua_type(main, -1) == LUA_TNIL || object(main, -1)?.object is FreedValue { return true }
        lua_rawgeti(main, shim_registry(), lua_Integer(history.weak))
        lua_rawgeti(main, -1, big.key)
        return lua_rawequal(main, -1, base + 1) != 0
    }

    /// Pushes a big value while it lives, otherwise what is left of it.
    private func pushLive(_ big: ResultHistory.Big, _ history: ResultHistory) {
        lua_rawgeti(main, shim_registry(), lua_Integer(history.weak))
        lua_rawgeti(main, -1, big.key)
        shim_remove(main, -2)
        guard lua_type(main, -1) == LUA_TNIL else { return }
        shim_pop(main, 1)
        do { try pushObject(main, FreedValue(summary: big.summary)) } catch { lua_pushnil(main) }
    }
}

// MARK: - Forgetting

extension Interpreter {
    /// `Out` lets go of its oldest values when all of them together are too much; they are held weakly from then on.
    private func dropOldValues(_ history: ResultHistory) {
        while history.keptBytes > ResultHistory.mostBytes, let (number, bytes) = history.kept.first {
            history.kept.removeFirst()
            history.keptBytes -= bytes
            let base = lua_gettop(main)
            lua_rawgeti(main, shim_registry(), lua_Integer(history.outputs))
            if lua_rawgeti(main, -1, lua_Integer(number)) != LUA_TNIL {
                history.bigs[number] = hold(lua_gettop(main), history)
            }
            setNil(base + 1, number)
            lua_settop(main, base)
        }
    }

    private func dropOldEntries(_ history: ResultHistory) {
        while history.numbers.count > ResultHistory.mostEntries {
            let number = history.numbers.removeFirst(), base = lua_gettop(main)
            for reference in [history.inputs, history.outputs] {
                lua_rawgeti(main, shim_registry(), lua_Integer(reference))
                setNil(lua_gettop(main), number)
            }
            lua_settop(main, base)
            history.bigs[number] = nil
            if history.kept.first?.number == number { history.keptBytes -= history.kept.removeFirst().bytes }
        }
    }

    private func setNil(_ table: CInt, _ number: Int) {
        lua_pushnil(main)
        lua_rawseti(main, table, lua_Integer(number))
    }
}

// MARK: - Tables

extension Interpreter {
    /// The history, made at its first use, with the globals `In` and `Out` at a prompt.
    private func resultHistory(withTables: Bool) -> ResultHistory {
        if let results, !withTables || hasResultTables { return results }
        let history =
            results ?? ResultHistory(weak: reference(toNewTable: "v"), outputs: newReference(), inputs: newReference())
        results = history
        guard withTables else { return history }
        hasResultTables = true
        lua_rawgeti(main, shim_registry(), lua_Integer(history.inputs))
        setGlobalRaw("In")
        lua_rawgeti(main, shim_registry(), lua_Integer(history.outputs))
        lua_createtable(main, 0, 1)
        lua_pushstring(main, "__index")
        shim_push_function(main, keep(.olderResult))
        lua_rawset(main, -3)
        lua_setmetatable(main, -2)
        setGlobalRaw("Out")
        return history
    }

    private func newReference() -> CInt { reference(toNewTable: nil) }

    private func reference(toNewTable mode: String?) -> CInt {
        lua_createtable(main, 0, 0)
        if let mode {
            lua_createtable(main, 0, 1)
            lua_pushstring(main, "__mode")
            lua_pushstring(main, mode)
            lua_rawset(main, -3)
            lua_setmetatable(main, -2)
        }
        return luaL_ref(main, shim_registry())
    }

    /// Sets a global to the value on top without metamethods and takes it off.
    private func setGlobalRaw(_ name: String) {
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        lua_pushstring(main, name)
        lua_rotate(main, -3, -1)
        lua_rawset(main, -3)
        shim_pop(main, 1)
    }

    private func pushGlobalRaw(_ name: String) {
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        lua_pushstring(main, name)
        lua_rawget(main, -2)
        shim_remove(main, -2)
    }

    /// The value of `Out[n]` when it is held weakly.
    fileprivate func pushOlderResult(_ state: LuaState) -> CInt {
        guard let results, lua_isinteger(state, 2) != 0, let big = results.bigs[Int(lua_tointegerx(state, 2, nil))]
        else { return 0 }
        pushLive(big, results)
        if state != main { lua_xmove(main, state, 1) }
        return 1
    }
}

extension LuaFunction {
    /// `Out[n]` for what the table itself does not hold.
    fileprivate static let olderResult = LuaFunction(
        name: "__index", kind: .operation, summary: "An earlier result.", source: "", example: "",
        signature: Signature("Out[]", []), returns: "any", body: .stack { $0.pushOlderResult($1) })
}

private func trimmingLineEnds(_ text: String) -> String {
    String(text.reversed().drop { $0.isNewline }.reversed())
}
