/// A declared type as help spells it, taken apart: `"l1"|"l2"|nil`, `Module|Module[]`, `table<string, Attack>`.
struct TypeText: Equatable {
    let alternatives: [String]

    init(_ text: String) { alternatives = Self.split(text, at: UInt8(ascii: "|")).filter { $0 != "nil" } }
    private init(alternatives: [String]) { self.alternatives = alternatives }

    /// What it says nothing about.
    var isUnknown: Bool { alternatives.allSatisfy { $0.isEmpty || $0 == "any" || $0 == "..." } }

    func contains(_ name: String) -> Bool { alternatives.contains(name) }

    /// The strings that it names.
    var choices: [String] {
        alternatives.filter { $0.count > 1 && $0.hasPrefix("\"") }.map { String($0.dropFirst().dropLast()) }
    }

    /// What stands in a list or table of this type.
    var element: TypeText {
        TypeText(
            alternatives: alternatives.flatMap { text -> [String] in
                if text.hasSuffix("[]") { return TypeText(String(text.dropLast(2))).alternatives }
                let open = "table<string, "
                guard text.hasPrefix(open), text.hasSuffix(">") else { return [] }
                return TypeText(String(text.dropFirst(open.count).dropLast())).alternatives
            })
    }

    /// The fields of a table that is spelt out: `{name, x, y}`.
    var fields: [String] {
        alternatives.flatMap { text -> [String] in
            guard text.hasPrefix("{"), text.hasSuffix("}") else { return [] }
            return Self.split(String(text.dropFirst().dropLast()), at: UInt8(ascii: ",")).map { field in
                String(field.drop { $0 == " " }.prefix { $0 != ":" && $0 != "?" })
            }
        }
    }

    /// Cuts where a byte stands outside of quotes and brackets.
    private static func split(_ text: String, at separator: UInt8) -> [String] {
        var parts: [String] = [], part: [UInt8] = [], depth = 0, isQuoted = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: "<"), UInt8(ascii: "{"), UInt8(ascii: "("): depth += isQuoted ? 0 : 1
            case UInt8(ascii: ">"), UInt8(ascii: "}"), UInt8(ascii: ")"): depth -= isQuoted ? 0 : 1
            case separator where depth == 0 && !isQuoted:
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
                continue
            default: break
            }
            part.append(byte)
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }
}
