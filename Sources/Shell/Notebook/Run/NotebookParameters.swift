import Kernel

/// A value for a parameter of a notebook, as the command line or a file says it.
enum ParameterText: Equatable, Sendable {
    /// `-p name=value`: typed by the default.
    case word(String)
    /// From a file of parameters.
    case json(JSON)

    var text: String {
        switch self {
        case .word(let text): text
        case .json(let json): json.text ?? json.description
        }
    }
}

/// A parameter by name.
struct NamedParameter: Equatable, Sendable {
    var name: String
    var value: ParameterText

    init(_ name: String, _ value: ParameterText) { (self.name, self.value) = (name, value) }

    /// `eps=0.03`.
    /// - Throws: `RunComplaint`.
    init(word: String) throws {
        guard let equals = word.firstIndex(of: "="), equals != word.startIndex else {
            throw RunComplaint("-p takes name=value, got '\(word)'")
        }
        self.init(String(word[..<equals]), .word(String(word[word.index(after: equals)...])))
    }

    /// The value as the type of the default wants it.
    /// - Throws: `RunComplaint`.
    func value(like standard: Value) throws -> Value {
        if let value = ParameterReader.read(value, like: standard) { return value }
        guard let expected = ParameterReader.typeName(standard) else {
            throw RunComplaint("parameter \(name): its default is a \(standard.errorText), which cannot be replaced")
        }
        throw RunComplaint("parameter \(name): \(expected) expected, got '\(shortened(value.text, to: 40))'")
    }

    /// The complaint about a name that the notebook does not have.
    static func unknown(_ name: String, among names: [String]) -> RunComplaint {
        let hint = nearest(to: name, in: names).map { "did you mean '\($0)'?" }
        let all = names.isEmpty ? "the notebook has none" : "the notebook has \(names.joined(separator: ", "))"
        return RunComplaint("no parameter '\(name)'; \(hint ?? all)")
    }
}

/// Reads values of parameters by the types of their defaults.
private enum ParameterReader {
    static func typeName(_ standard: Value) -> String? {
        switch standard {
        case .flag: "true or false"
        case .int: "whole number"
        case .number: "number"
        case .text: "text"
        case .integers: "list of whole numbers"
        case .numbers: "list of numbers"
        case .list: "list"
        default: nil
        }
    }

    static func read(_ value: ParameterText, like standard: Value) -> Value? {
        switch value {
        case .word(let word): read(word, like: standard)
        case .json(let json): read(json, like: standard)
        }
    }

    private static func read(_ word: String, like standard: Value) -> Value? {
        switch standard {
        case .flag: return word == "true" ? .flag(true) : word == "false" ? .flag(false) : nil
        case .int: return Int(word).map(Value.int)
        case .number: return number(word).map(Value.number)
        case .text: return .text(word)
        case .integers, .numbers, .list:
            if word.hasPrefix("["), let json = try? JSON(parsing: word) { return read(json, like: standard) }
            let parts = word.isEmpty ? [] : word.split(separator: ",", omittingEmptySubsequences: false)
            return list(parts.map { .word(trimmed(String($0))) }, like: standard)
        default: return nil
        }
    }

    private static func read(_ json: JSON, like standard: Value) -> Value? {
        switch (standard, json) {
        case (.flag, .flag(let flag)): .flag(flag)
        case (.int, .int(let int)): .int(int)
        case (.number, .int(let int)): .number(Double(int))
        case (.number, .number(let number)): .number(number)
        case (.number, .text(let text)): number(text).map(Value.number)
        case (.text, .text(let text)): .text(text)
        case (.integers, .list(let list)), (.numbers, .list(let list)), (.list, .list(let list)):
            self.list(list.map(ParameterText.json), like: standard)
        default: nil
        }
    }

    /// Each like the elements of the default; of an empty one nothing is known, so that texts and numbers may come.
    private static func list(_ items: [ParameterText], like standard: Value) -> Value? {
        let pattern: Value? =
            switch standard {
            case .integers: .int(0)
            case .numbers: .number(0)
            default: standard.elements?.first
            }
        let values = items.map { item -> Value? in
            if let pattern { return read(item, like: pattern) }
            return [Value.int(0), .number(0), .flag(true), .text("")].lazy.compactMap { read(item, like: $0) }.first
        }
        guard values.allSatisfy({ $0 != nil }) else { return nil }
        return .list(values.compactMap { $0 })
    }

    /// A number, or a fraction such as `8/255`.
    private static func number(_ word: String) -> Double? {
        let parts = word.split(separator: "/", omittingEmptySubsequences: false).map { Double(trimmed(String($0))) }
        switch parts.count {
        case 1: return parts[0]
        case 2: return parts[0].flatMap { a in parts[1].flatMap { $0 == 0 ? nil : a / $0 } }
        default: return nil
        }
    }
}
