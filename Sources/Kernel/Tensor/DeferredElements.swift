import Synchronization

// Results change on the one thread that runs scripts.

/// The result of elementwise operations on many elements that waits for the next one: `(2 * a + 1):relu()` is one pass, which
/// reads `a` and writes the result.
///
/// Only who asks for it (`offered`) gets such results: the operators and methods of the scripting language, on its thread. The
/// latest result waits. When the next such operation goes on from it, both become one chain; when it begins elsewhere, or
/// something else is called, the latest is computed first: work is done in its order. A result inside a chain is
/// computed by itself if somebody looks at it after all, and before what it is computed from changes.
public final class DeferredElements: NativeContents, @unchecked Sendable {
    /// Fewer elements lie in a cache from one operation to the next.
    static let least = 1 << 18
    /// Operations in a chain: more gain nothing, and what a chain reads stays in memory while it waits.
    static let longest = 16

    private enum State {
        case waiting(ElementChain)
        case computed(Storage)
        case failed(any Error)
    }
    private var state: State
    private let count: Int

    private init(_ count: Int, _ chain: ElementChain) { (self.count, state) = (count, .waiting(chain)) }
    deinit { if case .waiting = state { DeferredElements.forget(ObjectIdentifier(self)) } }

    /// The elements, computed now when they were not yet.
    /// - Throws: `Interrupted`, and then they wait as before.
    func rowMajor() throws -> Storage {
        try computed { chain, z in try Workers.splitPolling(count, grain: Planes.grain) { chain.run($0, into: z) } }
    }

    private func computed(_ run: (ElementChain, Rows) throws -> Void) throws -> Storage {
        switch state {
        case .computed(let storage): return storage
        case .failed(let error): throw error
        case .waiting(let chain):
            let storage = try Storage(bytes: count * MemoryLayout<Float>.size)
            try withExtendedLifetime(chain) {
                try run(chain, Rows(base: storage.base.assumingMemoryBound(to: Float.self)))
            }
            end(.computed(storage))
            return storage
        }
    }

    private func end(_ state: State) {
        self.state = state
        DeferredElements.forget(ObjectIdentifier(self))
    }

    /// Computes the elements because what they are computed from is about to change. What fails is told to whoever looks.
    private func computeBeforeChange() {
        do {
            _ = try computed { chain, z in Workers.split(count, grain: Planes.grain) { chain.run($0, into: z) } }
        } catch { end(.failed(error)) }
    }

    private func reads(_ storage: Storage) -> Bool {
        if case .waiting(let chain) = state { chain.reads(storage) } else { false }
    }
}

// MARK: - Which results wait

extension DeferredElements {
    private struct Weak { weak var elements: DeferredElements? }
    private struct Waiting {
        var latest: DeferredElements?
        var all: [ObjectIdentifier: Weak] = [:]
    }
    private static let waiting = Mutex(Waiting())
    private static let number = Atomic<Int>(0)
    private static let isOffered = Atomic<Bool>(false)

    /// Whether any result waits: costs a load.
    @inline(__always)
    public static var areWaiting: Bool { number.load(ordering: .relaxed) > 0 }

    /// Runs an operation whose result may wait.
    @inline(__always)
    public static func offered<R>(_ operation: () throws -> R) rethrows -> R {
        isOffered.store(true, ordering: .relaxed)
        defer { isOffered.store(false, ordering: .relaxed) }
        return try operation()
    }

    /// Computes the latest result, when one waits: nothing that was asked for is left to be done. What fails for another
    /// reason than Ctrl-C fails whoever looks.
    public static func settle() throws {
        guard areWaiting, let latest = waiting.withLock({ $0.latest }) else { return }
        do { _ = try latest.rowMajor() } catch let error as Interrupted { throw error } catch {
            latest.end(.failed(error))
        }
    }

    /// Computes what reads these elements, which are about to change.
    static func settle(readersOf storage: Storage) {
        let readers = waiting.withLock { $0.all.values.compactMap(\.elements) }
        for reader in readers where reader.reads(storage) { reader.computeBeforeChange() }
    }

    private static func wait(_ elements: DeferredElements) {
        let before = waiting.withLock { waiting in
            waiting.all[ObjectIdentifier(elements)] = Weak(elements: elements)
            number.store(waiting.all.count, ordering: .relaxed)
            defer { waiting.latest = elements }
            return waiting.latest
        }
        withExtendedLifetime(before) {}  // its end takes the lock
    }

    private static func forget(_ elements: ObjectIdentifier) {
        let latest = waiting.withLock { waiting -> DeferredElements? in
            waiting.all[elements] = nil
            number.store(waiting.all.count, ordering: .relaxed)
            guard let latest = waiting.latest, ObjectIdentifier(latest) == elements else { return nil }
            waiting.latest = nil
            return latest
        }
        withExtendedLifetime(latest) {}
    }

    /// The chain that the operation goes on with if this is the latest result.
    private var openChain: ElementChain? {
        guard case .waiting(let chain) = state, chain.steps.count < DeferredElements.longest,
            DeferredElements.waiting.withLock({ $0.latest === self })
        else { return nil }
        return chain
    }

    /// The result of one more operation.
    /// - Throws: `KernelError.memory` when there will be no place for it.
    fileprivate static func result(of x: Tensor, _ step: ElementChain.Step) throws -> Tensor {
        let chain: ElementChain
        if let open = x.deferred?.openChain {
            chain = open.followed(by: step)
        } else {
            try settle()
            let (storage, offset, _) = try x.strided()
            chain = ElementChain(storage, offset: offset, step)
        }
        try MemoryPool.expect(x.bytes)
        let elements = DeferredElements(x.count, chain)
        wait(elements)
        return Tensor(x.extents, .float32, .native(elements))
    }

    /// Whether the result of an operation on this tensor of at least `least` elements may wait.
    fileprivate static func mayWait(_ x: Tensor) -> Bool {
        guard x.dtype == .float32, x.node == nil, isOffered.load(ordering: .relaxed),
            !Operations.isObserved
        else { return false }
        if case .dense = x.contents { return true }
        return x.deferred != nil
    }
}

extension Tensor {
    fileprivate var deferred: DeferredElements? {
        if case .native(let contents) = contents { contents as? DeferredElements } else { nil }
    }
}

extension UnaryOp {
    /// A result that waits; nil where it may not.
    func deferred(_ x: Tensor) throws -> Tensor? {
        guard DeferredElements.mayWait(x) else { return nil }
        return try DeferredElements.result(of: x, .unary(float, p: Float(p), q: Float(q)))
    }
}

extension BinaryOp {
    /// A result that waits, of an operand and a number.
    func deferred(_ x: Tensor, _ number: Double, isLeft: Bool) throws -> Tensor? {
        guard DeferredElements.mayWait(x) else { return nil }
        return try DeferredElements.result(of: x, .number(float, Float(number), isLeft: isLeft))
    }

    /// The same of two operands of one shape; the one that is the latest result, if any, leads the chain.
    func deferred(_ x: Tensor, _ y: Tensor) throws -> Tensor? {
        guard x.extents.agree(with: y.extents), DeferredElements.mayWait(x), DeferredElements.mayWait(y) else {
            return nil
        }
        let turned = x.deferred == nil && y.deferred != nil, (leader, other) = turned ? (y, x) : (x, y)
        let (storage, offset, _) = try other.strided()
        return try DeferredElements.result(of: leader, .elements(float, storage, offset: offset, isLeft: turned))
    }
}
