import Glibc
import Kernel

/// Results of cells that were kept, by a key over everything that decides them.
///
/// They stand in the user's own cache folder, never beside the notebook, and hold values and text, no code: what
/// somebody else put there could at most be wrong numbers. Each file begins with the digest of the rest.
struct CellCache {
    let folder: String

    /// `$XDG_CACHE_HOME/assay/cells` or `~/.cache/assay/cells`; nil when the environment names neither folder.
    init?(environment: (String) -> String? = environmentVariable) {
        guard let cache = UserFolder.cache(in: environment) else { return nil }
        folder = cache + "/cells"
    }

    /// What is kept of a cell.
    struct Entry {
        /// The files that it read.
        var inputs: [RunRecord.Source]
        /// The variables that it assigned, as bytes.
        var variables: [(name: String, bytes: [UInt8])]
        var outputs: [RunRecord.Output]
        var blobs: [(sha256: String, bytes: [UInt8])]
        var warnings: [String]
        var draws: Int
    }

    private func path(_ key: String) -> String { "\(folder)/\(key).cell" }

    /// What was kept under a key; nil when there is nothing, when it was damaged, or when an input has changed since.
    func entry(_ key: String) -> Entry? {
        guard let file = try? Files.read(path(key), limit: 1 << 34), file.count > 65, file[64] == 10 else { return nil }
        let body = Array(file[65...])
        guard let digest = try? Digest.of(body), Array(digest.utf8) == Array(file[..<64]) else { return nil }
        guard let entry = try? Entry(body) else { return nil }
        let isCurrent = entry.inputs.allSatisfy { InputLog.source($0.path, name: $0.path) == $0 }
        return isCurrent ? entry : nil
    }

    /// Keeps an entry.
    /// - Throws: `KernelError.file`.
    func keep(_ entry: Entry, _ key: String) throws {
        let body = entry.bytes
        try OutputFolder.make(folder)
        let digest = try Digest.of(body)
        try AtomicFile.write(path(key)) { file in
            try file.append(Array((digest + "\n").utf8))
            try file.append(body)
        }
    }
}

// MARK: - The file

extension CellCache.Entry {
    /// A line of JSON that says what follows, then the bytes of variables and files one after the other.
    var bytes: [UInt8] {
        let head = JSON.object([
            ("format", .int(1)), ("inputs", .list(inputs.map(\.json))), ("outputs", .list(outputs.map(\.json))),
            ("warnings", .list(warnings.map(JSON.text))), ("draws", .int(draws)),
            (
                "variables",
                .list(variables.map { .object([("name", .text($0.name)), ("bytes", .int($0.bytes.count))]) })
            ),
            ("blobs", .list(blobs.map { .object([("sha256", .text($0.sha256)), ("bytes", .int($0.bytes.count))]) })),
        ])
        return Array((head.canonical.description + "\n").utf8) + variables.flatMap(\.bytes) + blobs.flatMap(\.bytes)
    }

    /// - Throws: what is wrong with the bytes.
    init(_ bytes: [UInt8]) throws {
        guard let end = bytes.firstIndex(of: 10) else { throw RecordError("no head") }
        let reader = RecordReader(try bytes[..<end].withUnsafeBytes { try JSON(parsing: $0) })
        guard try reader.int("format") == 1 else { throw RecordError("another format") }
        var rest = bytes[(end + 1)...]
        func take(_ reader: RecordReader) throws -> [UInt8] {
            let count = try reader.int("bytes")
            guard (0...rest.count).contains(count) else { throw RecordError("the file ends early") }
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        inputs = try reader.list("inputs").map(RunRecord.Source.init)
        outputs = try reader.list("outputs").map(RunRecord.Output.init)
        (warnings, draws) = (try reader.texts("warnings"), try reader.int("draws"))
        variables = try reader.list("variables").map { (try $0.text("name"), try take($0)) }
        blobs = try reader.list("blobs").map { (try $0.digest("sha256"), try take($0)) }
    }
}
