import Kernel

/// A comparison of two runs as a person and as a program read it.
struct ComparisonReport {
    let comparison: RecordComparison
    /// What was compared: `nb.lua`.
    let title: String
    let roots: (old: String, new: String)

    /// A line for each cell and each difference, then what it comes to.
    var text: String {
        var lines = comparison.general
        let width = comparison.cells.map(\.name.count).max() ?? 0
        for cell in comparison.cells {
            let name = cell.name + String(repeating: " ", count: width - cell.name.count)
            let expect = cell.expect + String(repeating: " ", count: max(0, 6 - cell.expect.count))
            lines.append("\(name)  \(expect)  \(cell.lines.isEmpty ? "same" : "differs")")
            lines += cell.lines.map { "    " + $0 } + cell.notes.map { "    note: " + $0 }
        }
        return (lines + comparison.notes.map { "note: " + $0 } + [summary]).joined(separator: "\n")
    }

    private var summary: String {
        let count = comparison.cells.count, apart = comparison.cells.count { !$0.lines.isEmpty }
        let root =
            roots.old == roots.new
            ? "root \(roots.old.prefix(12))" : "root \(roots.old.prefix(12)) -> \(roots.new.prefix(12))"
        if !comparison.differs { return "\(title): \(cells(count)) the same; \(root)" }
        return "\(title): \(apart) of \(cells(count)) \(apart == 1 ? "differs" : "differ"); \(root)"
    }

    private func cells(_ count: Int) -> String { "\(count) cell\(count == 1 ? "" : "s")" }

    var json: JSON {
        .object([
            ("differs", .flag(comparison.differs)), ("root", .text(roots.new)), ("recorded_root", .text(roots.old)),
            ("general", .list(comparison.general.map(JSON.text))),
            ("notes", .list(comparison.notes.map(JSON.text))),
            (
                "cells",
                .list(
                    comparison.cells.map { cell in
                        .object([
                            ("name", .text(cell.name)), ("expect", .text(cell.expect)),
                            ("differences", .list(cell.lines.map(JSON.text))),
                            ("notes", .list(cell.notes.map(JSON.text))),
                        ])
                    })
            ),
        ])
    }
}
