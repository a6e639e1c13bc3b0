/// The lines of a source around an error, with a caret under the culprit:
///
///       1 | for i = 1, 3 do
///     > 2 |   y = x + i
///                 ^
///       3 | end
struct Excerpt: Sendable {
    /// The number of the first line shown.
    private let first: Int
    private let lines: [[Character]]
    /// The line that the error is on.
    private let line: Int
    private let caret: Int?
    private static let context = 2

    /// - Parameters:
    ///   - line: from 1; the line of the caret when that is another one.
    ///   - offset: of the caret in the text.
    /// Nil when the text has no such line.
    init?(_ text: [UInt8], line: Int, offset: Int?) {
        var rows = text.split(separator: .newline, omittingEmptySubsequences: false)
        while rows.count > 1, rows[rows.count - 1].allSatisfy({ $0 == .space || $0 == .carriageReturn }) {
            rows.removeLast()
        }
        let caretLine = offset.map { offset in text.prefix(offset).count { $0 == .newline } + 1 }
        let line = min(caretLine ?? line, rows.count)
        guard line >= 1 else { return nil }
        self.line = line
        first = max(1, line - Self.context)
        lines = rows[(first - 1)..<min(rows.count, line + Self.context)].map(cells)
        caret = offset.flatMap { offset in
            caretLine == line
                ? cells(text[rows[line - 1].startIndex..<max(offset, rows[line - 1].startIndex)]).count : nil
        }
    }

    var hasCaret: Bool { caret != nil }
    var isOneLine: Bool { lines.count == 1 && first == 1 }

    /// The lines of at most `width` columns.
    func text(width: Int, style: ErrorStyle) -> [String] {
        let digits = "\(first + lines.count - 1)".count
        let room = max(20, width - digits - 5)
        let start = windowStart(room)
        var result: [String] = []
        for (index, cells) in lines.enumerated() {
            let number = "\(first + index)", pad = String(repeating: " ", count: digits - number.count)
            let isCulprit = first + index == line
            let gutter = (isCulprit ? style.mark("> ") : "  ") + pad + style.quiet(number + " | ")
            result.append(gutter + clipped(cells, start, room))
            if isCulprit, let caret {
                result.append(String(repeating: " ", count: digits + 5 + caret - start) + style.mark("^"))
            }
        }
        return result
    }

    /// The column at which a line too long for the room begins to be shown.
    private func windowStart(_ room: Int) -> Int {
        let cells = lines[line - first]
        guard let caret, cells.count > room, caret >= room - 4 else { return 0 }
        return min(caret - room / 2, max(0, cells.count - room))
    }

    private func clipped(_ cells: [Character], _ start: Int, _ room: Int) -> String {
        guard start > 0 || cells.count > room else { return printed(cells) }
        var shown = Array(cells.dropFirst(start).prefix(room))
        if start > 0, shown.count > 3 { shown.replaceSubrange(0..<3, with: "...") }
        if cells.count > start + room { shown.replaceSubrange((shown.count - 3)..., with: "...") }
        return printed(shown)
    }

    private func printed(_ cells: [Character]) -> String { String(cells.filter { $0 != widthFiller }) }
}

/// Stands after a character that takes two columns, so that a cell is a column.
private let widthFiller: Character = "\u{200b}"

/// A line as columns: tabs to the next multiple of four, what does not print as `?`.
private func cells(_ line: some Sequence<UInt8>) -> [Character] {
    var cells: [Character] = []
    for character in String(decoding: Array(line), as: UTF8.self) {
        switch character {
        case "\t": cells += [Character](repeating: " ", count: 4 - cells.count % 4)
        case "\r", "\r\n": continue
        default:
            let scalar = character.unicodeScalars.first!
            cells.append(scalar.value < 32 || (127..<160).contains(scalar.value) ? "?" : character)
            if isWide(scalar) { cells.append(widthFiller) }
        }
    }
    return cells
}

private func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
        0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
        true
    default: false
    }
}

/// How the parts of a report are set off.
struct ErrorStyle {
    let isColoured: Bool
    func mark(_ text: String) -> String { isColoured ? "\u{1b}[31m\(text)\u{1b}[0m" : text }
    func quiet(_ text: String) -> String { isColoured ? "\u{1b}[2m\(text)\u{1b}[0m" : text }
}
