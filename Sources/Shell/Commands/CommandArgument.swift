/// The argument of a command, read from the left: its options, then the rest as it was typed.
struct CommandArgument {
    private(set) var rest: String

    init(_ text: String) { rest = text }

    /// Takes an option without a value, such as `-a`.
    mutating func flag(_ name: String) -> Bool {
        guard rest == name || rest.hasPrefix(name + " ") else { return false }
        rest = trimmed(String(rest.dropFirst(name.count)))
        return true
    }

    /// Takes an option and the word after it, such as `-n 10`.
    /// - Throws: `Misuse` when nothing follows.
    mutating func value(_ name: String) throws -> String? {
        guard flag(name) else { return nil }
        let word = String(rest.prefix { !$0.isWhitespace })
        guard !word.isEmpty else { throw Misuse("\(name): a value expected") }
        rest = trimmed(String(rest.dropFirst(word.count)))
        return word
    }

    /// Takes an option and the whole number from 1 after it.
    /// - Throws: `Misuse` for anything else.
    mutating func count(_ name: String, atMost limit: Int = 1_000_000_000) throws -> Int? {
        guard let word = try value(name) else { return nil }
        guard let count = Int(word), (1...limit).contains(count) else {
            throw Misuse("\(name): a number from 1 to \(limit) expected, got '\(word)'")
        }
        return count
    }

    /// What is left, split at white space.
    var words: [String] { rest.split(whereSeparator: \.isWhitespace).map(String.init) }

    /// - Throws: `Misuse` when an option is left that nobody took.
    func refuseOptions() throws {
        if let word = words.first, word.hasPrefix("-") { throw Misuse("unknown option '\(word)'") }
    }

    /// - Throws: `Misuse` when anything is left.
    func refuseMore() throws {
        if let word = words.first { throw Misuse("nothing more expected, got '\(word)'") }
    }

    /// The rest, which has to be something.
    /// - Throws: `Misuse` naming what is expected.
    func required(_ what: String) throws -> String {
        guard !rest.isEmpty else { throw Misuse("\(what) expected") }
        return rest
    }
}

/// An argument that a command cannot take. The conversation adds which command, and how it is used.
struct Misuse: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Work that did not end well and has been reported: whoever asked for it stops and says nothing more.
struct ReportedFailure: Error {
    let outcome: Evaluator.Outcome
    init(_ outcome: Evaluator.Outcome) { self.outcome = outcome }
}
