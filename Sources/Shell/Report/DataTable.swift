import Kernel

/// The columns and rows of a value that is a table, as texts that line up.
struct DataTable {
    /// What stands above it and below it.
    let title: String, note: String
    let columns: [Column]
    /// Of every row as many texts as there are columns.
    let rows: [[String]]

    /// Whether it lists names and their values rather than rows of a kind.
    var isListing: Bool { columns.map(\.name) == ["what", "value"] }

    struct Column {
        let name: String
        /// Numbers stand at the right.
        let isNumeric: Bool
    }

    /// - Parameter table: `{"title", "columns": [...], "rows": [[...]], "note"}`; nil when it is something else.
    init?(_ table: JSON) {
        guard let names = table["columns"]?.list, let lines = table["rows"]?.list, !names.isEmpty else { return nil }
        let cells = lines.map { line in
            let cells = line.list ?? []
            return names.indices.map { $0 < cells.count ? cells[$0] : .null }
        }
        var columns: [Column] = [], texts: [[String]] = []
        for (place, name) in names.enumerated() {
            let column = cells.map { $0[place] }
            let filled = column.filter { $0 != .null && $0 != .text("") }
            let isNumeric = !filled.isEmpty && filled.allSatisfy(Self.isNumeric)
            columns.append(Column(name: name.text ?? name.description, isNumeric: isNumeric))
            texts.append(Self.texts(column))
        }
        (title, note) = (table["title"]?.text ?? "", table["note"]?.text ?? "")
        self.columns = columns
        rows = lines.indices.map { line in texts.map { $0[line] } }
    }

    /// A number, or a text made of numbers: `84.2 ± 0.7`, `[0.04, 0.09]`, `100 %`.
    private static func isNumeric(_ cell: JSON) -> Bool {
        guard let text = cell.text else { return cell.double != nil }
        if text == "-" || text == "–" { return true }
        return text.unicodeScalars.contains { ("0"..."9").contains($0) }
            && text.unicodeScalars.allSatisfy { ("0"..."9").contains($0) || "+-−.,±[]% e∞".unicodeScalars.contains($0) }
    }

    /// Numbers of one column have the same number of decimals: as many as five significant digits of the largest need.
    private static func texts(_ column: [JSON]) -> [String] {
        let decimals = decimals(column.compactMap(\.double))
        return column.map { cell in
            switch cell {
            case .null: ""
            case .text(let text): text
            case .int(let int): "\(int)"
            case .number(let number): decimals.map { fixedText(number, $0) } ?? numberText(number)
            default: cell.description
            }
        }
    }

    /// nil when the numbers are too large or too small for that.
    private static func decimals(_ numbers: [Double]) -> Int? {
        let largest = numbers.reduce(0) { max($0, abs($1)) }
        guard largest > 1e-3, largest < 1e9 else { return largest == 0 ? 0 : nil }
        var most = 4
        var bound = 10.0
        while bound <= largest, most > 0 { (bound, most) = (bound * 10, most - 1) }
        if largest < 1 { most = 4 }
        return numbers.reduce(0) { max($0, needed($1, most)) }
    }

    /// The decimals that are left of so many when zeros at the end go.
    private static func needed(_ number: Double, _ most: Int) -> Int {
        var text = fixedText(number, most), count = most
        while count > 0, text.hasSuffix("0") { (text, count) = (String(text.dropLast()), count - 1) }
        return count
    }
}
