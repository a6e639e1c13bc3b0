import Bindings
import Kernel

/// A confined run as the command line shows it: its output on ours, its refusals and limits in words and in the audit log.
struct SandboxedRun {
    let request: SandboxRequest
    let digest: String
    var audit = AuditLog()
    /// Whether what went wrong is reported as JSON.
    var reportsJSON = false
    /// What the work tells besides its output.
    var report: (JSON) -> Void = { _ in }

    func run() -> ExitStatus {
        InterruptHandler.install()
        defer { InterruptHandler.clear() }  // it was passed on
        do {
            try request.grants.makeFolders()
            let result = try Sandbox(request: request).run(deliver)
            return end(result)
        } catch let error as PermissionError {
            return fail("\(error)", error.status)
        } catch {
            return fail("\(error)", .luaError)
        }
    }

    private func deliver(_ event: Sandbox.Event) {
        switch event {
        case .output(let text): if !text.isEmpty { writeToStandardOutput(text) }
        case .errors(let text): if !text.isEmpty { writeToStandardError(text) }
        case .sealed(let layers): record("sealed", [("layers", layers)])
        case .denied(let what, let name): record("denied", [("what", .text(what)), ("name", .text(name))])
        case .report(let json): report(json)
        }
    }

    private func end(_ result: Sandbox.Result) -> ExitStatus {
        if let limit = result.limit {
            record("limit", [("limit", .text(limit))])
            return fail("resource limit: \(words(for: limit))", .resourceLimit)
        }
        record("ended", [("status", .int(Int(result.status.rawValue)))])
        return result.reason.isEmpty ? result.status : fail(result.reason, result.status)
    }

    private func words(for limit: String) -> String {
        switch limit {
        case "time": "\(numberText(request.limits.run.seconds)) s of time"
        case "memory": "\(byteText(request.limits.run.memory)) of memory"
        case "output": "\(byteText(request.limits.output)) of output"
        default: "\(byteText(request.limits.file)) in one file"
        }
    }

    private func fail(_ text: String, _ status: ExitStatus) -> ExitStatus {
        let message = "\(VisibleText.escaped(request.name)): \(text)"
        let failure = Failure(kind: status == .resourceLimit ? "limit" : "sandbox", message: message)
        writeToStandardError(reportsJSON ? "\(failure.json)\n" : "assay: \(message)\n")
        return status
    }

    private func record(_ event: String, _ details: [(String, JSON)]) {
        audit.record(event, request.folder + "/" + request.name, digest, details)
    }
}
