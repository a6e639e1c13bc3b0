import Kernel

/// What changed between two texts, line by line, in a form that is safe to show.
struct TextChanges {
    let added: [String], removed: [String]

    init(from old: String, to new: String) {
        func lines(_ text: String) -> [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
        let (before, after) = (lines(old), lines(new))
        // The comparison takes time and memory that grow with lines times differences.
        guard before.count + after.count <= 4000 else {
            (added, removed) = (after.map(String.init), before.map(String.init))
            return
        }
        let difference = after.difference(from: before)
        added = difference.insertions.map(TextChanges.line)
        removed = difference.removals.map(TextChanges.line)
    }

    private static func line(_ change: CollectionDifference<Substring>.Change) -> String {
        switch change {
        case .insert(_, let line, _), .remove(_, let line, _): String(line)
        }
    }

    /// `2 lines added, 1 removed` and the first of them.
    func summary(shows most: Int = 12) -> [String] {
        let head = "\(added.count) \(added.count == 1 ? "line" : "lines") added, \(removed.count) removed"
        let all = removed.map { "  - " + $0 } + added.map { "  + " + $0 }
        let shown = all.prefix(most).map { VisibleText.escaped(String($0.prefix(160))) }
        return [head] + shown + (all.count > most ? ["  ... and \(all.count - most) more"] : [])
    }
}
