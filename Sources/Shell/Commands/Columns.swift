/// Rows as columns two spaces apart, numbers to the right. What does not fit is cut at the right edge.
///
/// - Parameters:
///   - right: the columns that stand to the right.
///   - width: how wide a line may be.
func columns(_ rows: [[String]], right: Set<Int> = [], width: Int) -> [String] {
    guard let first = rows.first else { return [] }
    let widths = first.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = row.indices.map { column -> String in
            let space = String(repeating: " ", count: widths[column] - row[column].count)
            return right.contains(column) ? space + row[column] : row[column] + space
        }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return shortened(line, to: width)
    }
}

/// At most so many characters, the last of them `…` where something was cut.
func shortened(_ text: String, to width: Int) -> String {
    text.count <= max(1, width) ? text : text.prefix(max(1, width) - 1) + "…"
}
