/// What is meant by pasted text: lines end in `\n`, and of a piece of a conversation with the prompt only what was
/// entered is meant.
struct PastedText: Equatable {
    /// The entries, without line ends at their ends; one unless prompts were pasted along.
    var entries: [String]

    init(_ bytes: some Sequence<UInt8>, prompt: String, continuation: String) {
        let text = String(decoding: Self.withoutCarriageReturns(bytes), as: UTF8.self)
        let marks = (prompt: trimmed(prompt), continuation: trimmed(continuation))
        entries = Self.entries(ofConversation: text, marks) ?? [text]
    }

    /// A terminal sends what Enter sends for a line end, `\r`; NUL could not be held.
    private static func withoutCarriageReturns(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var cleaned: [UInt8] = []
        var last: UInt8 = 0
        for byte in bytes {
            let isSecond = byte == UInt8(ascii: "\n") && last == UInt8(ascii: "\r")
            if !isSecond, byte != 0 { cleaned.append(byte == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : byte) }
            last = byte
        }
        return cleaned
    }

    /// When the text begins with a prompt: the entries, of which each begins at a prompt and goes on at continuations.
    /// Other lines are output.
    private static func entries(
        ofConversation text: String, _ marks: (prompt: String, continuation: String)
    ) -> [String]? {
        var entries: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let input = input(of: line, after: marks.prompt) {
                entries.append(input)
            } else if let input = input(of: line, after: marks.continuation) {
                if entries.isEmpty { entries = [input] } else { entries[entries.count - 1] += "\n" + input }
            } else if entries.isEmpty, !line.allSatisfy(\.isWhitespace) {
                return nil
            }
        }
        entries = entries.map(withoutEmptyEnd).filter { !$0.isEmpty }
        return entries.isEmpty ? nil : entries
    }

    /// What stands after a prompt; leading spaces do not matter, and the one after the prompt is part of it.
    private static func input(of line: Substring, after mark: String) -> String? {
        let line = line.drop { $0 == " " || $0 == "\t" }
        guard line.hasPrefix(mark) else { return nil }
        let rest = line.dropFirst(mark.count)
        guard let first = rest.first else { return "" }
        return first == " " ? String(rest.dropFirst()) : nil
    }

    static func withoutEmptyEnd(_ text: String) -> String {
        String(text.prefix(upTo: text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.startIndex))
    }
}
