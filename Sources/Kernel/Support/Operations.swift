import Synchronization

/// Lets a profiler watch which operations run. When nobody watches, an operation costs one load more.
public enum Operations {
    /// Told of each operation that begins and ends, on the thread that computes; operations nest.
    public struct Observer: Sendable {
        /// The name, and how many elements are read and written, as far as the operation says.
        let begin: @Sendable (String, Int) -> Void
        let end: @Sendable () -> Void
        public init(begin: @escaping @Sendable (String, Int) -> Void, end: @escaping @Sendable () -> Void) {
            (self.begin, self.end) = (begin, end)
        }
    }
    private static let isWatched = Atomic<Bool>(false)
    private static let observer = Mutex<Observer?>(nil)
    /// Whether somebody watches, who is told of what one thread does.
    static var isObserved: Bool { isWatched.load(ordering: .relaxed) }

    /// Begins to tell an observer, or with nil stops.
    public static func watch(_ new: Observer?) {
        observer.withLock { $0 = new }
        isWatched.store(new != nil, ordering: .relaxed)
    }

    /// Runs an operation under its name.
    @inline(__always)
    static func run<R>(
        _ name: @autoclosure () -> String, elements: @autoclosure () -> Int = 0, _ body: () throws -> R
    ) rethrows -> R {
        guard isWatched.load(ordering: .relaxed), let observer = observer.withLock({ $0 }) else { return try body() }
        observer.begin(name(), elements())
        defer { observer.end() }
        return try body()
    }
}
