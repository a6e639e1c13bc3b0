import CKernels
import Glibc
import Synchronization

/// A block of memory from the pool, 64-byte aligned, shared by a tensor and its views.
public final class Storage: @unchecked Sendable {
    public let base: UnsafeMutableRawPointer
    /// Bytes asked for; the block may be larger.
    public let bytes: Int
    /// What the block takes of the pool.
    let capacity: Int
    /// Raised by every write in place, so that whoever cached something computed from the contents can tell.
    public var version: Int { versions.load(ordering: .relaxed) }
    // Threads that write rows of their own may lose a count, which nobody misses: who caches looks between their jobs.
    private let versions = Atomic<Int>(0)
    /// What the native engine made of the contents, each valid for one version.
    var packed: [PackedWeight] = []

    /// An uninitialised block.
    /// - Throws: `KernelError.memory` when the machine cannot give it.
    public init(bytes: Int) throws {
        self.bytes = bytes
        let least = MemoryPool.sizeClass(bytes)
        if let small = MemoryPool.takeSmall(least) {
            (base, capacity) = (small, least)
        } else {
            (base, capacity) = try MemoryPool.takeOrReclaim(bytes)
        }
    }
    /// A block that somebody took of the pool, from now on this object's.
    init(_ block: UnsafeMutableRawPointer, _ capacity: Int, bytes: Int) {
        (base, self.capacity, self.bytes) = (block, capacity, bytes)
    }
    deinit { MemoryPool.give(base, capacity) }

    /// To be told before elements change that somebody else may have seen.
    public func wasWritten() {
        if DeferredElements.areWaiting { DeferredElements.settle(readersOf: self) }
        versions.store(versions.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }
}

/// Blocks that were freed and wait for the next tensor of their size.
///
/// Touching fresh pages is the largest hidden cost of large temporaries, so blocks are kept by size class (four per
/// power of two), and blocks from 2 MiB on are aligned to, and advised for, huge pages. Kept are `cacheLimit` bytes, or
/// what lately lived at one time and half as much, because not all sizes are wanted at the same time: a training step
/// frees its activations and takes them again, and memory that was in use a moment ago costs nothing to keep. "Lately"
/// fades with the bytes that are freed, and ends with `settle`.
public enum MemoryPool {
    /// A block, and the thread that gave it back: it lies in the caches of the processor where that one runs.
    private struct FreeBlock {
        let block: UInt
        let thread = pthread_self()
    }

    private struct State {
        /// The free blocks of each size class, by its number.
        var free = [[FreeBlock]](repeating: [], count: 4 * Int.bitWidth)
        var cached = 0
        var live = 0
        var peak = 0
        /// The most bytes that lived at one time lately.
        var recent = 0

        /// What may lie in free blocks now.
        var allowance: Int { max(MemoryPool.cacheLimit, recent + recent / 2 - live) }

        /// Takes a free block of the class with this number: of the last few the caller's own, else the last.
        mutating func take(_ place: Int) -> UInt? {
            let thread = pthread_self()
            guard let last = free[place].indices.last else { return nil }
            let own = free[place].suffix(8).lastIndex { pthread_equal($0.thread, thread) != 0 }
            return free[place].remove(at: own ?? last).block
        }
    }
    private static let state = Mutex(State())
    private static let hugePage = 2 << 20
    /// From this size on a free block of one of the next three classes is taken where there is none of the right one: a
    /// batch that shrinks finds the blocks of the larger one, instead of touching fresh pages beside them.
    private static let roomy = 1 << 20
    /// Bytes kept in free blocks when little was in use lately.
    public static let cacheLimit = 64 << 20

    /// Bytes held by storages now.
    public static var liveBytes: Int { state.withLock { $0.live } + ck_small_live() }
    /// The most bytes that storages held at one time.
    public static var peakBytes: Int { max(state.withLock { $0.peak }, liveBytes) }
    /// Bytes of the free blocks that wait for the next tensor.
    public static var cachedBytes: Int { state.withLock { $0.cached } }
    /// Bytes handed out since the start, for measuring what some work allocates.
    public static var takenBytes: Int { takenFromPool + ck_small_taken() }
    /// The same without small blocks; costs a load, so that it can be looked at after every operation.
    public static var takenFromPool: Int { taken.load(ordering: .relaxed) }
    private static let taken = Atomic<Int>(0)
    /// Physical memory of the machine in bytes.
    public static let physicalBytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

    // Closures lie in structs here: as values of a generic type of their own they would be wrapped anew at every look.
    private struct Bound { let bytes: Int, elsewhere: @Sendable () -> Int }
    private struct Reclaimer { let run: @Sendable () -> Void }

    private static let limit = Mutex<Bound?>(nil)
    /// Sets how many bytes storages may hold together with what is held elsewhere: for code that nobody trusts.
    public static func setLimit(_ bytes: Int, elsewhere: @escaping @Sendable () -> Int) {
        limit.withLock { $0 = Bound(bytes: bytes, elsewhere: elsewhere) }
        hasLimit.store(true, ordering: .relaxed)
    }
    private static let hasLimit = Atomic<Bool>(false)
    @inline(__always)
    private static func isWithinLimit(_ capacity: Int) -> Bool {
        !hasLimit.load(ordering: .relaxed) || fitsLimit(capacity)
    }
    @inline(never)
    private static func fitsLimit(_ capacity: Int) -> Bool {
        guard let limit = limit.withLock({ $0 }) else { return true }
        return capacity <= limit.bytes - liveBytes - limit.elsewhere()
    }

