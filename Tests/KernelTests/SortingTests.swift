import CKernels
import Testing

@testable import Kernel

@Suite struct SortingTests {
    func message(_ body: () throws -> Any) -> String {
        do { _ = try body(); return "no error" } catch { return "\(error)" }
    }

    @Test("sorting is stable, puts nan last and keeps large integers apart")
    func order() throws {
        let x = try Tensor([2.0, .nan, -0.0, 0, -.infinity, 2])
        #expect(try x.argsort().array(Int64.self) == [4, 2, 3, 0, 5, 1])
        #expect(try x.argsort(descending: true).array(Int64.self) == [1, 0, 5, 2, 3, 4])
        let big = try Tensor([Int64](arrayLiteral: .max, .max - 1, .min))
        #expect(try big.argsort().array(Int64.self) == [2, 1, 0])
        let rows = try Tensor([3.0, 1, 2, 4], [2, 2])
        #expect(try rows.sort(axis: 0).values.array(Double.self) == [2, 1, 3, 4])
        #expect(try rows.sort(axis: 1).indices.array(Int64.self) == [1, 0, 0, 1])
    }

    @Test("the element at a rank is the one that sorting puts there, ties, infinities and nan included")
    func ranks() throws {
        var numbers = try Tensor.normal([5000], key: Key(seed: 3)).array(Float.self).map { ($0 * 100).rounded() / 10 }
        numbers.replaceSubrange(100..<104, with: [.nan, .infinity, -.infinity, -0.0])
        let x = try Tensor(numbers)
        let order = try x.argsort().array(Int64.self), ranks = [0, 1, 1250, 2499, 2500, 4998, 4999]
        #expect(try x.places(ofRanks: ranks, axis: 0).array(Int64.self) == ranks.map { order[$0] })
        let columns = try x.reshape([2500, 2]), sorted = try columns.sort(axis: 0).values
        #expect(
            try columns.quantile(0.25, axis: 0).array(Float.self) == sorted.quantile(0.25, axis: 0).array(Float.self))
        #expect(try columns.quantile(1, axis: 1).array(Float.self).filter { $0.isNaN }.count == 1)
        let large = try Tensor([Int64](arrayLiteral: .max, .min, .max - 1))
        #expect(try large.places(ofRanks: [1, 2], axis: 0).array(Int64.self) == [2, 0])
    }

    @Test("a quantile's gradient goes to the two elements between which it lies")
    func quantileGradient() throws {
        let x = try Tensor([4.0, 1, 3, 2]).requireGrad()
        try Autograd.backward(x.quantile(0.25))
        #expect(try x.grad?.array(Double.self) == [0, 0.25, 0, 0.75])
    }

    @Test("the k largest come with their positions and their gradients")
    func topk() throws {
        let x = try Tensor([3.0, 1, 2]).requireGrad()
        let (values, indices) = try x.topk(2)
        #expect(try values.array(Double.self) == [3, 2])
        #expect(try indices.array(Int64.self) == [0, 2])
        #expect(try x.topk(1, largest: false).values.array(Double.self) == [1])
        try Autograd.backward(values, seed: Tensor([5.0, 7]))
        #expect(try x.grad?.array(Double.self) == [5, 0, 7])
        #expect(message { try x.topk(4) } == "topk: bad value for 'k' (0 to 3 expected, got 4)")
    }

    @Test("distinct values, counts and bins")
    func counting() throws {
        let x = try Tensor([Int32](arrayLiteral: 5, 1, 5, 2))
        let (values, counts, inverse) = try x.unique()
        #expect(try values.array(Int64.self) == [1, 2, 5])
        #expect(try counts.array(Int64.self) == [1, 1, 2])
        #expect(try inverse.array(Int64.self) == [2, 0, 2, 1])
        #expect(try x.bincount().array(Int64.self) == [0, 1, 1, 0, 0, 2])
        #expect(
            message { try Tensor([Int64(-1)]).bincount() }
                == "bincount: bad value for 'self' (whole numbers >= 0 expected, got -1)")
        let (bins, edges) = try Tensor([0.0, 1, 1, 4, .nan]).histogram(bins: 4)
        #expect(try bins.array(Int64.self) == [1, 2, 0, 1])
        #expect(try edges.array(Double.self) == [0, 1, 2, 3, 4])
        let sorted = try Tensor([1.0, 2, 2, 3])
        #expect(try sorted.searchsorted(Tensor([2.0, 0, 9])).array(Int64.self) == [1, 0, 4])
        #expect(try sorted.searchsorted(Tensor([2.0]), right: true).array(Int64.self) == [3])
    }

    @Test("sequences end where they say")
    func sequences() throws {
        #expect(try Tensor.arange(0, through: 0.3, step: 0.1, .float64).count == 4)
        #expect(try Tensor.arange(1, through: 6, step: 2, .int64).array(Int64.self) == [1, 3, 5])
        #expect(try Tensor.arange(3, through: 1, step: -1).array(Float.self) == [3, 2, 1])
        #expect(try Tensor.arange(3, through: 1).count == 0)
        #expect(try Tensor.linspace(0, 0.3, count: 4, .float64).array(Double.self).last == 0.3)
        #expect(try Tensor.logspace(0, 2, count: 3).array(Float.self) == [1, 10, 100])
        #expect(try Tensor.eye(2, 3).array(Float.self) == [1, 0, 0, 0, 1, 0])
        #expect(throws: KernelError.self) { try Tensor.arange(0, through: 1e300, step: 1e-300) }
    }

    @Test("random fills depend on the key alone and stay in range")
    func random() throws {
        let key = Key(seed: 3)
        let dice = try Tensor.integers([6000], 1, 6, key: key)
        #expect(try dice.unique().values.array(Int64.self) == [1, 2, 3, 4, 5, 6])
        #expect(try dice.unique().counts.array(Int64.self).allSatisfy { abs($0 - 1000) < 150 })
        #expect(try Tensor.integers([10], 1, 6, key: key).array(Int64.self) == dice.narrow(0, 0, 10).array(Int64.self))
        #expect(try Tensor.integers([4], .min, .max, key: key).unique().values.count == 4)
        #expect(try Tensor.permutation(5000, key: key).array(Int64.self) == key.permutation(5000).map { Int64($0) })
        let coins = try Tensor.bernoulli([10000], 0.25, key: key).array(Double.self).reduce(0, +)
        #expect(abs(coins - 2500) < 200)
        #expect(
            message { try Tensor([1.5]).bernoulli(key: key) }
                == "bernoulli: bad value for 'p' (probabilities from 0 to 1 expected, got 1.5)")
    }

    @Test("a fill from the middle of a stream agrees with the whole, element by element")
    func streams() throws {
        let key = Key(seed: 9)
        let uniform = try Tensor.uniform([1000], key: key).array(Float.self)
        let normal = try Tensor.normal([1000], key: key).array(Float.self)
        for (first, count) in [(0, 1), (1, 2), (3, 500), (127, 130), (126, 7), (999, 1), (5, 995)] {
            var part = [Float](repeating: 0, count: count)
            ck_random_uniform_f32(key.bits, UInt64(first), &part, count)
            #expect(part == Array(uniform[first..<(first + count)]))
            ck_random_normal_f32(key.bits, UInt64(first), &part, count)
            #expect(part == Array(normal[first..<(first + count)]))
        }
        var words = [UInt32](repeating: 0, count: 1000)
        ck_random_bits(key.bits, 0, &words, 1000)
        #expect(uniform == words.map { Float($0 >> 8) / 16_777_216 })
    }

    @Test("the few largest of many agree with sorting all")
    func fewOfMany() throws {
        let x = try Tensor.integers([500], 0, 40, key: Key(seed: 4))
        for largest in [true, false] {
            let order = try x.argsort(descending: largest).narrow(0, 0, 7)
            #expect(try x.topk(7, largest: largest).indices.array(Int64.self) == order.array(Int64.self))
        }
    }

    @Test("counting and comparing give one order")
    func radix() throws {
        let x = try Tensor.normal([5000], key: Key(seed: 2)).mul(100).round().div(10)
        let values = try x.array(Double.self)
        let expected = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }.map { Int64($0) }
        #expect(try x.argsort().array(Int64.self) == expected)
        let wide = try Tensor.integers([4000], .min, .max, key: Key(seed: 3))
        let sorted = try wide.sort(descending: true).values.array(Int64.self)
        #expect(try sorted == wide.array(Int64.self).sorted(by: >))
    }

    @Test("conversion truncates and saturates between any two types")
    func conversion() throws {
        #expect(try Tensor([-1.9, 300, .nan]).converted(to: .uint8).array(Int64.self) == [0, 255, 0])
        #expect(try Tensor([Int64.max, 5]).converted(to: .int8).array(Int64.self) == [127, 5])
        #expect(try Tensor([true, false]).converted(to: .float32).array(Float.self) == [1, 0])
        #expect(try Tensor([Int64.max]).converted(to: .int32).array(Int32.self) == [.max])
    }
}
