import Bindings

/// The candidates of Tab as rows below the text: with a detail each on a row of its own, without in columns.
struct CandidateList {
    private let candidates: [Candidate]
    /// The first row shown: Tab again goes on to the next rows.
    private var first = 0

    init(_ candidates: [Candidate]) { self.candidates = candidates }

    /// What the rows show now, at most `lines` of them; the last says how many more there are.
    func rows(columns: Int, lines: Int) -> [[(text: String, style: TextStyle)]] {
        let all = allRows(columns: columns)
        guard all.count > lines else { return all }
        let start = first < all.count ? first : 0
        let shown = Array(all[start..<min(all.count, start + max(1, lines - 1))])
        let rest = all.count - start - shown.count
        return shown + [[("  ... \(rest > 0 ? "\(rest) more" : "the end"), Tab shows on", .dim)]]
    }

    /// Goes on to the next rows, from the last to the first.
    mutating func turn(columns: Int, lines: Int) {
        let count = allRows(columns: columns).count
        first = first + lines - 1 < count ? first + max(1, lines - 1) : 0
    }

    private func allRows(columns: Int) -> [[(text: String, style: TextStyle)]] {
        let width = (candidates.map(\.label.count).max() ?? 0) + 2
        if candidates.contains(where: { !$0.detail.isEmpty }), width + 12 <= columns {
            return candidates.map { [(padded($0.label, width), .plain), (oneLine($0.detail), .dim)] }
        }
        let perRow = max(1, columns / max(1, width)), rows = (candidates.count + perRow - 1) / perRow
        return (0..<rows).map { row in
            stride(from: row, to: candidates.count, by: rows).map { (padded(candidates[$0].label, width), .plain) }
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        oneLine(text) + String(repeating: " ", count: max(0, width - text.count))
    }

    private func oneLine(_ text: String) -> String { text.replacing("\n", with: " ") }
}

/// What all the texts begin with.
func commonPrefix(_ texts: [String]) -> String {
    guard var prefix = texts.first.map({ Substring($0) }) else { return "" }
    for text in texts.dropFirst() {
        let same = zip(prefix, text).prefix { $0 == $1 }.count
        prefix = prefix.prefix(same)
    }
    return String(prefix)
}
