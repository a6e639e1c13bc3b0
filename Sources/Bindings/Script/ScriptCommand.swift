import Kernel

/// What a script declares, and what its user typed: the reading of the one by the other.
struct ScriptCommand {
    /// The script as its user calls it.
    let name: String
    /// The first comment of the script.
    let about: String
    let options: [ScriptOption]

    private var positional: [ScriptOption] { options.filter(\.isPositional) }
    private var named: [ScriptOption] { options.filter { !$0.isPositional } }

    /// The value of every argument that has one; nil when help is asked for.
    /// - Throws: `ScriptUsage`.
    func values(of words: [String]) throws -> [(name: String, value: Value)]? {
        var given: [String: Value] = [:], rest = words[...], places: [String] = []
        while let word = rest.popFirst() {
            if word == "--" {
                places += rest
                break
            }
            if word == "--help" || word == "-h" { return nil }
            if word.hasPrefix("-"), word != "-", Double(word) == nil {
                let (option, value) = try self.option(word, &rest)
                guard given.updateValue(value, forKey: option.name) == nil else {
                    throw usage("\(option.spelling) is given twice")
                }
            } else {
                places.append(word)
            }
        }
        try assign(places, &given)
        return try options.compactMap { option in
            guard let value = given[option.name] ?? option.fallback else {
                throw usage("\(option.spelling) is missing")
            }
            return value.isNull ? nil : (option.name, value)
        }
    }

    /// The option that begins with a word, with its value: the part after `=`, the word that follows, or none.
    private func option(_ word: String, _ rest: inout ArraySlice<String>) throws -> (ScriptOption, Value) {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let typed = parts[0].dashed
        guard let option = named.first(where: { $0.spelling == typed || $0.opposite == typed }) else {
            throw unknown(parts[0])
        }
        if case .flag = option.kind, parts.count == 1 { return (option, .flag(typed == option.spelling)) }
        if typed != option.spelling { throw usage("\(typed) takes no value, got '\(parts[1])'") }
        if parts.count == 2 { return (option, try value(parts[1], of: option)) }
        guard let next = rest.first, !next.hasPrefix("--") else {
            throw usage("\(typed) takes \(option.expected), got nothing")
        }
        rest.removeFirst()
        return (option, try value(next, of: option))
    }

    private func value(_ word: String, of option: ScriptOption) throws -> Value {
        if let value = option.value(word) { return value }
        var hint = ""
        if case .choice(let choices) = option.kind {
            hint = nearest(to: word, in: choices).map { "; did you mean '\($0)'?" } ?? ""
        }
        throw usage("\(option.spelling) takes \(option.expected), got '\(word)'\(hint)")
    }

    private func assign(_ words: [String], _ given: inout [String: Value]) throws {
        var words = words[...]
        for option in positional {
            if option.isRest {
                given[option.name] = .list(words.map(Value.text))
                return
            }
            guard let word = words.popFirst() else { return }
            given[option.name] = try value(word, of: option)
        }
        if let extra = words.first { throw usage("unexpected argument '\(extra)'") }
    }

    private func unknown(_ word: String) -> ScriptUsage {
        let known = named.flatMap { [$0.spelling] + ($0.opposite.map { [$0] } ?? []) } + ["--help"]
        let hint = nearest(to: word.dashed, in: known).map { "; did you mean '\($0)'?" } ?? ""
        return usage("unknown option '\(word)'\(hint)")
    }

    private func usage(_ reason: String) -> ScriptUsage {
        ScriptUsage(description: "\(name): \(reason) (\(name) --help shows what it takes)")
    }
}

extension ScriptOption {
    /// `--no-verbose` for a flag.
    fileprivate var opposite: String? { if case .flag = kind { "--no-" + spelling.dropFirst(2) } else { nil } }
}

extension String {
    /// Both `--bit-width` and `--bit_width` name an option.
    fileprivate var dashed: String { String(map { $0 == "_" ? "-" : $0 }) }
}

// MARK: - Help

extension ScriptCommand {
    /// What `--help` shows.
    var help: String {
        let places = positional.map { $0.fallback == nil ? $0.spelling : "[\($0.spelling)]" }
        var text = (["Usage: assay \(name) [options]"] + places).joined(separator: " ") + "\n"
        if !about.isEmpty { text += "\n\(about)\n" }
        if !positional.isEmpty { text += "\nArguments:\n" + table(positional.map { ($0.spelling, $0.explanation) }) }
        let rows = named.map { ($0.usage, $0.explanation) } + [("--help", "show this")]
        return text + "\nOptions:\n" + table(rows)
    }

    private func table(_ rows: [(String, String)]) -> String {
        let width = min(32, rows.map(\.0.count).max() ?? 0)
        return rows.map { name, explanation in
            let gap = String(repeating: " ", count: max(2, width + 2 - name.count))
            return explanation.isEmpty ? "  \(name)\n" : "  \(name)\(gap)\(explanation)\n"
        }.joined()
    }
}

extension ScriptOption {
    /// `--eps <number>`, `--[no-]verbose`.
    fileprivate var usage: String {
        switch kind {
        case .flag: "--[no-]" + spelling.dropFirst(2)
        case .integer: spelling + " <integer>"
        case .number: spelling + " <number>"
        case .text: spelling + " <text>"
        case .choice(let choices): spelling + " <" + choices.joined(separator: "|") + ">"
        case .integers: spelling + " <integer,...>"
        case .numbers: spelling + " <number,...>"
        case .texts: spelling + " <text,...>"
        }
    }

    /// The help text, the type of a word by its place, and the default.
    fileprivate var explanation: String {
        var notes: [String] = []
        if isPositional, !isRest, case .text = kind {} else if isPositional, !isRest { notes.append(expected) }
        switch fallback {
        case nil: if !isPositional { notes.append("required") }
        case .flag(let isOn)?: if isOn { notes.append("default: on") }
        case .null?: break
        case let value?: if !isRest { notes.append("default: \(value.typed)") }
        }
        let note = notes.isEmpty ? "" : "(\(notes.joined(separator: "; ")))"
        return [help, note].filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Value {
    /// As it would be typed after an option.
    fileprivate var typed: String {
        if case .text(let text) = self { return text.isEmpty ? "\"\"" : text }
        return elements.map { $0.map(\.typed).joined(separator: ",") } ?? literal
    }
}
