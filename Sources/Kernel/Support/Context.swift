import CKernels
import Synchronization

/// What surrounds a computation without being its argument: where progress goes, whether graphs are recorded.
public struct Context: Sendable {
    /// Where long work reports; nil says nothing.
    public var progress: (any ProgressSink)?
    /// Whether operations record how to differentiate them.
    public var recordsGradients = true
    /// What the first layer knows of the points of an attack, during its gradient passes.
    var trail: Trail?

    @TaskLocal public static var current = Context()

    /// Runs the body without recording gradients.
    public static func withoutGradients<R>(_ body: () throws -> R) rethrows -> R {
        if !current.recordsGradients { return try body() }
        var context = current
        context.recordsGradients = false
        return try $current.withValue(context) { try body() }
    }
    /// Runs the body with gradients recorded, whatever surrounds it.
    public static func withGradients<R>(_ body: () throws -> R) rethrows -> R {
        if current.recordsGradients { return try body() }
        var context = current
        context.recordsGradients = true
        return try $current.withValue(context) { try body() }
    }
    /// Runs the body with a trail to follow, if there is one.
    static func following<R>(_ trail: Trail?, _ body: () throws -> R) rethrows -> R {
        guard let trail else { return try body() }
        var context = current
        context.trail = trail
        return try $current.withValue(context) { try body() }
    }
    public static func with<R>(progress: (any ProgressSink)?, _ body: () throws -> R) rethrows -> R {
        var context = current
        context.progress = progress
        return try $current.withValue(context) { try body() }
    }
}

/// Receives the progress of long work. Calls nest: a sweep begins, its attacks begin and end inside it.
public protocol ProgressSink: AnyObject, Sendable {
    func begin(_ label: String, total: Int, unit: String)
    /// `done` units are finished; `metric` is a short running figure such as `loss 0.31`.
    func advance(to done: Int, metric: String)
    func end()
}

/// A piece of long work that reports where it is and can be interrupted.
public enum Progress {
    /// Runs the body between `begin` and `end`; the body calls `step(done, metric)`, which also polls Ctrl-C.
    public static func track<R>(
        _ label: String, total: Int, unit: String = "",
        _ body: (_ step: (Int, @autoclosure () -> String) throws -> Void) throws -> R
    ) throws -> R {
        guard let sink = Context.current.progress else { return try body { _, _ in try Interrupt.check() } }
        sink.begin(label, total: total, unit: unit)
        defer { sink.end() }
        return try body { done, metric in
            try Interrupt.check()
            sink.advance(to: done, metric: metric())
        }
    }
}

/// The random numbers of a session: what calls without a seed draw from, in call order.
public enum Session {
    private static let state = Mutex((key: Key(seed: 0), next: 0, seed: 0))

    /// Starts the session's stream afresh.
    public static func seed(_ seed: Int) { state.withLock { $0 = (Key(seed: seed), 0, seed) } }
    /// Runs the body with a stream of its own; afterwards the session's goes on where it was.
    public static func withStream<R>(seed: Int, _ body: () throws -> R) rethrows -> R {
        let before = state.withLock { $0 }
        self.seed(seed)
        defer { state.withLock { $0 = before } }
        return try body()
    }
    /// The seed that the stream started from.
    public static var currentSeed: Int { state.withLock { $0.seed } }
    /// How many calls have drawn from the stream since it was started.
    public static var draws: Int { state.withLock { $0.next } }
    /// The key for one call: the seed's when one is given, otherwise the session's next.
    public static func key(seed: Int? = nil) -> Key {
        if let seed { return Key(seed: seed) }
        return state.withLock { state in
            state.next += 1
            return state.key.fold(state.next)
        }
    }
}
