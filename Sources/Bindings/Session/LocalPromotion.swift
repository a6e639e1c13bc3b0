/// The rewrite by which locals survive their entry: `local` at block depth 0 declares a variable of the session.
///
/// The word is replaced by spaces, so that no other token moves: `local x = 1` becomes `      x = 1`. A declaration
/// without values gets nil, which fits into the place of the word: `local x` becomes `x=nil  `. Attributes are
/// dropped with a note, since a variable of the session can be neither constant nor closed at the end of a block.
/// Blocks and functions keep their locals. What is shadowed is replaced: after `local print = log`, `print` is `log`
/// in the whole session.
struct LocalPromotion {
    private let outline: LuaOutline
    private(set) var edits = SourceEdits()
    private(set) var notes: [String] = []

    init(_ outline: LuaOutline) {
        self.outline = outline
        for (index, entry) in outline.entries.enumerated() where isLocal(entry) { promote(index) }
    }

    private func isLocal(_ entry: LuaOutline.Entry) -> Bool {
        entry.token.kind == .keyword && entry.blocks == 0 && entry.brackets == 0 && outline.text(entry) == "local"
    }

    private mutating func promote(_ index: Int) {
        let word = outline.entries[index].token.range
        if text(index + 1) == "function" { return edits.blank(word, in: outline.bytes) }
        guard let declaration = LocalNames(outline, after: index) else { return }
        for (name, attribute) in declaration.attributes {
            notes.append("note: <\(attribute)> of '\(name)' has no effect at the prompt")
        }
        if text(declaration.end) == "=" {
            blankWords(index, declaration)
        } else {
            assignNil(index, declaration)
        }
    }

    private mutating func blankWords(_ index: Int, _ declaration: LocalNames) {
        edits.blank(outline.entries[index].token.range, in: outline.bytes)
        for range in declaration.attributeRanges { edits.blank(range, in: outline.bytes) }
    }

    /// Writes ` = nil` without moving what follows: behind the names when nothing else stands on the line, otherwise in
    /// the place of `local a, b`. Only names on another line than `local` may leave no room; the line is then longer.
    private mutating func assignNil(_ index: Int, _ declaration: LocalNames) {
        let start = outline.entries[index].token.range.lowerBound
        let end = outline.entries[declaration.end - 1].token.range.upperBound
        let next =
            declaration.end < outline.entries.count ? outline.entries[declaration.end].token.range.lowerBound : nil
        if let next, !outline.bytes[end..<next].contains(.newline),
            let fitted = fit(declaration.names, into: outline.bytes[start..<end])
        {
            return edits.replace(start..<end, with: fitted)
        }
        blankWords(index, declaration)
        edits.insert("=nil", at: end)
    }

    /// The assignment written over the given bytes, line ends kept; nil when it does not fit.
    private func fit(_ names: [String], into bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var pieces = (names.map { [$0] }.joined(separator: [","]) + ["=", "nil"]).map { Array($0.utf8) }[...]
        var result: [UInt8] = []
        for (number, line) in bytes.split(separator: .newline, omittingEmptySubsequences: false).enumerated() {
            if number > 0 { result.append(.newline) }
            var room = line.count
            while let piece = pieces.first, piece.count <= room {
                result += piece
                room -= piece.count
                pieces.removeFirst()
            }
            result += [UInt8](repeating: .space, count: room)
        }
        return pieces.isEmpty ? result : nil
    }

    private func text(_ index: Int) -> String? {
        index < outline.entries.count ? outline.text(outline.entries[index]) : nil
    }
}

/// The names of a `local` statement: `a <const>, b`.
private struct LocalNames {
    var names: [String] = []
    var attributes: [(name: String, attribute: String)] = []
    var attributeRanges: [Range<Int>] = []
    /// The index of the token after the names.
    var end: Int

    /// Nil when no list of names follows.
    init?(_ outline: LuaOutline, after local: Int) {
        let entries = outline.entries
        func text(_ index: Int) -> String { index < entries.count ? outline.text(entries[index]) : "" }
        func isName(_ index: Int) -> Bool { index < entries.count && entries[index].token.kind == .name }
        end = local + 1
        while true {
            guard isName(end) else { return nil }
            names.append(text(end))
            end += 1
            if text(end) == "<", isName(end + 1), text(end + 2) == ">" {
                guard ["const", "close"].contains(text(end + 1)) else { return nil }  // for Lua to complain of
                attributes.append((names[names.count - 1], text(end + 1)))
                for index in end...(end + 2) { attributeRanges.append(entries[index].token.range) }
                end += 3
            }
            guard text(end) == "," else { return }
            end += 1
        }
    }
}
