/// The Lua of one entry of the prompt, and what is compiled for it.
///
/// Locals at block depth 0 become variables of the session, and the last expression's value is returned. Both are
/// rewrites of the text that keep its lines; what does not compile rewritten is compiled as it stands, so that a wrong
/// text is reported in its own words. Nothing is ever run twice.
public struct EntrySource: Sendable {
    public let text: String
    /// What the user should know of the rewrite, a line each.
    public let notes: [String]
    /// Whether the entry ends in `;`, which hides its value.
    public let isSilent: Bool
    /// The names of results that the entry uses: `_`, `__`, `___`.
    let mentions: Set<String>
    /// The texts to compile, in order of preference; the last is the entry as it stands.
    let forms: [Form]

    struct Form: Sendable {
        let bytes: [UInt8]
        /// Whether the first value returned is ours. `return f()` would be a tail call, and the entry's own line would be
        /// lost to error messages; `return nil, f()` is none.
        let skipsFirst: Bool
        /// Where `return nil,` was put in, when nothing else was changed.
        var insertion: Int?
    }

    static let returning = "return nil,"

    /// - Parameter promotesLocals: whether locals outlive the entry.
    public init(_ text: String, promotesLocals: Bool = true) {
        self.text = text
        let outline = LuaOutline(text)
        let last = LastStatement(outline)
        let promotion = promotesLocals ? LocalPromotion(outline) : nil
        notes = promotion?.notes ?? []
        isSilent = last?.semicolons.isEmpty == false
        mentions = Set(ResultHistory.names.filter { name in outline.entries.contains { outline.text($0) == name } })
        var forms: [Form] = []
        let plain = SourceEdits(), promoted = promotion?.edits ?? plain
        for edits in promoted.isEmpty ? [plain] : [promoted, plain] {
            if let last, last.isExpression { forms.append(.returning(last, edits, outline)) }
            forms.append(Form(bytes: edits.applied(to: outline.bytes), skipsFirst: false))
        }
        self.forms = forms
    }
}

extension EntrySource.Form {
    fileprivate static func returning(_ last: LastStatement, _ edits: SourceEdits, _ outline: LuaOutline) -> Self {
        var edits = edits
        let insertion = edits.isEmpty && last.semicolons.isEmpty ? last.start : nil
        edits.insert(EntrySource.returning, at: last.start)
        for range in last.semicolons { edits.blank(range, in: outline.bytes) }
        return Self(bytes: edits.applied(to: outline.bytes), skipsFirst: true, insertion: insertion)
    }
}
