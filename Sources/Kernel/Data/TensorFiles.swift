/// Tensors in files, the format by the file's name.
public enum TensorFiles {
    /// What a file holds: one tensor, or several by name with perhaps a table of strings.
    public enum Contents: Sendable {
        case one(Tensor)
        case named([(name: String, tensor: Tensor)], metadata: [(name: String, value: String)])
    }

    /// Reads `.npy`, `.npz`, `.safetensors`, and IDX files (`-ubyte`, gzipped or not).
    /// - Throws: `KernelError.file`.
    public static func read(_ path: String) throws -> Contents {
        if path.hasSuffix(".npy") { return .one(try NumPy.read(path)) }
        if path.hasSuffix(".npz") { return .named(try NumPyArchive.read(path), metadata: []) }
        if path.hasSuffix("-ubyte") || path.hasSuffix("-ubyte.gz") { return .one(try IDX.read(path)) }
        if path.hasSuffix(".safetensors") {
            let file = try SafeTensors.read(path)
            return .named(file.tensors, metadata: file.metadata)
        }
        throw unknown(path, "reads .npy, .npz, .safetensors and IDX files (-ubyte, -ubyte.gz)")
    }

    /// Writes one tensor (`.npy`, `-ubyte`) or several by name (`.npz`, `.safetensors`).
    /// - Throws: `KernelError.file`.
    public static func write(_ path: String, _ contents: Contents, compress: Bool = false) throws {
        switch contents {
        case .one(let tensor):
            if path.hasSuffix(".npy") { return try NumPy.write(path, tensor) }
            if path.hasSuffix("-ubyte") || path.hasSuffix("-ubyte.gz") { return try IDX.write(path, tensor) }
            if path.hasSuffix(".npz") || path.hasSuffix(".safetensors") {
                throw KernelError.file(path: path, reason: "holds tensors by name; pass a table such as {x = t}")
            }
        case .named(let tensors, let metadata):
            if path.hasSuffix(".npz") {
                guard metadata.isEmpty else {
                    throw KernelError.file(path: path, reason: "npz holds no metadata; use safetensors")
                }
                return try NumPyArchive.write(path, tensors, compress: compress)
            }
            if path.hasSuffix(".safetensors") {
                return try SafeTensors.write(path, tensors: tensors, metadata: metadata)
            }
            if path.hasSuffix(".npy") || path.hasSuffix("-ubyte") || path.hasSuffix("-ubyte.gz") {
                throw KernelError.file(path: path, reason: "holds one tensor; use .npz or .safetensors for several")
            }
        }
        throw unknown(path, "writes .npy, .npz, .safetensors and IDX files (-ubyte, -ubyte.gz)")
    }

    private static func unknown(_ path: String, _ known: String) -> KernelError {
        .file(path: path, reason: "the format is told by the file's name: data \(known)")
    }
}
