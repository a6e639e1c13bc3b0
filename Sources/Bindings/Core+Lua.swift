import CLua
import CLuaShim
import Kernel

extension Catalogue {
    /// What every interpreter has, whatever is installed.
    static let core = Catalogue(modules: [.prompt], classes: [.error])
}

extension LuaModule {
    /// `help` and `show`: functions of values as Lua has them.
    static let prompt = LuaModule("", "What the prompt itself offers.") { m in
        m.add(
            .onStack(
                "help", "Print what is known of a function, a module, a type, an object, or a name in quotes.",
                example: "help(\"show\")", ("x", "what to explain; nothing gives an overview")
            ) { interpreter, state in
                interpreter.output(interpreter.helpText(state) + "\n")
                return 0
            })
        m.add(
            .onStack(
                "show", "Print values as the prompt shows them.", example: "show({1, 2, x = 3})",
                ("values", "any values")
            ) { interpreter, state in
                let count = lua_gettop(state)
                guard count > 0 else { return 0 }
                for index in 1...count { interpreter.output(interpreter.display(state, index) + "\n") }
                return 0
            })
    }
}

extension Interpreter {
    fileprivate func helpText(_ state: LuaState) -> String {
        guard lua_gettop(state) > 0 else { return Help.overview(catalogue) }
        if lua_type(state, 1) == LUA_TSTRING { return help(for: readString(state, 1)) }
        return help(of: 1, in: state) ?? "a \(typeName(state, 1)) of Lua: \(display(state, 1))"
    }
}

extension LuaFunction {
    fileprivate static func onStack(
        _ name: String, _ summary: String, example: String, _ parameter: (name: String, doc: String),
        _ body: @escaping @Sendable (Interpreter, LuaState) throws -> CInt
    ) -> LuaFunction {
        let info = Parameter(parameter.name, AnyValue(.null), parameter.doc).info
        return LuaFunction(
            name: name, kind: .function, summary: summary, source: "", example: example,
            signature: Signature(name, [info]), returns: "", body: .stack(body))
    }
}
