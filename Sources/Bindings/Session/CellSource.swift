/// The Lua of one cell of a notebook, and what is compiled for it.
///
/// The lines are those of the file that the cell stands in. Locals at block depth 0 become variables of the notebook, so
/// that the cells one after the other do what the whole file does. A mark is returned at the end, which tells a cell
/// that ran to its end from one that left the file with `return`.
public struct CellSource: Sendable {
    /// What the user should know of the rewrite, a line each.
    public let notes: [String]
    /// In order of preference; the last is the text as it stands, for its own complaint.
    let forms: [[UInt8]]
    static let mark = "\u{1}assay: the end of the cell"

    /// - Parameter line: the line of the file in which the text begins, from 1.
    public init(_ text: String, line: Int) {
        let outline = LuaOutline(text)
        let promotion = LocalPromotion(outline)
        notes = promotion.notes.filter { $0.contains("<close>") }.map {
            $0.replacing("at the prompt", with: "in a notebook")
        }
        let before = [UInt8](repeating: .newline, count: max(0, line - 1))
        let returns = outline.entries.contains { entry in
            entry.token.kind == .keyword && entry.blocks == 0 && entry.brackets == 0 && outline.text(entry) == "return"
        }
        let after = returns ? [] : Array("\nreturn \"\(Self.mark)\"".utf8)
        let promoted = before + promotion.edits.applied(to: outline.bytes), plain = before + outline.bytes
        forms = (promotion.edits.isEmpty ? [] : [promoted + after]) + [plain + after] + (returns ? [] : [plain])
    }
}
