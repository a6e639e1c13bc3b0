import Bindings
import Glibc
import Kernel

/// A notebook that `:load` opened: its cells, and what became of those that were run in this session.
struct LoadedNotebook {
    let path: String
    let text: String
    let stamp: FileStamp?
    let plan: NotebookPlan
    /// By place.
    var states: [State]
    /// The place after the cell that was run last.
    var next = 0

    /// What became of a cell.
    enum State: String {
        case fresh = ""
        case done, failed
        /// It was run, and its text is another one since.
        case changed
    }

    init(path: String, text: String, stamp: FileStamp?) throws {
        (self.path, self.text, self.stamp) = (path, text, stamp)
        plan = try NotebookPlan(Notebook(parsing: text))
        states = plan.cells.map { _ in .fresh }
    }

    /// The same file as it is now: cells that did not change keep what became of them.
    func reread(_ text: String, stamp: FileStamp?) throws -> LoadedNotebook {
        var new = try LoadedNotebook(path: path, text: text, stamp: stamp)
        for (place, cell) in new.plan.cells.enumerated() {
            guard let old = plan.cells.firstIndex(where: { $0.name == cell.name }), states[old] != .fresh else {
                continue
            }
            new.states[place] = plan.cells[old].source == cell.source ? states[old] : .changed
        }
        if next > 0, let last = new.plan.cells.firstIndex(where: { $0.name == plan.cells[next - 1].name }) {
            new.next = last + 1
        }
        return new
    }

    var codeCount: Int { plan.cells.count { $0.kind == .code } }

    /// The place of the cell that a word names or numbers.
    func place(_ word: String) -> Int? {
        if let place = plan.cells.firstIndex(where: { $0.name == word }) { return place }
        return Int(word).flatMap { plan.cells.indices.contains($0 - 1) ? $0 - 1 : nil }
    }

    /// A row for each cell under a head.
    var rows: [[String]] {
        [["", "name", "kind", "first line", "state"]]
            + plan.cells.enumerated().map { place, cell in
                let first = cell.source.split(separator: "\n").first { !$0.allSatisfy(\.isWhitespace) } ?? ""
                return [
                    "\(place + 1)", cell.name, cell.kind.rawValue, shortened(trimmed(String(first)), to: 48),
                    states[place].rawValue,
                ]
            }
    }
}

extension Conversation {
    /// Opens a notebook; nothing of it runs.
    func open(notebook path: String, _ text: String, _ stamp: FileStamp?) throws {
        do {
            if let old = notebook, old.path == path {
                notebook = try old.reread(text, stamp: stamp)
            } else {
                notebook = try LoadedNotebook(path: path, text: text, stamp: stamp)
            }
        } catch { throw CommandError(":load: \(path): \(error)") }
        let count = notebook?.plan.cells.count ?? 0
        say("\(path) has \(count) cell\(count == 1 ? "" : "s"); :cells lists them, :next runs the next one")
    }

    /// The notebook that is open.
    func openNotebook(_ command: String) throws -> LoadedNotebook {
        guard let notebook else { throw CommandError(":\(command): no notebook is open; :load nb.lua opens one") }
        return notebook
    }

    /// Runs a cell of the open notebook as `assay run` does, with its own random numbers, and shows the value of a last
    /// expression; a cell of text is shown.
    func run(cell place: Int) throws {
        guard let open = notebook else { return }
        let cell = open.plan.cells[place]
        notebook?.next = place + 1
        guard cell.kind == .code else { return say(cell.source) }
        say("-- \(cell.name)")
        let outcome = evaluator.evaluate(cell, of: open)
        notebook?.states[place] = outcome == .done ? .done : .failed
        if outcome != .done { throw ReportedFailure(outcome) }
        entryCode = (entryCode.map { $0 + "\n\n" } ?? "") + cell.source
    }
}

extension Evaluator {
    /// Evaluates a cell as an entry of the prompt; errors point into its file.
    fileprivate func evaluate(_ cell: PlannedCell, of notebook: LoadedNotebook) -> Outcome {
        let padding = String(repeating: "\n", count: cell.line - 1)
        let entry = EntrySource(padding + cell.source + "\n", promotesLocals: promotesLocals)
        return Session.withStream(seed: cell.seed) {
            attempt {
                try interpreter.seedRandom(cell.seed)
                try interpreter.evaluate(entry, name: "@" + notebook.path, keeping: Array(notebook.text.utf8)) {
                    shown in
                    if !entry.isSilent { interpreter.output(shown + "\n") }
                }
                for note in entry.notes { complain(note, kind: "note") }
            }
        }
    }
}
