import Glibc
import Kernel

/// What the user decided about files: `$XDG_CONFIG_HOME/assay/trust.jsonl`, which is only ever appended to.
///
/// A decision holds for a path and the SHA-256 of what stood there: another version of the file is another question.
/// Two kinds of decision go by the path alone: a root, below which everything is trusted, and a file that the user made
/// here and keeps changing.
struct TrustStore: Sendable {
    enum Decision: String, Sendable {
        /// Runs as it is.
        case trust
        /// Runs confined, with what its header asked for then.
        case sandbox
    }

    /// What is known of a file.
    struct Entry: Equatable, Sendable {
        var path: String
        var digest: String
        var decision: Decision
        var time: String
        /// The text decided about, when it is not too long to be kept.
        var text: String?
        var permissions: JSON
    }

    private let file: LineFile?
    /// The longest text that is kept, to show later what changed.
    private static let longestText = 256 << 10

    init(path: String? = UserFolder.configuration.map { $0 + "/trust.jsonl" }) { file = path.map(LineFile.init(path:)) }

    // MARK: asking

    /// The decisions about a path since they were last taken back, oldest first.
    func history(of path: String) -> [Entry] { entries.filter { $0.path == path } }

    func isTrustedByPlace(_ path: String) -> Bool {
        roots.contains { Grants.lies(path, in: $0) } || made.contains(path)
    }

    /// Everything that holds, oldest first.
    var entries: [Entry] {
        var found: [Entry] = []
        for line in lines {
            guard let path = line["path"]?.text else { continue }
            if line["decision"]?.text == "remove" { found.removeAll { $0.path == path } }
            guard let decision = (line["decision"]?.text).flatMap(Decision.init(rawValue:)),
                let digest = line["sha256"]?.text
            else { continue }
            found.removeAll { $0.path == path && $0.digest == digest }
            found.append(
                Entry(
                    path: path, digest: digest, decision: decision, time: line["time"]?.text ?? "",
                    text: line["text"]?.text, permissions: line["permissions"] ?? .null))
        }
        return found
    }

    /// Folders below which everything is trusted.
    var roots: [String] { standing("root") }
    /// Files that were made here.
    var made: [String] { standing("made") }

    /// The paths named by `key` that were not removed later.
    private func standing(_ key: String) -> [String] {
        var found: [String] = []
        for line in lines {
            if let path = line[key]?.text, !found.contains(path) { found.append(path) }
            if line["decision"]?.text == "remove", let path = line["path"]?.text { found.removeAll { $0 == path } }
        }
        return found
    }

    private var lines: [JSON] { file?.entries ?? [] }

    // MARK: deciding

    /// - Throws: `KernelError`.
    func record(_ decision: Decision, _ path: String, _ digest: String, source: [UInt8], permissions: JSON) throws {
        let text = source.count <= TrustStore.longestText ? String(validating: source, as: UTF8.self) : nil
        try append([
            ("decision", .text(decision.rawValue)), ("path", .text(path)), ("sha256", .text(digest)),
            ("permissions", permissions), ("text", text.map(JSON.text) ?? .null),
        ])
    }

    /// Trusts everything in a folder.
    func recordRoot(_ path: String) throws { try append([("root", .text(path))]) }
    /// Trusts a file that the user makes here, as it is and as it will be. Where that cannot be kept, it will be asked
    /// about as any other.
    func noteMade(_ file: String) {
        let path = Grants.canonical(file)
        if !made.contains(path) { try? append([("made", .text(path))]) }
    }
    /// Forgets what was decided about a file or root. What was decided stays in the file, as history.
    func remove(_ path: String) throws { try append([("decision", .text("remove")), ("path", .text(path))]) }

    private func append(_ fields: [(String, JSON)]) throws {
        guard let file else {
            throw KernelError.state(
                op: "trust", reason: "neither XDG_CONFIG_HOME nor HOME names a folder to keep it in")
        }
        try file.append(.object([("time", .text(dateText()))] + fields))
    }
}
