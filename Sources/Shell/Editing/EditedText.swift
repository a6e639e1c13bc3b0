import Glibc

/// The text being edited and what stands around it, to be cut into rows for the terminal.
///
/// Only what fits the screen is looked at, so that a key costs the same in a text of a thousand lines as in one of ten.
struct EditedText {
    /// Before the first line: the prompt, or the message of a search.
    var prompt: String
    /// Before every other line.
    var continuation: String
    var bytes: UnsafeRawBufferPointer
    /// Where the cursor is, in bytes.
    var cursor: Int
    /// Colours of parts of the text, in order and without overlap.
    var styles: [(range: Range<Int>, style: TextStyle)] = []
    /// What is shown below the text: candidates, a signature.
    var below: [[(text: String, style: TextStyle)]] = []
    var promptStyle = TextStyle.plain
    var continuationStyle = TextStyle.plain

    /// One row and where it comes from, so that a view of a tall text can stay where it was.
    struct Place: Equatable {
        /// Where the line begins, in bytes.
        var line: Int
        /// The row within the line.
        var row: Int
    }

    /// The rows of a screen and the cursor in them.
    struct View: Equatable {
        var rows: [ScreenRow]
        var cursor: (row: Int, column: Int)
        /// What the first row shows.
        var top: Place
        /// Whether the text goes on above or below.
        var isPart: Bool

        static func == (a: View, b: View) -> Bool {
            a.rows == b.rows && a.cursor == b.cursor && a.top == b.top && a.isPart == b.isPart
        }
    }

    /// The rows around the cursor that fit the screen. A text that does not fit is shown from `top` when the cursor is
    /// then on the screen.
    func view(columns: Int, lines: Int, top: Place? = nil) -> View {
        let below = belowRows(columns: columns, limit: max(0, lines - 2))
        let room = max(1, lines - below.count)
        var rows: [(row: ScreenRow, place: Place)] = []
        let start = lineStart(cursor)
        let (lineRows, cursorPlace) = self.rows(from: start, columns: columns)
        rows = lineRows
        var cursorRow = cursorPlace?.row ?? 0
        let before = rowsAbove(start, columns: columns, limit: room)
        rows = before.rows + rows
        cursorRow += before.rows.count
        let after = rowsBelow(lineEnd(cursor), columns: columns, limit: room)
        rows += after.rows
        var first = 0
        if rows.count > room || before.isCut || after.isCut {
            first = firstRow(of: rows.map(\.place), cursorRow: cursorRow, room: room, top: top)
        }
        let shown = rows[first..<min(rows.count, first + room)]
        return View(
            rows: shown.map(\.row) + below, cursor: (cursorRow - first, cursorPlace?.column ?? 0),
            top: shown.first?.place ?? Place(line: 0, row: 0),
            isPart: first > 0 || first + room < rows.count || before.isCut || after.isCut)
    }

    /// All rows for good, of a text of very many lines the first and the last ones.
    func abridgedRows(columns: Int, whole: Int = 200, part: Int = 5) -> [ScreenRow] {
        let first = rowsBelow(-1, columns: columns, limit: whole)
        if !first.isCut { return first.rows.map(\.row) }
        let last = rowsAbove(bytes.count + 1, columns: columns, limit: part)
        var filler = RowFiller(columns: columns)
        let lines = bytes.reduce(1) { $0 + ($1 == newline ? 1 : 0) } - 2 * part
        filler.add("  ... \(lines) lines ...", .dim)
        return first.rows.prefix(part).map(\.row) + filler.rows.prefix(1) + last.rows.suffix(part).map(\.row)
    }

    /// The first row to show: the one shown before if the cursor stays on the screen, else as near to it as can be.
    private func firstRow(of places: [Place], cursorRow: Int, room: Int, top: Place?) -> Int {
        let last = max(0, places.count - room)
        let wanted = top.flatMap(places.firstIndex) ?? last
        return min(last, min(cursorRow, max(wanted, cursorRow - room + 1)))
    }

    // MARK: lines

    private func lineStart(_ offset: Int) -> Int {
        var index = min(offset, bytes.count)
        while index > 0, bytes[index - 1] != newline { index -= 1 }
        return index
    }

    /// The offset of the line end at or after an offset.
    private func lineEnd(_ offset: Int) -> Int {
        guard offset < bytes.count, let base = bytes.baseAddress,
            let found = memchr(base + offset, Int32(newline), bytes.count - offset)
        else { return bytes.count }
        return UnsafeRawPointer(found) - base
    }

    private typealias Rows = (rows: [(row: ScreenRow, place: Place)], isCut: Bool)

    private func rowsAbove(_ start: Int, columns: Int, limit: Int) -> Rows {
        var rows: [(row: ScreenRow, place: Place)] = []
        var start = start
        while start > 0, rows.count < limit {
            start = lineStart(start - 1)
            rows = self.rows(from: start, columns: columns).rows + rows
        }
        return (rows, start > 0)
    }

    private func rowsBelow(_ end: Int, columns: Int, limit: Int) -> Rows {
        var rows: [(row: ScreenRow, place: Place)] = []
        var end = end
        while end < bytes.count, rows.count < limit {
            rows += self.rows(from: end + 1, columns: columns).rows
            end = lineEnd(end + 1)
        }
        return (rows, end < bytes.count)
    }

    /// The rows of the line that begins at an offset, and the cursor when it is in the line.
    private func rows(
        from start: Int, columns: Int
    ) -> (rows: [(row: ScreenRow, place: Place)], cursor: (row: Int, column: Int)?) {
        var filler = RowFiller(columns: columns)
        filler.add(start == 0 ? prompt : continuation, start == 0 ? promptStyle : continuationStyle)
        filler.tabOrigin = filler.place(width: 0).column
        let end = lineEnd(start)
        var style = styles.firstIndex { $0.range.upperBound > start } ?? styles.count
        var index = start
        var found: (row: Int, column: Int)?
        while index < end {
            while style < styles.count, styles[style].range.upperBound <= index { style += 1 }
            let isStyled = style < styles.count && styles[style].range.contains(index)
            let (scalar, length) = scalar(in: bytes, at: index)
            if found == nil, cursor < index + length, cursor >= start { found = filler.place(before: scalar) }
            filler.add(scalar, isStyled ? styles[style].style : .plain)
            index += length
        }
        if found == nil, cursor >= start, cursor <= end { found = filler.place() }
        return (filler.rows.enumerated().map { ($1, Place(line: start, row: $0)) }, found)
    }

    /// Rows below the text, cut to the width, since they are no part of it.
    private func belowRows(columns: Int, limit: Int) -> [ScreenRow] {
        below.prefix(limit).map { parts in
            var filler = RowFiller(columns: columns)
            for part in parts { filler.add(part.text, part.style) }
            var row = filler.rows[0]
            row.isWrapped = false
            return row
        }
    }
}

private let newline = UInt8(ascii: "\n")
