import ArgumentParser
import Bindings
import CPrompt
import Glibc
import Kernel

/// `assay run` of a notebook, with a record for each run that its parameters ask for.
struct NotebookProgram {
    let request: NotebookRequest
    let settings: Settings

    init(_ request: NotebookRequest, _ settings: Settings) { (self.request, self.settings) = (request, settings) }

    /// The first run that fails decides the status; the others are done all the same, unless Ctrl-C ends them all.
    func run() -> ExitStatus {
        prepare()
        do {
            let source = try Files.read(request.path, limit: 1 << 26)
            let notebook = try Notebook(parsing: String(decoding: source, as: UTF8.self)), grid = try grid()
            let confinement = try confinement(notebook, source)
            try NotebookRequirements(notebook: notebook, folder: NotebookPlace(request.path).folder)
                .check(checksInputs: !request.takesChangedInputs)
            var status = ExitStatus.ok
            for run in grid.runs {
                if !run.label.isEmpty { say("\(request.path): \(run.label)") }
                let end = try perform(notebook, source, confinement, run)
                if status == .ok { status = end }
                if end == .interrupted || end == .syntaxError { return end }
            }
            return status
        } catch {
            complain("\(error)")
            return status(of: error)
        }
    }

    private func prepare() {
        prompt_watch_signals()
        settings.color.apply()
        if let threads = settings.threads { Workers.use(threads) }
        Screen.current = .standardOutput
        _ = ProgressBar.session  // while standard error is what it is
        InterruptHandler.install()
        InterruptHandler.observe { prompt_count_interrupt($0) }
        Interpreter.observeOutput { ProgressBar.session.clear() }
    }

    private func grid() throws -> ParameterGrid {
        guard let path = request.parameterFile else { return ParameterGrid(request.parameters) }
        let bytes = try Files.read(path, limit: 1 << 26)
        do {
            return try ParameterGrid(bytes.withUnsafeBytes { try JSON(parsing: $0) }, fixed: request.parameters)
        } catch let error as JSON.SyntaxError { throw RunComplaint("\(path): \(error)") }
    }

    /// What the notebook is confined to; nil for one that is trusted.
    private func confinement(_ notebook: Notebook, _ source: [UInt8]) throws -> NotebookConfinement? {
        let limits = try request.confinement.limits(header: notebook.settings?["limits"])
        let gate = TrustGate(
            path: request.path, source: source,
            permissions: try Permissions(json: notebook.settings?["permissions"]), limits: limits)
        switch try gate.decide(request.trust) {
        case .trusted: return nil
        case .confined(let grants):
            return NotebookConfinement(
                request: request, settings: settings, source: source, grants: grants, limits: limits,
                isPartial: request.confinement.partial)
        }
    }

    private func perform(
        _ notebook: Notebook, _ source: [UInt8], _ confinement: NotebookConfinement?, _ run: ParameterGrid.Run
    ) throws -> ExitStatus {
        let files = RecordFiles(notebook: request.path, folder: request.recordFolder, variant: run.label)
        if let confinement {
            let end = try confinement.run(run, record: request.keepsRecord ? files : nil)
            if let record = end.record { summarize(record, files) }
            return end.status
        }
        var options = NotebookRun.Options()
        options.parameters = run.parameters
        options.seed = request.seed
        options.arguments = request.arguments
        options.record = request.keepsRecord ? files : nil
        options.usesCache = request.usesCache
        options.usesEnvironment = !settings.ignoreEnvironment
        options.warnings = settings.warnings
        options.reportsJSON = settings.json
        options.quiet = settings.quiet
        options.columns = Screen.current.width
        options.progress = settings.quiet ? nil : ProgressBar.session
        let end = try NotebookRun(notebook: notebook, path: request.path, text: source, options: options).perform()
        if let record = end.record { summarize(record, files) }
        return end.status
    }

    /// The last line: `nb.lua: 5 cells in 2.14 s, 1 from the cache; root 1a2b3c4d5e6f; record in __assay__/nb.lua.run.json`.
    private func summarize(_ record: RunRecord, _ files: RecordFiles) {
        let done = record.stable.cells.count { $0.kind == .code && $0.status == .done }
        let code = record.stable.cells.count { $0.kind == .code }
        let cached = record.volatile.cells.count(where: \.isCached)
        if settings.json {
            let path: JSON = request.keepsRecord ? .text(files.path) : .null
            return print(
                JSON.object([
                    ("notebook", .text(request.path)), ("record", path), ("root", .text(record.stable.root)),
                    ("seconds", .number(record.volatile.seconds)),
                ]))
        }
        let count = done == code ? "\(code) cell\(code == 1 ? "" : "s")" : "\(done) of \(code) cells"
        say(
            "\(request.path): \(count) in \(timeText(record.volatile.seconds))"
                + (cached > 0 ? ", \(cached) from the cache" : "") + "; root \(record.stable.root.prefix(12))"
                + (request.keepsRecord ? "; record in \(files.path)" : ""))
    }

    private func say(_ text: String) {
        if !settings.quiet, !settings.json { writeToStandardError(text + "\n") }
    }

    private func complain(_ text: String) {
        writeToStandardError(
            settings.json ? Failure(kind: "notebook", message: text).json.description + "\n" : "assay: \(text)\n")
    }

    private func status(of error: any Error) -> ExitStatus {
        switch error {
        case let error as PermissionError: error.status
        case is Interrupted: .interrupted
        case LuaError.memory, KernelError.memory: .resourceLimit
        default: .usage
        }
    }
}
