import Testing

@testable import Kernel

/// A product that skips zeros, against the dense one in double.
@Suite struct SparseRowsTests {
    static func masked(_ n: Int, _ k: Int, share: Float, seed: Int = 1) throws -> Tensor {
        let values = try Tensor.normal([n, k], key: Key(seed: seed)).array(Float.self)
        let draws = try Tensor.uniform([n, k], key: Key(seed: seed + 100)).array(Float.self)
        return try Tensor(zip(values, draws).map { $1 < share ? $0 : 0 }, [n, k])
    }

    @Test(
        "the result is the dense product's, whatever the sizes and the share of zeros",
        arguments: [
            (5, 64, 64), (5, 64, 384), (1, 100, 385), (33, 128, 400), (40, 129, 447), (130, 300, 784), (3, 513, 448),
        ])
    func equal(_ n: Int, _ k: Int, _ m: Int) throws {
        let weight = try Tensor.normal([k, m], key: Key(seed: 2))
        for share: Float in [0, 0.05, 0.3, 0.4, 1] {
            let g = try Self.masked(n, k, share: share)
            let ours = try g.productSkippingZeros(weight, op: "test").array(Float.self)
            let exact = try g.converted(to: .float64).product(weight.converted(to: .float64), op: "test")
                .array(Double.self)
            for (a, b) in zip(ours, exact) { #expect(abs(Double(a) - b) <= 1e-4) }
        }
    }

    @Test("a row's result does not depend on the others, sparse and dense rows mixed")
    func rows() throws {
        let weight = try Tensor.normal([200, 420], key: Key(seed: 2))
        let mixed = try Tensor.concat(
            [
                Self.masked(7, 200, share: 0.2), Self.masked(5, 200, share: 0.9),
                Self.masked(9, 200, share: 0.1, seed: 5),
            ],
            axis: 0)
        let together = try mixed.productSkippingZeros(weight, op: "test")
        let exact = try mixed.product(weight, op: "test").array(Float.self)
        for (a, b) in zip(try together.array(Float.self), exact) { #expect(abs(a - b) <= 1e-4) }
        for row in Array(0..<7) + Array(12..<21) {
            let alone = try mixed.gatherRows([row]).productSkippingZeros(weight, op: "test").array(Float.self)
            #expect(try together.rows(row..<row + 1).array(Float.self) == alone)
        }
    }

    @Test("nan is no zero, and a sparse row takes no part of weights that are not finite where it is zero")
    func special() throws {
        var values = [Float](repeating: 0, count: 2 * 64)
        values[3] = 2
        values[64 + 5] = .nan
        var weights = [Float](repeating: 1, count: 64 * 384)
        weights[7 * 384] = .infinity
        let y = try Tensor(values, [2, 64]).productSkippingZeros(Tensor(weights, [64, 384]), op: "test")
            .array(Float.self)
        #expect(y[..<384].allSatisfy { $0 == 2 } && y[384...].allSatisfy(\.isNaN))
    }
}
