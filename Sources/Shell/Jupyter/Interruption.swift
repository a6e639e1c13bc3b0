import Glibc
import Synchronization

/// A client's wish that the cell ends which runs: SIGINT, as Ctrl-C at a terminal. While nothing runs the wish is void.
final class Interruption: Sendable {
    private let running = Atomic<Bool>(false)

    /// Whether Lua's thread runs a cell.
    var isRunning: Bool {
        get { running.load(ordering: .acquiring) }
        set { running.store(newValue, ordering: .releasing) }
    }

    /// Clients start a kernel in a process group of its own: what the cell started hears of it too.
    func send() {
        guard isRunning else { return }
        kill(getpgrp() == getpid() ? 0 : getpid(), SIGINT)
    }
}

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
