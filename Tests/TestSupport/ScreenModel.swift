import Glibc

/// What a terminal shows after the bytes it was sent: the part of a VT100 and xterm that programs of lines use.
///
/// Lines wrap as in xterm: a row that is full keeps the cursor until the next character comes. Sequences that are not
/// known are passed over.
public struct ScreenModel: Sendable {
    public private(set) var rows: Int
    public private(set) var columns: Int
    /// Where the next character goes; the column is `columns` when the row is full.
    public private(set) var cursor = Place(row: 0, column: 0)
    /// What left the screen at its top, oldest first.
    public private(set) var scrolledOff: [String] = []
    /// How often the bell rang.
    public private(set) var bells = 0

    var cells: [Row]
    private var style = ""
    private var saved = Place(row: 0, column: 0)
    /// Bytes of a sequence or character that has not come whole.
    private var unread: [UInt8] = []

    public struct Place: Equatable, Sendable {
        public var row: Int
        public var column: Int
        public init(row: Int, column: Int) { (self.row, self.column) = (row, column) }
    }
    /// A character and the numbers of its colours and attributes, as in `ESC [ 1;31 m`. The right half of a wide
    /// character is empty.
    struct Cell: Equatable, Sendable {
        var text = " "
        var style = ""
    }
    struct Row: Equatable, Sendable {
        var cells: [Cell] = []
        /// Whether the next row continues this one.
        var isWrapped = false
    }

    public init(rows: Int = 24, columns: Int = 80) {
        (self.rows, self.columns) = (rows, columns)
        cells = Array(repeating: Row(), count: rows)
    }

    /// The rows from the top, without blanks at their ends and without the empty rows at the bottom.
    public var lines: [String] {
        var lines = cells.map(Self.text)
        while lines.last == "" { lines.removeLast() }
        return lines
    }
    /// The same as one text.
    public var text: String { lines.joined(separator: "\n") }
    /// What scrolled off and what is shown.
    public var everything: [String] { scrolledOff + lines }

    /// The colours and attributes of the first place where `text` is shown, "" for none; nil when it is not shown.
    public func style(of text: String) -> String? {
        for row in cells {
            let shown = row.cells.map(\.text).joined()
            guard let found = shown.firstRange(of: text) else { continue }
            var column = 0
            var characters = shown.distance(from: shown.startIndex, to: found.lowerBound)
            while characters > 0 {
                characters -= row.cells[column].text.count
                column += 1
            }
            return row.cells[column].style
        }
        return nil
    }

    private static func text(_ row: Row) -> String {
        var text = row.cells.map(\.text).joined()
        while text.last == " " { text.removeLast() }
        return text
    }

    /// Shows what a program wrote.
    public mutating func feed(_ bytes: some Sequence<UInt8>) {
        unread += bytes
        var index = 0
        while index < unread.count, let length = take(from: index) { index += length }
        unread.removeFirst(index)
    }

    /// Acts on what begins at the index and gives its length; nil when it has not come whole.
    private mutating func take(from index: Int) -> Int? {
        let byte = unread[index]
        if byte == 0x1b { return takeEscape(from: index) }
        if byte < 0x20 || byte == 0x7f {
            control(byte)
            return 1
        }
        let length = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
        guard index + length <= unread.count else { return nil }
        put(String(decoding: unread[index..<index + length], as: UTF8.self))
        return length
    }

    private mutating func control(_ byte: UInt8) {
        switch byte {
        case 0x07: bells += 1
        case 0x08: cursor.column = max(0, min(cursor.column, columns - 1) - 1)
        case 0x09: cursor.column = min(columns - 1, (cursor.column / 8 + 1) * 8)
        case 0x0a: lineFeed()
        case 0x0d: cursor.column = 0
        default: break
        }
    }

    private mutating func lineFeed() {
        cursor.column = min(cursor.column, columns - 1)
        guard cursor.row == rows - 1 else {
            cursor.row += 1
            return
        }
        scrolledOff.append(Self.text(cells.removeFirst()))
        cells.append(Row())
    }

    private mutating func put(_ text: String) {
        let width = displayWidth(text.unicodeScalars.first!)
        guard width > 0 else {
            let column = min(cursor.column, cells[cursor.row].cells.count) - 1
            if column >= 0 { cells[cursor.row].cells[column].text += text }
            return
        }
        if cursor.column + width > columns {
            cells[cursor.row].isWrapped = true
            lineFeed()
            cursor.column = 0
        }
        fill(to: cursor.column + width)
        cells[cursor.row].cells[cursor.column] = Cell(text: text, style: style)
        if width == 2 { cells[cursor.row].cells[cursor.column + 1] = Cell(text: "", style: style) }
        cursor.column += width
    }

    private mutating func fill(to column: Int) {
        while cells[cursor.row].cells.count < column { cells[cursor.row].cells.append(Cell()) }
    }

    // MARK: sequences

    private mutating func takeEscape(from index: Int) -> Int? {
        guard index + 1 < unread.count else { return nil }
        switch unread[index + 1] {
        case UInt8(ascii: "["):
            guard let end = unread[(index + 2)...].firstIndex(where: { (0x40...0x7e).contains($0) }) else { return nil }
            let parameters = String(decoding: unread[index + 2..<end], as: UTF8.self)
            act(Character(Unicode.Scalar(unread[end])), parameters)
            return end + 1 - index
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"): return takeText(from: index)
        case UInt8(ascii: "("), UInt8(ascii: ")"): return index + 2 < unread.count ? 3 : nil
        case UInt8(ascii: "7"): saved = cursor
        case UInt8(ascii: "8"): cursor = saved
        case UInt8(ascii: "M"): cursor.row = max(0, cursor.row - 1)
        default: break
        }
        return 2
    }

