import Kernel

/// One argument that a script declares: an option `--name value`, a flag, or a word by its place.
struct ScriptOption: Sendable {
    enum Kind: Sendable {
        case flag, integer, number, text
        case choice([String])
        case integers, numbers, texts
    }

    /// As the script sees it: `bit_width`.
    let name: String
    let kind: Kind
    /// The value when nothing is given; nil for what has to be given.
    let fallback: Value?
    let help: String
    let isPositional: Bool

    /// As it is typed: `--bit-width`, or `<input>` for a word by its place.
    var spelling: String {
        let dashed = String(name.map { $0 == "_" ? "-" : $0 })
        return isPositional ? "<\(dashed)\(isRest ? "..." : "")>" : "--" + dashed
    }
    /// Takes all words that are left.
    var isRest: Bool { if case .texts = kind { isPositional } else { false } }

    /// What the value is, for help and errors: `an integer`, `linf or l2`.
    var expected: String {
        switch kind {
        case .flag: "no value"
        case .integer: "an integer"
        case .number: "a number"
        case .text: "a text"
        case .choice(let choices): choices.joined(separator: " or ")
        case .integers: "integers separated by commas"
        case .numbers: "numbers separated by commas"
        case .texts: "texts separated by commas"
        }
    }

    /// The value that a word stands for, nil when it stands for none.
    func value(_ word: String) -> Value? {
        switch kind {
        case .flag: ["true": true, "yes": true, "false": false, "no": false][word].map(Value.flag)
        case .integer: Int(word).map(Value.int)
        case .number: number(word).map(Value.number)
        case .text: .text(word)
        case .choice(let choices): choices.contains(word) ? .text(word) : nil
        case .integers: parts(word, { Int($0) }).map(Value.integers)
        case .numbers: parts(word, number).map(Value.numbers)
        case .texts: parts(word, { $0 }).map { .list($0.map(Value.text)) }
        }
    }

    private func parts<T>(_ word: String, _ convert: (String) -> T?) -> [T]? {
        let words = word.isEmpty ? [] : word.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let values = words.compactMap { convert(trim($0)) }
        return values.count == words.count ? values : nil
    }
}

/// A number, or a fraction such as 8/255, in which strengths are usually given.
private func number(_ word: String) -> Double? {
    let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    switch parts.count {
    case 1: return parts[0]
    case 2: return parts[1] == 0 ? nil : parts[0].flatMap { top in parts[1].map { top / $0 } }
    default: return nil
    }
}

private func trim(_ text: String) -> String {
    let rest = text.drop { $0 == " " }
    return String(
        rest.prefix(rest.lastIndex { $0 != " " }.map { rest.distance(from: rest.startIndex, to: $0) + 1 } ?? 0))
}

// MARK: - Declarations

extension ScriptOption {
    /// The options and words that the table given to `script.args` declares: the list part words by their places, the
    /// fields options in the order of their names.
    /// - Throws: `CallError` that names the argument and what is wrong with its declaration.
    static func all(in declared: Value) throws -> [ScriptOption] {
        let list: [Value], named: [(name: String, value: Value)]
        switch declared {
        case .null: (list, named) = ([], [])
        case .table(let fields): (list, named) = (fields.list, fields.named)
        default:
            guard let elements = declared.elements else {
                throw CallError("script.args: a table of names and defaults expected, got \(declared.errorText)")
            }
            (list, named) = (elements, [])
        }
        let options = try list.map(positional) + named.map { try option($0.name, $0.value) }
        for (place, option) in options.enumerated() {
            guard !options[..<place].contains(where: { $0.name == option.name }) else {
                throw declaration(option.name, "is declared twice")
            }
        }
        if let early = options.filter(\.isPositional).dropLast().first(where: \.isRest) {
            throw declaration(early.name, "takes all words, so it must be the last")
        }
        return options
    }

    private static func option(_ name: String, _ value: Value) throws -> ScriptOption {
        guard isName(name), name != "help" else { throw declaration(name, "is no name for an option") }
        if case .table(let fields) = value, fields.list.isEmpty {
            return try ScriptOption(name, fields, isPositional: false)
        }
        guard let kind = Kind(default: value) else {
            throw declaration(name, "needs a default that is a flag, number, text or list, got \(value.errorText)")
        }
        if case .choice(let choices) = kind {
            return ScriptOption(name: name, kind: kind, fallback: .text(choices[0]), help: "", isPositional: false)
        }
        return ScriptOption(name: name, kind: kind, fallback: value, help: "", isPositional: false)
    }

