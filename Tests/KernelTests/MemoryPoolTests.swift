import Testing

@testable import Kernel

/// What the pool keeps. Other suites use the pool too, so figures are bounds.
@Suite(.serialized) struct MemoryPoolTests {
    @Test("what lived at one time is kept for the next time, beyond the usual limit")
    func recent() throws {
        MemoryPool.trim()  // what other suites left counts among what is kept
        let size = 32 << 20, count = 12  // 384 MiB
        func step() throws -> Set<UInt> {
            let blocks = try (0..<count).map { _ in try Storage(bytes: size) }
            return Set(blocks.map { UInt(bitPattern: $0.base) })
        }
        let first = try step()
        #expect(MemoryPool.cachedBytes > MemoryPool.cacheLimit)
        let second = try step()
        #expect(first.intersection(second).count >= count * 3 / 4)
        MemoryPool.settle()
        #expect(MemoryPool.cachedBytes <= MemoryPool.cacheLimit)
    }

    @Test("what lived long ago is given back as other work goes on")
    func fading() throws {
        MemoryPool.trim()
        _ = try (0..<12).map { _ in try Storage(bytes: 32 << 20) }
        #expect(MemoryPool.cachedBytes > MemoryPool.cacheLimit)
        for _ in 0..<4000 { _ = try Storage(bytes: 8 << 20) }
        #expect(MemoryPool.cachedBytes <= MemoryPool.cacheLimit)
        MemoryPool.settle()
    }

    @Test("blocks of one size class serve each other and have at least the bytes asked for")
    func classes() throws {
        for bytes in Array(0...300) + [1000, 4095, 4096, 4097, 1 << 20, (1 << 21) + 1, 3_000_000] {
            #expect(MemoryPool.sizeClass(bytes) >= bytes)
            let (block, capacity) = try MemoryPool.take(bytes)
            #expect(capacity == MemoryPool.sizeClass(bytes))
            MemoryPool.give(block, capacity)
            let (again, _) = try MemoryPool.take(bytes)
            #expect(again == block)
            MemoryPool.give(again, capacity)
        }
    }

    @Test("a thread gets a block back that it gave itself before a later one of another thread")
    func threads() throws {
        MemoryPool.trim()
        let bytes = 5 << 20
        let (own, capacity) = try MemoryPool.take(bytes), (other, _) = try MemoryPool.take(bytes)
        MemoryPool.give(own, capacity)
        nonisolated(unsafe) let given = other
        SideThread { MemoryPool.give(given, capacity) }?.join()
        let (first, _) = try MemoryPool.take(bytes), (second, _) = try MemoryPool.take(bytes)
        #expect(first == own && second == other)
        MemoryPool.give(first, capacity)
        MemoryPool.give(second, capacity)
    }

    @Test("a block is made of the pages of free blocks of other sizes, and what is left of those stays free")
    func assembled() throws {
        MemoryPool.trim()
        let huge = 2 << 20
        func marked(_ bytes: Int) throws -> Storage {
            let storage = try Storage(bytes: bytes)
            storage.base.initializeMemory(as: UInt8.self, repeating: 7, count: bytes)
            return storage
        }
        func marks(_ storage: Storage) -> Int {
            stride(from: 0, to: storage.bytes, by: huge).filter {
                storage.base.load(fromByteOffset: $0, as: UInt8.self) == 7
            }
            .count
        }
        do { _ = try [marked(4 * huge), marked(4 * huge), marked(3 * huge)] }
        let whole = try Storage(bytes: 10 * huge)
        #expect(marks(whole) == 10)
        #expect(UInt(bitPattern: whole.base) % UInt(huge) == 0)
        let rest = try Storage(bytes: huge)
        #expect(marks(rest) == 1)
        withExtendedLifetime((whole, rest)) {}
        MemoryPool.settle()
    }

    @Test("small blocks are aligned, counted, and serve any thread")
    func small() throws {
        let before = MemoryPool.takenBytes
        let blocks = try (1...512).map { try Storage(bytes: $0) }
        for block in blocks {
            #expect(UInt(bitPattern: block.base) % 64 == 0)
            block.base.storeBytes(of: 7, toByteOffset: block.bytes - 1, as: UInt8.self)
        }
        #expect(MemoryPool.takenBytes - before >= 512 * 256)
        #expect(Set(blocks.map { UInt(bitPattern: $0.base) }).count == 512)
    }
}
