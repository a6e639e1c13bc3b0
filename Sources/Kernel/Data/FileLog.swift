import Synchronization

/// Which files a computation reads and writes, for whoever keeps a record of it.
public enum FileLog {
    public enum Use: Sendable, Equatable {
        case read
        case written
    }

    /// A closure by itself would be wrapped once more at every look into the mutex.
    private struct Observer { let note: @Sendable (String, Use) -> Void }
    private static let state = Mutex<Observer?>(nil)

    /// Calls a function with the path of each file that is read, before that, or was written; nil for none.
    public static func observe(_ observer: (@Sendable (String, Use) -> Void)?) {
        state.withLock { $0 = observer.map { Observer(note: $0) } }
    }

    /// Tells of a file.
    public static func note(_ path: String, _ use: Use) { state.withLock { $0 }?.note(path, use) }
}
