import Glibc
import Synchronization

/// `fsync` that Ctrl-C cuts short: a disk may take seconds, and nothing interrupts that call. It runs on a thread of its
/// own, on a descriptor of its own, and goes on there when nobody waits any more.
final class DiskFlush: Sendable {
    private let descriptor: Int32
    private let failure = Atomic<Int32>(0)
    private let isDone = Atomic<Bool>(false)

    private init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }

    /// Waits until the file's bytes are on disk; false, with `errno`, when they cannot be put there.
    /// - Throws: `Interrupted`.
    static func run(_ descriptor: Int32) throws -> Bool {
        let own = dup(descriptor)
        guard own >= 0 else { return fsync(descriptor) == 0 }
        let flush = DiskFlush(own)
        guard let thread = SideThread({ flush.perform() }) else { return fsync(descriptor) == 0 }
        thread.detach()
        var pause: UInt32 = 50
        while !flush.isDone.load(ordering: .acquiring) {
            try Interrupt.check()
            usleep(pause)
            pause = min(pause * 2, 10_000)
        }
        errno = flush.failure.load(ordering: .relaxed)
        return errno == 0
    }

    private func perform() {
        if fsync(descriptor) != 0 { failure.store(errno, ordering: .relaxed) }
        isDone.store(true, ordering: .releasing)
    }
}
