/// Lua source with, for each token, how many blocks and how many brackets are open around it.
///
/// Only what the words of a text say is used, so that it works for texts that are cut short or wrong. An opening word
/// stands at the depth outside of what it opens, and so does the word that closes it.
public struct LuaOutline: Sendable {
    public struct Entry: Sendable {
        public let token: LuaToken
        /// Open blocks: `do`, `if`, `function`, `repeat` without their `end` or `until`.
        public let blocks: Int
        /// Open `(`, `[`, `{`.
        public let brackets: Int
    }
    /// Every token but comments.
    public let entries: [Entry]
    public let bytes: [UInt8]

    public init(_ text: String) {
        bytes = Array(text.utf8)
        var blocks = 0, brackets = 0
        var entries: [Entry] = []
        for token in LuaLexer.tokens(bytes) {
            if case .comment = token.kind { continue }
            let word = bytes[token.range]
            let change = Self.change(token.kind, word)
            blocks = max(0, blocks + min(change.blocks, 0))
            brackets = max(0, brackets + min(change.brackets, 0))
            // `else` and `elseif` close one part and open the next: they stand outside of both.
            let isMiddle = token.kind == .keyword && Self.middles.contains(String(decoding: word, as: UTF8.self))
            entries.append(Entry(token: token, blocks: max(0, blocks - (isMiddle ? 1 : 0)), brackets: brackets))
            blocks += max(change.blocks, 0)
            brackets += max(change.brackets, 0)
        }
        self.entries = entries
    }

    /// The text of a token.
    public func text(_ entry: Entry) -> String { String(decoding: bytes[entry.token.range], as: UTF8.self) }

    private static let middles: Set<String> = ["else", "elseif"]

    /// How many blocks and brackets a token opens (positive) or closes (negative). `while` and `for` open theirs at `do`;
    /// `if` opens its own at once, so that the `then` of an `elseif` opens no second one.
    private static func change(_ kind: LuaToken.Kind, _ word: ArraySlice<UInt8>) -> (blocks: Int, brackets: Int) {
        switch (kind, String(decoding: word, as: UTF8.self)) {
        case (.keyword, "do"), (.keyword, "function"), (.keyword, "repeat"), (.keyword, "if"): (1, 0)
        case (.keyword, "end"), (.keyword, "until"): (-1, 0)
        case (.symbol, "("), (.symbol, "["), (.symbol, "{"): (0, 1)
        case (.symbol, ")"), (.symbol, "]"), (.symbol, "}"): (0, -1)
        default: (0, 0)
        }
    }
}