    /// `"input"`, `"output?"`, `"files..."`, or a table `{"count", type = "integer", help = "..."}`.
    private static func positional(_ value: Value) throws -> ScriptOption {
        switch value {
        case .text(let text): return try ScriptOption(positional: text, .init(named: []))
        case .list(let list):
            if list.count == 1, case .text(let text) = list[0] {
                return try ScriptOption(positional: text, .init(named: []))
            }
        case .table(let fields):
            if fields.list.count == 1, case .text(let text) = fields.list[0] {
                return try ScriptOption(positional: text, fields)
            }
        default: break
        }
        throw CallError("script.args: a name or a table that begins with one expected, got \(value.errorText)")
    }

    private init(positional text: String, _ fields: Value.Fields) throws {
        let isRest = text.hasSuffix("..."), isOptional = text.hasSuffix("?")
        let name = String(text.dropLast(isRest ? 3 : isOptional ? 1 : 0))
        guard isName(name) else { throw declaration(name, "is no name for an argument") }
        if isRest {
            let help = fields["help"].flatMap { String($0) } ?? ""
            self.init(name: name, kind: .texts, fallback: .list([]), help: help, isPositional: true)
        } else {
            let fallback = Value.Fields(named: isOptional ? [("default", .null)] : [])
            try self.init(name, .init(named: fields.named + fallback.named), isPositional: true)
        }
    }

    /// `{default = 7, type = "integer", choices = {...}, help = "...", required = true}`.
    private init(_ name: String, _ fields: Value.Fields, isPositional: Bool) throws {
        let known = ["default", "type", "choices", "help", "required"]
        for (key, value) in fields.named where !known.contains(key) {
            let hint = nearest(to: key, in: known).map { "; did you mean '\($0)'?" } ?? ""
            throw declaration(name, "has the unknown field '\(key) = \(value.literal)'\(hint)")
        }
        let kind = try Kind(name, fields)
        var fallback = fields["default"]
        if fallback == nil, !isPositional, fields["required"] == nil, case .flag = kind { fallback = .flag(false) }
        if fallback == nil, fields["required"] == nil, case .choice(let choices) = kind { fallback = .text(choices[0]) }
        if let fallback, !fallback.isNull, !kind.holds(fallback) {
            throw declaration(name, "has the default \(fallback.literal), which is not what it takes")
        }
        let help = fields["help"].flatMap { String($0) } ?? ""
        self.init(name: name, kind: kind, fallback: fallback, help: help, isPositional: isPositional)
    }
}

extension ScriptOption.Kind {
    /// What a plain default says of the type; a list of texts is a choice whose first is the default.
    fileprivate init?(default value: Value) {
        switch value {
        case .flag: self = .flag
        case .int: self = .integer
        case .number: self = .number
        case .text: self = .text
        case .integers: self = .integers
        case .numbers: self = .numbers
        case .list(let list):
            let texts = list.compactMap { String($0) }
            guard texts.count == list.count else { return nil }
            self = texts.isEmpty ? .texts : .choice(texts)
        default: return nil
        }
    }

    fileprivate init(_ name: String, _ fields: Value.Fields) throws {
        let types: [String: Self] = [
            "flag": .flag, "boolean": .flag, "integer": .integer, "number": .number, "string": .text,
            "integers": .integers, "numbers": .numbers, "strings": .texts,
        ]
        if let choices = fields["choices"] {
            let texts = choices.elements?.compactMap { String($0) } ?? []
            guard !texts.isEmpty else { throw declaration(name, "needs a list of texts as choices") }
            self = .choice(texts)
        } else if let type = fields["type"] {
            guard let text = String(type), let kind = types[text] else {
                let names = types.keys.sorted().joined(separator: ", ")
                throw declaration(name, "has the unknown type \(type.literal) (known: \(names))")
            }
            self = kind
        } else {
            guard let kind = Self(default: fields["default"] ?? .text("")) else {
                self = .text
                return
            }
            self = kind
        }
    }

    fileprivate func holds(_ value: Value) -> Bool {
        switch (self, value) {
        case (.flag, .flag), (.integer, .int), (.number, .number), (.number, .int), (.text, .text): true
        case (.integers, .integers), (.numbers, .numbers), (.numbers, .integers): true
        case (.choice(let choices), .text(let text)): choices.contains(text)
        case (.texts, .list), (.integers, .list), (.numbers, .list): true
        default: false
        }
    }
}

private func declaration(_ name: String, _ reason: String) -> CallError {
    CallError("script.args: argument '\(name)' \(reason)")
}

private func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
}
