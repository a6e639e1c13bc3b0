import Bindings
import Glibc
import Kernel

/// One run of a notebook in this process: a fresh state, the cells from top to bottom, and the record of what they did.
///
///     let end = try NotebookRun(notebook: notebook, path: "nb.lua", options: options).perform()
///
/// The process should hear Ctrl-C (`InterruptHandler.install`). While a notebook runs, its folder is the working
/// directory, standard output and standard error are gathered, and nothing else may run Lua.
struct NotebookRun {
    let notebook: Notebook
    /// Where the file stands; its folder is where relative paths of the notebook begin.
    let path: String
    /// The bytes of the file, when they are at hand.
    var text: [UInt8]?
    var options = Options()

    struct Options {
        /// What the parameters are instead of their defaults.
        var parameters: [NamedParameter] = []
        /// The root seed instead of the header's.
        var seed: Int?
        /// What `...` and `arg` hold.
        var arguments: [String] = []
        /// Where the record goes; nil for none.
        var record: RecordFiles?
        /// Whether cells may be taken from the cache and put into it.
        var usesCache = true
        var usesEnvironment = true
        /// Lua's warnings are on, as after `warn("@on")`.
        var warnings = false
        /// How the run reports: text as it comes, or a line of JSON for each output.
        var reportsJSON = false
        /// Neither progress nor a summary.
        var quiet = false
        /// Columns for errors on the user's terminal.
        var columns = 100
        var progress: (any ProgressSink)?
        /// Changes the state before the first cell: what a sandbox takes away.
        var prepare: ((Interpreter) throws -> Void)?
        /// Asked at the end of the run, for the record: what a sandbox granted and saw. Files that it saw read become
        /// inputs.
        var sandbox: (() -> SandboxReport)?
        /// Told of each error that ends a cell.
        var complaint: ((String) -> Void)?
    }

    /// What a sandbox knows of a run.
    struct SandboxReport {
        /// What was asked for, granted and used, for the record.
        var permissions: JSON
        var filesRead: [String] = []
        var filesWritten: [String] = []
    }

    /// How a run ended.
    struct End {
        var status: ExitStatus
        /// Nil when nothing ran.
        var record: RunRecord?
        /// Bytes of the forms that the record names, by digest.
        var blobs: [String: [UInt8]] = [:]
    }

    /// Runs the notebook and writes its record. What went wrong in a cell has been reported.
    /// - Throws: `RunComplaint` for what keeps it from starting, `KernelError` when the record cannot be written.
    func perform() throws -> End {
        let plan = try NotebookPlan(notebook, seed: options.seed)
        if !options.parameters.isEmpty, plan.parameters == nil {
            throw RunComplaint(
                "no cell is tagged parameters; write tags=[\"parameters\"] on the marker of the cell that sets the defaults"
            )
        }
        let text = try text ?? Files.read(path, limit: 1 << 26)
        let place = NotebookPlace(path)
        var options = options
        options.record = options.record.map(place.absolute)
        let before = try place.enter()
        defer { before.restore() }
        // A record is compared with runs on other numbers of threads.
        return try Workers.deterministically {
            let running = try RunningNotebook(plan, place, text, inputs: notebook.inputs.map(\.path), options)
            defer { running.close() }
            return try running.run()
        }
    }
}

/// Where a notebook stands.
struct NotebookPlace {
    let folder: String
    let fileName: String

    init(_ path: String) {
        let cut = path.lastIndex(of: "/")
        fileName = String(cut.map { path[path.index(after: $0)...] } ?? path[...])
        let folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        self.folder = NotebookPlace.real(folder)
    }

    /// The working directory and the screen before a run.
    struct Before {
        let directory: String
        let screen: Screen
        func restore() {
            chdir(directory)
            Screen.current = screen
        }
    }

    /// Makes the notebook's folder the working directory, and the screen the one that records are made for.
    func enter() throws -> Before {
        let before = Before(directory: NotebookPlace.real("."), screen: Screen.current)
        guard before.directory == folder || chdir(folder) == 0 else {
            throw RunComplaint("cannot enter \(folder): \(String(cString: strerror(errno)))")
        }
        Screen.current = Interpreter.formsScreen
        return before
    }

    /// The same record by a path that holds in every working directory.
    func absolute(_ record: RecordFiles) -> RecordFiles {
        guard !record.folder.hasPrefix("/") else { return record }
        return RecordFiles(record: NotebookPlace.real(".") + "/" + record.path)
    }

    private static func real(_ path: String) -> String { realPath(path) ?? path }
}
