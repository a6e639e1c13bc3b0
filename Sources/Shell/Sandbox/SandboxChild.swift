import Bindings
import CPrompt
import CSandbox
import Glibc
import Kernel

/// The confined process: reads what to do, closes itself, does it, and tells its parent.
///
/// Descriptor 0 brings the request, 3 takes reports (a JSON object a line), 4 brings the pictures that were asked for.
enum SandboxChild {
    /// The first word of its command line; nobody types it.
    static let word = "--sandboxed-child"

    static func run() -> ExitStatus {
        guard fcntl(reports, F_SETFD, FD_CLOEXEC) == 0, fcntl(answers, F_SETFD, FD_CLOEXEC) == 0,
            let sent = bytes(of: STDIN_FILENO), let (request, parent) = SandboxRequest.decoded(sent)
        else {
            writeToStandardError("assay: \(word) is for Assay itself\n")
            return .usage
        }
        readNothing()
        box_close_from(answers + 1)
        box_set_observer { SandboxChild.noteDenial(String(cString: $0!), String(cString: $1!)) }
        if request.work == .notebook { _ = ProgramFacts.executableDigest }  // while the file can be read
        do {
            report("sealed", [("layers", try Seal(request: request, parent: parent).apply().json)])
        } catch {
            return end(.permission, "\(error)")
        }
        return work(request)
    }

    static let reports: Int32 = 3, answers: Int32 = 4

    private static func readNothing() {
        let nothing = open("/dev/null", O_RDONLY)
        dup2(nothing, STDIN_FILENO)
        if nothing > STDERR_FILENO { close(nothing) }
    }

    private static func work(_ request: SandboxRequest) -> ExitStatus {
        do {
            prepare(request)
            let status = try request.work == .notebook ? runNotebook(request) : runScript(request)
            if let limit = Limit.reached { return end(.resourceLimit, limit.rawValue) }
            return end(status, "")
        } catch {
            if let limit = Limit.reached { return end(.resourceLimit, limit.rawValue) }
            return end(.luaError, "\(error)")
        }
    }

    private static func prepare(_ request: SandboxRequest) {
        Session.seed(request.seed)
        if let threads = request.threads { Workers.use(threads) }
        Gnuplot.setSubstitute(SandboxDrawing.ask)
        InterruptHandler.install()
    }

    private static func runScript(_ request: SandboxRequest) throws -> ExitStatus {
        let interpreter = try Interpreter(usesEnvironment: false)
        defer { interpreter.close() }
        interpreter.topics = { Reference.shellTopics }
        try interpreter.restrict(exec: request.grants.exec)
        Interpreter.impose(request.limits.run)
        var complaint = ""
        let evaluator = Evaluator(interpreter, progress: ProgressBar.session) { text in
            complaint = text
            if Limit.reached == nil { writeToStandardError(text + "\n") }
        }
        let outcome = evaluator.runScript(request.source, name: "@" + request.name)
        return outcome == .failed && isAboutDenial(complaint) ? .permission : outcome.status
    }

    /// Whether an error speaks of something that was denied.
    static func isAboutDenial(_ complaint: String) -> Bool {
        denials > 0 && (complaint.contains("not granted") || complaint.contains("not available in a sandbox"))
    }

    // MARK: what is told to the parent

    /// The process that runs confined has one thread that calls Lua.
    nonisolated(unsafe) private static var denials = 0

    nonisolated(unsafe) private static var denied: [String] = []

    /// What was denied, for a record.
    static var deniedReport: JSON { .object([("denied", .list(denied.map(JSON.text)))]) }

    private static func noteDenial(_ what: String, _ name: String) {
        denials += 1
        if denied.count < 100, !denied.contains("\(what) \(name)") { denied.append("\(what) \(name)") }
        if denials <= 1000 { report("denied", [("what", .text(what)), ("name", .text(name))]) }
    }

    static func report(_ event: String, _ details: [(String, JSON)]) {
        var line = Array((JSON.object([("event", .text(event))] + details).description + "\n").utf8)[...]
        while !line.isEmpty {
            let count = line.withUnsafeBytes { write(reports, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { exit(ExitStatus.brokenPipe.rawValue) }
            line = line.dropFirst(count)
        }
    }

    private static func end(_ status: ExitStatus, _ reason: String) -> ExitStatus {
        fflush(nil)
        report("end", [("status", .int(Int(status.rawValue))), ("reason", .text(reason))])
        return status
    }
}
