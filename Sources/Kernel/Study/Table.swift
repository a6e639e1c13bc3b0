/// Rows under named columns: what studies print and export.
public struct Table: ObjectParameter, CustomStringConvertible {
    public static var typeName: String { "Table" }

    public enum Cell: Equatable, Sendable {
        case empty
        case text(String)
        case int(Int)
        /// A number and the digits that it is printed with; exports have them all.
        case number(Double, digits: Int)
        /// A number with as many digits as it has.
        case value(Double)
        /// A share in percent: `84.2`.
        case percent(Double)
        /// A share in percent with its interval: `84.2 ± 0.7`, or `0.1 [0.0, 0.6]` when that is lopsided.
        case interval(Estimate)
    }

    public var title: String
    public let columns: [String]
    public private(set) var rows: [[Cell]] = []
    /// A line below the table.
    public var note = ""

    public init(_ title: String = "", _ columns: [String]) { (self.title, self.columns) = (title, columns) }

    /// Adds a row; missing cells are empty.
    public mutating func add(_ cells: [Cell]) {
        let missing = max(0, columns.count - cells.count)
        rows.append(Array(cells.prefix(columns.count)) + Array(repeating: .empty, count: missing))
    }

    /// Columns separated by two spaces, text to the left, numbers to the right.
    public var description: String {
        let texts = rows.map { $0.map(\.text) }
        let isText = columns.indices.map { column in rows.allSatisfy { $0[column].isText } }
        let widths = columns.indices.map { column in
            texts.reduce(columns[column].count) { max($0, $1[column].count) }
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return isText[column] ? cells[column] + space : space + cells[column]
            }
            let joined = padded.joined(separator: "  ")
            return String(joined.reversed().drop { $0 == " " }.reversed())
        }
        let rule = String(repeating: "─", count: max(0, widths.reduce(0, +) + 2 * (widths.count - 1)))
        let head = (title.isEmpty ? [] : [title]) + [line(columns), rule]
        return (head + texts.map(line) + (note.isEmpty ? [] : [note])).joined(separator: "\n")
    }
}

extension Table.Cell {
    /// As it is printed.
    var text: String {
        switch self {
        case .empty: ""
        case .text(let text): text
        case .int(let int): "\(int)"
        case .value(let number): numberText(number)
        case .number(let number, let digits): fixedText(number, digits)
        case .percent(let share): fixedText(100 * share, 1)
        case .interval(let estimate): estimate.percentText
        }
    }
    fileprivate var isText: Bool {
        switch self {
        case .text, .empty: true
        default: false
        }
    }
}

extension Estimate {
    /// `84.2 ± 0.7` in percent; `0.1 [0.0, 0.6]` when one side is more than a fifth longer than the other.
    public var percentText: String {
        let below = 100 * (value - low), above = 100 * (high - value)
        let isEven = !(abs(below - above) > 0.1 * (below + above))
        return fixedText(100 * value, 1)
            + (isEven
                ? " ± \(fixedText((below + above) / 2, 1))"
                : " [\(fixedText(100 * low, 1)), \(fixedText(100 * high, 1))]")
    }
    /// `0.0871 [0.0812, 0.0934]`.
    public func text(digits: Int) -> String {
        "\(fixedText(value, digits)) [\(fixedText(low, digits)), \(fixedText(high, digits))]"
    }
}

// MARK: - Export

extension Table {
    /// RFC 4180: fields with commas, quotes or line ends in quotes. An interval gives three columns.
    public var csv: String {
        let lines = exported.map { fields in
            fields.map { field in
                let isPlain = !field.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
                return isPlain ? field : "\"" + field.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
            }.joined(separator: ",")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A row's values by column, as the scripting language sees them; intervals give three fields.
    public func values(_ row: Int) -> [(name: String, value: Value)] {
        columns.indices.flatMap { column -> [(name: String, value: Value)] in
            guard case .interval(let e) = rows[row][column] else { return [(columns[column], rows[row][column].value)] }
            return zip(intervalNames(columns[column]), [e.value, e.low, e.high]).map { ($0, .number($1)) }
        }
    }

    private var exported: [[String]] {
        let isInterval = columns.indices.map(hasInterval)
        let head = columns.indices.flatMap { isInterval[$0] ? intervalNames(columns[$0]) : [columns[$0]] }
        return [head]
            + rows.map { row in
                row.indices.flatMap { column -> [String] in
                    guard isInterval[column] else { return [row[column].exact] }
                    guard case .interval(let e) = row[column] else { return [row[column].exact, "", ""] }
                    return [numberText(e.value), numberText(e.low), numberText(e.high)]
                }
            }
    }
    private func hasInterval(_ column: Int) -> Bool {
        rows.contains { if case .interval = $0[column] { true } else { false } }
    }
    private func intervalNames(_ column: String) -> [String] { [column, "\(column)_low", "\(column)_high"] }

    /// A list with one object per row.
    public var json: JSON {
        .list(
            rows.map { row in
                .object(
                    row.indices.flatMap { column -> [(String, JSON)] in
                        guard case .interval(let e) = row[column] else { return [(columns[column], row[column].json)] }
                        return zip(intervalNames(columns[column]), [e.value, e.low, e.high]).map { ($0, .number($1)) }
                    })
            })
    }
}

extension Table.Cell {
    /// With all digits, for export.
    fileprivate var exact: String {
        switch self {
        case .number(let number, _), .percent(let number), .value(let number): numberText(number)
        case .interval(let estimate): numberText(estimate.value)
        default: text
        }
    }
    fileprivate var value: Value {
        switch self {
        case .empty: .null
        case .text(let text): .text(text)
        case .int(let int): .int(int)
        case .number(let number, _), .percent(let number), .value(let number): .number(number)
        case .interval(let estimate): .number(estimate.value)
        }
    }
    fileprivate var json: JSON {
        switch self {
        case .empty: .null
        case .text(let text): .text(text)
        case .int(let int): .int(int)
        case .number(let number, _), .percent(let number), .value(let number): .number(number)
        case .interval(let estimate): .number(estimate.value)
        }
    }
}
