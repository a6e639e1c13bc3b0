import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct ReductionTests {
    static let shapes: [[Int]] = [
        [7], [100003], [3, 5], [70, 300], [4, 3, 17], [2, 3, 4, 5], [130, 3, 33], [2, 0, 3], [1, 6, 1],
    ]

    /// Every set of axes of a rank.
    static func axisSets(_ rank: Int) -> [[Int]] {
        (1..<(1 << rank)).map { bits in (0..<rank).filter { bits >> $0 & 1 == 1 } }
    }

    /// The slow twin: groups elements by their kept coordinates.
    static func groups(_ x: Tensor, _ axes: [Int]) throws -> [[Double]] {
        let values = try x.array(Double.self)
        let kept = x.shape.indices.filter { !axes.contains($0) }
        var groups = [[Double]](repeating: [], count: kept.reduce(1) { $0 * x.shape[$1] })
        let strides = Shape.strides(x.shape)
        for (i, value) in values.enumerated() {
            var place = 0
            for axis in kept { place = place * x.shape[axis] + i / strides[axis] % x.shape[axis] }
            groups[place].append(value)
        }
        return groups
    }

    @Test("sums and means over every set of axes agree with plain grouping", arguments: shapes)
    func sums(_ shape: [Int]) throws {
        let x = try Tensor.uniform(shape, -1, 1, key: Key(seed: 1))
        for axes in Self.axisSets(shape.count) {
            for source in [x, try x.converted(to: .float64)] {
                let exact = try Self.groups(source, axes).map { $0.reduce(0, +) }
                let sum = try source.sum(axes)
                #expect(sum.shape == shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
                #expect(zip(try sum.array(Double.self), exact).allSatisfy { abs($0 - $1) < 1e-5 }, "\(axes)")
                let means = try Self.groups(source, axes).map { $0.reduce(0, +) / Double($0.count) }
                let mean = try source.mean(axes, keepDims: true)
                #expect(mean.shape == shape.indices.map { axes.contains($0) ? 1 : shape[$0] })
                let near = zip(try mean.array(Double.self), means).allSatisfy {
                    abs($0 - $1) < 1e-6 || $1.isNaN && $0.isNaN
                }
                #expect(near, "\(axes)")
            }
        }
    }

    @Test("extremes and their places agree with plain grouping", arguments: shapes.filter { !$0.contains(0) })
    func extremes(_ shape: [Int]) throws {
        let x = try Tensor.uniform(shape, -5, 5, key: Key(seed: 2)).round()
        for axes in Self.axisSets(shape.count) {
            for source in [x, try x.converted(to: .float64), try x.converted(to: .int8)] {
                let groups = try Self.groups(source, axes)
                #expect(try source.amax(axes).array(Double.self) == groups.map { $0.max()! })
                #expect(try source.amin(axes).array(Double.self) == groups.map { $0.min()! })
                guard axes.count == 1 else { continue }
                let highest = groups.map { Int64($0.firstIndex(of: $0.max()!)!) }
                let lowest = groups.map { Int64($0.firstIndex(of: $0.min()!)!) }
                #expect(try source.argmax(axes[0]).array(Int64.self) == highest)
                #expect(try source.argmin(axes[0]).array(Int64.self) == lowest)
            }
        }
    }

    @Test("nan wins a maximum; a maximum of nothing is an error")
    func special() throws {
        let x = try Tensor([1, .nan, 3, .nan] as [Float])
        #expect(try x.amax().array(Float.self)[0].isNaN && x.amin().array(Float.self)[0].isNaN)
        #expect(try x.argmax().array(Int64.self) == [1])
        #expect(try x.converted(to: .float64).argmin().array(Int64.self) == [1])
        #expect(try Tensor([-Float.infinity, -.infinity]).argmax().array(Int64.self) == [0])
        let reason = "there are no elements to choose from"
        #expect(throws: KernelError.shape(op: "max", shapes: [[0, 2]], reason: reason)) {
            try Tensor.zeros([0, 2]).amax([0])
        }
        #expect(try Tensor.zeros([0, 2]).amax([1]).shape == [0])
        #expect(try Tensor.zeros([0]).sum().array(Float.self) == [0])
        #expect(try Tensor.zeros([0]).mean().array(Float.self)[0].isNaN)
    }

    @Test("integers and booleans sum exactly; booleans have a mean")
    func integers() throws {
        #expect(try Tensor([Int64.max, 1]).sum().array(Int64.self) == [.min])
        #expect(try Tensor([UInt8](repeating: 255, count: 1000)).sum().array(Int64.self) == [255000])
        #expect(try Tensor([true, false, true, true]).mean().array(Float.self) == [0.75])
        #expect(try Tensor([true, false, true]).sum().array(Int64.self) == [2])
    }

    @Test("a row's sum has the same bits whatever stands beside it and however many threads run")
    func bits() throws {
        let x = try Tensor.uniform([64, 5000], key: Key(seed: 3))
        let rows = try x.sum([1]).array(Float.self)
        let last = try x.view([1, 5000], strides: [5000, 1], offset: 63 * 5000).sum([1]).array(Float.self)
        #expect(last[0].bitPattern == rows[63].bitPattern)
        let threads = Workers.count
        let (a, b) = (try x.sum().array(Float.self), try x.sum([0]).array(Float.self))
        Workers.use(1)
        defer { Workers.use(threads) }
        #expect(try x.sum().array(Float.self) == a && x.sum([0]).array(Float.self) == b)
    }
}
