import Glibc
import Kernel

/// One message of Jupyter's protocol, version 5.3.
struct KernelMessage: Equatable, Sendable {
    /// Who sent it, or whom it is for: what a ROUTER socket puts in front. Of a publication: its topic.
    var identities: [[UInt8]] = []
    var header: JSON
    /// The header of the message that this one answers.
    var parent: JSON = .empty
    var metadata: JSON = .empty
    var content: JSON

    var kind: String { header["msg_type"]?.text ?? "" }
}

extension JSON {
    /// `{}`
    static let empty = JSON.object([JSON.Field]())
}

/// Messages as the parts that sockets carry: identities, a mark, the signature, four JSON documents, buffers.
struct MessageWire: Sendable {
    static let version = "5.3"
    static let mark = Array("<IDS|MSG>".utf8)

    let signature: MessageSignature
    /// The kernel's own session: what its headers say.
    let session: String

    init(key: [UInt8], session: String = MessageWire.freshName()) {
        (signature, self.session) = (MessageSignature(key: key), session)
    }

    func parts(of message: KernelMessage) -> [[UInt8]] {
        let documents = [message.header, message.parent, message.metadata, message.content].map { Array("\($0)".utf8) }
        return message.identities + [Self.mark, signature.digits(of: documents)] + documents
    }

    /// A message of the kernel's with a header of its own.
    func message(
        _ kind: String, to identities: [[UInt8]] = [], answering parent: JSON = .empty,
        metadata: JSON = .empty, _ content: JSON
    ) -> KernelMessage {
        let header = JSON.object([
            ("msg_id", .text(Self.freshName())), ("session", .text(session)), ("username", .text("kernel")),
            ("date", .text(Self.timeText(now: Self.now))), ("msg_type", .text(kind)), ("version", .text(Self.version)),
        ])
        return KernelMessage(
            identities: identities, header: header, parent: parent, metadata: metadata, content: content)
    }

    /// 32 random digits.
    static func freshName() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).map { _ in
            let digits = String(generator.next(), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static var now: timespec {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return time
    }

    /// `2026-11-23T10:05:01.000250Z`
    static func timeText(now: timespec) -> String {
        var seconds = now.tv_sec, parts = tm()
        gmtime_r(&seconds, &parts)
        func digits(_ number: Int, _ count: Int = 2) -> String {
            String(repeating: "0", count: max(0, count - "\(number)".count)) + "\(number)"
        }
        let day = "\(Int(parts.tm_year) + 1900)-\(digits(Int(parts.tm_mon) + 1))-\(digits(Int(parts.tm_mday)))"
        let time = "\(digits(Int(parts.tm_hour))):\(digits(Int(parts.tm_min))):\(digits(Int(parts.tm_sec)))"
        return "\(day)T\(time).\(digits(now.tv_nsec / 1000, 6))Z"
    }
}

/// Reads what comes from clients.
struct MessageReader: Sendable {
    let signature: MessageSignature
    private var seen = SeenSignatures()

    init(_ signature: MessageSignature) { self.signature = signature }

    /// Why parts are no message.
    enum Refusal: Error, Equatable, CustomStringConvertible {
        case noMark, tooFewParts, wrongSignature, repeated
        case notJSON(part: String, reason: String)

        var description: String {
            switch self {
            case .noMark: "it has no <IDS|MSG>"
            case .tooFewParts: "it has too few parts"
            case .wrongSignature: "its signature is wrong"
            case .repeated: "it came before"
            case .notJSON(let part, let reason): "its \(part) is no JSON: \(reason)"
            }
        }
    }

    /// The message that parts carry. Buffers behind the four documents are dropped: nothing here has a use for them.
    /// - Throws: `Refusal`. The signature is looked at before anything else of what was sent.
    mutating func message(of parts: [[UInt8]]) throws -> KernelMessage {
        guard let mark = parts.firstIndex(of: MessageWire.mark) else { throw Refusal.noMark }
        guard parts.count >= mark + 6 else { throw Refusal.tooFewParts }
        let documents = Array(parts[(mark + 2)..<(mark + 6)])
        guard signature.accepts(parts[mark + 1], of: documents) else { throw Refusal.wrongSignature }
        if !signature.key.isEmpty, !seen.insert(parts[mark + 1]) { throw Refusal.repeated }
        func document(_ place: Int, _ name: String) throws -> JSON {
            do { return try documents[place].withUnsafeBytes { try JSON(parsing: $0) } } catch let error
                as JSON.SyntaxError
            {
                throw Refusal.notJSON(part: name, reason: error.description)
            }
        }
        return KernelMessage(
            identities: Array(parts[..<mark]), header: try document(0, "header"),
            parent: try document(1, "parent_header"),
            metadata: try document(2, "metadata"), content: try document(3, "content"))
    }
}

/// The signatures of the messages that came: one that comes again was recorded and sent by somebody else.
private struct SeenSignatures: Sendable {
    private var known: Set<[UInt8]> = []
    private var order: [[UInt8]] = []
    private let most = 1 << 16

    /// False when the signature is there already. The older half is forgotten when there are too many.
    mutating func insert(_ signature: [UInt8]) -> Bool {
        guard known.insert(signature).inserted else { return false }
        order.append(signature)
        if order.count > most {
            for old in order.prefix(most / 2) { known.remove(old) }
            order.removeFirst(most / 2)
        }
        return true
    }
}
