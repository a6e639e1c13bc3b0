import CLua
import CLuaShim

extension Interpreter {
    /// The value of an expression in every form; what the prompt keeps of its results is as before.
    /// - Throws: `LuaError`.
    public func forms(ofExpression text: String) throws -> ValueForms {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        try load("return " + text, "=expression")
        try callOnStack(main, arguments: 0)
        if lua_gettop(main) == base { lua_pushnil(main) }
        return forms(main, base + 1)
    }
}
