import CLua
import CLuaShim
import Kernel

/// Who holds the memory of tensors: every object that can be reached from the session's variables, by the path that
/// leads to it.
public struct MemoryCensus: Sendable {
    public struct Owner: Sendable {
        /// `net`, `results[3].model`, `step (upvalue weights)`.
        public internal(set) var path: String
        public internal(set) var type: String
        /// Bytes that it holds, alone or with others.
        public fileprivate(set) var bytes = 0
        /// Bytes that nobody else holds: what would be freed with it.
        public fileprivate(set) var alone = 0
        var blocks: [ObjectIdentifier: Int]
    }
    /// Sorted by bytes, the most first.
    public internal(set) var owners: [Owner]
    /// Bytes that the owners hold together.
    public let reachable: Int

    init(_ found: [Owner]) {
        var holders: [ObjectIdentifier: Int] = [:], sizes: [ObjectIdentifier: Int] = [:]
        for owner in found {
            for (block, size) in owner.blocks {
                holders[block, default: 0] += 1
                sizes[block] = size
            }
        }
        owners = found.map { owner in
            var owner = owner
            owner.bytes = owner.blocks.values.reduce(0, +)
            owner.alone = owner.blocks.reduce(0) { $0 + (holders[$1.key] == 1 ? $1.value : 0) }
            return owner
        }
        .sorted { ($1.bytes, $0.path) < ($0.bytes, $1.path) }
        reachable = sizes.values.reduce(0, +)
    }
}

extension Interpreter {
    /// Looks through the variables, the values of the prompt included, the tables in them and what functions have
    /// captured, six levels deep. Nothing of the user's runs.
    /// - Throws: `Interrupted`.
    public func memoryCensus() throws -> MemoryCensus {
        var owners: [MemoryCensus.Owner] = []
        for name in variableNames(withPromptNames: true) {
            var walk = CensusWalk(self, main)
            owners += try withGlobal(name) { try walk.owners(at: $0, path: name, depth: 0) }
        }
        return MemoryCensus(owners)
    }
}

/// The walk from one variable. Every variable is walked for itself: what two of them share belongs to both.
private struct CensusWalk {
    typealias Owner = MemoryCensus.Owner
    let interpreter: Interpreter
    let state: LuaState
    private var seen: Set<UnsafeRawPointer> = []
    private var entries = 100_000
    private static let deepest = 6, mostOfOneTable = 6

    init(_ interpreter: Interpreter, _ state: LuaState) {
        (self.interpreter, self.state) = (interpreter, state)
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        if let globals = lua_topointer(state, -1) { seen.insert(globals) }
        shim_pop(state, 1)
    }

    mutating func owners(at index: CInt, path: String, depth: Int) throws -> [Owner] {
        switch lua_type(state, index) {
        case LUA_TUSERDATA: return object(at: index, path)
        case LUA_TTABLE where depth < Self.deepest && isNew(index): return try table(at: index, path, depth)
        case LUA_TFUNCTION where depth < Self.deepest && isNew(index): return try function(at: index, path, depth)
        default: return []
        }
    }

    private mutating func isNew(_ index: CInt) -> Bool {
        guard let address = lua_topointer(state, index), lua_checkstack(state, 8) != 0 else { return false }
        return seen.insert(address).inserted
    }

    private func object(at index: CInt, _ path: String) -> [Owner] {
        guard let found = interpreter.object(state, index), let holder = found.object as? any HoldsMemory else {
            return []
        }
        var memory = HeldMemory()
        holder.count(into: &memory)
        return memory.blocks.isEmpty ? [] : [Owner(path: path, type: found.type.name, blocks: memory.blocks)]
    }

    /// One owner for each object in it, or one for the table when these are many.
    private mutating func table(at index: CInt, _ path: String, _ depth: Int) throws -> [Owner] {
        var found: [Owner] = []
        lua_pushnil(state)
        while shim_next(state, index) != 0 {
            found += try owners(at: lua_gettop(state), path: path + step(), depth: depth + 1)
            shim_pop(state, 1)
            entries -= 1
            if entries <= 0 {
                shim_pop(state, 1)
                break
            }
            if entries % 1000 == 0 { try Interrupt.check() }
        }
        return found.count <= Self.mostOfOneTable ? found : [merged(found, path)]
    }

    private func merged(_ owners: [Owner], _ path: String) -> Owner {
        let blocks = owners.reduce(into: [:]) { $0.merge($1.blocks) { size, _ in size } }
        return Owner(path: path, type: "table (\(owners.count) owners)", blocks: blocks)
    }

    /// `.name`, `[3]`, `["two words"]` for the key below the value on top.
    private func step() -> String {
        switch lua_type(state, -2) {
        case LUA_TSTRING:
            let name = interpreter.readString(state, -2)
            return isName(name) ? "." + name : "[\(quoted(name, limit: 40))]"
        case LUA_TNUMBER where lua_isinteger(state, -2) != 0: return "[\(lua_tointegerx(state, -2, nil))]"
        default: return "[\(interpreter.typeName(state, -2))]"
        }
    }

    private mutating func function(at index: CInt, _ path: String, _ depth: Int) throws -> [Owner] {
        guard lua_iscfunction(state, index) == 0 else { return [] }
        var found: [Owner] = [], number: CInt = 1
        while let name = lua_getupvalue(state, index, number) {
            let place = "\(path) (upvalue \(String(cString: name)))"
            found += try owners(at: lua_gettop(state), path: place, depth: depth + 1)
            shim_pop(state, 1)
            number += 1
        }
        return found
    }
}

/// Whether a text is a name as Lua spells fields.
private func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
}
