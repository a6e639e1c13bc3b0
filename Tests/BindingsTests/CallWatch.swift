import Foundation
import Kernel
import Synchronization

@testable import Bindings

/// Sends SIGINT to the thread that made it whenever a call takes longer than 200 ms, and again until it ends.
final class CallWatch: @unchecked Sendable {  // the thread id and the start time are set before the thread runs
    private let owner = pthread_self()
    private let deadline = Mutex<ContinuousClock.Instant?>(nil)
    private let first = Mutex<ContinuousClock.Instant?>(nil)
    private let isRunning = Atomic<Bool>(true)

    func start() {
        InterruptHandler.install()
        Thread.detachNewThread { [self] in
            while isRunning.load(ordering: .relaxed) {
                usleep(10_000)
                let now = ContinuousClock.now
                deadline.withLock { limit in
                    guard let due = limit, now > due else { return }
                    first.withLock { $0 = $0 ?? now }
                    limit = now + .milliseconds(500)
                    pthread_kill(owner, SIGINT)
                }
            }
        }
    }
    func stop() {
        isRunning.store(false, ordering: .relaxed)
        deadline.withLock { $0 = nil }
        InterruptHandler.clear()
        InterruptHandler.remove()
    }
    func begin() { deadline.withLock { $0 = .now + .milliseconds(200) } }
    /// Seconds since the first interrupt of the call.
    func end() -> Double {
        deadline.withLock { $0 = nil }
        InterruptHandler.clear()
        return first.withLock { first in
            defer { first = nil }
            return first.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0
        }
    }
}
