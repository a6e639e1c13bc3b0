import Bindings
import Glibc
import Kernel

/// The conversation at the prompt: asks for entries, does what they ask, remembers them.
///
/// Commands (`:time`, `:set` ...) get the conversation as their surroundings; everything they may use is here.
final class Conversation {
    static let prompt = "assay> "
    static let continuation = "  ..> "

    let evaluator: Evaluator
    let lines: any LineSource
    let history: HistoryFile?
    /// What was entered, in order, commands included.
    private(set) var inputs: [Input] = []
    /// Set by what asks to leave; the conversation ends with it.
    var farewell: ExitStatus?
    /// What errors in the code of the entry that is performed call it: `In[12]`.
    private(set) var chunkName = "command"
    /// Where `:cd -` goes.
    var previousDirectory: String?
    /// What `:load` ran, in order.
    var loadedFiles: [LoadedFile] = []
    /// What was entered in earlier sessions, the oldest first.
    private(set) var earlier: [String] = []
    private var number = 0
    private var newest: String?

    var interpreter: Interpreter { evaluator.interpreter }

    init(evaluator: Evaluator, lines: any LineSource, history: HistoryFile? = nil) {
        (self.evaluator, self.lines, self.history) = (evaluator, lines, history)
        evaluator.interpreter.keepsVariables = true
    }

    /// One entry of this session.
    struct Input {
        let text: String
        /// The name under which errors speak of it: `In[12]`; nil for what holds no code.
        let name: String?
        var outcome: Evaluator.Outcome
        /// When it was entered, in seconds since 1970.
        let time: Int
        /// Seconds that it took.
        var seconds: Double
    }

    /// What one round of asking gave.
    private enum Answer {
        case text(String)
        case abandoned
        case end
        /// The input ended inside a statement.
        case cut(String)
    }

    /// Runs until the user leaves; the status is `ok` unless the input ended inside a statement.
    func run() -> ExitStatus {
        earlier = history?.load() ?? []
        for entry in earlier where entry != newest {
            lines.remember(entry)
            newest = entry
        }
        while farewell == nil {
            switch ask() {
            case .abandoned: continue
            case .end: return .ok
            case .cut(let text): return perform(text).status
            case .text(let text): performRemembering(text)
            }
        }
        return farewell ?? .ok
    }

    /// Does what an entry asks for: what the prompt does with what is typed, and `:replay` with what was.
    @discardableResult
    func perform(_ text: String) -> Evaluator.Outcome {
        let start = monotonicSeconds(), time = Int(time(nil)), entry = Entry(text)
        let name = holdsCode(entry) ? nextName() : nil
        chunkName = name ?? "command"
        let outcome = act(on: entry)
        inputs.append(Input(text: text, name: name, outcome: outcome, time: time, seconds: monotonicSeconds() - start))
        return outcome
    }

    private func performRemembering(_ text: String) {
        remember(text)
        let outcome = perform(text)
        if text.hasPrefix(" ") { return }
        history?.finish(inputs.count, status: outcome.record, seconds: inputs.last?.seconds ?? 0)
    }

    /// The names of the variables that the user made.
    var variableNames: [String] { interpreter.variableNames() }

    /// Writes a line to the user where values are shown.
    func say(_ text: String) { interpreter.output(text + "\n") }

    /// Evaluates code as an entry does, for a command.
    /// - Throws: `ReportedFailure` when that did not end well.
    func evaluate(_ code: String) throws {
        let outcome = evaluator.evaluate(code, chunkName: chunkName)
        if outcome != .done { throw ReportedFailure(outcome) }
    }

    private func holdsCode(_ entry: Entry) -> Bool {
        switch entry {
        case .code: true
        case .command(let name, _): Command.named(name)?.takesCode == true
        default: false
        }
    }

    private func act(on entry: Entry) -> Evaluator.Outcome {
        switch entry {
        case .code(let text): return evaluator.evaluate(text, chunkName: chunkName)
        case .help(let topic) where topic.hasPrefix(":") || topic == "$":
            return evaluator.attempt { showHelp(topic) }
        case .help(let topic): return evaluator.attempt { evaluator.showHelp(topic) }
        case .definition(let path): return evaluator.attempt { say(interpreter.definition(of: path)) }
        case .command(let name, let argument): return runCommand(name, argument)
        case .shell(let command, let variable):
            return evaluator.attempt { try SystemShell.run(command, into: variable, self) }
        case .farewell:
            farewell = .ok
            return .done
        }
    }

    private func runCommand(_ name: String, _ argument: String) -> Evaluator.Outcome {
        var reported: Evaluator.Outcome?
        let outcome = evaluator.attempt {
            guard let command = Command.named(name) else { throw CommandError.unknown(name) }
            do { try command.run(self, argument) } catch let misuse as Misuse {
                throw CommandError.misuse(of: command, misuse.reason)
            } catch let failure as ReportedFailure {
                reported = failure.outcome
            }
        }
        return reported ?? outcome
    }

    /// Asks until the lines make a whole statement. A blank line ends the asking whatever is missing.
    private func ask() -> Answer {
        var text = ""
        while true {
            switch lines.ask(text.isEmpty ? Self.prompt : Self.continuation, guide) {
            case .interrupted: return .abandoned
            case .end: return text.isEmpty ? .end : .cut(text)
            case .entry(let entry): return entry.allSatisfy(\.isWhitespace) ? .abandoned : .text(entry)
            case .line(let line):
                if text.isEmpty, line.allSatisfy(\.isWhitespace) { return .abandoned }
                text += (text.isEmpty ? "" : "\n") + line
                let isBlank = line.allSatisfy(\.isWhitespace)
                if isBlank || !isIncomplete(text) { return .text(text) }
            }
        }
    }

    /// What the editor may ask of the session.
    var guide: EntryGuide {
        EntryGuide(
            isIncomplete: isIncomplete, complete: { self.complete($0, at: $1) },
            signature: { self.interpreter.signatureHint($0, at: $1) })
    }

    /// Whether Enter should ask for more: only code can be incomplete, an entry's or a command's.
    func isIncomplete(_ text: String) -> Bool {
        switch Entry(text) {
        case .code(let code): return evaluator.isIncomplete(code)
        case .command(let name, let argument):
            guard Command.named(name)?.takesCode == true else { return false }
            return evaluator.isIncomplete(argument)
        default: return false
        }
    }

    /// What begins with a space is not recorded, and what is entered twice running is recalled once.
    private func remember(_ text: String) {
        if text.hasPrefix(" ") { return }
        history?.append(text, number: inputs.count + 1)
        if text != newest { lines.remember(text) }
        newest = text
    }

    private func nextName() -> String {
        number += 1
        return "In[\(number)]"
    }
}
