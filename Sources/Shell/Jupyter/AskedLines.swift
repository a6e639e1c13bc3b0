import CPrompt
import Glibc
import Kernel
import Synchronization

/// Lines that the user of a client is asked for: what commands such as `:debug` read, and what Lua reads from standard
/// input.
final class AskedLines: LineSource {
    weak var session: KernelSession?

    func ask(_ prompt: String, _ guide: EntryGuide) -> LineAnswer { session?.ask(prompt) ?? .end }
    func remember(_ entry: String) {}

    // MARK: standard input

    /// Whom a read of standard input asks, and what is left of the last line. Only Lua's thread uses it.
    private struct Input: @unchecked Sendable {
        var lines: AskedLines?
        var rest: ArraySlice<UInt8> = []
    }
    private static let input = Mutex(Input())

    /// Makes C's standard input ask the user from here on.
    func becomeStandardInput() {
        Self.input.withLock { $0.lines = self }
    }

    /// What C calls when Lua wants to read. It must be set before Lua opens its library.
    static func replaceStandardInput() -> Bool {
        prompt_replace_input { buffer, size in AskedLines.read(into: buffer!, size) }
    }

    private static func read(into buffer: UnsafeMutablePointer<CChar>, _ size: Int) -> Int {
        var input = input.withLock { $0 }
        if input.rest.isEmpty {
            guard let session = input.lines?.session else { return 0 }
            guard session.mayAsk else {
                writeToStandardError("assay: this client does not answer questions, so nothing can be read\n")
                errno = ENOTSUP
                return -1
            }
            guard case .line(let line) = session.ask("") else {
                errno = EINTR
                return -1
            }
            input.rest = Array((line + "\n").utf8)[...]
        }
        let count = min(size, input.rest.count)
        input.rest.prefix(count).withUnsafeBytes {
            UnsafeMutableRawPointer(buffer).copyMemory(from: $0.baseAddress!, byteCount: count)
        }
        input.rest.removeFirst(count)
        Self.input.withLock { $0.rest = input.rest }
        return count
    }

    /// What was read and not used does not reach the next cell.
    static func dropRest() { input.withLock { $0.rest = [] } }
}
