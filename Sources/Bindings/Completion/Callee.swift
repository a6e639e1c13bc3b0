import CLua
import CLuaShim
import Kernel

/// The function that a call runs, as far as it is known: its parameters, declared or only named.
struct Callee {
    struct Parameter {
        let name: String
        /// Nil for a function of the user's.
        let info: ParameterInfo?
    }
    /// As the signature begins: `net:fit`.
    let title: String
    let parameters: [Parameter]
    let declaration: LuaFunction?
    /// What it does, where nothing is known of its parameters.
    var summary = ""
    /// The object of a method, where it is at hand.
    let receiver: (any Sendable)?

    /// The parameter of a name or a place; a list that gathers the rest takes every place after its own.
    func parameter(at place: Int) -> Parameter? {
        if let last = parameters.first(where: { $0.info?.variadic == true || $0.name == "..." }),
            let index = parameters.firstIndex(where: { $0.name == last.name }), place >= index
        {
            return last
        }
        return parameters.indices.contains(place) ? parameters[place] : nil
    }
    func parameter(_ name: String) -> Parameter? { parameters.first { $0.name == name } }
}

extension Resolver {
    /// What a call runs, and the call with its arguments counted as that function counts them.
    func callee(of call: LuaCall) -> (callee: Callee, call: LuaCall)? {
        let path = call.function
        let meaning = meaning(path), title = title(path)
        guard let function = function(meaning) else {
            let callee = plain(meaning, path, title) ?? library(meaning, path)
            return callee.map { ($0, call) }
        }
        let parameters = function.signature.parameters.map { Callee.Parameter(name: $0.name, info: $0) }
        let callee = Callee(
            title: title.isEmpty ? function.signature.name : title, parameters: parameters, declaration: function,
            summary: function.summary, receiver: receiver(path))
        guard let first = call.first, let variant = function.variant?(first),
            call.place > 0 || (call.table?.places ?? 0) > 0
        else { return (callee, call) }
        return chosen(variant, callee, call)
    }

    /// `data.load("mnist", {...})`: behind the first argument stand the parameters of what it names.
    private func chosen(_ variant: Signature, _ callee: Callee, _ call: LuaCall) -> (callee: Callee, call: LuaCall) {
        let isInTable = call.place == 0
        let parameters = variant.parameters.map { Callee.Parameter(name: $0.name, info: $0) }
        let table = call.table.map { table in
            LuaCall.Table(field: table.field, keys: table.keys, places: table.places - (isInTable ? 1 : 0))
        }
        let moved = LuaCall(
            function: call.function, first: nil, place: max(0, call.place - 1), table: table, depth: call.depth,
            inner: call.inner, isInKey: call.isInKey, isAtStart: call.isAtStart)
        let title = callee.title + "(" + quoted(call.first ?? "")
        return (
            Callee(title: title, parameters: parameters, declaration: callee.declaration, receiver: nil), moved
        )
    }

    /// A function of the user's: Lua keeps the names of its parameters.
    private func plain(_ meaning: Meaning, _ path: LuaPath, _ title: String) -> Callee? {
        guard var names = parameterNames(meaning) else { return nil }
        if case .method = path.steps.last, !names.isEmpty, names[0] != "..." { names.removeFirst() }
        return Callee(
            title: title, parameters: names.map { Callee.Parameter(name: $0, info: nil) }, declaration: nil,
            receiver: nil)
    }

    /// A function of Lua's own library: help has its usage, `string.rep(s, n [, sep])`.
    private func library(_ meaning: Meaning, _ path: LuaPath) -> Callee? {
        guard case .live(let index) = meaning, lua_iscfunction(interpreter.main, index) != 0,
            let topic = libraryTopic(path)
        else { return nil }
        let (name, list) = cut(topic.usage, at: "(")
        var parameters = list.utf8.split { ",[]) ".utf8.contains($0) }.map { String(Substring($0)) }
        if case .method = path.steps.last, !parameters.isEmpty, topic.name.hasPrefix("string.") {
            parameters.removeFirst()
        }
        return Callee(
            title: title(path).isEmpty ? name : title(path),
            parameters: parameters.map { Callee.Parameter(name: $0, info: nil) }, declaration: nil,
            summary: topic.summary, receiver: nil)
    }

