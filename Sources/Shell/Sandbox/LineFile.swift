import Glibc
import Kernel

/// A file of JSON objects, one a line, that is only ever appended to: each line is one write, so that several processes
/// need no lock and a crash loses at most its own line.
struct LineFile: Sendable {
    let path: String

    /// - Throws: `KernelError.file`.
    func append(_ entry: JSON) throws {
        var descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0, errno == ENOENT {
            makeFolders()
            descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        }
        guard descriptor >= 0 else { throw failure }
        defer { close(descriptor) }
        let line = Array((entry.description + "\n").utf8)
        guard write(descriptor, line, line.count) == line.count else { throw failure }
    }

    /// The entries, oldest first; a line that is no JSON is passed over.
    var entries: [JSON] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return (bytes(of: descriptor) ?? []).split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? line.withUnsafeBytes { try JSON(parsing: $0) }
        }
    }

    private func makeFolders() {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o700)
        }
    }

    private var failure: KernelError { .file(path: path, reason: String(cString: strerror(errno)).lowercased()) }
}

/// Seconds since 1970 as `2026-11-23T10:00:00Z`.
func dateText(_ seconds: Int = time(nil)) -> String {
    var seconds = seconds, parts = tm()
    gmtime_r(&seconds, &parts)
    var text = [CChar](repeating: 0, count: 32)
    strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
