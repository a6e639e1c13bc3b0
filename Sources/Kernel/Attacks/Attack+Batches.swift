import Glibc
import Synchronization

/// One batch on its way through an attack: what is attacked, and what came of it.
final class BatchSlot<Outcome>: @unchecked Sendable {
    let range: Range<Int>
    /// How many examples, or pairs of example and strength, are worked on together.
    let most: Int
    private let fetch: @Sendable () throws -> Cases
    /// Set by whoever works on the batch, also when it is interrupted in the middle.
    var outcome: Outcome?
    fileprivate var failure: (any Error)?

    fileprivate init(_ range: Range<Int>, most: Int, _ fetch: @escaping @Sendable () throws -> Cases) {
        (self.range, self.most, self.fetch) = (range, most, fetch)
    }

    /// What is attacked, fetched by whoever works on the batch, in whose caches it then lies.
    func cases() throws -> Cases { try fetch() }
}

extension Attack {
    /// Works through all examples, batch by batch, and hands over what came of each batch in their order, also of those
    /// that were under way when something failed.
    ///
    /// Where the model allows it every thread has a batch of its own: work divided inside of a pass keeps threads waiting for
    /// each other and for what the other one wrote. What comes of an example does not depend on its batch.
    ///
    /// - Parameter report: told how many examples are done, on the calling thread.
    /// - Throws: what the work on the earliest of the batches threw.
    func eachBatch<Outcome>(
        _ examples: Examples, on target: Target, budget: @escaping @Sendable (Int) -> Double,
        report: (Int) throws -> Void,
        work: @Sendable (BatchSlot<Outcome>, _ checkpoint: (Double) throws -> Void) throws -> Void,
        take: (Outcome) throws -> Void
    ) throws {
        let lanes = try batchesAtOnce(on: target), most = examplesPerBatch(on: target, of: examples.count)
        let group = most.multipliedReportingOverflow(by: lanes)
        let stride = group.overflow ? Int.max : group.partialValue
        var first = 0
        while first < examples.count {
            let count = min(stride, examples.count - first)
            let slots = Swift.stride(from: first, to: first + count, by: most).map { low in
                let range = low..<min(low + most, first + count)
                return BatchSlot<Outcome>(range, most: most) { try cases(examples, range, budget: budget) }
            }
            run(slots, report: report, work)
            for slot in slots {
                guard let outcome = slot.outcome else { break }
                try take(outcome)
            }
            if let failure = slots.lazy.compactMap(\.failure).first { throw failure }
            first += count
            try report(first)
        }
    }

    /// The batch that was asked for, or what suits the model; few examples make smaller ones, of which several threads have
    /// something each.
    private func examplesPerBatch(on target: Target, of count: Int) -> Int {
        max(1, batch ?? min(target.examplesPerPass, max(64, count / 4)))
    }

    /// Each batch on a thread of its own, when there are several.
    private func run<Outcome>(
        _ slots: [BatchSlot<Outcome>], report: (Int) throws -> Void,
        _ work: @Sendable (BatchSlot<Outcome>, _ checkpoint: (Double) throws -> Void) throws -> Void
    ) {
        nonisolated(unsafe) let report = report
        // Of the caller alone, who may do a second batch when another thread comes late.
        nonisolated(unsafe) var furthest = 0
        let caller = pthread_self()
        let begin = slots[0].range.lowerBound, count = slots[slots.count - 1].range.upperBound - begin
        @Sendable func run(_ slot: BatchSlot<Outcome>) {
            do {
                try work(slot) { share in
                    try Interrupt.check()
                    guard pthread_equal(pthread_self(), caller) != 0 else { return }
                    furthest = max(furthest, begin + Int(share * Double(count)))
                    try report(furthest)
                }
            } catch { slot.failure = error }
        }
        guard slots.count > 1 else { return run(slots[0]) }
        Workers.split(slots.count, grain: 1) { for index in $0 { run(slots[index]) } }
    }

    /// How many batches are worked on at the same time.
    private func batchesAtOnce(on target: Target) throws -> Int {
        guard Workers.count > 1, objective.isRowwise, !Operations.isObserved, try target.sharesModel() else { return 1 }
        return Workers.count
    }
}
