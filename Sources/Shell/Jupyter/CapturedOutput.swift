import CPrompt
import Glibc
import Synchronization

/// What the process and its children write to descriptors 1 and 2, in order.
///
/// Each descriptor is a pipe of its own. Two pipes alone would not tell what came first, so whoever is about to write to
/// standard output drains both before; `drain` takes what standard output holds to be older. Both hold for one thread that
/// writes: at the time of such a write nothing waits on standard error.
final class CapturedOutput: Sendable {
    struct Piece: Equatable, Sendable {
        let isError: Bool
        var bytes: [UInt8]
    }

    /// The descriptors to read from.
    let output: Int32, errors: Int32
    /// Standard error as it was: for what no client would be told.
    let log: Int32
    private let pieces = Mutex<[Piece]>([])

    private static let current = Mutex<CapturedOutput?>(nil)

    /// Takes over both descriptors; nil when the process has none left.
    init?() {
        guard let output = Self.redirect(STDOUT_FILENO) else { return nil }
        log = dup(STDERR_FILENO)
        _ = fcntl(log, F_SETFD, FD_CLOEXEC)
        guard let errors = Self.redirect(STDERR_FILENO) else { return nil }
        (self.output, self.errors) = (output, errors)
        prompt_unbuffer_output()
        Self.current.withLock { $0 = self }
    }

    /// Gives standard error back, for what went wrong at the start.
    func giveBack() {
        fflush(nil)
        dup2(log, STDERR_FILENO)
    }

    /// Called before Lua writes to standard output.
    static func drainCurrent() { current.withLock { $0 }?.drain() }

    private static func redirect(_ descriptor: Int32) -> Int32? {
        var ends: [Int32] = [-1, -1]
        fflush(nil)
        guard pipe(&ends) == 0, dup2(ends[1], descriptor) >= 0 else { return nil }
        close(ends[1])
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return ends[0]
    }

    /// Takes what waits in the pipes.
    func drain() {
        pieces.withLock { pieces in
            let error = Self.bytes(waitingOn: errors), text = Self.bytes(waitingOn: output)
            for piece in [Piece(isError: false, bytes: text), Piece(isError: true, bytes: error)] {
                if piece.bytes.isEmpty { continue }
                if pieces.last?.isError == piece.isError {
                    pieces[pieces.count - 1].bytes += piece.bytes
                } else {
                    pieces.append(piece)
                }
            }
        }
    }

    private static func bytes(waitingOn descriptor: Int32) -> [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { return }
                bytes += UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<count])
            }
        }
        return bytes
    }

    var waitingBytes: Int { pieces.withLock { $0.reduce(0) { $0 + $1.bytes.count } } }

    /// The texts since the last time. A character whose rest may still come stays, unless everything is wanted.
    func take(everything: Bool) -> [(isError: Bool, text: String)] {
        let taken = pieces.withLock { pieces -> [Piece] in
            var taken = pieces
            pieces = []
            if !everything, let last = taken.last {
                let rest = unfinishedCharacter(at: last.bytes)
                if rest > 0 { pieces = [Piece(isError: last.isError, bytes: Array(last.bytes.suffix(rest)))] }
                taken[taken.count - 1].bytes.removeLast(rest)
            }
            return taken
        }
        return taken.filter { !$0.bytes.isEmpty }.map { ($0.isError, String(decoding: $0.bytes, as: UTF8.self)) }
    }
}

/// How many bytes at the end begin a character of UTF-8 without ending it.
func unfinishedCharacter(at bytes: [UInt8]) -> Int {
    for back in 1...3 where back <= bytes.count {
        let byte = bytes[bytes.count - back]
        if byte & 0xc0 == 0x80 { continue }
        let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
        return length > back ? back : 0
    }
    return 0
}
