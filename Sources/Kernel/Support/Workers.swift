import CKernels
import Synchronization

/// The threads that work at the same time: a team of our own for our loops and products, OpenMP's for what oneDNN divides.
public enum Workers {
    /// 1 inside of a part, so that parts do not divide their work again.
    public static var count: Int { Int(ck_max_threads()) }
    public static func use(_ threads: Int) { ck_set_threads(Int32(clamping: threads)) }

    private static let deterministic = Atomic<Bool>(false)
    /// Whether results have the same bits whatever the number of threads is.
    ///
    /// oneDNN adds up parts of a sum per thread, so its convolutions differ in the last bits from one number of threads to
    /// another; in this mode each of its calls has one thread. Loops of our own give the same bits anyway.
    public static var isDeterministic: Bool { deterministic.load(ordering: .relaxed) }

    /// Runs the body in deterministic mode.
    public static func deterministically<R>(_ body: () throws -> R) rethrows -> R {
        let before = deterministic.exchange(true, ordering: .relaxed)
        defer { deterministic.store(before, ordering: .relaxed) }
        return try body()
    }

    /// Runs the body on one thread when its work, in multiply-adds, takes less time than waking a second one is worth,
    /// or when results may not depend on their number. A product stands among others as a rule, whose threads are awake.
    static func sized<R>(_ work: Double, least: Double = 5e6, _ body: () throws -> R) rethrows -> R {
        guard ck_max_threads() > 1, work < least || isDeterministic else { return try body() }
        return try alone(body)
    }

    /// Runs the body on this thread alone.
    static func alone<R>(_ body: () throws -> R) rethrows -> R {
        let threads = ck_max_threads()
        ck_set_threads(1)
        defer { ck_set_threads(threads) }
        return try body()
    }

    /// Splits 0 ..< count into runs of at least `grain` and calls the body once per run, perhaps on several threads.
    /// The body must not throw, touch Lua, or depend on how the range is split.
    public static func split(_ count: Int, grain: Int, _ body: @Sendable (Range<Int>) -> Void) {
        let parts = min(self.count, max(1, count / max(1, grain)))
        guard parts > 1 else { return count > 0 ? body(0..<count) : () }
        withoutActuallyEscaping(body) { body in
            let job = Job(count: count, parts: parts, body: body)
            ck_parallel(
                Int32(parts),
                { part, context in
                    let job = Unmanaged<Job>.fromOpaque(context!).takeUnretainedValue()
                    let low = job.count * Int(part) / job.parts, high = job.count * (Int(part) + 1) / job.parts
                    job.body(low..<high)
                }, Unmanaged.passUnretained(job).toOpaque())
            withExtendedLifetime(job) {}
        }
    }

    /// The same for a result in fresh memory, piece by piece: a page that is touched first costs as much as a hundred sums.
    /// - Throws: `Interrupted` between pieces; the result is then worthless.
    static func splitPolling(
        _ count: Int, grain: Int, of piece: Int = Planes.piece, _ body: @Sendable (Range<Int>) -> Void
    ) throws {
        try inPieces(count, of: max(1, piece)) { piece in
            split(piece.count, grain: grain) {
                body(piece.lowerBound + $0.lowerBound..<piece.lowerBound + $0.upperBound)
            }
        }
    }

    private final class Job: Sendable {
        let count: Int, parts: Int
        let body: @Sendable (Range<Int>) -> Void
        init(count: Int, parts: Int, body: @escaping @Sendable (Range<Int>) -> Void) {
            (self.count, self.parts, self.body) = (count, parts, body)
        }
    }
}
