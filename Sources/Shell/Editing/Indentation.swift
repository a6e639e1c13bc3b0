import Bindings

/// How far lines of Lua are indented: two columns more than the line that opened the innermost block or bracket.
struct Indentation {
    static let step = 2

    /// A block or bracket that is open: the indentation of the line where it began.
    private var open: [Int] = []
    /// The indentation of the line of the last token.
    private var current = 0
    /// Where the first token of the last line closes something: the indentation of what it closes.
    private var closing: Int?
    /// Whether the text ends inside a string or comment of several lines, where spaces would be part of it.
    private var isInsideText = false

    /// Reads a text up to where a line is to be broken.
    init(_ text: some Collection<UInt8>) {
        let bytes = Array(text)
        var line = 0, last = -1, scanned = 0
        func goOn(to offset: Int) {
            for index in scanned..<offset where bytes[index] == UInt8(ascii: "\n") { line = index + 1 }
            scanned = offset
        }
        for token in LuaLexer.tokens(bytes) {
            goOn(to: token.range.lowerBound)
            let isFirst = line != last
            if isFirst {
                (last, closing) = (line, nil)
                current = bytes[line...].prefix { $0 == UInt8(ascii: " ") }.count
            }
            read(token, String(decoding: bytes[token.range], as: UTF8.self), isFirst: isFirst)
        }
        goOn(to: bytes.count)
        if line != last { closing = nil }
    }

    private mutating func read(_ token: LuaToken, _ word: String, isFirst: Bool) {
        switch token.kind {
        case .string(let isClosed), .comment(let isClosed):
            isInsideText = !isClosed && word.contains { $0 == "[" }
        case .keyword, .symbol:
            isInsideText = false
            if Self.closers.contains(word), let opener = open.popLast(), isFirst { closing = opener }
            if Self.openers.contains(word) { open.append(closing ?? current) }
        default: isInsideText = false
        }
    }

    /// Columns by which a new line is indented.
    var ofNewLine: Int { isInsideText ? 0 : open.last.map { $0 + Self.step } ?? 0 }

    /// Columns by which the last line should be indented when it begins with what closes a block, such as `end`; nil
    /// when it does not.
    var ofClosingLine: Int? { closing }

    private static let openers: Set<String> = ["do", "then", "else", "function", "repeat", "(", "[", "{"]
    private static let closers: Set<String> = ["end", "else", "elseif", "until", ")", "]", "}"]
}
