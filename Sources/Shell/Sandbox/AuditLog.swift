import Glibc
import Kernel

/// What was decided, granted and denied, for the user to read later: `$XDG_STATE_HOME/assay/audit.jsonl`.
///
/// It is always on. A log that cannot be written is said once and stops nothing: who can take away the user's state
/// folder is not the notebook.
struct AuditLog: Sendable {
    private let file: LineFile?

    init(path: String? = UserFolder.state.map { $0 + "/audit.jsonl" }) { file = path.map(LineFile.init(path:)) }

    /// Adds an event about a notebook: `{"time", "event", "file", "sha256", "process", ...}`.
    func record(_ event: String, _ notebook: String, _ digest: String, _ details: [(String, JSON)] = []) {
        let head: [(String, JSON)] = [
            ("time", .text(dateText())), ("event", .text(event)), ("file", .text(notebook)), ("sha256", .text(digest)),
            ("process", .int(Int(getpid()))),
        ]
        do { try file?.append(.object(head + details)) } catch {
            writeToStandardError("assay: the audit log cannot be written: \(error)\n")
        }
    }
}
