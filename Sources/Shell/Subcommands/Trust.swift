import ArgumentParser
import Glibc
import Kernel

/// `assay trust`: what the user has decided about notebooks.
struct Trust: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Trust a notebook, a folder of them, or list and forget what was decided.",
        discussion: """
            A decision holds for one file with one content; when the file changes, assay run asks again. Below a root
            everything is trusted. Decisions are kept in $XDG_CONFIG_HOME/assay/trust.jsonl, what happened since in
            $XDG_STATE_HOME/assay/audit.jsonl.
            """)

    @Flag(help: "List what is trusted or runs confined.")
    var list = false

    @Flag(help: "Forget what was decided about the files or roots.")
    var remove = false

    @Flag(help: "Trust everything below the folders.")
    var root = false

    @Argument(help: "Notebooks, or folders with --root.", completion: .file())
    var files: [String] = []

    func validate() throws {
        if list, remove || root || !files.isEmpty { throw ValidationError("trust: --list goes alone") }
        if remove, root { throw ValidationError("trust: --remove forgets roots by their names, without --root") }
        if !list, files.isEmpty { throw ValidationError("trust: which file?") }
    }

    func perform() throws -> ExitStatus {
        let store = TrustStore()
        if list {
            for line in Trust.lines(store) { print(line) }
            return .ok
        }
        do {
            for file in files { try decide(file, store) }
            return .ok
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }

    static func lines(_ store: TrustStore) -> [String] {
        let folders = store.roots.map { "root     \(VisibleText.escaped($0))" }
        let made = store.made.map { "made     \(VisibleText.escaped($0))" }
        let files = store.entries.map { entry in
            let word = entry.decision == .trust ? "trusted" : "confined"
            let state = isCurrent(entry) ? "" : " (the file is another now)"
            return word.padded(to: 9) + "\(entry.time) \(VisibleText.escaped(entry.path))\(state)"
        }
        return folders + made + files
    }

    private static func isCurrent(_ entry: TrustStore.Entry) -> Bool {
        guard let source = try? Files.read(entry.path, limit: 1 << 28) else { return false }
        return (try? TrustGate.digest(source)) == entry.digest
    }

    private func decide(_ file: String, _ store: TrustStore) throws {
        let path = Grants.canonical(file), audit = AuditLog()
        if remove {
            try store.remove(path)
            return audit.record("removed", path, "")
        }
        if root {
            guard Files.isDirectory(path) else { throw KernelError.file(path: file, reason: "is not a folder") }
            try store.recordRoot(path)
            return audit.record("root", path, "")
        }
        let source = try Files.read(path, limit: 1 << 28), digest = try TrustGate.digest(source)
        try store.record(.trust, path, digest, source: source, permissions: .null)
        audit.record("trusted", path, digest, [("by", .text("assay trust"))])
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