    private static let reclaimer = Mutex<Reclaimer?>(nil)
    /// Sets what is done before an allocation is given up: a host with a garbage collector drops its garbage.
    public static func setReclaimer(_ body: (@Sendable () -> Void)?) {
        reclaimer.withLock { $0 = body.map { Reclaimer(run: $0) } }
    }

    /// A block of a capacity that the pool does not keep: malloc does it as well, without a lock. Nil for larger ones, and
    /// when the long way has to say what is missing.
    @inline(__always)
    static func takeSmall(_ capacity: Int) -> UnsafeMutableRawPointer? {
        guard capacity <= CK_SMALL, isWithinLimit(capacity) else { return nil }
        return ck_small_take(capacity)
    }

    /// Takes a block; when there is none, drops cached blocks and the host's garbage and tries once more.
    static func takeOrReclaim(_ bytes: Int) throws -> (UnsafeMutableRawPointer, Int) {
        do { return try take(bytes) } catch {
            if bytes >= 0, bytes < physicalBytes, let reclaim = reclaimer.withLock({ $0 }) {
                reclaim.run()
                trim()
            }
            if !isWithinLimit(sizeClass(bytes)) { Limit.memory.reach() }
            guard bytes >= 0, bytes < physicalBytes else { throw error }
            return try take(bytes)
        }
    }

    /// Drops the host's garbage before so many bytes are taken for a long time, if they are many.
    static func makeRoom(for bytes: Int) {
        if bytes >= 16 << 20, let reclaim = reclaimer.withLock({ $0 }) { reclaim.run() }
    }

    /// Makes sure of a block that will be taken soon.
    static func expect(_ bytes: Int) throws {
        let capacity = sizeClass(bytes)
        if isWithinLimit(capacity), hasRoom(capacity) { return }
        let (block, taken) = try takeOrReclaim(bytes)
        give(block, taken)
    }

    static func take(_ bytes: Int) throws -> (UnsafeMutableRawPointer, Int) {
        let capacity = sizeClass(bytes)
        guard isWithinLimit(capacity) else { throw KernelError.memory(bytes: bytes) }
        if let small = takeSmall(capacity) { return (small, capacity) }
        let place = classNumber(capacity)
        let recycled = state.withLock { state -> (block: UInt, capacity: Int)? in
            for place in place...(capacity >= roomy ? place + 3 : place) {
                guard let block = state.take(place) else { continue }
                let larger = Self.capacity(ofClass: place)
                state.cached -= larger
                count(&state, larger, asked: capacity)
                return (block, larger)
            }
            return nil
        }
        if let recycled { return (UnsafeMutableRawPointer(bitPattern: recycled.block)!, recycled.capacity) }
        guard bytes >= 0, hasRoom(capacity) else {
            throw KernelError.memory(bytes: bytes)
        }
        guard let block = assemble(capacity) ?? allocate(capacity) else { throw KernelError.memory(bytes: bytes) }
        state.withLock { count(&$0, capacity, asked: capacity) }
        return (block, capacity)
    }

    /// A fresh block. Large ones are mapped one by one: in malloc's heap what was freed between two that live is never
    /// given back.
    private static func allocate(_ capacity: Int) -> UnsafeMutableRawPointer? {
        guard capacity >= hugePage else {
            var block: UnsafeMutableRawPointer?
            return posix_memalign(&block, 64, capacity) == 0 ? block : nil
        }
        let span = capacity + hugePage, flags = MAP_PRIVATE | MAP_ANONYMOUS
        guard let map = mmap(nil, span, PROT_READ | PROT_WRITE, flags, -1, 0), map != MAP_FAILED else { return nil }
        let before = (hugePage - Int(bitPattern: map) % hugePage) % hugePage, block = map + before
        if before > 0 { munmap(map, before) }
        if before < hugePage { munmap(block + capacity, hugePage - before) }
        madvise(block, capacity, MADV_HUGEPAGE)
        return block
    }

    /// A block of the pages of free blocks, as far as there are any, and fresh ones: nothing is touched anew, and what is
    /// resident follows what lives, whatever its sizes. Huge pages alone are moved. Nil for other sizes, and when the
    /// system refuses.
    private static func assemble(_ capacity: Int) -> UnsafeMutableRawPointer? {
        guard capacity % hugePage == 0, let block = allocate(capacity) else { return nil }
        var filled = 0
        while filled < capacity, let donor = takeDonor(for: capacity - filled) {
            let moved = min(capacity - filled, donor.capacity), kept = donor.capacity - moved
            let from = UnsafeMutableRawPointer(bitPattern: donor.block)!
            giveParts(of: from, kept)
            guard ck_move_pages(from + kept, block + filled, moved, hugePage) else {
                munmap(from + kept, moved)
                munmap(block, capacity)
                return nil
            }
            filled += moved
        }
        return block
    }

