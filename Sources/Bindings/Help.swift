import CLua
import CLuaShim
import Kernel

/// Help texts: pure functions of the declarations.
public enum Help {
    /// Signature, summary, one line per parameter, source, example.
    public static func text(_ function: LuaFunction) -> String {
        var lines = [signature(function), "  " + function.summary]
        let rows = function.signature.parameters.map { ($0.name, typeText($0), $0.doc) }
        lines += columns(rows.map { [$0.0, $0.1, $0.2] }, indent: 4)
        if !function.source.isEmpty { lines.append("  source: \(function.source)") }
        if !function.example.isEmpty { lines.append("  example: \(function.example)") }
        return lines.joined(separator: "\n")
    }

    /// A class: what it is, its methods, fields and operators.
    public static func text(_ type: LuaClass) -> String {
        var lines = [type.name, "  " + type.doc]
        lines += section("methods", type.methods.map { [$0.name + list($0), $0.summary] })
        lines += section("fields", type.properties.map { [$0.name, $0.summary] })
        lines += section("operators", type.operators.map { [symbol($0.name), $0.summary] })
        return lines.joined(separator: "\n")
    }

    /// A module: what it is, its functions and constants.
    public static func text(_ module: LuaModule) -> String {
        var lines = [module.name.isEmpty ? "global functions" : module.name, "  " + module.doc]
        if let call = module.call { lines += section("call", [[signature(call), call.summary]]) }
        lines += section("functions", module.functions.map { [$0.name, $0.summary] })
        lines += section("constants", module.constants.map { [$0.name, $0.value.literal] })
        if let first = module.functions.first {
            lines.append("  help(\(quoted(first.signature.name))) tells more of one")
        }
        return lines.joined(separator: "\n")
    }

    public static func text(_ declaration: Declaration) -> String {
        switch declaration {
        case .function(let function): text(function)
        case .module(let module): text(module)
        case .type(let type): text(type)
        }
    }

    /// `Tensor:clamp(lo, hi = 1) -> Tensor`; a field has no parentheses.
    public static func signature(_ function: LuaFunction) -> String {
        let name = function.kind == .property ? function.signature.name : function.signature.text
        return function.returns.isEmpty ? name : "\(name) -> \(function.returns)"
    }

    /// The list of modules and classes.
    public static func overview(_ catalogue: Catalogue) -> String {
        var lines = ["help(x) or help(\"name\") tells more of a module, a function, a type or an object"]
        let named = catalogue.modules.filter { !$0.name.isEmpty }
        lines += section("modules", named.map { [$0.name, $0.doc] })
        let globals = catalogue.modules.filter(\.name.isEmpty).flatMap(\.functions)
        lines += section("functions", globals.map { [$0.name, $0.summary] })
        lines += section("types", catalogue.classes.map { [$0.name, $0.doc] })
        return lines.joined(separator: "\n")
    }

    /// `number = 1`, `integer >= 1`, `"linf"|"l2" = "linf"`.
    static func typeText(_ parameter: ParameterInfo) -> String {
        guard let fallback = parameter.fallback, !fallback.isNull else { return parameter.expected }
        return "\(parameter.expected) = \(fallback.literal)"
    }

    private static func list(_ function: LuaFunction) -> String {
        "(" + function.signature.parameters.map(\.name).joined(separator: ", ") + ")"
    }

    private static func symbol(_ metamethod: String) -> String {
        let symbols = [
            "__add": "a + b", "__sub": "a - b", "__mul": "a * b", "__div": "a / b", "__idiv": "a // b",
            "__mod": "a % b",
            "__pow": "a ^ b", "__unm": "-a", "__len": "#a", "__eq": "a == b", "__lt": "a < b", "__le": "a <= b",
            "__band": "a & b", "__bor": "a | b", "__bxor": "a ~ b", "__bnot": "~a", "__shl": "a << b",
            "__shr": "a >> b",
            "__concat": "a .. b", "__call": "a(...)", "__index": "a[key]", "__newindex": "a[key] = value",
        ]
        return symbols[metamethod] ?? metamethod
    }

    private static func section(_ title: String, _ rows: [[String]]) -> [String] {
        rows.isEmpty ? [] : ["  \(title)"] + columns(rows, indent: 4)
    }

    /// Left-aligned columns two spaces apart; a cell wider than 28 does not push the others.
    private static func columns(_ rows: [[String]], indent: Int) -> [String] {
        guard let first = rows.first else { return [] }
        let widths = first.indices.map { column in
            rows.map { $0[column].count }.filter { $0 <= 28 }.max() ?? 0
        }
        return rows.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                line += cell
                let padding = max(0, widths[column] - cell.count) + 2
                if column < row.count - 1 { line += String(repeating: " ", count: padding) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }
}

extension Catalogue {
    /// What a name stands for: a module, a type, a qualified function, or every function with that last name.
    public func declarations(named name: String) -> [Declaration] {
        if let module = modules.first(where: { $0.name == name && !name.isEmpty }) { return [.module(module)] }
        if let type = classes.first(where: { $0.name == name }) { return [.type(type)] }
        let all = functions
        let exact = all.filter { $0.signature.name == name }
        return (exact.isEmpty ? all.filter { $0.name == name } : exact).map { .function($0) }
    }

    /// Names close to one that nothing has, the closest first; at most five.
    public func names(near name: String) -> [String] {
        let qualified = functions.map(\.signature.name) + modules.map(\.name) + classes.map(\.name)
        let needle = name.lowercased()
        let close = nearest(to: name, in: qualified)
        let last = nearest(to: name, in: functions.map(\.name))
        let hits = qualified.filter {
            $0 == close || (needle.count > 2 && $0.lowercased().contains(needle))
                || last.map($0.split(whereSeparator: ":.".contains).map(String.init).contains) == true
        }
        var seen = Set<String>()
        return Array((hits.filter { $0 == close } + hits).filter { seen.insert($0).inserted }.prefix(5))
    }
}

extension Interpreter {
    /// Help for a name or a dotted path of variables, as typed after `?`.
    public func help(for text: String) -> String {
        let name = text.split(separator: " ").joined()
        guard !name.isEmpty else { return Help.overview(catalogue) }
        let found = catalogue.declarations(named: name)
        if found.count == 1 { return Help.text(found[0]) }
        if !found.isEmpty { return found.map(Help.text).joined(separator: "\n\n") }
        if let declaration = declaration(ofPath: name) { return Help.text(declaration) }
        let near = catalogue.names(near: name)
        let hint = near.isEmpty ? "" : "; did you mean \(near.joined(separator: ", "))?"
        return "nothing is known of '\(name)'\(hint)"
    }

    /// What the value at an index was declared as, in words; nil for a plain Lua value.
    public func help(of index: CInt, in state: LuaState) -> String? {
        declaration(of: index, in: state).map(Help.text)
    }

    /// The declaration behind `net`, `net:fit`, `attack.pgd` or `results.first`: raw fields only, so that nothing runs.
    private func declaration(ofPath path: String) -> Declaration? {
        let state = current, base = lua_gettop(state)
        defer { lua_settop(state, base) }
        guard lua_checkstack(state, 8) != 0 else { return nil }
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        for part in path.split(whereSeparator: { $0 == "." || $0 == ":" }) {
            if let type = object(state, -1)?.type {  // a member of an object ends the path: nothing is computed
                return (type.methods + type.properties).first { $0.name == part }.map { .function($0) }
            }
            guard lua_type(state, -1) == LUA_TTABLE else { return nil }
            lua_pushstring(state, String(part))
            lua_rawget(state, -2)
        }
        return declaration(of: -1, in: state)
    }
}
