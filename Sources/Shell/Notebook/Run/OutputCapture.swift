import Bindings
import CPrompt
import Glibc
import Kernel
import Synchronization

/// Gathers everything that is written to standard output and standard error while a notebook runs, whoever writes it:
/// Lua, C, and programs that cells start.
///
/// Both descriptors lead to files in memory. They are read after every write of Lua's, so that the order of the two
/// streams is the order of the writes; what others wrote meanwhile comes with the next reading, standard output first.
final class OutputCapture {
    /// Takes what was written, in order: whether to standard error, and the bytes.
    var receive: (Bool, [UInt8]) -> Void
    /// Where standard output and standard error really are.
    let output: Int32, errors: Int32
    private var streams: [Stream]
    private var isOn = true

    private struct Stream {
        let file: Int32
        let isError: Bool
        /// Bytes that were handed over, and those of them whose memory was given back.
        var done = 0, released = 0
    }

    /// The capture that the hooks of the process report to.
    private static let current = Mutex<Unowned?>(nil)
    private struct Unowned: @unchecked Sendable {  // used by the thread that runs Lua
        unowned let capture: OutputCapture
    }

    /// Starts gathering.
    /// - Throws: `KernelError.state` when the system has no descriptors or memory files left.
    init(receive: @escaping (Bool, [UInt8]) -> Void) throws {
        fflush(nil)
        output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10)
        errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10)
        let files = [prompt_memory_file("assay-output"), prompt_memory_file("assay-errors")]
        guard output >= 0, errors >= 0, files.allSatisfy({ $0 >= 0 }), dup2(files[0], STDOUT_FILENO) >= 0,
            dup2(files[1], STDERR_FILENO) >= 0
        else {
            throw KernelError.state(
                op: "run", reason: "outputs cannot be gathered: \(String(cString: strerror(errno)))")
        }
        self.receive = receive
        streams = [Stream(file: files[0], isError: false), Stream(file: files[1], isError: true)]
        messages.store(errors, ordering: .relaxed)
        Self.current.withLock { $0 = Unowned(capture: self) }
        Interpreter.observeWritten { OutputCapture.current.withLock { $0 }?.capture.drain() }
    }

    /// Hands over what was written since the last time.
    func drain() {
        guard isOn else { return }
        prompt_flush_output()
        for place in streams.indices {
            let bytes = unread(place)
            if !bytes.isEmpty { receive(streams[place].isError, bytes) }
        }
    }

    private func unread(_ place: Int) -> [UInt8] {
        let stream = streams[place]
        var status = stat()
        guard fstat(stream.file, &status) == 0, Int(status.st_size) > stream.done else { return [] }
        var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: min(1 << 20, Int(status.st_size) - stream.done))
        while true {
            let count = pread(stream.file, &chunk, chunk.count, off_t(stream.done + bytes.count))
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        streams[place].done += bytes.count
        let unreleased = streams[place].done - stream.released
        if unreleased >= 1 << 20 {  // giving back is dearer than a print
            prompt_release_bytes(stream.file, stream.released, unreleased)
            streams[place].released += unreleased
        }
        return bytes
    }

    /// Hands over the rest and puts the descriptors back. A second time does nothing.
    func stop() {
        guard isOn else { return }
        drain()
        isOn = false
        fflush(nil)
        Interpreter.observeWritten(nil)
        Self.current.withLock { $0 = nil }
        dup2(output, STDOUT_FILENO)
        dup2(errors, STDERR_FILENO)
        messages.store(STDERR_FILENO, ordering: .relaxed)
        for file in streams.map(\.file) + [output, errors] { close(file) }
    }

    deinit { stop() }
}
