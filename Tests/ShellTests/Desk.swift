import Bindings
import Kernel

@testable import Shell

/// A prompt without a terminal: entries go in, what would be shown comes out, errors with `! ` before their first line.
final class Desk {
    let conversation: Conversation
    private let shown = Shown()

    private final class Shown { var text = "" }

    init(history: HistoryFile? = nil) throws {
        let shown = shown, interpreter = try Interpreter()
        interpreter.output = { shown.text += $0 }
        let evaluator = Evaluator(interpreter) { shown.text += "! " + $0 + "\n" }
        conversation = Conversation(evaluator: evaluator, lines: NoLines(), history: history)
    }

    /// Enters each text and gives what was shown for the last, without the line end.
    @discardableResult
    func enter(_ texts: String...) -> String {
        for text in texts {
            shown.text = ""
            conversation.perform(text)
        }
        return shown.text.hasSuffix("\n") ? String(shown.text.dropLast()) : shown.text
    }
}

private struct NoLines: LineSource {
    func ask(_ prompt: String, _ guide: EntryGuide) -> LineAnswer { .end }
    func remember(_ entry: String) {}
}