    /// A sequence that holds text (a title, a picture) ends at BEL or `ESC \`.
    private func takeText(from index: Int) -> Int? {
        for end in (index + 2)..<unread.count {
            if unread[end] == 0x07 { return end + 1 - index }
            if unread[end] == 0x1b, end + 1 < unread.count { return end + 2 - index }
        }
        return nil
    }

    private mutating func act(_ letter: Character, _ parameters: String) {
        let numbers = parameters.split(separator: ";", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        let count = max(1, numbers.first ?? 1)
        switch letter {
        case "A": cursor.row = max(0, cursor.row - count)
        case "B": cursor.row = min(rows - 1, cursor.row + count)
        case "C": cursor.column = min(columns - 1, cursor.column + count)
        case "D": cursor.column = max(0, min(cursor.column, columns - 1) - count)
        case "G": cursor.column = min(columns, count) - 1
        case "H", "f":
            let column = numbers.count > 1 ? max(1, numbers[1]) : 1
            cursor = Place(row: min(rows, count) - 1, column: min(columns, column) - 1)
        case "J": eraseScreen(numbers.first ?? 0)
        case "K": eraseLine(numbers.first ?? 0)
        case "P": removeCells(count)
        case "@": insertCells(count)
        case "m": setStyle(numbers)
        case "s": saved = cursor
        case "u": cursor = saved
        default: break
        }
    }

    private mutating func setStyle(_ numbers: [Int]) {
        for number in numbers { style = number == 0 ? "" : style + (style.isEmpty ? "" : ";") + "\(number)" }
    }

    private mutating func eraseScreen(_ part: Int) {
        guard part == 0 else {
            cells = Array(repeating: Row(), count: rows)
            if part == 3 { scrolledOff = [] }
            return
        }
        eraseLine(0)
        for row in (cursor.row + 1)..<max(rows, cursor.row + 1) { cells[row] = Row() }
    }

    private mutating func eraseLine(_ part: Int) {
        let column = min(cursor.column, columns - 1)
        switch part {
        case 0:
            let surplus = max(0, cells[cursor.row].cells.count - column)
            cells[cursor.row].cells.removeLast(surplus)
            cells[cursor.row].isWrapped = false
        case 1:
            for index in 0..<min(column + 1, cells[cursor.row].cells.count) { cells[cursor.row].cells[index] = Cell() }
        default: cells[cursor.row] = Row()
        }
    }

    private mutating func removeCells(_ count: Int) {
        let start = min(cursor.column, cells[cursor.row].cells.count)
        cells[cursor.row].cells.removeSubrange(start..<min(start + count, cells[cursor.row].cells.count))
    }

    private mutating func insertCells(_ count: Int) {
        guard cursor.column < cells[cursor.row].cells.count else { return }
        cells[cursor.row].cells.insert(contentsOf: Array(repeating: Cell(), count: count), at: cursor.column)
        cells[cursor.row].cells = Array(cells[cursor.row].cells.prefix(columns))
    }
}

extension ScreenModel {
    /// Changes the size as terminals do that keep wrapped lines together. Lines that no longer fit leave at the top.
    public mutating func resize(rows newRows: Int, columns newColumns: Int) {
        var logical: [[Cell]] = [[]]
        var cursorLine = 0, cursorOffset = 0
        let used = max(cursor.row, cells.lastIndex { !$0.cells.isEmpty } ?? 0)
        for (index, row) in cells[...used].enumerated() {
            if index == cursor.row {
                (cursorLine, cursorOffset) = (logical.count - 1, logical.last!.count + cursor.column)
            }
            logical[logical.count - 1] += row.cells
            if !row.isWrapped, index < used { logical.append([]) }
        }
        var rewrapped: [Row] = []
        var place = Place(row: 0, column: 0)
        for (number, line) in logical.enumerated() {
            let first = rewrapped.count
            var rest = line[...]
            repeat {
                let part = rest.prefix(newColumns)
                rest = rest.dropFirst(newColumns)
                rewrapped.append(Row(cells: Array(part), isWrapped: !rest.isEmpty))
            } while !rest.isEmpty
            guard number == cursorLine else { continue }
            let row = min(cursorOffset / newColumns, rewrapped.count - 1 - first)
            place = Place(row: first + row, column: min(newColumns, cursorOffset - row * newColumns))
        }
        let surplus = max(0, rewrapped.count - newRows)
        scrolledOff += rewrapped.prefix(surplus).map(Self.text)
        cells = Array(rewrapped.dropFirst(surplus))
        while cells.count < newRows { cells.append(Row()) }
        (rows, columns) = (newRows, newColumns)
        cursor = Place(row: max(0, place.row - surplus), column: place.column)
    }
}

/// Columns that a terminal gives a character: 0 for marks that join the one before, 2 for wide ones.
private func displayWidth(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x300...0x36f, 0x200b...0x200f, 0xfe00...0xfe0f: 0
    case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
        0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
        2
    default: 1
    }
}
