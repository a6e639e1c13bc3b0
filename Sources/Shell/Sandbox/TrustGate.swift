import Bindings
import Glibc
import Kernel

/// Decides how a notebook runs: as it is, confined, or not at all. Each decision goes into the audit log.
struct TrustGate {
    /// What the command line says about it.
    enum Choice: Sendable, Equatable {
        /// Nothing: what was decided before, or a question.
        case ask
        /// `--trust`: as it is, this once.
        case trust
        /// `--sandbox`: confined, with the permissions of the header that stay in its folder; with `grant` with all.
        case sandbox(grant: Bool)
        /// `--deny`: confined, with no permissions at all.
        case deny
    }

    enum Outcome: Equatable, Sendable {
        case trusted
        case confined(Grants)
    }

    let path: String
    let source: [UInt8]
    let permissions: Permissions
    var limits = SandboxLimits()
    var store = TrustStore()
    var audit = AuditLog()
    /// Who asks the user; nil answers mean that nobody is there.
    var ask: (TrustQuestion) -> TrustQuestion.Answer? = { $0.ask() }

    /// The file as decisions name it.
    var place: String { Grants.canonical(path) }

    /// - Throws: `PermissionError` when it is not to run.
    func decide(_ choice: Choice) throws -> Outcome {
        let digest = try TrustGate.digest(source)
        do {
            let outcome = try outcome(choice, digest)
            record(outcome, choice, digest)
            return outcome
        } catch {
            audit.record("refused", place, digest, [("reason", .text("\(error)"))])
            throw error
        }
    }

    private func outcome(_ choice: Choice, _ digest: String) throws -> Outcome {
        switch choice {
        case .trust: return .trusted
        case .deny: return .confined(.none)
        case .sandbox(let grant):
            let grants = try Grants(permissions, of: path)
            if !grant, !grants.beyondFolder.isEmpty { throw PermissionError.beyond(grants.beyondFolder) }
            return .confined(grants)
        case .ask: break
        }
        if store.isTrustedByPlace(place) { return .trusted }
        let grants = try Grants(permissions, of: path)
        let earlier = store.history(of: place).last { $0.digest == digest }
        switch earlier?.decision {
        case .trust?: return .trusted
        // Paths are followed anew: a link may lead elsewhere than when the user agreed.
        case .sandbox? where earlier?.permissions == grants.json: return .confined(grants)
        default: return try question(digest, grants)
        }
    }

    private func question(_ digest: String, _ grants: Grants) throws -> Outcome {
        let question = TrustQuestion(
            name: path, grants: grants, limits: limits, earlier: store.history(of: place).last, source: source)
        switch ask(question) {
        case nil: throw PermissionError.undecided(path)
        case .no?: throw PermissionError.refused(path)
        case .trust?:
            try store.record(.trust, place, digest, source: source, permissions: grants.json)
            return .trusted
        case .sandbox?:
            try store.record(.sandbox, place, digest, source: source, permissions: grants.json)
            return .confined(grants)
        }
    }

    private func record(_ outcome: Outcome, _ choice: Choice, _ digest: String) {
        let why = choice == .ask ? "decided" : "command line"
        switch outcome {
        case .trusted: audit.record("trusted", place, digest, [("by", .text(why))])
        case .confined(let grants):
            audit.record("confined", place, digest, [("by", .text(why)), ("grants", grants.json)])
        }
    }

    /// SHA-256 of the bytes of a file.
    static func digest(_ source: [UInt8]) throws -> String {
        var digest = Digest()
        try source.withUnsafeBytes { try digest.add($0) }
        return digest.finish()
    }
}
