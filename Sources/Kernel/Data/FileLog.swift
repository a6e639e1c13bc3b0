import Synchronization

/// Which files a computation reads and writes, for whoever keeps a record of it.
public enum FileLog {
    public enum Use: Sendable, Equatable {
        case read
        case written
    }

    private static let state = Mutex<(@Sendable (String, Use) -> Void)?>(nil)

    /// Calls a function with the path of each file that is read, before that, or was written; nil for none.
    public static func observe(_ observer: (@Sendable (String, Use) -> Void)?) { state.withLock { $0 = observer } }

    /// Tells of a file.
    public static func note(_ path: String, _ use: Use) { state.withLock { $0 }?(path, use) }
}
