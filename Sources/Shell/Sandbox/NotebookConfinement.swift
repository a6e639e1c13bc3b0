import Bindings
import Glibc
import Kernel

/// A run of a notebook in a confined process. Its record comes back as data and is written by the process that asked:
/// the notebook itself never gets to the folder of records.
struct NotebookConfinement {
    let request: NotebookRequest
    let settings: Settings
    let source: [UInt8]
    let grants: Grants
    let limits: SandboxLimits
    let isPartial: Bool

    /// - Returns: how the run ended, with its record when it came to that.
    /// - Throws: `KernelError` when the record cannot be written.
    func run(_ run: ParameterGrid.Run, record files: RecordFiles?) throws -> NotebookRun.End {
        if let files { try NotebookConfinement.checkPlace(files) }
        let path = Grants.canonical(request.path)
        var sandbox = SandboxRequest(
            name: String(path.split(separator: "/").last ?? "notebook"), folder: Grants.folder(of: path),
            source: source,
            grants: grants, limits: limits, isPartial: isPartial)
        (sandbox.threads, sandbox.work, sandbox.options) = (settings.threads, .notebook, options(run))
        let returned = ReturnedRecord()
        var confined = SandboxedRun(request: sandbox, digest: try TrustGate.digest(source))
        confined.reportsJSON = settings.json
        confined.report = { returned.take($0) }
        let status = confined.run()
        guard var record = returned.record else { return NotebookRun.End(status: status) }
        record.stable.notebook = RunRecord.Source(
            path: sandbox.name, bytes: source.count, sha256: try TrustGate.digest(source))
        record.stable.permissions = permissions(record.stable.permissions).canonical
        record.stable.root = try RunRecord.root(record.stable.cells)
        let blobs = returned.blobs
        record.dropForms { blobs[$0] == nil }
        try files?.write(record, blobs: blobs)
        return NotebookRun.End(status: status, record: record, blobs: blobs)
    }

    /// A notebook may bring the folder of its records with it, as a link to some other place.
    private static func checkPlace(_ files: RecordFiles) throws {
        for path in [files.folder, files.blobs] {
            var status = stat()
            if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
                throw PermissionError.path(path, "is a link, which the record of a confined run does not follow")
            }
        }
    }

    private func permissions(_ reported: JSON) -> JSON {
        let asked = JSON.object([
            ("read", .list(grants.read.map { .text($0.asked) })),
            ("write", .list(grants.write.map { .text($0.asked) })),
            ("net", .flag(grants.net)), ("exec", .flag(grants.exec)),
        ])
        return .object([
            ("granted", asked), ("used", reported["used"] ?? .null), ("denied", reported["denied"] ?? .list([])),
        ])
    }

    private func options(_ run: ParameterGrid.Run) -> JSON {
        .object([
            ("parameters", .list(run.parameters.map(\.json))), ("seed", request.seed.map(JSON.int) ?? .null),
            ("arguments", .list(request.arguments.map(JSON.text))), ("json", .flag(settings.json)),
            ("quiet", .flag(settings.quiet)), ("warnings", .flag(settings.warnings)),
            ("columns", .int(Screen.current.width)),
        ])
    }
}

/// What comes back of a run: the record and the files of its values, each checked against its name.
private final class ReturnedRecord {
    private(set) var record: RunRecord?
    private(set) var blobs: [String: [UInt8]] = [:]

    func take(_ report: JSON) {
        switch report["event"]?.text {
        case "blob":
            guard let name = report["sha256"]?.text, let bytes = (report["hex"]?.text).flatMap(Hexadecimal.bytes),
                (try? TrustGate.digest(bytes)) == name
            else { return }
            blobs[name] = bytes
        case "record": record = report["record"].flatMap { try? RunRecord(json: $0) }
        default: break
        }
    }
}

extension RunRecord {
    /// Takes out the forms of values whose files did not come.
    fileprivate mutating func dropForms(_ isMissing: (String) -> Bool) {
        for cell in stable.cells.indices {
            stable.cells[cell].outputs = stable.cells[cell].outputs.map { output in
                guard case .value(var value) = output else { return output }
                value.media.removeAll { isMissing($0.sha256) }
                return .value(value)
            }
        }
    }
}

/// Bytes as digits, for reports in JSON.
enum Hexadecimal {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Nil for what is no even number of digits in lower case.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8).map { digit -> UInt8? in
            switch digit {
            case 0x30...0x39: digit - 0x30
            case 0x61...0x66: digit - 0x57
            default: nil
            }
        }
        guard digits.count % 2 == 0, !digits.contains(nil) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0]! << 4 | digits[$0 + 1]! }
    }
}

extension NamedParameter {
    /// `{"name": ..., "word": "0.03"}`, or with "json" for a value from a file.
    fileprivate var json: JSON {
        switch value {
        case .word(let text): .object([("name", .text(name)), ("word", .text(text))])
        case .json(let json): .object([("name", .text(name)), ("json", json)])
        }
    }

    fileprivate init?(sent json: JSON) {
        guard let name = json["name"]?.text else { return nil }
        if let word = json["word"]?.text {
            self.init(name, .word(word))
        } else {
            self.init(name, .json(json["json"] ?? .null))
        }
    }
}

// MARK: in the confined process

extension SandboxChild {
    /// Runs the request as a notebook, and sends the record to the parent.
    static func runNotebook(_ request: SandboxRequest) throws -> ExitStatus {
        let notebook = try Notebook(parsing: String(decoding: request.source, as: UTF8.self))
        let complaints = Complaints()
        var run = NotebookRun(notebook: notebook, path: request.folder + "/" + request.name, text: request.source)
        run.options = options(request)
        run.options.complaint = { complaints.last = $0 }
        run.options.prepare = { interpreter in
            try interpreter.restrict(exec: request.grants.exec)
            Interpreter.impose(request.limits.run)
        }
        run.options.sandbox = {
            InterruptHandler.clear()  // the record is ours, after whatever limit
            return NotebookRun.SandboxReport(permissions: deniedReport)
        }
        let end = try run.perform()
        for (name, bytes) in end.blobs.sorted(by: { $0.key < $1.key }) {
            report("blob", [("sha256", .text(name)), ("hex", .text(Hexadecimal.text(bytes)))])
        }
        if let record = end.record { report("record", [("record", record.json)]) }
        return end.status == .luaError && isAboutDenial(complaints.last) ? .permission : end.status
    }

    /// The last error, which its status may depend on.
    private final class Complaints { var last = "" }

    private static func options(_ request: SandboxRequest) -> NotebookRun.Options {
        var options = NotebookRun.Options()
        options.parameters = (request.options["parameters"]?.list ?? []).compactMap(NamedParameter.init(sent:))
        options.seed = request.options["seed"]?.int
        options.arguments = (request.options["arguments"]?.list ?? []).compactMap(\.text)
        options.usesCache = false
        options.usesEnvironment = false
        options.warnings = request.options["warnings"] == .flag(true)
        options.reportsJSON = request.options["json"] == .flag(true)
        options.quiet = request.options["quiet"] == .flag(true)
        options.columns = request.options["columns"]?.int ?? 100
        options.progress = options.quiet ? nil : ProgressBar.session
        return options
    }
}
