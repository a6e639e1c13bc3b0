import CPrompt
import Glibc
import Kernel

/// The user's terminal, with readline's editing.
struct Terminal: LineSource {
    static var isInput: Bool { isatty(STDIN_FILENO) == 1 }
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// What Tab offers for the word before the cursor. readline is one for the process and hands no context to its
    /// callbacks, so this is a global too; only the main thread uses either.
    nonisolated(unsafe) private static var completions: ((String) -> [String])?

    init(completions: ((String) -> [String])? = nil) {
        Self.completions = completions
        prompt_set_completer { line, start, end in
            guard let line, let completions = Terminal.completions, start <= end else { return }
            let word = UnsafeRawBufferPointer(start: line + Int(start), count: Int(end - start))
            for candidate in completions(String(decoding: word, as: UTF8.self)) { prompt_offer(candidate) }
        }
    }

    func ask(_ prompt: String) -> LineAnswer {
        fflush(nil)
        defer { Screen.current = .standardOutput }  // the window may have changed meanwhile
        var text: UnsafeMutablePointer<CChar>?
        let outcome = prompt_ask(prompt, nil, &text)
        defer { free(text) }
        switch outcome {
        case PROMPT_INTERRUPTED: return .interrupted
        case PROMPT_LINE: return .line(String(cString: text!))
        default: return .end
        }
    }

    func remember(_ entry: String) { prompt_remember(entry) }
}

/// Lines from a pipe or file: no prompt, no editing, and readline never learns of it.
struct PipedLines: LineSource {
    func ask(_ prompt: String) -> LineAnswer {
        guard let line = readLine(strippingNewline: true) else { return .end }
        return .line(line)
    }
    func remember(_ entry: String) {}
}
