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

        var status: ExitStatus {
            switch self {
            case .done: .ok
            case .failed: .luaError
            case .syntaxError: .syntaxError
            case .interrupted: .interrupted
            }
        }
    }

    /// Whether more lines could make the text a statement or an expression.
    func isIncomplete(_ text: String) -> Bool { interpreter.isIncomplete(text) }

    /// Evaluates one entry of the prompt and shows its values, unless it ends in `;`.
    @discardableResult
    func evaluate(_ text: String, chunkName: String) -> Outcome {
        let entry = EntrySource(text + "\n", promotesLocals: promotesLocals)
        return attempt {
            try interpreter.evaluate(entry, name: "=" + chunkName) { shown in
                if !entry.isSilent { interpreter.output(shown + "\n") }
            }
            for note in entry.notes { report(note) }
        }
    }

    /// Runs a script or a chunk; its values are not shown.
    /// - Parameter chunkName: as Lua has it, `@file.lua` or `=text`.
    func run(_ text: String, chunkName: String, arguments: [String] = []) -> Outcome {
        attempt {
            try interpreter.execute(withoutFirstComment(text), name: chunkName, arguments: arguments.map(Value.text))
        }
    }

    /// Shows the help of a name such as `attack.pgd`; the empty name is help for all.
    func showHelp(_ topic: String) { interpreter.output(interpreter.help(for: topic) + "\n") }

    /// Runs a body that may call Lua, with progress shown and Ctrl-C heard, and reports what it throws.
    func attempt(_ body: () throws -> Void) -> Outcome {
        do {
            InterruptHandler.clear()
            try Context.with(progress: progress, body)
            return .done
        } catch let error as LuaError where error.isInterrupt {
            report("interrupted" + (interpreter.offerPartial().map { "; the unfinished \($0) is in _" } ?? ""))
            return .interrupted
        } catch LuaError.syntax(let message, _) {
            report(message)
            return .syntaxError
        } catch let error as LuaError {
            report(errorReport(message: error.description, traceback: error.traceback))
            return .failed
        } catch {
            report("\(error)")
            return .failed
        }
    }
}

/// A first line that begins with `#` is for the kernel that started us; line numbers stay right.
private func withoutFirstComment(_ text: String) -> String {
    guard text.hasPrefix("#") else { return text }
    return String(text.drop { $0 != "\n" })
}

/// The message, and below it the calls that led there. Frames of native code are left out, since the message names the
/// function, and a single frame says nothing that the message does not say.
func errorReport(message: String, traceback: String) -> String {
    let frames = traceback.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }.filter {
        !$0.isEmpty && $0 != "stack traceback:" && !$0.hasPrefix("[C]:") && $0 != "(...tail calls...)"
    }
    return frames.count > 1 ? ([message] + frames.map { "    " + $0 }).joined(separator: "\n") : message
}
