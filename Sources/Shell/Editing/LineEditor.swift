import Bindings
import CPrompt
import Glibc

/// What Enter, Tab and a paste mean at the prompt, and what the screen shows of the text: everything of editing that
/// readline leaves to us.
final class LineEditor {
    private let prompt: String
    private let continuation: String
    private let hasColours: Bool
    private var guide: EntryGuide?
    private var renderer = LineRenderer(columns: 80)
    private var top: EditedText.Place?
    private var candidates: (list: CandidateList, text: String, cursor: Int)?
    /// Entries that were pasted along with the one that is edited.
    private(set) var following: [String] = []
    private var width = 80, height = 24

    init(prompt: String, continuation: String, hasColours: Bool) {
        (self.prompt, self.continuation, self.hasColours) = (prompt, continuation, hasColours)
    }

    func begin(_ guide: EntryGuide) { (self.guide, candidates, top) = (guide, nil, nil) }

    /// The next of the entries that were pasted at once.
    func takeFollowing() -> String? { following.isEmpty ? nil : following.removeFirst() }
    func forgetFollowing() { following = [] }

    func completion(_ text: String, at cursor: Int) -> Completion? { guide?.complete(text, cursor) }

    func isIncomplete(_ text: String) -> Bool { guide?.isIncomplete(text) ?? false }

    // MARK: changes

    /// A change of the text: what the range becomes.
    typealias Change = (range: Range<Int>, text: String)

    /// A new line, indented by what is open; a line that closes something is first put below what it closes.
    func breakLine(_ bytes: UnsafeRawBufferPointer, at point: Int) -> Change {
        guard point <= Highlight.limit else { return (point..<point, "\n") }
        let indentation = Indentation(bytes[..<point])
        var end = point
        while end < bytes.count, bytes[end] == UInt8(ascii: " ") { end += 1 }
        let newLine = "\n" + spaces(indentation.ofNewLine)
        guard let closed = closeLine(bytes, at: point, indentation) else { return (point..<end, newLine) }
        return (closed.range.lowerBound..<end, closed.text + newLine)
    }

    /// The last line put below what it closes; nil when it is right.
    func closeLine(_ bytes: UnsafeRawBufferPointer, at point: Int) -> Change? {
        point <= Highlight.limit ? closeLine(bytes, at: point, Indentation(bytes[..<point])) : nil
    }

    private func closeLine(_ bytes: UnsafeRawBufferPointer, at point: Int, _ indentation: Indentation) -> Change? {
        guard let wanted = indentation.ofClosingLine else { return nil }
        let start = bytes[..<point].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let line = bytes[start..<point], found = line.prefix { $0 == UInt8(ascii: " ") }.count
        // Only what our own indentation did is undone.
        guard found == wanted + Indentation.step else { return nil }
        return (start..<point, spaces(wanted) + String(decoding: line.dropFirst(found), as: UTF8.self))
    }

    /// What Tab makes of the text; nil when there is nothing to offer. Where several things fit they are listed, and
    /// what they begin with is put in.
    func complete(_ bytes: UnsafeRawBufferPointer, at point: Int, again: Bool) -> Change? {
        if isIndentation(bytes, point) { return (point..<point, spaces(Indentation.step)) }
        let text = String(decoding: bytes, as: UTF8.self)
        if again, let shown = candidates, shown.text == text, shown.cursor == point {
            candidates?.list.turn(columns: width, lines: listHeight)
            return (point..<point, "")
        }
        guard let completion = guide?.complete(text, point), !completion.candidates.isEmpty,
            completion.range.upperBound <= bytes.count
        else { return nil }
        let typed = String(decoding: bytes[completion.range], as: UTF8.self)
        let common = commonPrefix(completion.candidates.map(\.text))
        let result = common.utf8.count >= typed.utf8.count || completion.candidates.count == 1 ? common : typed
        if completion.candidates.count > 1 { offer(completion.candidates, after: (completion.range, result), bytes) }
        return (completion.range, result)
    }

    private func offer(_ candidates: [Candidate], after change: Change, _ bytes: UnsafeRawBufferPointer) {
        let before = String(decoding: bytes[..<change.range.lowerBound], as: UTF8.self) + change.text
        let after = String(decoding: bytes[change.range.upperBound...], as: UTF8.self)
        self.candidates = (CandidateList(candidates), before + after, before.utf8.count)
    }

    /// Shows candidates that readline found by ways of its own.
    func list(_ candidates: [String], _ text: String, at point: Int) {
        self.candidates = (CandidateList(candidates.map { Candidate($0) }), text, point)
    }

