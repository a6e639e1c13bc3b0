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

    @Test("statistics, norms and counts agree with their formulas", arguments: shapes)
    func statistics(_ shape: [Int]) throws {
        let x = try Tensor.uniform(shape, -2, 2, key: Key(seed: 4))
        func check(_ name: String, _ axes: [Int], _ tensor: Tensor, _ formula: ([Double]) -> Double) throws {
            let exact = try Self.groups(x, axes).map(formula), got = try tensor.array(Double.self)
            let near =
                got.count == exact.count
                && zip(got, exact).allSatisfy {
                    $0 == $1 || abs($0 - $1) <= 2e-6 * max(1, abs($1)) || ($0.isNaN && $1.isNaN)
                }
            #expect(near, "\(name) over \(axes)")
        }
        for axes in Self.axisSets(shape.count) {
            for y in [x, try x.converted(to: .float64)] {
                try check("var", axes, y.variance(axes)) { Self.variance($0, 1) }
                try check("std", axes, y.std(axes, correction: 0)) { Self.variance($0, 0).squareRoot() }
                try check("prod", axes, y.prod(axes)) { $0.reduce(1, *) }
                try check("l1", axes, y.norm(1, axes)) { $0.reduce(0) { $0 + abs($1) } }
                try check("l2", axes, y.norm(2, axes)) { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
                try check("linf", axes, y.norm(.infinity, axes)) { $0.reduce(0) { max($0, abs($1)) } }
                try check("l3", axes, y.norm(3, axes)) { cbrt($0.reduce(0) { $0 + abs($1 * $1 * $1) }) }
                try check("l0", axes, y.norm(0, axes)) { Double($0.filter { $0 != 0 }.count) }
                try check("logsumexp", axes, y.logSumExp(axes)) { Glibc.log($0.reduce(0) { $0 + Glibc.exp($1) }) }
                try check("count", axes, y.relu().countNonZero(axes)) { Double($0.filter { $0 > 0 }.count) }
                try check("any", axes, y.gt(1.5).any(axes)) { $0.contains { $0 > 1.5 } ? 1 : 0 }
                try check("all", axes, y.gt(-1.5).all(axes)) { $0.allSatisfy { $0 > -1.5 } ? 1 : 0 }
            }
        }
    }
    private static func variance(_ x: [Double], _ correction: Double) -> Double {
        let n = Double(x.count), mean = x.reduce(0, +) / n
        let total = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return n > correction ? total / (n - correction) : .nan
    }

    @Test("running sums go along their axis; integers stay exact")
    func running() throws {
        let x = try Tensor([1, 2, 3, 4, 5, 6] as [Float], [2, 3])
        #expect(try x.cumsum(1).array(Float.self) == [1, 3, 6, 4, 9, 15])
        #expect(try x.cumsum(0).array(Float.self) == [1, 2, 3, 5, 7, 9])
        #expect(try x.converted(to: .uint8).mul(100).cumsum(-1).array(Int64.self) == [100, 300, 344, 144, 388, 476])
        #expect(try Tensor([1, 2] as [Float]).dot(Tensor([3, 4])).array(Float.self) == [11])
        #expect(try Tensor([3, 4, 0, 0] as [Float], [2, 2]).normPerSample().array(Float.self) == [5, 0])
        #expect(throws: KernelError.value(op: "norm", name: "p", expected: "number >= 0", got: "-1")) {
            try x.norm(-1)
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
