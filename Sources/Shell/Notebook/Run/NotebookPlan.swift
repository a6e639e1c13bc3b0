import Kernel

/// What a run of a notebook will do: its settings, and every cell with what its marker asks for, checked.
struct NotebookPlan: Equatable, Sendable {
    var rootSeed: Int
    /// Where the root seed comes from: `command line`, `header` or `default`.
    var seedOrigin: String
    var limits: Limits
    var cells: [PlannedCell]

    struct Limits: Equatable, Sendable {
        var seconds: Double?
        var bytes: Int?
    }

    /// - Parameter seed: the root seed, when the command line says one.
    /// - Throws: `RunComplaint` for a key of a cell or a field of the header that makes no sense.
    init(_ notebook: Notebook, seed: Int? = nil) throws {
        let header = notebook.header?["assay"]
        let written = try header?["seed"].map { json -> Int in
            guard let seed = json.int else { throw RunComplaint.header("seed", expected: "whole number", got: json) }
            return seed
        }
        rootSeed = seed ?? written ?? 0
        seedOrigin = seed != nil ? "command line" : written != nil ? "header" : "default"
        limits = try Limits(header?["limits"])
        let seed = rootSeed
        cells = try zip(notebook.cells, notebook.names).map { try PlannedCell($0, name: $1, rootSeed: seed) }
        try checkNames()
    }

    /// The cell whose variables are the notebook's parameters.
    var parameters: Int? { cells.firstIndex { $0.isParameters } }

    private func checkNames() throws {
        var seen: Set<String> = []
        for cell in cells where !seen.insert(cell.name).inserted {
            throw RunComplaint("two cells are named '\(cell.name)'; names of cells must differ")
        }
        let tagged = cells.filter(\.isParameters).map(\.name)
        if tagged.count > 1 {
            throw RunComplaint("cells '\(tagged[0])' and '\(tagged[1])' are both tagged parameters; one cell can be")
        }
        for (place, cell) in cells.enumerated() {
            for name in cell.dependencies ?? [] where !cells[..<place].contains(where: { $0.name == name }) {
                let isLater = cells[place...].contains { $0.name == name }
                let near = nearest(to: name, in: cells[..<place].map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
                throw RunComplaint(
                    "cell '\(cell.name)': deps: "
                        + (isLater ? "'\(name)' does not stand before it" : "no cell '\(name)'\(near)"))
            }
        }
    }
}

extension NotebookPlan.Limits {
    fileprivate init(_ json: JSON?) throws {
        if let time = json?["time"] {
            guard let seconds = time.double, seconds > 0 else {
                throw RunComplaint.header("limits.time", expected: "number of seconds", got: time)
            }
            self.seconds = seconds
        }
        if let memory = json?["memory"] {
            guard let bytes = ByteCount(memory)?.bytes else {
                throw RunComplaint.header("limits.memory", expected: "size such as 4GiB", got: memory)
            }
            self.bytes = bytes
        }
    }
}
