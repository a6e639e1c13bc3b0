import Glibc
import Synchronization

/// Things that one thread puts in and another takes out in order.
///
/// The end of a pipe tells that something was put in, so that one `poll` can wait for a mailbox and for sockets.
final class Mailbox<Item: Sendable>: Sendable {
    private let items = Mutex<[Item]>([])
    /// Readable when something has been put in since `quiet`.
    let bell: Int32
    private let button: Int32

    /// Nil when the process has no descriptors left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (bell, button) = (ends[0], ends[1])
    }

    deinit {
        close(bell)
        close(button)
    }

    /// - Parameter isFirst: whether it goes before what is there.
    func put(_ item: Item, isFirst: Bool = false) {
        items.withLock { $0.insert(item, at: isFirst ? 0 : $0.count) }
        var byte: UInt8 = 1
        _ = write(button, &byte, 1)
    }

    var count: Int { items.withLock { $0.count } }

    /// Everything there is.
    func takeAll() -> [Item] {
        quiet()
        return items.withLock { items in
            defer { items = [] }
            return items
        }
    }

    /// The next item; waits for it as long as `goesOn`, which is asked again every 50 ms and after each signal.
    func take(while goesOn: () -> Bool = { true }) -> Item? {
        while goesOn() {
            if let item = items.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return item }
            var event = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
            _ = poll(&event, 1, 50)
            quiet()
        }
        return nil
    }

    private func quiet() {
        var bytes = [UInt8](repeating: 0, count: 512)
        while read(bell, &bytes, bytes.count) > 0 {}
    }
}
