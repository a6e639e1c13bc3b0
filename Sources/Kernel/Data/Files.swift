import CSandbox
import Glibc

/// Whole files in, whole files out.
public enum Files {
    /// The path with a leading `~/` replaced by the home directory.
    public static func expanded(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = environment("HOME") else { return path }
        return home + path.dropFirst()
    }

    /// An environment variable, nil when it is unset or empty.
    public static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }

    /// Whether a regular file (or a link to one) stands there.
    public static func isFile(_ path: String) -> Bool { kind(path) == S_IFREG }
    public static func isDirectory(_ path: String) -> Bool { kind(path) == S_IFDIR }

    /// The file's bytes.
    /// - Throws: `KernelError.file` when it cannot be read or is longer than `limit`; `Interrupted`.
    public static func read(_ path: String, limit: Int = 1 << 36) throws -> [UInt8] {
        try checkName(path)
        let descriptor = box_open(expanded(path), O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw KernelError.file(path: path, reason: "is a directory") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw KernelError.file(path: path, reason: "is not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= limit else {
            throw KernelError.file(path: path, reason: "is too long (\(byteText(size)), at most \(byteText(limit)))")
        }
        guard size < MemoryPool.physicalBytes else { throw KernelError.memory(bytes: size) }
        FileLog.note(expanded(path), .read)
        return try [UInt8](unsafeUninitializedCapacity: size) { target, count in
            count = try fill(target, from: descriptor, path)
        }
    }

    private static func fill(_ target: UnsafeMutableBufferPointer<UInt8>, from file: Int32, _ path: String) throws
        -> Int
    {
        var count = 0
        while count < target.count {
            try Interrupt.check()
            let got = Glibc.read(file, target.baseAddress! + count, min(target.count - count, 8 << 20))
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure(path) }
            if got == 0 { break }
            count += got
        }
        return count
    }

    private static func kind(_ path: String) -> mode_t {
        var status = stat()
        return box_stat(expanded(path), &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    /// Paths go to C, where they would end at a zero byte.
    static func checkName(_ path: String) throws {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw KernelError.file(path: quoted(path), reason: "is not a file name")
        }
    }

    /// The last system error as a `KernelError`.
    static func failure(_ path: String, writing: Bool = false) -> KernelError {
        if box_was_denied() { return .denied(path: path, writing: writing) }
        return KernelError.file(path: path, reason: String(cString: strerror(errno)).lowercasedFirst)
    }
}

extension String {
    /// The text with its first letter in lower case: system messages in the style of ours.
    var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
