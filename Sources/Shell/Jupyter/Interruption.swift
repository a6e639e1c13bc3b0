import Glibc
import Synchronization

/// A client's wish that the cell ends which runs: SIGINT, as Ctrl-C at a terminal.
///
/// A wish that comes while a cell waits or is about to run is kept until it does; while nothing is to be done it is void.
final class Interruption: Sendable {
    private let running = Atomic<Bool>(false), serving = Atomic<Bool>(false), isDue = Atomic<Bool>(false)
    private let signal: @Sendable () -> Void

    init(signal: @escaping @Sendable () -> Void = signalGroup) { self.signal = signal }

    /// Whether Lua's thread runs a cell in which interrupts count.
    var isRunning: Bool {
        get { running.load(ordering: .acquiring) }
        set { running.store(newValue, ordering: .releasing) }
    }
    /// Whether Lua's thread does what a client asked for.
    var isServing: Bool {
        get { serving.load(ordering: .acquiring) }
        set { serving.store(newValue, ordering: .releasing) }
    }

    func send() {
        if isRunning { signal() } else { isDue.store(true, ordering: .releasing) }
    }

    /// Sends what was kept. Whoever may send asks again and again until nothing is kept.
    /// - Parameter isWaiting: whether requests wait.
    /// - Returns: whether a wish is still kept.
    func sendKept(isWaiting: Bool) -> Bool {
        guard isDue.load(ordering: .acquiring) else { return false }
        guard isRunning || !(isServing || isWaiting) else { return true }
        isDue.store(false, ordering: .releasing)
        if isRunning { signal() }
        return false
    }
}

/// Clients start a kernel in a process group of its own: what the cell started hears of it too.
@Sendable private func signalGroup() { kill(getpgrp() == getpid() ? 0 : getpid(), SIGINT) }

/// The processes that a kernel should not outlive: the one that started it, and the client that said who it is.
struct ParentWatch: Sendable {
    private let parent: pid_t
    /// From the variable JPY_PARENT_PID; nil when there is no such process here, as in another container.
    private let client: pid_t?
    private let isWanted: Bool

    /// Nothing is watched when no client said who it is: then somebody starts a kernel by hand.
    init(parent: pid_t = getppid(), client named: String? = environmentVariable("JPY_PARENT_PID")) {
        let number = named.flatMap { pid_t($0) }.flatMap { $0 > 1 ? $0 : nil }
        self.parent = parent
        client = number.flatMap { Self.exists($0) ? $0 : nil }
        isWanted = number != nil
    }

    /// Whether one of them has ended.
    var areGone: Bool { isWanted && (getppid() != parent || client.map { !Self.exists($0) } ?? (parent == 1)) }

    private static func exists(_ process: pid_t) -> Bool { kill(process, 0) == 0 || errno == EPERM }
}