    /// Whether the cursor is in the white space at the beginning of a line that follows another.
    private func isIndentation(_ bytes: UnsafeRawBufferPointer, _ point: Int) -> Bool {
        guard let lineEnd = bytes[..<point].lastIndex(of: UInt8(ascii: "\n")) else { return false }
        return bytes[(lineEnd + 1)..<point].allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    }

    /// What is put in for pasted bytes. Entries that follow the first are kept for later, unless the text that they are
    /// pasted into has something already.
    func paste(_ bytes: UnsafeRawBufferPointer, intoEmpty: Bool) -> String {
        let pasted = PastedText(bytes, prompt: prompt, continuation: continuation)
        guard intoEmpty, pasted.entries.count > 1 else { return pasted.entries.joined(separator: "\n") }
        following = Array(pasted.entries.dropFirst())
        return pasted.entries[0]
    }

    // MARK: drawing

    /// The bytes that bring the screen up to date.
    func draw(_ view: prompt_view) -> String {
        let columns = Int(view.columns), lines = Int(view.lines)
        if view.drawing == PROMPT_BEGUN { return "" }
        if renderer.rowCount == 0, width != columns { renderer = LineRenderer(columns: columns) }
        (width, height) = (columns, lines)
        switch view.drawing {
        case PROMPT_RESIZED: return renderer.erase(columns: columns) + update(view)
        case PROMPT_CLEARED:
            renderer = LineRenderer(columns: columns)
            return "\u{1b}[H\u{1b}[2J" + update(view)
        case PROMPT_LEFT: return renderer.leave()
        case PROMPT_FINISHED: return renderer.returnToColumnZero() + finish(view, mark: "")
        case PROMPT_ABANDONED: return finish(view, mark: "^C")
        default: return update(view)
        }
    }

    private func update(_ view: prompt_view) -> String {
        let bytes = UnsafeRawBufferPointer(start: view.text, count: Int(view.length))
        var text = edited(view, bytes)
        text.below = below(view, bytes)
        let shown = text.view(columns: width, lines: height, top: top)
        top = shown.isPart ? shown.top : nil
        return renderer.draw(shown.rows, cursor: shown.cursor)
    }

    /// The whole text for good, or of one that is taller than it is worth its beginning and end.
    private func finish(_ view: prompt_view, mark: String) -> String {
        (candidates, top) = (nil, nil)
        let bytes = UnsafeRawBufferPointer(start: view.text, count: Int(view.length))
        var text = edited(view, bytes)
        text.cursor = bytes.count
        var shown = text.view(columns: width, lines: height)
        var output = ""
        if shown.isPart {
            output = renderer.erase(columns: width)
            shown.rows = text.abridgedRows(columns: width)
            shown.cursor = (shown.rows.count - 1, 0)
        }
        if !mark.isEmpty, let last = shown.rows.indices.last, shown.rows[last].width + mark.count <= width {
            for character in mark {
                shown.rows[last].append(ScreenCell(text: String(character), width: 1, style: .plain))
            }
        }
        return output + renderer.draw(shown.rows, cursor: (shown.rows.count - 1, 0)) + renderer.leave()
    }

    private func edited(_ view: prompt_view, _ bytes: UnsafeRawBufferPointer) -> EditedText {
        var text = EditedText(
            prompt: String(cString: view.prompt), continuation: continuation, bytes: bytes, cursor: Int(view.point))
        guard hasColours else { return text }
        text.promptStyle = view.is_message ? .plain : .prompt
        text.continuationStyle = .dim
        text.styles = Highlight.styles(of: bytes)
        return text
    }

    // MARK: below the text

    private var listHeight: Int { max(2, height * 2 / 3) }

    private func below(_ view: prompt_view, _ bytes: UnsafeRawBufferPointer) -> [[(text: String, style: TextStyle)]] {
        guard !view.is_message, bytes.count <= Highlight.limit else { return [] }
        let text = String(decoding: bytes, as: UTF8.self)
        if let shown = candidates, shown.text == text, shown.cursor == Int(view.point) {
            return shown.list.rows(columns: width, lines: listHeight)
        }
        candidates = nil
        guard !text.isEmpty, let hint = guide?.signature(text, Int(view.point)) else { return [] }
        return [signatureRow(hint.line(width: width - 8))]
    }

    /// The parameter that is being typed stands out.
    private func signatureRow(_ line: String) -> [(text: String, style: TextStyle)] {
        let indent = "  "
        guard hasColours, let start = line.firstIndex(of: "«"), let end = line.firstIndex(of: "»"), start < end else {
            return [(indent + line, hasColours ? .dim : .plain)]
        }
        return [
            (indent + line[..<start], .dim), (String(line[line.index(after: start)..<end]), .strong),
            (String(line[line.index(after: end)...]), .dim),
        ]
    }
}

private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }
