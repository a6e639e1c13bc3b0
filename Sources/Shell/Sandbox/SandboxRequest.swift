import Bindings
import Glibc
import Kernel

/// What a confined process is asked to do: one line of JSON, then the text to run.
struct SandboxRequest: Sendable {
    /// How the file is called in messages.
    var name: String
    /// The folder in which it runs.
    var folder: String
    var source: [UInt8]
    var grants = Grants.none
    var limits = SandboxLimits()
    /// Whether it may run when the machine lacks some of the layers.
    var isPartial = false
    var seed = 0
    var threads: Int?
    /// What is to be done with the text, and how.
    var work = Work.script
    var options = JSON.null

    enum Work: String, Sendable {
        /// Run it as one chunk.
        case script
        /// Run it as a notebook and send its record.
        case notebook

        /// Seconds after its limit of time until the process is killed: a record takes a while.
        var grace: Double { self == .script ? 1 : 5 }
    }
}

/// What a confined run may use up.
struct SandboxLimits: Equatable, Sendable {
    var run = RunLimits()
    /// Bytes that it may write to its outputs.
    var output = 64 << 20
    /// Bytes of one file.
    var file = 4 << 30

    /// The header's `limits: {time: 600, memory: 4GiB}`.
    /// - Throws: `PermissionError.header`.
    init(json: JSON? = nil) throws {
        guard let json, json != .null else { return }
        guard let fields = json.object else { throw PermissionError.header("limits is {time: ..., memory: ...}") }
        for field in fields {
            switch field.name {
            case "time":
                guard let seconds = field.value.double, seconds > 0, seconds <= 7 * 86400 else {
                    throw PermissionError.header("limits: time is a number of seconds, at most a week")
                }
                run.seconds = seconds
            case "memory":
                let text = field.value.text ?? field.value.int.map { "\($0)B" } ?? ""
                run.memory = try SandboxLimits.bytes(text, named: "memory", least: 16 << 20)
            default: throw PermissionError.header("limits knows time and memory, not '\(field.name)'")
            }
        }
    }

    init() {}

    /// `512MiB`, at most what the machine has.
    static func bytes(_ text: String, named name: String, least: Int) throws -> Int {
        guard let bytes = ByteCount(.text(text))?.bytes, bytes >= least
        else {
            let bound = least > 1 ? ", at least \(byteText(least))" : ""
            throw PermissionError.header("limits: \(name) is a size such as 512MiB\(bound)")
        }
        return min(bytes, MemoryPool.physicalBytes)
    }
}

// MARK: on the way to the process

extension SandboxRequest {
    /// - Parameter parent: the process that asks, with which the confined one ends.
    func encoded(parent: pid_t) -> [UInt8] {
        let head = JSON.object([
            ("name", .text(name)), ("folder", .text(folder)), ("grants", grants.json), ("partial", .flag(isPartial)),
            ("seconds", .number(limits.run.seconds)), ("memory", .int(limits.run.memory)),
            ("patternSteps", .int(limits.run.patternSteps)), ("file", .int(limits.file)), ("seed", .int(seed)),
            ("threads", threads.map(JSON.int) ?? .null), ("work", .text(work.rawValue)), ("options", options),
            ("parent", .int(Int(parent))),
        ])
        return Array((head.description + "\n").utf8) + source
    }

    /// - Returns: the request and the process that asks; nil for what is none.
    static func decoded(_ bytes: [UInt8]) -> (request: SandboxRequest, parent: pid_t)? {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")),
            let head = try? bytes[..<end].withUnsafeBytes({ try JSON(parsing: $0) }),
            let name = head["name"]?.text, let folder = head["folder"]?.text, let parent = head["parent"]?.int,
            let work = (head["work"]?.text).flatMap(Work.init(rawValue:)), let seconds = head["seconds"]?.double,
            let memory = head["memory"]?.int, let steps = head["patternSteps"]?.int, let file = head["file"]?.int
        else { return nil }
        var request = SandboxRequest(name: name, folder: folder, source: Array(bytes[(end + 1)...]))
        request.grants = Grants(sent: head["grants"] ?? .null)
        request.limits.run = RunLimits(seconds: seconds, memory: memory, patternSteps: steps)
        request.limits.file = file
        request.isPartial = head["partial"] == .flag(true)
        request.seed = head["seed"]?.int ?? 0
        request.threads = head["threads"]?.int
        (request.work, request.options) = (work, head["options"] ?? .null)
        return (request, pid_t(parent))
    }
}

extension Grants {
    /// The grants as `json` has them: their paths are final.
    fileprivate init(sent json: JSON) {
        self = .none
        func paths(_ name: String) -> [Path] {
            (json[name]?.list ?? []).compactMap(\.text).map {
                Path(asked: $0, path: $0, isOutside: false, isMissing: false)
            }
        }
        (read, write) = (paths("read"), paths("write"))
        (net, exec) = (json["net"] == .flag(true), json["exec"] == .flag(true))
    }
}
