/// One entry of the prompt by what it asks for.
enum Entry: Equatable {
    /// Lua, perhaps of several lines.
    case code(String)
    /// `?name`, `name?`; the empty name asks about everything.
    case help(String)
    /// `??name`: where it is defined, and how.
    case definition(String)
    /// `:name argument`
    case command(name: String, argument: String)
    /// `$ command` of the system's shell; with `variable = $ command` what it writes becomes the variable's value.
    case shell(command: String, variable: String?)
    /// `exit`, `quit`
    case farewell

    init(_ text: String) {
        let entry = trimmed(text)
        self =
            if ["exit", "quit", "exit()", "quit()"].contains(entry) {
                .farewell
            } else if let command = Entry.command(entry) ?? Entry.shell(entry) ?? Entry.question(entry) {
                command
            } else {
                .code(text)
            }
    }

    /// The Lua of an entry, nil for what is no Lua.
    var code: String? { if case .code(let text) = self { text } else { nil } }

    /// A colon and a name; `::label::` is Lua.
    private static func command(_ entry: String) -> Entry? {
        guard entry.first == ":", let second = entry.dropFirst().first, second.isASCII, second.isLetter else {
            return nil
        }
        let name = entry.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        return .command(name: String(name), argument: trimmed(String(entry.dropFirst(name.count + 1))))
    }

    private static func shell(_ entry: String) -> Entry? {
        if entry.first == "$" { return .shell(command: trimmed(String(entry.dropFirst())), variable: nil) }
        guard let equals = entry.firstIndex(of: "=") else { return nil }
        let variable = trimmed(String(entry[..<equals]))
        let rest = trimmed(String(entry[entry.index(after: equals)...]))
        guard rest.first == "$", isLuaName(variable) else { return nil }
        return .shell(command: trimmed(String(rest.dropFirst())), variable: variable)
    }

    private static func question(_ entry: String) -> Entry? {
        if entry.hasPrefix("??"), let name = topic(entry.dropFirst(2)), !name.isEmpty { return .definition(name) }
        if entry.hasSuffix("??"), let name = topic(entry.dropLast(2)), !name.isEmpty { return .definition(name) }
        if entry.hasPrefix("?"), let name = topic(entry.dropFirst()) { return .help(name) }
        if entry.hasPrefix("?"), isOperator(trimmed(String(entry.dropFirst()))) {
            return .help(trimmed(String(entry.dropFirst())))
        }
        if entry.hasSuffix("?") { return topic(entry.dropLast()).map(Entry.help) }
        return nil
    }

    /// `?//` asks about an operator of Lua; before a question mark one would be unfinished code.
    private static func isOperator(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 3 && text.utf8.allSatisfy { "+-*/%^#&~|<>=.:{".utf8.contains($0) }
    }

    /// A name that can be asked about: a path, an operator's name, a topic, a command with its colon.
    private static func topic(_ text: Substring) -> String? {
        let name = trimmed(String(text))
        let isAllowed = name.utf8.allSatisfy { byte in
            "_.:*-$".utf8.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte)
                || (97...122).contains(byte)
        }
        return isAllowed ? name : nil
    }
}

/// Whether the text is a name as Lua spells variables.
func isLuaName(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
    return text.utf8.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
}

func trimmed(_ text: String) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return String(rest.prefix(upTo: rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:)) ?? rest.startIndex))
}
