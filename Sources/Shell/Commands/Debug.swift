import Bindings
import Kernel

extension Command {
    /// `:debug`
    static let debug = Command(
        "debug", usage: "[code]", "Look at the calls of the last error: their variables, and code run among them.",
        details: """
            Without code a prompt opens in which code sees the variables of one call: where lists the calls, :up and :down \
            go to the caller and back, :frame n to a call by its number, :locals lists the variables, :q or Ctrl-D \
            leaves. With code it runs in the innermost call. Variables are the values that they had: assigning to them \
            changes nothing elsewhere. What holds 1 MiB or more can be seen until the next entry; everything goes with \
            the next error, with :forget and with :set debug off.
            """,
        example: ":debug", argument: .code
    ) { conversation, argument in
        guard let debugger = Debugger(conversation) else {
            throw CommandError(":debug: there was no error, or it has been forgotten")
        }
        if argument.isEmpty { debugger.converse() } else { try debugger.runOnce(argument) }
    }
}

/// The prompt of `:debug`, in one of the calls of an error.
final class Debugger {
    private let conversation: Conversation
    private let trace: Trace
    private let frames: [Trace.Frame]
    private var current = 0
    private var hasLeft = false

    private var interpreter: Interpreter { conversation.interpreter }
    private var evaluator: Evaluator { conversation.evaluator }

    /// Nil when there is no error to look at.
    init?(_ conversation: Conversation) {
        guard let trace = conversation.interpreter.postMortem, !trace.usersFrames.isEmpty else { return nil }
        (self.conversation, self.trace, frames) = (conversation, trace, trace.usersFrames)
    }

    /// Runs code in the innermost call.
    /// - Throws: `ReportedFailure` when that did not end well.
    func runOnce(_ code: String) throws {
        let outcome = evaluate(code)
        interpreter.postMortem = trace
        if outcome != .done { throw ReportedFailure(outcome) }
    }

    /// Asks and answers until the user leaves.
    func converse() {
        showCalls()
        showSource()
        while !hasLeft, let text = ask() { perform(text) }
        interpreter.postMortem = trace
    }

    /// Nil when the user leaves. Ctrl-C gives up the line.
    private func ask() -> String? {
        var text = ""
        while true {
            let prompt = text.isEmpty ? "debug[\(current + 1)]> " : Conversation.continuation
            switch conversation.lines.ask(prompt, conversation.guide) {
            case .end: return nil
            case .entry(let entry): return entry
            case .interrupted: text = ""
            case .line(let line):
                text += (text.isEmpty ? "" : "\n") + line
                if line.allSatisfy(\.isWhitespace) || !evaluator.isIncomplete(text) { return text }
            }
        }
    }

    private func perform(_ text: String) {
        let words = trimmed(text).split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else { return }
        switch first {
        case ":q", ":quit", ":exit", "quit", "exit": hasLeft = true
        case ":where", ":bt", "where": showCalls()
        case ":up", ":u": go(to: current + 1)
        case ":down", ":d": go(to: current - 1)
        case ":frame", ":f": goToFrame(words.dropFirst().first)
        case ":locals", ":l": showVariables()
        case ":help", ":h", "?":
            conversation.say(":where :up :down :frame n :locals :q; anything else is code that runs in the call")
        case _ where first.hasPrefix(":") && !first.hasPrefix("::"):
            evaluator.complain("no command \(first) here; :where :up :down :frame :locals :q", kind: "error")
        default: _ = evaluate(text)
        }
    }

    private func evaluate(_ code: String) -> Evaluator.Outcome {
        let entry = EntrySource(code + "\n", promotesLocals: evaluator.promotesLocals)
        return evaluator.attempt {
            try interpreter.evaluate(entry, in: frames[current], name: "=debug") { shown in
                if !entry.isSilent { conversation.say(shown) }
            }
        }
    }

    private func goToFrame(_ word: String?) {
        guard let word, let number = Int(word), frames.indices.contains(number - 1) else {
            return evaluator.complain(":frame: a number from 1 to \(frames.count) expected", kind: "error")
        }
        go(to: number - 1)
    }

    private func go(to place: Int) {
        guard frames.indices.contains(place) else {
            return evaluator.complain(
                place < 0 ? ":down: this is the innermost call" : ":up: this is the outermost call", kind: "error")
        }
        current = place
        conversation.say(line(place))
        showSource()
    }

    private func showCalls() { for place in frames.indices { conversation.say(line(place)) } }

    private func line(_ place: Int) -> String {
        let number = "\(place + 1)", width = "\(frames.count)".count
        let pad = String(repeating: " ", count: width - number.count)
        return (place == current ? "> " : "  ") + pad + number + "  " + frames[place].text
    }

    private func showSource() {
        for line in interpreter.sourceLines(of: frames[current], width: Screen.current.width, isColoured: false) {
            conversation.say("    " + line)
        }
    }

    private func showVariables() {
        let variables = interpreter.variables(of: frames[current])
        if variables.isEmpty {
            conversation.say(
                frames[current].hasVariables
                    ? "no variables" : "the variables were not kept; :set debug on keeps those of the next error")
        }
        for variable in variables {
            conversation.say("  \(variable.name) = \(variable.text)" + (variable.isUpvalue ? "  (upvalue)" : ""))
        }
    }
}
