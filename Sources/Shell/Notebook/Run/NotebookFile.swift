import Kernel

/// A notebook in a file.
enum NotebookFile {
    /// Whether the file says that it is a notebook. One that cannot be read is none; whoever runs it will say so.
    static func isNotebook(_ path: String) -> Bool {
        guard let bytes = try? Files.read(path, limit: 1 << 26) else { return false }
        return Notebook.isNotebook(String(decoding: bytes, as: UTF8.self))
    }

    /// - Throws: `KernelError.file`, and what the reader says of the header.
    static func read(_ path: String) throws -> Notebook {
        try Notebook(parsing: String(decoding: Files.read(path, limit: 1 << 26), as: UTF8.self))
    }
}
