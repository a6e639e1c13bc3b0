import CLua
import CLuaShim
import Kernel

/// A variable of the session.
public struct Variable: Sendable, Equatable {
    public let name: String
    /// `Tensor float32`, `table`, `function`.
    public let type: String
    /// What matters most: a tensor's shape, a model's number of parameters, where a function was written, a value.
    public let detail: String
    /// What it keeps from being freed; nil for values that live in the variable itself.
    public let bytes: Int?

    public init(name: String, type: String, detail: String, bytes: Int?) {
        (self.name, self.type, self.detail, self.bytes) = (name, type, detail, bytes)
    }
}

extension Interpreter {
    /// Names that the prompt makes.
    public static let promptNames: Set<String> = ["_", "__", "___", "In", "Out", "arg"]

    /// Remembers what is installed, so that what the user makes can be told from it.
    func rememberInstalled() { shim_remember_globals(main) }

    /// The names of the variables that the user made, sorted: what Lua and Assay installed is not among them unless it
    /// was replaced.
    public func variableNames(withPromptNames: Bool = false) -> [String] {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard isOpen, lua_checkstack(main, 16) != 0 else { return [] }
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        shim_push_remembered(main)
        var names: [String] = []
        lua_pushnil(main)
        while shim_next(main, base + 1) != 0 {
            lua_pushvalue(main, -2)
            lua_rawget(main, base + 2)
            let isOwn = lua_rawequal(main, -1, -2) == 0
            shim_pop(main, 2)
            guard isOwn, lua_type(main, -1) == LUA_TSTRING else { continue }
            names.append(readString(main, -1))
        }
        return names.filter { withPromptNames || !Self.promptNames.contains($0) }.sorted()
    }

    /// The variables that the user made, sorted by name. Nothing of the user's runs.
    public func variables() -> [Variable] {
        variableNames().map { name in
            withGlobal(name) { Variable(name: name, type: typeText($0), detail: detail($0), bytes: bytes($0)) }
        }
    }

    /// Calls the body with the place on the stack of a global, read without metamethods.
    func withGlobal<R>(_ name: String, _ body: (CInt) throws -> R) rethrows -> R {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        do { try pushText(main, name) } catch { lua_pushnil(main) }
        lua_rawget(main, base + 1)
        return try body(base + 2)
    }

    private func typeText(_ index: CInt) -> String {
        if let found = object(main, index) {
            return (found.object as? Tensor).map { "Tensor \($0.dtype)" } ?? found.type.name
        }
        return lua_isinteger(main, index) != 0 ? "integer" : typeName(main, index)
    }

    private func detail(_ index: CInt) -> String {
        switch object(main, index)?.object {
        case let tensor as Tensor: return shapeText(tensor.shape)
        case let module as Module: return "\(grouped(module.parameterCount)) parameters"
        case let model as IntegerModel: return "\(grouped(model.source.parameterCount)) parameters"
        case let data as Dataset: return "\(grouped(data.count)) of \(shapeText(data.exampleShape))"
        default: break
        }
        var text = summaryText(main, index)
        for prefix in ["table with ", "function at ", "function ", "table "] where text.hasPrefix(prefix) {
            text.removeFirst(prefix.count)
            break
        }
        return text
    }

    private func bytes(_ index: CInt) -> Int? {
        switch lua_type(main, index) {
        case LUA_TNIL, LUA_TBOOLEAN, LUA_TNUMBER, LUA_TFUNCTION: nil
        default: heldBytes(main, index)
        }
    }
}
