import Bindings
import CPrompt
import Glibc
import Kernel

/// The user's terminal, with readline's keys and an editor for entries of several lines.
struct Terminal: LineSource {
    static var isInput: Bool { isatty(STDIN_FILENO) == 1 }
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// readline is one for the process and hands no context to its callbacks, so this is a global too; only the main
    /// thread uses either.
    nonisolated(unsafe) private static var editor = LineEditor(
        prompt: Conversation.prompt, continuation: Conversation.continuation,
        hasColours: Screen.isStyled(environmentVariable))

    init() { prompt_set_hooks(Self.hooks) }

    func ask(_ prompt: String, _ guide: EntryGuide) -> LineAnswer {
        prompt_end_open_line()
        defer { Screen.current = .standardOutput }  // the window may have changed meanwhile
        let editor = Self.editor
        editor.begin(guide)
        let following = editor.takeFollowing()
        var text: UnsafeMutablePointer<CChar>?
        let outcome = prompt_ask(prompt, following, following != nil, &text)
        defer { free(text) }
        switch outcome {
        case PROMPT_LINE: return .line(String(cString: text!))
        case PROMPT_ENTRY: return .entry(PastedText.withoutEmptyEnd(String(cString: text!)))
        case PROMPT_INTERRUPTED:
            editor.forgetFollowing()
            return .interrupted
        default: return .end
        }
    }

    func remember(_ entry: String) { prompt_remember(entry) }

    private static var hooks: prompt_hooks {
        prompt_hooks(
            is_incomplete: { Terminal.editor.isIncomplete(String(cString: $0!)) },
            edit: { request, text, length, point in
                let bytes = UnsafeRawBufferPointer(start: text, count: Int(length))
                return Terminal.change(request, bytes, Int(point)).map {
                    prompt_edit(
                        start: Int32($0.range.lowerBound), end: Int32($0.range.upperBound), text: strdup($0.text))
                } ?? prompt_edit()
            },
            paste: { bytes, count, intoEmpty in
                strdup(Terminal.editor.paste(UnsafeRawBufferPointer(start: bytes, count: count), intoEmpty: intoEmpty))
            },
            draw: { view in
                var output = Terminal.editor.draw(view!.pointee)
                output.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) { prompt_write($0.baseAddress, $0.count) }
                }
            },
            offer: { text, start, end in Terminal.offer(String(cString: text!), Int(start)..<Int(end)) },
            list: { candidates, count, text, point in
                let names = (0..<Int(count)).compactMap { candidates![$0].map { String(cString: $0) } }
                Terminal.editor.list(names, String(cString: text!), at: Int(point))
            })
    }

    private static func change(
        _ request: prompt_request, _ bytes: UnsafeRawBufferPointer, _ point: Int
    ) -> LineEditor.Change? {
        switch request {
        case PROMPT_BREAK_LINE: editor.breakLine(bytes, at: point)
        case PROMPT_CLOSE_LINE: editor.closeLine(bytes, at: point)
        case PROMPT_COMPLETE: editor.complete(bytes, at: point, again: false)
        default: editor.complete(bytes, at: point, again: true)
        }
    }

    /// Candidates for readline's own ways to complete, which know words only.
    private static func offer(_ text: String, _ word: Range<Int>) {
        guard let completion = editor.completion(text, at: word.upperBound),
            completion.range.lowerBound >= word.lowerBound, completion.range.upperBound == word.upperBound
        else { return }
        let kept = String(decoding: Array(text.utf8)[word.lowerBound..<completion.range.lowerBound], as: UTF8.self)
        for candidate in completion.candidates { prompt_offer(kept + candidate.text) }
    }
}

/// Lines from a pipe or file: no prompt, no editing, and readline never learns of it.
struct PipedLines: LineSource {
    func ask(_ prompt: String, _ guide: EntryGuide) -> LineAnswer {
        guard let line = readLine(strippingNewline: true) else { return .end }
        return .line(line)
    }
    func remember(_ entry: String) {}
}