    func libraryTopic(_ path: LuaPath) -> Topic? {
        if let topic = Topic.library[title(path)] { return topic }
        guard case .method(let name)? = path.steps.last else { return nil }
        return libraryName(ofMembersOf: meaning(path, path.steps.count - 1)).flatMap { Topic.library[$0 + name] }
    }

    /// `string.` for strings, `file:` for files: how help names their members.
    func libraryName(ofMembersOf meaning: Meaning) -> String? {
        switch meaning {
        case .type(let type) where type.contains("string") || !type.choices.isEmpty: return "string."
        case .live(let index) where lua_type(interpreter.main, index) == LUA_TSTRING: return "string."
        case .live(let index) where luaL_testudata(interpreter.main, index, LUA_FILEHANDLE) != nil: return "file:"
        default: return nil
        }
    }

    /// Names of a function's parameters, `...` last if it takes more; nil for what is no function with known ones.
    func parameterNames(_ meaning: Meaning) -> [String]? {
        switch meaning {
        case .live(let index): return interpreter.parameterNames(ofFunctionAt: index)
        case .text(let token): return parameterNames(inText: token)
        default: return nil
        }
    }

    private func parameterNames(inText keyword: Int) -> [String]? {
        var index = keyword + 1, names: [String] = [], isMethod = false
        while scan.isName(index) || scan.isText(index, ".") || scan.isText(index, ":") {
            isMethod = isMethod || scan.isText(index, ":")
            index += 1
        }
        guard scan.isText(index, "(") else { return nil }
        index += 1
        while scan.isName(index) || scan.isText(index, ",") || scan.isText(index, "...") {
            if !scan.isText(index, ",") { names.append(scan.text(index)) }
            index += 1
        }
        return (isMethod ? ["self"] : []) + names
    }

    private func receiver(_ path: LuaPath) -> (any Sendable)? {
        guard let last = path.steps.last else { return nil }
        let count: Int
        switch last {
        case .method, .field: count = path.steps.count - 1
        default: return nil
        }
        guard case .live(let index) = meaning(path, count) else { return nil }
        return interpreter.object(interpreter.main, index)?.object
    }

    /// `net:fit`, `attack.pgd`; empty for what has no short name.
    func title(_ path: LuaPath) -> String {
        guard case .name(let root, _) = path.root else { return "" }
        var title = root
        for step in path.steps {
            switch step {
            case .field(let name): title += "." + name
            case .method(let name): title += ":" + name
            default: return ""
            }
        }
        return title
    }
}

extension Interpreter {
    /// Names of the parameters of a Lua function, from its debug information; nil for functions of C.
    func parameterNames(ofFunctionAt index: CInt) -> [String]? {
        guard lua_type(main, index) == LUA_TFUNCTION, lua_iscfunction(main, index) == 0 else { return nil }
        var info = lua_Debug()
        lua_pushvalue(main, index)
        guard lua_getinfo(main, ">u", &info) != 0 else { return nil }
        var names: [String] = []
        lua_pushvalue(main, index)
        defer { shim_pop(main, 1) }
        for place in 0..<CInt(info.nparams) {
            guard let name = lua_getlocal(main, nil, place + 1) else { break }
            names.append(String(cString: name))
        }
        while names.count < Int(info.nparams) { names.append("?") }  // stripped
        return names + (info.isvararg != 0 ? ["..."] : [])
    }
}

extension Topic {
    /// Lua's own library by name.
    static let library: [String: Topic] = Dictionary(
        lua.filter { $0.kind == .library }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
}
