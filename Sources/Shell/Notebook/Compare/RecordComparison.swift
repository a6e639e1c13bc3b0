import Kernel

/// What differs between the records of two runs of a notebook.
struct RecordComparison {
    /// Differences that no cell can be blamed for, a line each.
    private(set) var general: [String] = []
    /// What the reader should know and what is no difference.
    private(set) var notes: [String] = []
    private(set) var cells: [Cell] = []

    /// What differs in one cell.
    struct Cell: Equatable {
        let name: String
        let expect: String
        var lines: [String] = []
        var notes: [String] = []
    }

    var differs: Bool { !general.isEmpty || cells.contains { !$0.lines.isEmpty } }

    private let old: RunRecord, new: RunRecord

    /// - Parameter blobs: the bytes of a form of the first and of the second run.
    init(
        _ old: RunRecord, _ new: RunRecord,
        blobs: (old: (RunRecord.Medium) -> [UInt8]?, new: (RunRecord.Medium) -> [UInt8]?)
    ) {
        (self.old, self.new) = (old, new)
        compareSettings()
        let names = Set(new.stable.cells.map(\.name))
        for cell in old.stable.cells where cell.kind == .code {
            guard let other = new.stable.cells.first(where: { $0.name == cell.name && $0.kind == .code }) else {
                cells.append(Cell(name: cell.name, expect: cell.expect, lines: ["the cell is gone"]))
                continue
            }
            cells.append(compare(cell, other, blobs))
        }
        let known = Set(old.stable.cells.map(\.name))
        for cell in new.stable.cells where cell.kind == .code && !known.contains(cell.name) && names.contains(cell.name)
        {
            cells.append(Cell(name: cell.name, expect: cell.expect, lines: ["the cell is new"]))
        }
    }

    // MARK: what cells do not show

    private mutating func compareSettings() {
        let (a, b) = (old.stable, new.stable)
        if a.rootSeed != b.rootSeed { general.append("seed: \(a.rootSeed) -> \(b.rootSeed)") }
        compareParameters(a.parameters, b.parameters)
        compareInputs(a, b)
        for (name, what) in [
            ("executable_sha256", "build of the program"), ("threads", "number of threads"), ("processor", "processor"),
        ]
        where a.program[name] != b.program[name] {
            let isDigest = name == "executable_sha256"
            let change = isDigest ? "" : ": \(plain(a.program[name])) -> \(plain(b.program[name]))"
            notes.append("another \(what)" + change)
        }
    }

    private mutating func compareParameters(_ a: [JSON.Field], _ b: [JSON.Field]) {
        for field in a {
            let other = b.first { $0.name == field.name }
            if other?.value != field.value {
                general.append(
                    "parameter \(field.name): \(plain(field.value)) -> \(other.map { plain($0.value) } ?? "gone")")
            }
        }
        for field in b where !a.contains(where: { $0.name == field.name }) {
            general.append("parameter \(field.name): new, \(plain(field.value))")
        }
    }

    /// Files that both runs read and that have another content; the cells that read them are named.
    private mutating func compareInputs(_ a: RunRecord.Stable, _ b: RunRecord.Stable) {
        for input in a.inputs {
            guard let other = b.inputs.first(where: { $0.path == input.path }), other.sha256 != input.sha256 else {
                continue
            }
            let readers = b.cells.filter { $0.inputs.contains(input.path) }.map { "'\($0.name)'" }
            let by =
                readers.isEmpty
                ? "" : " (read by cell\(readers.count == 1 ? "" : "s") \(readers.joined(separator: ", ")))"
            general.append("input \(input.path): SHA-256 \(input.sha256) -> \(other.sha256)\(by)")
        }
    }

    // MARK: cells

    private func compare(
        _ a: RunRecord.CellRecord, _ b: RunRecord.CellRecord,
        _ blobs: (old: (RunRecord.Medium) -> [UInt8]?, new: (RunRecord.Medium) -> [UInt8]?)
    ) -> Cell {
        let expect = Expectation(rawValue: b.expect) ?? .exact
        var cell = Cell(name: a.name, expect: b.expect)
        if a.codeDigest != b.codeDigest {
            cell.lines.append("code: SHA-256 \(a.codeDigest.prefix(12)) -> \(b.codeDigest.prefix(12))")
        }
        // Another root seed changes all of them, which is said once.
        if a.seed != b.seed, old.stable.rootSeed == new.stable.rootSeed {
            cell.lines.append("seed: \(a.seed) -> \(b.seed)")
        }
        if a.expect != b.expect { cell.notes.append("expect: \(a.expect) -> \(b.expect)") }
        let changed = changedInputs(b)
        cell.lines += changed.map { "input \($0.path): SHA-256 \($0.old.prefix(12)) -> \($0.new.prefix(12))" }
        if a.status != b.status {
            cell.lines.append("status: \(a.status.rawValue) -> \(b.status.rawValue)" + reason(b))
        } else if a.outputDigest != b.outputDigest || expect != .exact {
            var outputs = OutputComparison(
                expect, Tolerance(expect, rtol: b.rtol, atol: b.atol), old: blobs.old, new: blobs.new)
            outputs.compare(a.outputs, b.outputs)
            cell.lines += outputs.lines
            if outputs.more > 0 { cell.lines.append("and \(outputs.more) differences more") }
        }
        for model in a.models {
            if let other = b.models.first(where: { $0.name == model.name }), other.value != model.value {
                cell.notes.append("model \(model.name) has other weights")
            }
        }
        return cell
    }

    private func reason(_ cell: RunRecord.CellRecord) -> String {
        if case .error(_, let message)? = cell.outputs.last { return ": " + message } else { return "" }
    }

    private func changedInputs(_ cell: RunRecord.CellRecord) -> [(path: String, old: String, new: String)] {
        cell.inputs.compactMap { path in
            guard let before = old.stable.inputs.first(where: { $0.path == path }),
                let after = new.stable.inputs.first(where: { $0.path == path }), before.sha256 != after.sha256
            else { return nil }
            return (path, before.sha256, after.sha256)
        }
    }

    private func plain(_ json: JSON?) -> String { json.map { $0.text ?? $0.description } ?? "unknown" }
}
