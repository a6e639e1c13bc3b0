import Kernel

/// A notebook's file as it is looked at: read once, parsed, never executed.
struct ViewedNotebook {
    let path: String
    let bytes: [UInt8]
    let notebook: Notebook

    /// - Throws: `KernelError.file`; `UnreadableNotebook` with the place of what is no notebook.
    init(_ path: String) throws {
        self.path = path
        bytes = try Files.read(path, limit: 1 << 26)
        do { notebook = try Notebook(parsing: String(decoding: bytes, as: UTF8.self)) } catch {
            throw UnreadableNotebook(text: error.description(in: visibleLine(path)))
        }
    }

    /// The notebook beside the record of its last run, or beside the record in a file.
    /// - Parameter needsRecord: without one it is an error, not a notebook that never ran.
    func report(needsRecord: Bool, record path: String? = nil) throws -> NotebookReport {
        let files = path.map { RecordFiles(record: $0) } ?? RecordFiles(notebook: self.path)
        if Files.isFile(files.path) || path != nil { return try report(RunRecord.read(files.path), files) }
        guard needsRecord else { return try report(nil, files) }
        throw KernelError.file(
            path: self.path, reason: "has no record of a run (\(files.path)); 'assay run \(self.path)' makes one")
    }

    private func report(_ record: RunRecord?, _ files: RecordFiles) throws -> NotebookReport {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return try NotebookReport(
            file: name, bytes: bytes, notebook: notebook, record: record, blob: files.bytes)
    }
}

/// Why a file is no notebook.
struct UnreadableNotebook: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
