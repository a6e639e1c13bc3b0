/// An entry of the prompt as a script has it.
extension EntrySource {
    /// Lua that does in a file what the entry did at the prompt: the last expression is shown with `show`, unless `;`
    /// hid it; locals stay as they were typed. Nil for a text that is no Lua.
    ///
    /// - Parameter isLua: whether a text compiles.
    public func script(_ isLua: (String) -> Bool) -> String? {
        let outline = LuaOutline(text)
        guard let last = LastStatement(outline), last.isExpression else { return isLua(text) ? text : nil }
        if isSilent, isLua(text) { return text }  // a call
        var edits = SourceEdits()
        edits.insert(isSilent ? "local _ = " : "show(", at: last.start)
        for range in last.semicolons { edits.blank(range, in: outline.bytes) }
        if !isSilent, let end = outline.entries.last(where: { outline.text($0) != ";" })?.token.range.upperBound {
            edits.insert(")", at: end)
        }
        let shown = String(decoding: edits.applied(to: outline.bytes), as: UTF8.self)
        return isLua(shown) ? shown : isLua(text) ? text : nil
    }
}
