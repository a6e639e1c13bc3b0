import Glibc

/// The conversation: asks for entries, gives them to the evaluator, shows what comes back.
struct PromptLoop {
    static let prompt = "assay> "
    static let continuation = "  ..> "

    let evaluator: Evaluator
    let lines: any LineSource
    let history: HistoryFile?
    private var number = 0
    private var newest: String?

    init(evaluator: Evaluator, lines: any LineSource, history: HistoryFile? = nil) {
        (self.evaluator, self.lines, self.history) = (evaluator, lines, history)
    }

    /// What one round of asking gave.
    private enum Entry {
        case text(String)
        case abandoned
        case end
        /// The input ended inside a statement.
        case cut(String)
    }

    /// Runs until the user leaves; the status is `ok` unless the input ended inside a statement.
    mutating func run() -> ExitStatus {
        for entry in history?.load() ?? [] where entry != newest {
            lines.remember(entry)
            newest = entry
        }
        while true {
            switch ask() {
            case .abandoned: continue
            case .end: return .ok
            case .cut(let text): return evaluator.evaluate(text, chunkName: nextName()).status
            case .text(let text):
                if isFarewell(text) { return .ok }
                perform(text)
            }
        }
    }

    /// Asks until the lines make a whole statement. A blank line ends the asking whatever is missing.
    private func ask() -> Entry {
        var text = ""
        while true {
            switch lines.ask(text.isEmpty ? Self.prompt : Self.continuation) {
            case .interrupted: return .abandoned
            case .end: return text.isEmpty ? .end : .cut(text)
            case .line(let line):
                if text.isEmpty, line.allSatisfy(\.isWhitespace) { return .abandoned }
                text += (text.isEmpty ? "" : "\n") + line
                let isBlank = line.allSatisfy(\.isWhitespace)
                if isBlank || helpTopic(text) != nil || !evaluator.isIncomplete(text) { return .text(text) }
            }
        }
    }

    /// What begins with a space is not recorded, and what is entered twice running is recalled once.
    private mutating func remember(_ text: String) {
        if text.hasPrefix(" ") { return }
        history?.append(text)
        if text != newest { lines.remember(text) }
        newest = text
    }

    private mutating func perform(_ text: String) {
        remember(text)
        if let topic = helpTopic(text) {
            evaluator.showHelp(topic)
        } else {
            evaluator.evaluate(text, chunkName: nextName())
        }
    }

    /// The name under which errors speak of an entry: `In[12]`.
    private mutating func nextName() -> String {
        number += 1
        return "In[\(number)]"
    }
}

/// Whether the entry asks to leave.
private func isFarewell(_ text: String) -> Bool {
    ["exit", "quit", "exit()", "quit()"].contains(trimmed(text))
}

/// The name that `?name` or `name?` asks about, "" for a bare `?`; nil for anything else.
func helpTopic(_ text: String) -> String? {
    let text = trimmed(text)
    let topic: Substring
    if text.hasPrefix("?") {
        topic = text.dropFirst()
    } else if text.hasSuffix("?") {
        topic = text.dropLast()
    } else {
        return nil
    }
    let name = trimmed(String(topic))
    let allowed = name.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
            || Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
    }
    return allowed ? name : nil
}

func trimmed(_ text: String) -> String {
    let rest = text.drop(while: \.isWhitespace)
    return String(rest.prefix(upTo: rest.lastIndex { !$0.isWhitespace }.map(rest.index(after:)) ?? rest.startIndex))
}
