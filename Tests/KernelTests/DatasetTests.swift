import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct DatasetTests {
    /// Ten examples of 2 x 2 pixels; pixel j of example i is 25 i + j; labels alternate.
    static func ten() throws -> Dataset {
        let pixels = (0..<10).flatMap { i in (0..<4).map { UInt8(25 * i + $0) } }
        let table = try Dataset.Table(
            images: Tensor(pixels, [10, 1, 2, 2]), labels: (0..<10).map { $0 % 2 }, classNames: ["even", "odd"])
        return Dataset(table, name: "ten/test")
    }
    func firsts(_ data: Dataset) throws -> [Int] {
        try data.images().withShape([data.count, 4]).array(Float.self).enumerated().filter { $0.offset % 4 == 0 }
            .map { Int(($0.element * 255).rounded()) / 25 }
    }

    @Test("pixels become exactly value / 255")
    func conversion() throws {
        let bytes = (0..<256).map { UInt8($0) }
        let table = try Dataset.Table(images: Tensor(bytes, [1, 1, 16, 16]), labels: [0], classNames: ["a"])
        let images = try Dataset(table, name: "x").images()
        #expect(images.shape == [1, 1, 16, 16])
        #expect(try images.array(Float.self) == bytes.map { Float($0) / 255 })
    }

    @Test("choices copy no example and remember where they come from")
    func choosing() throws {
        let data = try Self.ten()
        #expect(try firsts(data.head(3)) == [0, 1, 2])
        #expect(try firsts(data.head(99)).count == 10)
        #expect(try firsts(data.take([4, 4, 0])) == [4, 4, 0])
        #expect(try firsts(data.byClass(1)) == [1, 3, 5, 7, 9])
        #expect(try data.byClass(1).head(2).source == "ten/test:by_class(1):head(2)")
        #expect(try data.head(2).table === data.table)
        #expect(data.classCounts == [5, 5])
        #expect((data.name, data.split) == ("ten", "test"))
        #expect(try data.batch([3, 9]).labels.array(Int64.self) == [1, 1])
        #expect(data.description == "Dataset ten/test: 10 examples [1, 2, 2] of uint8, 2 classes")
    }

    @Test("a shuffle depends on the seed alone and loses nothing")
    func shuffling() throws {
        let data = try Self.ten()
        let a = try firsts(data.shuffle(Key(seed: 7), seed: 7)), b = try firsts(data.shuffle(Key(seed: 7), seed: 7))
        #expect(a == b)
        #expect(a != (try firsts(data.shuffle(Key(seed: 8), seed: 8))))
        #expect(a.sorted() == Array(0..<10))
    }

    @Test("parts are disjoint; fractions leave nothing out, counts take what they say")
    func splitting() throws {
        let data = try Self.ten()
        let halves = try data.split([0.85, 0.15], key: Key(seed: 1), seed: 1)
        #expect(halves.map(\.count) == [9, 1])
        #expect(try (firsts(halves[0]) + firsts(halves[1])).sorted() == Array(0..<10))
        #expect(halves[1].source == "ten/test:split({0.85, 0.15}, seed = 1)[2]")
        #expect(try data.split([3, 2]).map { try firsts($0) } == [[0, 1, 2], [3, 4]])
        #expect(try data.split([0.1]).map(\.count) == [1])
        #expect(
            errorText { _ = try data.split([8, 3]) }
                == "split: bad value for 'parts' (fractions that sum to at most 1, or counts to at most 10 expected, "
                + "got {8, 3})")
        for bad in [[0.5, 0.6], [-1], [.nan], [.infinity], []] {
            #expect(throws: KernelError.self) { try data.split(bad) }
        }
    }

    @Test("batches cover every example once")
    func batches() throws {
        let data = try Self.ten()
        #expect(try Array(data.batches(4)).map(\.count) == [4, 4, 2])
        #expect(try data.batches(4, key: Key(seed: 3)).flatMap { $0 }.sorted() == Array(0..<10))
        #expect(try data.batches(.max).map(\.count) == [10])
        #expect(throws: KernelError.self) { try data.batches(0) }
    }

    @Test("map holds what the function makes of every example")
    func mapping() throws {
        let data = try Self.ten().head(3)
        let sums = try data.map("sum") { image, label in
            try Tensor([try image.array(Float.self).reduce(0, +) * 255 + Float(label)])
        }
        #expect(try sums.images().array(Float.self).map { $0.rounded() } == [6, 107, 206])
        #expect((sums.source, sums.name, sums.split) == ("ten/test:head(3):sum", "ten", "test"))
        #expect(
            errorText { _ = try data.map { _, label in try .zeros([1 + label]) } }
                == "map: every example must become the same shape, got [1] and [2]")
    }

    @Test("the digest is of the contents, not of the way there")
    func digest() throws {
        let data = try Self.ten()
        #expect(try data.digest() == data.take(Array(0..<10)).digest())
        #expect(try data.digest() != data.head(9).digest())
        #expect(try data.digest() != data.take([1, 0] + Array(2..<10)).digest())
        // FIPS 180-4, appendix B.1
        #expect(try Digest.of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("bad choices name what was expected")
    func badChoices() throws {
        let data = try Self.ten()
        #expect(errorText { _ = try data.head(-1) } == "head: bad value for 'n' (integer >= 0 expected, got number -1)")
        #expect(
            errorText { _ = try data.take([10]) } == "take: bad value for 'indices' (1 to 10 expected, got index 11)")
        #expect(
            errorText { _ = try data.byClass(2) }
                == "by_class: bad value for 'class' (integer from 0 to 1 expected, got number 2)")
    }
}
