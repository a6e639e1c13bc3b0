import CLua
import CLuaShim
import Kernel

/// Finds out what paths stand for. It reads raw entries of tables and declarations; it calls nothing. What it finds stays
/// on the stack until its owner clears it.
final class Resolver {
    let interpreter: Interpreter
    let scan: LuaScan
    let state: LuaState
    /// Bounds stack and time whatever the tables look like.
    var fuel = 400

    init(_ interpreter: Interpreter, _ scan: LuaScan) {
        (self.interpreter, self.scan, state) = (interpreter, scan, interpreter.main)
    }

    /// The meaning of a path.
    /// - Parameter limit: only what the text defines before this token counts.
    func meaning(_ path: LuaPath, before limit: Int = .max) -> Meaning {
        meaning(path, path.steps.count, before: limit)
    }

    /// The meaning of a path without its last steps.
    func meaning(_ path: LuaPath, _ count: Int, before limit: Int = .max) -> Meaning {
        guard fuel > 0, count <= 64 else { return .unknown }
        var meaning = root(path.root, limit), rest = path.steps[..<count]
        if case .name("require", _) = path.root, case .call(let name?)? = rest.first {
            meaning = loaded(name)
            rest.removeFirst()
        }
        for (place, step) in rest.enumerated() {
            if case .unknown = meaning { return .unknown }
            if case .call = step, let known = libraryResult(of: meaning, path, rest.startIndex + place) {
                meaning = known
            } else {
                meaning = take(step, from: meaning)
            }
        }
        return meaning
    }

    /// What a function of Lua's own library gives; nil for other functions.
    private func libraryResult(of function: Meaning, _ path: LuaPath, _ count: Int) -> Meaning? {
        guard case .live(let index) = function, lua_iscfunction(state, index) != 0, self.function(function) == nil,
            let name = libraryTopic(path.prefix(count))?.name
        else { return nil }
        if ["io.open", "io.popen", "io.tmpfile", "io.output", "io.input"].contains(name) { return fileMembers() }
        let isString = name.hasPrefix("string.") && !["string.byte", "string.len", "string.find"].contains(name)
        return isString || ["tostring", "table.concat", "os.date", "io.read"].contains(name) ? .type("string") : nil
    }

    /// The table of the methods of files.
    private func fileMembers() -> Meaning {
        interpreter.pushRaw(state, LUA_FILEHANDLE)
        guard lua_rawget(state, shim_registry()) == LUA_TTABLE else { return .unknown }
        return rawMember("__index", ofValueAt: lua_gettop(state))
    }

    private func root(_ root: LuaPath.Root, _ limit: Int) -> Meaning {
        switch root {
        case .name(let name, _): return variable(name, before: limit)
        case .string: return .type("string")
        case .function(let token): return .text(token)
        case .group(let path): return path.map { meaning($0, before: limit) } ?? .unknown
        case .table, .number: return .unknown
        }
    }

    /// The meaning of a variable: what the text says of it, otherwise the global's value.
    func variable(_ name: String, before limit: Int = .max) -> Meaning {
        fuel -= 1
        guard fuel > 0 else { return .unknown }
        if let known = scan.variables.last(where: { $0.name == name && $0.token < limit })
            ?? scan.assigned.last(where: { $0.name == name && $0.token < limit })
        {
            return origin(known)
        }
        return global(name)
    }

    private func origin(_ variable: LuaScan.Variable) -> Meaning {
        switch variable.origin {
        case .unknown: return .unknown
        case .function(let token): return .text(token)
        case .receiver(let token):
            guard scan.isName(token) else { return .unknown }
            return self.variable(scan.text(token), before: token)
        case .expression(let start, let place):
            return expression(at: start, place, before: variable.token)
        case .iteration(let start, let place): return iteration(at: start, place, before: variable.token)
        }
    }

    /// One value of a list of expressions that begins at a token.
    private func expression(at start: Int, _ place: Int, before limit: Int) -> Meaning {
        var start = start, place = place
        while place > 0 {
            guard let comma = comma(after: start) else { return .unknown }
            (start, place) = (comma + 1, place - 1)
        }
        var end = 0
        guard let path = LuaPath(scan, from: start, end: &end) else { return .unknown }
        if scan.isText(end, ",") || !isOperator(end) { return meaning(path, before: limit) }
        return result(ofOperator: scan.text(end), on: meaning(path, before: limit))
    }

    private func comma(after start: Int) -> Int? {
        var index = start
        while scan.tokens.indices.contains(index) {
            if scan.isText(index, ",") { return index }
            if scan.tokens[index].kind == .keyword, !scan.endsExpression(index) { return nil }
            index = scan.partner[index] > index ? scan.partner[index] + 1 : index + 1
        }
        return nil
    }

    private func isOperator(_ index: Int) -> Bool {
        guard scan.tokens.indices.contains(index) else { return false }
        switch scan.tokens[index].kind {
        case .symbol: return ![";", ")", "]", "}", ",", "="].contains(scan.text(index))
        case .keyword: return ["and", "or"].contains(scan.text(index))
        default: return false
        }
    }

    /// `x + 1` is what the class of x declares for `+`.
    private func result(ofOperator symbol: String, on left: Meaning) -> Meaning {
        if symbol == ".." { return .type("string") }
        let names = [
            "+": "__add", "-": "__sub", "*": "__mul", "/": "__div", "^": "__pow", "%": "__mod", "//": "__idiv",
        ]
        guard let name = names[symbol] else { return symbol == "or" ? left : .unknown }
        for type in classes(left) {
            if let operation = type.operators.last(where: { $0.name == name }) { return .type(operation.returns) }
        }
        return .unknown
    }

    /// A variable of `for ... in ipairs(t)` or `pairs(t)`: an entry of t.
    private func iteration(at start: Int, _ place: Int, before limit: Int) -> Meaning {
        guard place == 1, scan.isText(start, "ipairs") || scan.isText(start, "pairs"), scan.isText(start + 1, "(")
        else {
            return .unknown
        }
        var end = 0
        guard let path = LuaPath(scan, from: start + 2, end: &end), scan.isText(end, ")") else { return .unknown }
        return take(.index, from: meaning(path, before: limit))
    }
}
