import Glibc
import Synchronization

/// Where the program's own messages and progress go: standard error, also while what Lua writes there is gathered.
let messages = Atomic<Int32>(STDERR_FILENO)

/// Writes to standard error at once, after what waits for standard output, so that a terminal shows both in order.
func writeToStandardError(_ text: String) {
    fflush(nil)
    writeAll(Array(text.utf8), to: messages.load(ordering: .relaxed))
}

/// Writes all bytes, unless writing fails.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
    var bytes = bytes[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        if count < 0 { return }
        bytes = bytes.dropFirst(count)
    }
}

/// Everything that can be read from a descriptor as text; nil with `errno` set when reading fails.
func contents(of descriptor: Int32) -> String? { bytes(of: descriptor).map { String(decoding: $0, as: UTF8.self) } }

/// Everything that can be read from a descriptor; nil with `errno` set when reading fails.
func bytes(of descriptor: Int32) -> [UInt8]? {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        if count < 0 { return nil }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}

/// Whether standard error is a terminal that shows colours, and the user wants them.
var standardErrorShowsColours: Bool {
    guard isatty(messages.load(ordering: .relaxed)) == 1, environmentVariable("NO_COLOR") ?? "" == "" else {
        return false
    }
    return environmentVariable("TERM") ?? "dumb" != "dumb"
}

/// Writes to standard output at once.
func writeToStandardOutput(_ text: String) {
    print(text, terminator: "")
    fflush(nil)
}
