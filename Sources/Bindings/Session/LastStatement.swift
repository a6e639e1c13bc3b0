/// The last statement of a text that stands in no block, found by its tokens alone.
///
/// A statement begins where a token cannot go on with what stands before it: a name after an operand, most keywords,
/// whatever follows `;` or a label. For texts that are wrong the answer means nothing, so what is made with it is
/// compiled before it is believed.
struct LastStatement {
    /// The offset of its first byte.
    let start: Int
    /// Whether it reads as an expression (or a list of them), a call included, and not as an assignment.
    let isExpression: Bool
    /// The semicolons that end the text.
    let semicolons: [Range<Int>]

    /// Nil for a text without tokens.
    init?(_ outline: LuaOutline) {
        let text = outline.text
        let entries = outline.entries
        guard let body = entries.lastIndex(where: { text($0) != ";" }) else { return nil }
        semicolons = entries[(body + 1)...].map(\.token.range)
        let first = Self.lastStart(outline, through: body)
        start = entries[first].token.range.lowerBound
        isExpression = Self.isExpression(outline, first...body)
    }

    private static func lastStart(_ outline: LuaOutline, through last: Int) -> Int {
        var start = 0, awaitsDo = false, isInLabel = false, endsStatement = false
        for index in 0...last {
            let entry = outline.entries[index], text = outline.text(entry)
            guard entry.blocks == 0, entry.brackets == 0 else { continue }
            let opensLabel = text == "::" && !isInLabel
            let isLoopDo = text == "do" && awaitsDo
            if text != ";", !isLoopDo, text != "::" || opensLabel,
                endsStatement || begins(outline, index, opensLabel: opensLabel)
            {
                start = index
            }
            endsStatement = text == ";" || (text == "::" && isInLabel)
            if text == "::" { isInLabel.toggle() }
            if entry.token.kind == .keyword {
                if text == "while" || text == "for" { awaitsDo = true }
                if text == "do" { awaitsDo = false }
            }
        }
        return start
    }

    /// Whether a token cannot go on with the one before it.
    private static func begins(_ outline: LuaOutline, _ index: Int, opensLabel: Bool) -> Bool {
        guard index > 0 else { return true }
        let token = outline.entries[index].token, text = outline.text(outline.entries[index])
        let before = outline.entries[index - 1], previous = outline.text(before)
        guard endsOperand(before.token.kind, previous) else { return false }
        switch token.kind {
        case .name, .number: return true
        case .keyword: return starters.contains(text)
        case .string: return !mayBeCalled(before.token.kind, previous)
        case .symbol where text == "(" || text == "{": return !mayBeCalled(before.token.kind, previous)
        case .symbol: return opensLabel || text == "#" || text == "..."
        case .comment, .unknown: return false
        }
    }

    private static func endsOperand(_ kind: LuaToken.Kind, _ text: String) -> Bool {
        switch kind {
        case .name, .number, .string: true
        case .keyword: ["end", "nil", "true", "false", "break"].contains(text)
        case .symbol: [")", "]", "}", "..."].contains(text)
        case .comment, .unknown: false
        }
    }

    /// Whether `(`, `{` or a string after the token is a call.
    private static func mayBeCalled(_ kind: LuaToken.Kind, _ text: String) -> Bool {
        switch kind {
        case .name, .string: true
        case .symbol: [")", "]", "}"].contains(text)
        default: false
        }
    }

    private static func isExpression(_ outline: LuaOutline, _ range: ClosedRange<Int>) -> Bool {
        let first = outline.entries[range.lowerBound], text = outline.text(first)
        if first.token.kind == .keyword {
            let isFunction =
                text == "function" && range.count > 1 && outline.text(outline.entries[range.lowerBound + 1]) == "("
            guard isFunction || ["not", "nil", "true", "false"].contains(text) else { return false }
        }
        return !outline.entries[range].contains { entry in
            entry.blocks == 0 && entry.brackets == 0 && (outline.text(entry) == "=" || outline.text(entry) == "::")
                && entry.token.kind == .symbol
        }
    }

    private static let starters: Set<String> = [
        "if", "while", "for", "repeat", "function", "local", "return", "goto", "break", "do", "not", "nil", "true",
        "false",
    ]
}
