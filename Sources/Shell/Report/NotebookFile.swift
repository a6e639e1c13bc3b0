import Kernel

/// A notebook's file as it is looked at: read once, parsed, never executed.
struct NotebookFile {
    let path: String
    let bytes: [UInt8]
    let notebook: Notebook

    /// Notebooks are texts that people write.
    private static let longest = 64 << 20

    /// - Throws: `KernelError.file`; `UnreadableNotebook` with the place of what is no notebook.
    init(_ path: String) throws {
        self.path = path
        bytes = try Files.read(path, limit: Self.longest)
        do { notebook = try Notebook(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
            throw UnreadableNotebook(text: error.description(in: visibleLine(path)))
        }
    }

    /// The notebook beside its record.
    /// - Parameter needsRecord: without one it is an error, not a notebook that never ran.
    func report(needsRecord: Bool) throws -> NotebookReport {
        let files = RecordFiles(notebook: path)
        guard Files.isFile(files.path) || needsRecord else { return try report(nil, files) }
        do { return try report(RunRecord.read(files.path), files) } catch let error as KernelError {
            guard needsRecord, !Files.isFile(files.path) else { throw error }
            throw KernelError.file(
                path: path, reason: "has no record of a run (\(files.path)): 'assay run \(path)' makes one")
        }
    }

    private func report(_ record: RunRecord?, _ files: RecordFiles) throws -> NotebookReport {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try NotebookReport(file: name, bytes: bytes, notebook: notebook, record: record) { medium in
            files.bytes(of: medium)
        }
    }
}

/// Why a file is no notebook.
struct UnreadableNotebook: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

extension RecordFiles {
    /// The bytes of a form; nil unless they are there and are those that the record names.
    func bytes(of medium: RunRecord.Medium) -> [UInt8]? {
        guard isDigest(medium.sha256), (1...(1 << 30)).contains(medium.bytes),
            let bytes = try? Files.read(blob(medium), limit: medium.bytes), bytes.count == medium.bytes,
            (try? Shell.sha256(bytes)) == medium.sha256
        else { return nil }
        return bytes
    }
}
