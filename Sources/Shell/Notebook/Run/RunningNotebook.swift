import Bindings
import Glibc
import Kernel
import Synchronization

/// A notebook while it runs: the state, the cells that are done, and the outputs of the one that runs.
final class RunningNotebook {
    let plan: NotebookPlan
    let place: NotebookPlace
    /// Files that the header says are read.
    let declaredInputs: [String]
    let options: NotebookRun.Options
    let interpreter: Interpreter
    let inputs: InputLog
    let watch: RunWatch
    let source: RunRecord.Source
    /// The chunk name of all cells.
    let chunk: String
    /// By place in the plan.
    var cells: [RunRecord.CellRecord]
    var costs: [RunRecord.CellCost]
    var blobs: [String: [UInt8]] = [:]
    var parameters: [JSON.Field] = []
    /// Outputs of the cell that runs.
    var outputs = CellOutputs()
    /// The place of the cell that runs.
    var current: Int?
    var capture: OutputCapture?
    /// Digests of the models among the variables.
    var models: [String: String] = [:]
    let started = Double(time(nil)), start = ProcessCost()
    private var isWritten = false

    /// The run that `os.exit` would cut short.
    private static let active = Mutex<Unowned?>(nil)
    private struct Unowned: @unchecked Sendable {  // used by the thread that runs Lua
        unowned let notebook: RunningNotebook
    }

    /// - Parameter text: the bytes of the file.
    init(
        _ plan: NotebookPlan, _ place: NotebookPlace, _ text: [UInt8], inputs: [String], _ options: NotebookRun.Options
    ) throws {
        (self.plan, self.place, self.options, declaredInputs) = (plan, place, options, inputs)
        chunk = "@" + place.fileName
        source = RunRecord.Source(path: place.fileName, bytes: text.count, sha256: try Digest.of(text))
        self.inputs = InputLog(folder: place.folder, ignored: CellCache().map { [$0.folder] } ?? [])
        watch = RunWatch(seconds: plan.limits.seconds, bytes: plan.limits.bytes)
        cells = try plan.cells.map { try RunRecord.CellRecord(skipped: $0) }
        costs = plan.cells.map { _ in
            RunRecord.CellCost(seconds: 0, processorSeconds: 0, peakBytes: 0, isCached: false)
        }
        Session.seed(plan.rootSeed)
        interpreter = try Interpreter(usesEnvironment: options.usesEnvironment, hashSeed: RunningNotebook.hashSeed)
        interpreter.topics = { Reference.shellTopics }
        interpreter.keepText(text, of: chunk)
        try interpreter.setArguments(path: place.fileName, options.arguments)
        interpreter.script = Script(path: place.fileName, arguments: options.arguments, source: text)
        if options.warnings { try interpreter.execute("warn('@on')", name: "=(assay)") }
        try options.prepare?(interpreter)
    }

    /// Lua's seed for all notebooks, so that `pairs` visits equal tables in one order.
    static let hashSeed: UInt32 = 0x6173_6179

    func close() { interpreter.close() }

    /// Runs the cells and writes the record.
    func run() throws -> NotebookRun.End {
        let units: [CellUnit]
        do { units = try plan.units(interpreter, name: chunk) } catch {
            report(error.error, in: error.cell)
            return NotebookRun.End(status: .syntaxError)
        }
        try begin()
        var status = ExitStatus.ok
        options.progress?.begin(place.fileName, total: units.count, unit: "cells")
        for (number, unit) in units.enumerated() {
            options.progress?.advance(to: number, metric: "cell '\(plan.cells[unit.cells[0]].name)'")
            let end = runUnit(unit)
            if case .failed(let failure) = end { status = failure }
            if end != .ran { break }
        }
        options.progress?.end()
        end()
        let record = try makeRecord()
        try write(record)
        return NotebookRun.End(status: status, record: record, blobs: blobs)
    }

    private func begin() throws {
        capture = try OutputCapture { [unowned self] isError, bytes in self.receive(isError: isError, bytes) }
        interpreter.showObserver = { [unowned self] in self.receive($0) }
        inputs.start()
        Self.active.withLock { $0 = Unowned(notebook: self) }
        Self.hearExit
    }

    private func end() {
        Self.active.withLock { $0 = nil }
        watch.stop()
        inputs.stop()
        interpreter.showObserver = nil
        capture?.stop()
    }

    // MARK: os.exit

    /// Has what a run did written even when a cell ends the process. Once for the process.
    private static let hearExit: Void = {
        on_exit({ status, _ in RunningNotebook.active.withLock { $0 }?.notebook.wasExited(with: status) }, nil)
    }()

    private func wasExited(with code: Int32) {
        capture?.drain()
        if let place = current {
            if code != 0 {
                let message = "os.exit(\(code)) ended the run"
                outputs.append(error: message, message: message)
            }
            finish(place, code == 0 ? .done : .failed, since: cellStart, isCached: false)
        }
        end()
        InterruptHandler.clear()
        do { try write(makeRecord()) } catch { writeToStandardError("assay: \(error)\n") }
    }

    /// What the process had used when the cell began.
    var cellStart = ProcessCost()

    // MARK: the record

    func makeRecord() throws -> RunRecord {
        let report = options.sandbox?()
        for path in report?.filesWritten ?? [] { inputs.note(path, .written) }
        for path in report?.filesRead ?? [] { inputs.note(path, .read) }
        let used = JSON.object([
            ("read", .list(inputs.inputs.map { .text($0.path) })), ("write", .list(inputs.written.map(JSON.text))),
        ])
        let cost = ProcessCost()
        let stable = RunRecord.Stable(
            notebook: source,
            program: ProgramFacts.json(hashSeed: interpreter.hashSeed, seedOrigin: plan.seedOrigin).canonical,
            rootSeed: plan.rootSeed, parameters: parameters,
            permissions: permissions(report, used).canonical,
            inputs: inputs.inputs, cells: cells, root: try RunRecord.root(cells),
            given: options.parameters.map(\.name).sorted(), arguments: options.arguments)
        return RunRecord(
            stable: stable,
            volatile: RunRecord.Volatile(
                started: started, seconds: cost.seconds - start.seconds, peakBytes: cost.peakBytes,
                host: ProgramFacts.host, cells: costs))
    }

    /// What was granted, used and, by a sandbox, denied.
    private func permissions(_ report: NotebookRun.SandboxReport?, _ used: JSON) -> JSON {
        let granted = report.map { $0.permissions.object ?? [] } ?? [JSON.Field("granted", .text("all"))]
        return .object(granted + [JSON.Field("used", used)])
    }

    private func write(_ record: RunRecord) throws {
        guard !isWritten, let files = options.record else { return }
        isWritten = true
        InterruptHandler.clear()  // or writing would stop at once
        try files.write(record, blobs: blobs)
    }
}

extension RunRecord.CellRecord {
    /// The record of a cell before it has run.
    init(skipped cell: PlannedCell) throws {
        self.init(
            name: cell.name, kind: cell.kind, codeDigest: try Digest.of(cell.source), seed: cell.seed,
            status: cell.kind == .code ? .skipped : .text, expect: cell.expect.rawValue, outputs: [],
            outputDigest: try RunRecord.CellRecord.digest(of: []), rtol: cell.rtol, atol: cell.atol)
    }
}
