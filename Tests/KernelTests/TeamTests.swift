import CKernels
import Glibc
import Synchronization
import Testing

@testable import Kernel

/// The threads behind `Workers.split`: every part is done once, by however many threads there are.
@Suite(.serialized) struct TeamTests {
    private func with<R>(threads: Int, _ body: () throws -> R) rethrows -> R {
        let before = Workers.count
        defer { Workers.use(before) }
        Workers.use(threads)
        return try body()
    }

    /// How often each of `count` places was visited.
    private func visits(_ count: Int, grain: Int) -> [Int32] {
        let storage = UnsafeMutablePointer<Int32>.allocate(capacity: count)
        defer { storage.deallocate() }
        storage.initialize(repeating: 0, count: count)
        nonisolated(unsafe) let places = storage
        Workers.split(count, grain: grain) { for place in $0 { places[place] += 1 } }
        return (0..<count).map { storage[$0] }
    }

    @Test("thousands of small jobs in a row visit every place once", arguments: [1, 2, 3, 8])
    func small(_ threads: Int) {
        with(threads: threads) {
            for job in 0..<5000 {
                let count = 1 + job % 37
                if visits(count, grain: 1) != Array(repeating: 1, count: count) {
                    Issue.record("job \(job) of \(count) places")
                    return
                }
            }
        }
    }

    @Test("a job after a pause finds threads that sleep")
    func sleeping() {
        with(threads: 3) {
            for _ in 0..<20 {
                usleep(2000)
                #expect(visits(9, grain: 3) == Array(repeating: 1, count: 9))
            }
        }
    }

    @Test("parts run at the same time when they wait for each other")
    func together() {
        with(threads: 2) {
            let arrived = Atomic(0)
            Workers.split(2, grain: 1) { _ in
                arrived.add(1, ordering: .relaxed)
                while arrived.load(ordering: .relaxed) < 2 { sched_yield() }
            }
            #expect(arrived.load(ordering: .relaxed) == 2)
        }
    }

    @Test("inside of a part there is one thread, and setting their number does nothing")
    func nested() {
        with(threads: 2) {
            let seen = Mutex<[Int]>([])
            Workers.split(2, grain: 1) { _ in
                Workers.use(7)
                let inner = Atomic(0)
                Workers.split(10, grain: 1) { part in inner.add(part.count, ordering: .relaxed) }
                seen.withLock { $0 += [Workers.count, inner.load(ordering: .relaxed)] }
            }
            #expect(seen.withLock { $0 } == [1, 10, 1, 10])
            #expect(Workers.count == 2)
        }
    }

    @Test("two threads that lead at the same time both have their work done")
    func twoLeaders() {
        with(threads: 2) {
            let total = Mutex(0)
            let lead: @Sendable () -> Void = {
                for _ in 0..<2000 { Workers.split(8, grain: 1) { part in total.withLock { $0 += part.count } } }
            }
            let other = SideThread(lead)
            lead()
            other?.join()
            #expect(total.withLock { $0 } == 2 * 2000 * 8)
        }
    }

    @Test(
        "a thread on the processor of one before it keeps away from it; one that is alone stays",
        .enabled(if: allowed().count > 1))
    func seats() {
        let all = Self.allowed(), seen = Mutex<(alone: Set<Int>, met: Set<Int>, own: Int, seat: Int)>(([], [], 0, 0))
        SideThread {
            var seats = ck_seats()
            seats.taken.0 = 1_000_000
            ck_take_seat(&seats, 1)
            let alone = Self.allowed()
            var own = 0
            for _ in 0..<100 where Self.allowed() == all {  // the kernel may move the thread between the two calls
                ck_take_seat(&seats, 0)
                own = Int(seats.taken.0) - 1
                ck_take_seat(&seats, 1)
            }
            let (met, seat) = (Self.allowed(), Int(seats.taken.1) - 1)
            seen.withLock { $0 = (alone, met, own, seat) }
        }?.join()
        let (alone, met, own, seat) = seen.withLock { $0 }
        #expect(alone == all)
        #expect(all.contains(own) && met == all.subtracting([own]) && met.contains(seat))
    }

    /// The numbers of the processors that this thread may use, from a list like `0-3,6`.
    private static func allowed() -> Set<Int> {
        guard let file = fopen("/proc/thread-self/status", "r") else { return [] }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4096), numbers = Set<Int>()
        while fgets(&line, Int32(line.count), file) != nil {
            let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
            let parts = text.split(separator: ":")
            guard parts.count == 2, parts[0] == "Cpus_allowed_list" else { continue }
            for run in parts[1].split(separator: ",") {
                let ends = run.split(separator: "-").compactMap { Int($0.filter(\.isNumber)) }
                if let low = ends.first, let high = ends.last { numbers.formUnion(low...high) }
            }
        }
        return numbers
    }
}
