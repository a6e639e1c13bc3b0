import Bindings
import Glibc
import Kernel

/// Evaluates text: the service behind the prompt, scripts and `-e`. It reads no terminal; it shows values on standard
/// output and errors on standard error, and says how it went.
final class Evaluator {
    let interpreter: Interpreter
    /// Whether the locals of an entry outlive it: `:set locals`.
    var promotesLocals = true
    private let progress: (any ProgressSink)?
    private let report: (String) -> Void
    /// Takes the values of entries instead of standard output; the last of an entry is its result.
    var presents: ((_ forms: ValueForms, _ isResult: Bool) -> Void)?
    /// Takes errors, with what the user reads of them, instead of `report`.
    var fails: ((_ error: any Error, _ text: String) -> Void)?
    /// Called when interrupts begin to count.
    var begins: (() -> Void)?
    /// Whether what the user reads of errors is coloured.
    var colours: () -> Bool = { standardErrorShowsColours }
    /// Whether errors are reported as JSON, for programs to read.
    var reportsJSON = false

    /// - Parameters:
    ///   - progress: where long work shows how far it is.
    ///   - report: takes the text of an error, without a line end.
    init(
        _ interpreter: Interpreter, progress: (any ProgressSink)? = nil,
        report: @escaping (String) -> Void = { writeToStandardError($0 + "\n") }
    ) {
        (self.interpreter, self.progress, self.report) = (interpreter, progress, report)
    }

    /// How an evaluation ended. What was wrong has been reported.
    enum Outcome: Equatable {
        case done
        case failed
        case syntaxError
        case interrupted
        /// A script's arguments are not what it declares.
        case usage
        case outOfMemory

        var status: ExitStatus {
            switch self {
            case .done: .ok
            case .failed: .luaError
            case .syntaxError: .syntaxError
            case .interrupted: .interrupted
            case .usage: .usage
            case .outOfMemory: .resourceLimit
            }
        }
    }

    /// Whether more lines could make the text a statement or an expression.
    func isIncomplete(_ text: String) -> Bool { interpreter.isIncomplete(text) }

    /// Evaluates one entry of the prompt and shows its values, unless it ends in `;`.
    @discardableResult
    func evaluate(_ text: String, chunkName: String) -> Outcome {
        let entry = EntrySource(text + "\n", promotesLocals: promotesLocals)
        defer { MemoryPool.settle() }  // between entries a session holds little more than its values
        return attempt {
            try run(entry, name: "=" + chunkName, number: number(ofEntry: chunkName))
            for note in entry.notes { report(note) }
        }
    }

    /// Runs an entry and shows its values.
    func run(_ entry: EntrySource, name: String, number: Int?) throws {
        guard let presents else {
            return try interpreter.evaluate(entry, name: name, number: number) { (shown: String) in
                if !entry.isSilent { interpreter.output(shown + "\n") }
            }
        }
        var values: [ValueForms] = []
        try interpreter.evaluate(
            entry, name: name, number: number, onValue: { if !entry.isSilent { values.append($0) } })
        for (place, forms) in values.enumerated() { presents(forms, place + 1 == values.count) }
    }

    /// Shows the help of a name such as `attack.pgd`; the empty name is help for all.
    func showHelp(_ topic: String) { interpreter.output(interpreter.help(for: topic) + "\n") }

    /// Runs a body that may call Lua, with progress shown and Ctrl-C heard, and reports what it throws.
    func attempt(_ body: () throws -> Void) -> Outcome {
        do {
            InterruptHandler.clear()
            begins?()
            try Context.with(progress: progress, body)
            return .done
        } catch let error as LuaError where error.isInterrupt {
            interpreter.postMortem = error.trace
            let unfinished = interpreter.offerPartial().map { "; the unfinished \($0) is in _" } ?? ""
            return report(error, "interrupted" + unfinished, .interrupted)
        } catch let error as LuaError {
            if error.underlying is ScriptHelp { return .done }
            let outcome = Outcome(of: error)
            if !error.trace.usersFrames.isEmpty { interpreter.postMortem = error.trace }
            if outcome == .usage, let usage = error.underlying { return report(error, "\(usage)", outcome) }
            return report(error, text(of: error), outcome)
        } catch {
            return report(error, "\(error)", .failed)
        }
    }

    /// What the user reads of an error, in colours only when that is read on a terminal.
    private func text(of error: LuaError) -> String {
        interpreter.report(on: error).text(width: Screen.current.width, isColoured: colours())
    }

    private func report(_ error: any Error, _ text: String, _ outcome: Outcome) -> Outcome {
        if let fails {
            fails(error, text)
        } else {
            report(reportsJSON ? Failure(error).json.description : text)
        }
        return outcome
    }

    /// Reports what went wrong outside Lua.
    func complain(_ text: String, kind: String) {
        report(reportsJSON ? Failure(kind: kind, message: text).json.description : text)
    }
}

/// 12 of `In[12]`, nil for other names.
private func number(ofEntry name: String) -> Int? {
    name.hasPrefix("In[") && name.hasSuffix("]") ? Int(name.dropFirst(3).dropLast()) : nil
}
