import Glibc
import Kernel

/// Where the record of a notebook's run stands: `__assay__/nb.lua.run.json` beside the notebook, and the files of its
/// values in `__assay__/blobs`, each named by the SHA-256 of what it holds.
struct RecordFiles: Equatable, Sendable {
    /// The folder of records.
    let folder: String
    /// The name of the record's file.
    let name: String

    /// - Parameters:
    ///   - folder: where records go instead of `__assay__` beside the notebook.
    ///   - variant: tells the runs of a grid of parameters apart: `eps=0.1,steps=20`.
    init(notebook path: String, folder: String? = nil, variant: String = "") {
        let cut = path.lastIndex(of: "/")
        let beside = cut.map { String(path[...$0]) } ?? ""
        self.folder = folder ?? beside + "__assay__"
        name =
            String(cut.map { path[path.index(after: $0)...] } ?? path[...])
            + (variant.isEmpty ? "" : "." + variant) + ".run.json"
    }

    /// The files around a record that stands at a path.
    init(record path: String) {
        let cut = path.lastIndex(of: "/")
        folder = cut.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        name = String(cut.map { path[path.index(after: $0)...] } ?? path[...])
    }

    var path: String { folder + "/" + name }
    var blobs: String { folder + "/blobs" }

    /// Where a form of a value stands.
    func blob(_ medium: RunRecord.Medium) -> String { blobs + "/" + RecordFiles.fileName(medium) }

    static func fileName(_ medium: RunRecord.Medium) -> String { "\(medium.sha256).\(ending(of: medium.type))" }

    /// How the file of a form ends.
    static func ending(of type: String) -> String {
        switch type {
        case "image/png": "png"
        case "image/svg+xml": "svg"
        case "application/x-npy": "npy"
        default: "bin"
        }
    }
}

extension RunRecord {
    /// The record in a file.
    /// - Throws: `KernelError.file` when it cannot be read, `RecordError` when it is none.
    static func read(_ path: String) throws -> RunRecord {
        let bytes = try Files.read(path, limit: 1 << 30)
        do {
            return try RunRecord(json: bytes.withUnsafeBytes { try JSON(parsing: $0) })
        } catch let error as RecordError {
            throw RecordError("\(path) is no record of a run: \(error)")
        } catch let error as JSON.SyntaxError {
            throw RecordError("\(path) is no record of a run: \(error)")
        }
    }

    /// Every form in a file of its own that the outputs refer to.
    var media: [Medium] {
        stable.cells.flatMap { cell in
            cell.outputs.flatMap { output -> [Medium] in if case .value(let value) = output { value.media } else { [] }
            }
        }
    }
}
