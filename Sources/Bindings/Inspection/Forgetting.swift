import CLua
import CLuaShim
import Kernel

/// Bytes in use.
public struct MemoryUse: Sendable, Equatable {
    /// Held by tensors.
    public var tensors: Int
    /// Held by Lua.
    public var lua: Int
    public var total: Int { tensors + lua }
}

extension Interpreter {
    /// What is in use now, garbage included.
    public var memoryUse: MemoryUse {
        MemoryUse(tensors: MemoryPool.liveBytes, lua: Int(clamping: shim_gc_bytes(main)))
    }

    /// Collects until nothing more is freed: an object may hold others that go a collection later.
    public func collectThoroughly() {
        for _ in 1...4 {
            let before = memoryUse.total
            collectGarbage()
            if memoryUse.total >= before { return }
        }
    }

    /// Removes variables, and the values that the prompt keeps of them (`_`, `__`, `___`, `Out`).
    public func forget(_ names: [String]) {
        postMortem = nil  // its frames may hold them
        for name in names {
            withGlobal(name) { forgetResults(equalTo: $0) }
            setGlobalToNil(name)
        }
    }

    /// Removes the values that the prompt keeps.
    public func forgetResults() {
        dropResults()
        for name in ["_", "__", "___"] { setGlobalToNil(name) }
    }

    private func forgetResults(equalTo value: CInt) {
        guard lua_type(main, value) >= LUA_TSTRING else { return }
        for name in ["_", "__", "___"] where withGlobal(name, { lua_rawequal(main, $0, value) }) != 0 {
            setGlobalToNil(name)
        }
        withGlobal("Out") { table in
            forEachKey(table) { key in
                guard lua_rawequal(main, key + 1, value) != 0 else { return }
                lua_pushvalue(main, key)
                lua_pushnil(main)
                lua_rawset(main, table)
            }
        }
    }

    /// Calls the body with the place of each key of a table, its value above it; the value may be set to nil.
    private func forEachKey(_ table: CInt, _ body: (CInt) -> Void) {
        guard lua_type(main, table) == LUA_TTABLE, lua_checkstack(main, 8) != 0 else { return }
        lua_pushnil(main)
        while shim_next(main, table) != 0 {
            let key = lua_gettop(main) - 1
            body(key)
            lua_settop(main, key)
        }
    }

    private func setGlobalToNil(_ name: String) {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        do { try pushText(main, name) } catch { return }
        lua_pushnil(main)
        lua_rawset(main, base + 1)
    }
}
