import CSandbox
import Glibc
import Synchronization

/// A file that appears complete or not at all: written beside its place, flushed to disk, then renamed.
public final class AtomicFile {
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private static let counter = Atomic<Int>(0)

    /// Writes the file through the body; an error leaves what stood there before.
    /// - Throws: `KernelError.file`, and what the body throws.
    public static func write(_ path: String, _ body: (AtomicFile) throws -> Void) throws {
        let file = try AtomicFile(path)
        do {
            try body(file)
            try file.publish()
        } catch {
            box_unlink(file.temporary)
            throw error
        }
    }
    /// Writes one text.
    public static func write(_ path: String, text: String) throws {
        try write(path) { file in try Array(text.utf8).withUnsafeBytes { try file.append($0) } }
    }

    private init(_ path: String) throws {
        try Files.checkName(path)
        let target = Files.expanded(path)
        var status = stat()
        let exists = box_stat(target, &status) == 0
        if exists, status.st_mode & S_IFMT != S_IFREG {  // a rename would replace a device or fail on a directory
            throw KernelError.file(path: path, reason: "is not a regular file")
        }
        let number = AtomicFile.counter.add(1, ordering: .relaxed).newValue
        self.path = target
        temporary = "\(target).\(getpid()).\(number).tmp"
        let mode = exists ? status.st_mode & 0o7777 : 0o666
        descriptor = box_open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Files.failure(path, writing: true) }
    }

    deinit { close(descriptor) }

    /// Appends bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            try Interrupt.check()
            let wrote = Glibc.write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 20))
            if wrote < 0, errno == EINTR { continue }
            guard wrote > 0 else { throw Files.failure(path) }
            done += wrote
        }
    }
    public func append(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try append($0) } }

    /// Replaces bytes that were appended before.
    func overwrite(at offset: Int, _ bytes: [UInt8]) throws {
        guard pwrite(descriptor, bytes, bytes.count, offset) == bytes.count else { throw Files.failure(path) }
    }

    private func publish() throws {
        guard try DiskFlush.run(descriptor), box_rename(temporary, path) == 0 else {
            throw Files.failure(path, writing: true)
        }
        FileLog.note(path, .written)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let directory = box_open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
        guard directory >= 0 else { return }
        fsync(directory)  // the new name survives a power cut too; some file systems cannot, and that is no error
        close(directory)
    }
}
