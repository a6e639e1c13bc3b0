import CLua
import CLuaShim
import Kernel

extension Catalogue {
    /// What every interpreter has, whatever is installed.
    static let core = Catalogue(modules: [.prompt, .help], classes: [.error, .freed])
}

extension LuaModule {
    /// `show`: a function of values as Lua has them.
    static let prompt = LuaModule("", "What the prompt itself offers.") { m in
        m.add(
            .onStack(
                "show", "Print values as the prompt shows them.", example: "show({1, 2, x = 3})",
                Parameter("values", AnyValue(.null), "any values").info
            ) { interpreter, state in
                let count = lua_gettop(state)
                guard count > 0 else { return 0 }
                for index in 1...count {
                    if let observer = interpreter.showObserver {
                        observer(interpreter.forms(state, index))
                    } else {
                        interpreter.output(interpreter.display(state, index) + "\n")
                    }
                }
                return 0
            })
        m.add(
            .onStack(
                "sortedpairs",
                "Like pairs, in the order of the keys: numbers, then strings, then booleans, each sorted, then others.",
                example: "for name, value in sortedpairs({b = 2, a = 1}) do print(name, value) end",
                Parameter("t", AnyValue(.null), "the table").info
            ) { interpreter, state in
                guard lua_type(state, 1) == LUA_TTABLE else {
                    let got = lua_gettop(state) == 0 ? "nothing" : try interpreter.read(state, 1).errorText
                    throw ArgumentError(function: "sortedpairs", parameter: "t", expected: "table", got: got)
                }
                let status = shim_push_sorted_pairs(state, 1)
                if status != LUA_OK { throw interpreter.takeError(state, status) }
                return 1
            })
    }

    /// `help`, which can be called and searched.
    static let help = LuaModule("help", "What is known of everything; `?name` at the prompt asks the same.") { m in
        m.caller = .onStack(
            "help", "Print what is known of a function, a module, a type, an object, or a name in quotes.",
            example: "help(\"attack.pgd\")",
            Parameter("x", AnyValue(.null), "what to explain; nothing gives an overview").info
        ) { interpreter, state in
            interpreter.output(interpreter.helpText(state) + "\n")
            return 0
        }
        m.add(
            .onStack(
                "help.search", "Print what has to do with some words, the best first.",
                example: "help.search(\"calibrat\")",
                Parameter<String>("text", "words, or beginnings of words; all of them must occur").info
            ) { interpreter, state in
                guard lua_type(state, 1) == LUA_TSTRING else {
                    let got = lua_gettop(state) == 0 ? "nothing" : try interpreter.read(state, 1).errorText
                    throw ArgumentError(function: "help.search", parameter: "text", expected: "string", got: got)
                }
                let text = interpreter.readString(state, 1)
                interpreter.output(Help.found(text, interpreter.reference.search(text)) + "\n")
                return 0
            })
    }
}

extension Interpreter {
    fileprivate func helpText(_ state: LuaState) -> String {
        guard lua_gettop(state) > 0 else { return Help.overview(reference) }
        return lua_type(state, 1) == LUA_TSTRING ? help(for: readString(state, 1)) : help(of: 1, in: state)
    }
}

extension LuaFunction {
    fileprivate static func onStack(
        _ name: String, _ summary: String, example: String, _ parameter: ParameterInfo,
        _ body: @escaping @Sendable (Interpreter, LuaState) throws -> CInt
    ) -> LuaFunction {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        return LuaFunction(
            name: last, kind: .function, summary: summary, source: "", example: example,
            signature: Signature(name, [parameter]), returns: "", body: .stack(body))
    }
}
