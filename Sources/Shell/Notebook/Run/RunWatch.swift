import Glibc
import Kernel
import Synchronization

/// Stops a run that takes too long or holds too much memory, as Ctrl-C would, and remembers why.
///
/// A thread of its own looks every 20 ms. Code that does not hear the request for ten seconds ends with the process.
final class RunWatch: @unchecked Sendable {  // everything that changes is locked
    /// What a run may not exceed.
    enum Limit: Equatable, Sendable {
        /// Seconds of a cell, by its key `timeout`.
        case cell(String, Double)
        /// Seconds of the notebook, by its header.
        case time(Double)
        /// Bytes of the process, by its header, and what it held.
        case memory(Int, held: Int)

        var description: String {
            switch self {
            case .cell(let name, let seconds):
                "cell '\(name)' took longer than its timeout of \(numberText(seconds)) s"
            case .time(let seconds): "the notebook took longer than its limit of \(numberText(seconds)) s"
            case .memory(let limit, let held):
                "the notebook holds \(byteText(held)), more than its limit of \(byteText(limit))"
            }
        }
    }

    private struct State {
        var deadlines: [(at: Double, limit: Limit)] = []
        var mostBytes: Int?
        var exceeded: Limit?
        var exceededAt = 0.0
        var isDone = false
    }
    private let state = Mutex(State())
    private let runner = pthread_self()
    private var thread: SideThread?

    /// - Parameters:
    ///   - seconds: how long the run may take.
    ///   - bytes: how much memory the process may hold.
    init(seconds: Double?, bytes: Int?) {
        let now = monotonicSeconds()
        state.withLock { state in
            if let seconds { state.deadlines.append((now + seconds, .time(seconds))) }
            state.mostBytes = bytes
        }
    }

    /// What was exceeded, nil for nothing.
    var exceeded: Limit? { state.withLock { $0.exceeded } }

    /// Starts the time of a cell; nil for one that may take as long as it likes.
    func begin(cell name: String, timeout: Double?) {
        state.withLock { state in
            state.deadlines.removeAll { if case .cell = $0.limit { true } else { false } }
            if let timeout { state.deadlines.append((monotonicSeconds() + timeout, .cell(name, timeout))) }
        }
        if state.withLock({ !$0.deadlines.isEmpty || $0.mostBytes != nil }) { start() }
    }

    /// The time of the cell is over.
    func endCell() {
        state.withLock { state in
            state.deadlines.removeAll { if case .cell = $0.limit { true } else { false } }
        }
    }

    /// Ends the watching.
    func stop() {
        state.withLock { $0.isDone = true }
        thread?.join()
        thread = nil
    }

    private func start() {
        guard thread == nil else { return }
        thread = SideThread { while self.look() { usleep(20_000) } }
    }

    /// Looks once; false when there is nothing more to watch.
    private func look() -> Bool {
        let now = monotonicSeconds()
        return state.withLock { state in
            if state.isDone { return false }
            if state.exceeded != nil {
                if now - state.exceededAt > 10 { abandon(state.exceeded) }
                return true
            }
            state.exceeded = exceededLimit(state, now)
            if state.exceeded != nil {
                state.exceededAt = now
                pthread_kill(runner, SIGINT)
            }
            return true
        }
    }

    private func exceededLimit(_ state: State, _ now: Double) -> Limit? {
        if let late = state.deadlines.first(where: { $0.at < now }) { return late.limit }
        guard let most = state.mostBytes, let held = residentBytes(), held > most else { return nil }
        return .memory(most, held: held)
    }

    private func abandon(_ limit: Limit?) {
        writeToStandardError("assay: \(limit?.description ?? "a limit"), and did not stop when asked to\n")
        _exit(ExitStatus.resourceLimit.rawValue)
    }
}

/// Bytes of the process that are in memory.
func residentBytes() -> Int? {
    let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard let text = contents(of: file) else { return nil }
    let words = text.split(separator: " ")
    return words.count > 1 ? Int(words[1]).map { $0 * Int(getpagesize()) } : nil
}
