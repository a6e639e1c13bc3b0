import Kernel

/// The columns and rows of a value that is a table, as texts that line up.
struct DataTable {
    let columns: [Column]
    /// Of every row as many texts as there are columns.
    let rows: [[String]]

    struct Column {
        let name: String
        /// Numbers stand at the right.
        let isNumeric: Bool
    }

    /// - Parameter table: `{"columns": [...], "rows": [[...]]}`; nil when it is something else.
    init?(_ table: JSON) {
        guard let names = table["columns"]?.list, let lines = table["rows"]?.list, !names.isEmpty else { return nil }
        let cells = lines.map { line in
            let cells = line.list ?? []
            return names.indices.map { $0 < cells.count ? cells[$0] : .null }
        }
        var columns: [Column] = [], texts: [[String]] = []
        for (place, name) in names.enumerated() {
            let column = cells.map { $0[place] }
            let isNumeric = column.contains(where: \.isNumber) && column.allSatisfy { $0.isNumber || $0 == .null }
            columns.append(Column(name: name.text ?? name.description, isNumeric: isNumeric))
            texts.append(Self.texts(column))
        }
        self.columns = columns
        rows = lines.indices.map { line in texts.map { $0[line] } }
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

extension JSON {
    var isNumber: Bool { double != nil }
    /// A number of either kind.
    var double: Double? {
        switch self {
        case .int(let int): Double(int)
        case .number(let number): number
        default: nil
        }
    }
}
