/// Text of unknown origin on its way to a terminal.
///
/// A terminal obeys control characters, and bidirectional ones show a text in another order than it has. Both are
/// taken out, save the line end and the tab.
public enum VisibleText {
    /// The text without characters that do something instead of standing for something.
    public static func stripped(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { !acts($0) || $0 == "\n" || $0 == "\t" }))
    }

    /// One line in which such characters are named: `a\u{1B}[2Jb`.
    public static func escaped(_ text: String) -> String {
        text.unicodeScalars.map { acts($0) ? "\\u{" + String($0.value, radix: 16, uppercase: true) + "}" : String($0) }
            .joined()
    }

    /// Control characters (Cc), format characters (Cf: bidirectional marks, invisible joiners, tags), line and paragraph
    /// separators, and what no text may hold.
    private static func acts(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: true
        default: false
        }
    }
}

/// Bytes that come in pieces, as text without control characters: a character may lie across the end of a piece.
public struct VisibleStream: Sendable {
    private var unfinished: [UInt8] = []

    public init() {}

    /// What can be shown of all that has come and was not shown yet.
    public mutating func add(_ bytes: some Sequence<UInt8>) -> String {
        unfinished += bytes
        let kept = VisibleStream.incomplete(unfinished)
        defer { unfinished = Array(unfinished.suffix(kept)) }
        return VisibleText.stripped(String(decoding: unfinished.dropLast(kept), as: UTF8.self))
    }

    /// The rest, at the end of the stream.
    public mutating func finish() -> String {
        defer { unfinished = [] }
        return VisibleText.stripped(String(decoding: unfinished, as: UTF8.self))
    }

    /// How many bytes at the end begin a character of UTF-8 whose rest is missing.
    private static func incomplete(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? back : 0
        }
        return 0
    }
}