    /// A free block of huge pages: the smallest that holds so many bytes, or the largest that there is.
    private static func takeDonor(for bytes: Int) -> (block: UInt, capacity: Int)? {
        state.withLock { state in
            let middle = classNumber(bytes), all = state.free.indices
            for place in [Array(middle..<all.upperBound), (0..<middle).reversed()].joined() {
                let capacity = Self.capacity(ofClass: place)
                guard capacity >= hugePage, capacity % hugePage == 0, let block = state.free[place].popLast()?.block
                else {
                    continue
                }
                state.cached -= capacity
                return (block, capacity)
            }
            return nil
        }
    }

    /// Free blocks again of the first so many bytes, whole huge pages, of what was one.
    private static func giveParts(of block: UnsafeMutableRawPointer, _ bytes: Int) {
        var place = 0
        while place < bytes {
            let number = classNumber(bytes - place), part = FreeBlock(block: UInt(bitPattern: block + place))
            state.withLock {
                $0.free[number].append(part)
                $0.cached += capacity(ofClass: number)
            }
            place += capacity(ofClass: number)
        }
    }

    private static func release(_ blocks: [(block: UInt, capacity: Int)]) {
        for (block, capacity) in blocks {
            let block = UnsafeMutableRawPointer(bitPattern: block)!
            if capacity >= hugePage { munmap(block, capacity) } else { free(block) }
        }
    }

    /// Whether the machine has so much to give without taking it from others. Small blocks are not worth the question.
    private static func hasRoom(_ capacity: Int) -> Bool {
        guard capacity < physicalBytes - liveBytes else { return false }
        guard capacity >= 256 << 20, let available = availableBytes() else { return true }
        return capacity < available - available / 8
    }

    /// What the kernel believes new work can take (`MemAvailable`).
    private static func availableBytes() -> Int? {
        guard let file = fopen("/proc/meminfo", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        while fgets(&line, CInt(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(separator: " ")
            if words.first == "MemAvailable:", words.count > 1, let size = Int(words[1]) { return size << 10 }
        }
        return nil
    }

    @inline(__always)
    static func give(_ block: UnsafeMutableRawPointer, _ capacity: Int) {
        capacity <= CK_SMALL ? ck_small_give(block, capacity) : keep(block, capacity)
    }

    private static func keep(_ block: UnsafeMutableRawPointer, _ capacity: Int) {
        let place = classNumber(capacity)
        let surplus = state.withLock { state -> [(block: UInt, capacity: Int)] in
            state.live -= capacity
            state.recent = max(state.live, state.recent - capacity / 64)
            state.free[place].append(FreeBlock(block: UInt(bitPattern: block)))
            state.cached += capacity
            return state.cached > state.allowance ? takeSurplus(&state, above: state.allowance) : []
        }
        release(surplus)
    }

    /// Takes free blocks out until so many bytes are left, the largest first.
    private static func takeSurplus(_ state: inout State, above limit: Int) -> [(block: UInt, capacity: Int)] {
        var surplus: [(block: UInt, capacity: Int)] = []
        for place in state.free.indices.reversed() {
            while state.cached > limit, let block = state.free[place].popLast()?.block {
                state.cached -= capacity(ofClass: place)
                surplus.append((block, capacity(ofClass: place)))
            }
        }
        return surplus
    }

    /// Forgets what was in use lately and returns blocks beyond `cacheLimit` to the system: work has come to rest.
    public static func settle() {
        let surplus = state.withLock { state -> [(block: UInt, capacity: Int)] in
            state.recent = state.live
            return takeSurplus(&state, above: cacheLimit)
        }
        release(surplus)
    }

    /// Returns every cached block to the system.
    public static func trim() {
        release(state.withLock { takeSurplus(&$0, above: 0) })
    }

    private static func count(_ state: inout State, _ capacity: Int, asked: Int) {
        state.live += capacity
        taken.wrappingAdd(asked, ordering: .relaxed)
        state.peak = max(state.peak, state.live + ck_small_live())
        state.recent = max(state.recent, state.live)
    }

    /// The number of a size class: four per power of two, in the order of size.
    private static func classNumber(_ capacity: Int) -> Int {
        let exponent = Int.bitWidth - 1 - capacity.leadingZeroBitCount
        return 4 * exponent + (capacity >> (exponent - 2)) & 3
    }

    /// The bytes of a block of the class with this number: 2^k x {4, 5, 6, 7} / 4.
    private static func capacity(ofClass number: Int) -> Int { (4 + number & 3) << (number / 4 - 2) }

    /// The smallest of 2^k x {4, 5, 6, 7} / 4 that holds the bytes, at least 64.
    static func sizeClass(_ bytes: Int) -> Int {
        guard bytes > 64 else { return 64 }
        let power = 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount)
        let step = max(power / 4, 16)
        let (padded, overflow) = bytes.addingReportingOverflow(step - 1)
        return overflow ? bytes : padded / step * step
    }
}
