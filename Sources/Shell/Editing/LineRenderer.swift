/// Brings the screen from the rows that it shows to the rows that it should show, with few bytes: what did not change is
/// not written again.
///
/// Only sequences that every terminal of the last forty years knows are used: cursor up, down, left and right, and
/// erasing to the end of the line and of the screen. Everything is relative to the row of the prompt, of which the
/// renderer does not know where on the screen it is.
struct LineRenderer {
    private var shown: [ScreenRow] = []
    private var row = 0, column = 0
    private var output = ""
    private let columns: Int

    /// Of a terminal whose cursor stands at the beginning of an empty row.
    init(columns: Int) { self.columns = columns }

    /// How many rows are shown.
    var rowCount: Int { shown.count }

    /// The bytes that show the rows and put the cursor in its place.
    mutating func draw(_ rows: [ScreenRow], cursor: (row: Int, column: Int)) -> String {
        for index in rows.indices { draw(rows[index], at: index) }
        if shown.count > rows.count {
            move(to: rows.count, 0)
            output += "\u{1b}[J"
            shown.removeLast(shown.count - rows.count)
        }
        move(to: cursor.row, cursor.column)
        defer { output = "" }
        return output
    }

    private mutating func draw(_ row: ScreenRow, at index: Int) {
        let isNew = index >= shown.count
        if !isNew, shown[index] == row { return }
        let old = isNew ? ScreenRow() : shown[index]
        let kept = zip(old.cells, row.cells).prefix { $0 == $1 }.count
        if !isNew, kept == row.cells.count, old.width == row.width {
            shown[index] = row
            return
        }
        let start = row.cells[..<kept].reduce(0) { $0 + $1.width }
        if isNew, index > 0, shown[index - 1].isWrapped {
            wrap(to: index, row)
        } else {
            move(to: index, start)
        }
        write(row.cells[kept...])
        if old.width > row.width { output += "\u{1b}[K" }
        if isNew { shown.append(row) } else { shown[index] = row }
    }

    /// Goes to a new row that continues the one above, in the way that lets the terminal know that it does.
    private mutating func wrap(to index: Int, _ row: ScreenRow) {
        let isBehind = self.row == index - 1 && column == columns
        if !isBehind { return move(to: index, 0) }
        if row.cells.isEmpty { output += " \r" }
        (self.row, column) = (index, 0)
    }

    private mutating func write(_ cells: ArraySlice<ScreenCell>) {
        var style = TextStyle.plain
        for cell in cells {
            if cell.style != style {
                output += cell.style.sequence
                style = cell.style
            }
            output += cell.text
            column += cell.width
        }
        if style != .plain { output += TextStyle.plain.sequence }
    }

    private mutating func move(to newRow: Int, _ newColumn: Int) {
        if column >= columns, row != newRow || column != newColumn {
            output += "\r"
            column = 0
        }
        if newRow < row { output += "\u{1b}[\(row - newRow)A" }
        // Below the last row there may be nothing to move to: a line end makes the screen scroll.
        let reachable = max(row, min(newRow, shown.count - 1))
        if reachable > row { output += "\u{1b}[\(reachable - row)B" }
        if newRow > reachable {
            output += "\r" + String(repeating: "\n", count: newRow - reachable)
            column = 0
        }
        row = newRow
        if newColumn == 0, column != 0 {
            output += "\r"
        } else if newColumn > column {
            output += "\u{1b}[\(newColumn - column)C"
        } else if newColumn < column {
            output += "\u{1b}[\(column - newColumn)D"
        }
        column = newColumn
    }

    /// For when the cursor was sent to the beginning of its row by others.
    mutating func returnToColumnZero() -> String {
        column = 0
        return "\r"
    }

    /// Goes to the beginning of the row below everything. The next drawing starts there.
    mutating func leave() -> String {
        move(to: max(0, shown.count - 1), 0)
        defer { self = LineRenderer(columns: columns) }
        return output + "\r\n"
    }

    /// Goes back to where drawing began and erases everything, also when the terminal has meanwhile another width and
    /// has wrapped its rows anew, as most do.
    mutating func erase(columns newColumns: Int) -> String {
        var above = 0, offset = 0
        for (index, line) in shown.enumerated() where index < row {
            offset += line.isWrapped ? line.width : 0
            if line.isWrapped { continue }
            above += rowCount(offset + line.width, newColumns)
            offset = 0
        }
        above += (offset + column) / max(1, newColumns)
        defer { self = LineRenderer(columns: newColumns) }
        return (above > 0 ? "\r\u{1b}[\(above)A" : "\r") + "\u{1b}[J"
    }

    private func rowCount(_ width: Int, _ columns: Int) -> Int { max(1, (width + columns - 1) / max(1, columns)) }
}
