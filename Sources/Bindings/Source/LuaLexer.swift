/// One token of Lua source, or a comment. Ranges are offsets of UTF-8 bytes.
public struct LuaToken: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case name
        case keyword
        case number
        /// `isClosed` is false when the text ends, or for a short string the line, before the closing quote.
        case string(isClosed: Bool)
        case comment(isClosed: Bool)
        /// An operator or punctuation, the longest that fits: `..`, `==`, `{`.
        case symbol
        /// A byte that begins no token of Lua.
        case unknown
    }
    public let kind: Kind
    public let range: Range<Int>

    public init(_ kind: Kind, _ range: Range<Int>) { (self.kind, self.range) = (kind, range) }
}

/// Cuts Lua 5.4 source into tokens. It never fails: whatever the bytes are, the ranges are in order, do not overlap, and
/// only white space lies between them. One pass, linear in the length of the text.
public struct LuaLexer {
    /// The words that are no names.
    public static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while",
    ]

    private let bytes: [UInt8]
    private var position = 0

    /// The tokens of a text, comments included.
    public static func tokens(_ text: some Sequence<UInt8>) -> [LuaToken] {
        var lexer = LuaLexer(bytes: Array(text))
        var tokens: [LuaToken] = []
        while let token = lexer.next() { tokens.append(token) }
        return tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func next() -> LuaToken? {
        while let byte = peek(), isSpace(byte) { position += 1 }
        let start = position
        guard let byte = peek() else { return nil }
        let kind = readToken(byte)
        return LuaToken(kind, start..<position)
    }

    private mutating func readToken(_ byte: UInt8) -> LuaToken.Kind {
        if isNameStart(byte) { return readName() }
        if isDigit(byte) || (byte == dot && peek(1).map(isDigit) == true) { return readNumber() }
        if byte == quote || byte == apostrophe { return .string(isClosed: readShortString(byte)) }
        if byte == hyphen, peek(1) == hyphen { return .comment(isClosed: readComment()) }
        if byte == bracket, let level = longBracketLevel(at: position) {
            return .string(isClosed: readLongBracket(level))
        }
        return readSymbol(byte)
    }

    private mutating func readName() -> LuaToken.Kind {
        let start = position
        while let byte = peek(), isNameStart(byte) || isDigit(byte) { position += 1 }
        let isShort = position - start < 9  // no keyword is longer than `function`
        return isShort && Self.keywords.contains(String(decoding: bytes[start..<position], as: UTF8.self))
            ? .keyword : .name
    }

    /// As Lua reads numbers: all that could belong to one, signs after an exponent included.
    private mutating func readNumber() -> LuaToken.Kind {
        let isHex = peek() == UInt8(ascii: "0") && (peek(1).map { $0 | 32 } == UInt8(ascii: "x"))
        if isHex { position += 2 }
        let exponent = UInt8(ascii: isHex ? "p" : "e")
        while let byte = peek() {
            if byte | 32 == exponent, isNameStart(byte) {
                position += 1
                if let sign = peek(), sign == hyphen || sign == UInt8(ascii: "+") { position += 1 }
            } else if isNameStart(byte) || isDigit(byte) || byte == dot {
                position += 1
            } else {
                break
            }
        }
        return .number
    }

    /// True when the closing quote was found. `\z` skips white space, line ends included; `\` keeps what follows it.
    private mutating func readShortString(_ close: UInt8) -> Bool {
        position += 1
        while let byte = peek() {
            if byte == close { position += 1; return true }
            if byte == newline || byte == carriageReturn { return false }
            position += 1
            guard byte == backslash, let escaped = peek() else { continue }
            position += 1
            if escaped == carriageReturn, peek() == newline { position += 1 }
            guard escaped == UInt8(ascii: "z") else { continue }
            while let space = peek(), isSpace(space) { position += 1 }
        }
        return false
    }

    private mutating func readComment() -> Bool {
        position += 2
        if peek() == bracket, let level = longBracketLevel(at: position) { return readLongBracket(level) }
        while let byte = peek(), byte != newline, byte != carriageReturn { position += 1 }
        return true
    }

    /// The number of `=` when a long bracket opens here: 0 for `[[`, 1 for `[=[`.
    private func longBracketLevel(at start: Int) -> Int? {
        var index = start + 1
        while index < bytes.count, bytes[index] == equals { index += 1 }
        return index < bytes.count && bytes[index] == bracket ? index - start - 1 : nil
    }

    private mutating func readLongBracket(_ level: Int) -> Bool {
        position += level + 2
        while let byte = peek() {
            position += 1
            guard byte == closingBracket else { continue }
            var index = position
            while index < bytes.count, bytes[index] == equals { index += 1 }
            if index - position == level, index < bytes.count, bytes[index] == closingBracket {
                position = index + 1
                return true
            }
        }
        return false
    }

    private static let symbols = Set("+-*/%^#&~|<>=(){}[];:,.".utf8)

    private mutating func readSymbol(_ byte: UInt8) -> LuaToken.Kind {
        position += symbolLength(byte)
        return Self.symbols.contains(byte) ? .symbol : .unknown
    }

    /// The longest that fits: `...`, `..`, two alike (`<<`, `>>`, `//`, `==`, `::`), or one before `=`.
    private func symbolLength(_ byte: UInt8) -> Int {
        let next = peek(1)
        switch byte {
        case dot: return next != dot ? 1 : peek(2) == dot ? 3 : 2
        case UInt8(ascii: "<"), UInt8(ascii: ">"): return next == byte || next == equals ? 2 : 1
        case UInt8(ascii: "/"), equals, UInt8(ascii: ":"): return next == byte ? 2 : 1
        case UInt8(ascii: "~"): return next == equals ? 2 : 1
        default: return 1
        }
    }

    private func peek(_ ahead: Int = 0) -> UInt8? {
        position + ahead < bytes.count ? bytes[position + ahead] : nil
    }
}

private let quote = UInt8(ascii: "\""), apostrophe = UInt8(ascii: "'"), backslash = UInt8(ascii: "\\")
private let bracket = UInt8(ascii: "["), closingBracket = UInt8(ascii: "]"), equals = UInt8(ascii: "=")
private let hyphen = UInt8(ascii: "-"), dot = UInt8(ascii: "."), newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")

private func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
private func isNameStart(_ byte: UInt8) -> Bool {
    (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
}
