/// A type as help spells it, in the words of the Lua language server: `Tensor|number[]`, `table<string, Module>`.
///
/// What has no name there (`{x, y}`, `quant.fixed{lo, hi}`) becomes `table` or `any`.
struct StubType {
    /// The classes that stubs declare.
    let classes: Set<String>

    func text(_ type: String) -> String {
        let parts = alternatives(of: type).map(single)
        var seen: Set<String> = []
        return parts.filter { seen.insert($0).inserted }.joined(separator: "|")
    }

    private func single(_ type: String) -> String {
        if type.hasSuffix("[]") {
            let element = single(String(type.dropLast(2)))
            return element.contains("|") ? "(\(element))[]" : element + "[]"
        }
        if type.hasPrefix("table<string, "), type.hasSuffix(">") {
            return "table<string, \(text(String(type.dropFirst("table<string, ".count).dropLast())))>"
        }
        if type.hasPrefix("\""), type.hasSuffix("\"") || Self.basic.contains(type) || classes.contains(type) {
            return type
        }
        if Self.basic.contains(type) || classes.contains(type) { return type }
        return type.hasPrefix("{") ? "table" : "any"
    }

    private static let basic: Set<String> = [
        "any", "nil", "boolean", "true", "false", "number", "integer", "string", "function", "table",
    ]

    /// Cut at each `|` outside brackets and quotes.
    func alternatives(of type: String) -> [String] {
        var parts = [""], depth = 0, isQuoted = false
        for character in type {
            switch character {
            case "\"": isQuoted.toggle()
            case "<", "{", "(": depth += isQuoted ? 0 : 1
            case ">", "}", ")": depth -= isQuoted ? 0 : 1
            case "|" where depth == 0 && !isQuoted:
                parts.append("")
                continue
            default: break
            }
            parts[parts.count - 1].append(character)
        }
        return parts.filter { !$0.isEmpty }
    }
}

/// Names for the sets of literals that parameters choose from: `---@alias assay.norm "linf"|"l2"|"l1"`.
struct StubAliases {
    private(set) var list: [(name: String, type: String)] = []

    /// Sets of three and more get a name; a parameter's name serves two sets with the function in front.
    init(_ functions: [LuaFunction], _ types: StubType) {
        for function in functions {
            for parameter in function.signature.parameters {
                let literals = StubAliases.literals(in: types.alternatives(of: parameter.type))
                guard literals.count >= 3, name(of: literals) == nil else { continue }
                let isTaken = list.contains { $0.name == "assay.\(parameter.name)" }
                let owner = isTaken ? function.signature.name.replacingColon + "." : ""
                list.append(("assay.\(owner)\(parameter.name)", literals.joined(separator: "|")))
            }
        }
    }

    /// The type with its literals replaced by the name of their set.
    func shortened(_ type: String, _ types: StubType) -> String {
        let parts = types.alternatives(of: type), literals = StubAliases.literals(in: parts)
        guard literals.count >= 3, let name = name(of: literals) else { return type }
        return ([name] + parts.filter { !$0.hasPrefix("\"") }).joined(separator: "|")
    }

    private func name(of literals: [String]) -> String? {
        let type = literals.joined(separator: "|")
        return list.first { $0.type == type }?.name
    }
    private static func literals(in parts: [String]) -> [String] {
        parts.filter { $0.hasPrefix("\"") && $0.hasSuffix("\"") }
    }
}

extension String {
    /// `Tensor.sum` for `Tensor:sum`.
    var replacingColon: String { String(map { $0 == ":" ? "." : $0 }) }
}
