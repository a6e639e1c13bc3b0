import Testing

@testable import Kernel

/// Products that skip zeros, against the dense ones in double.
@Suite struct SparseRowsTests {
    static func masked(_ n: Int, _ k: Int, share: Float, seed: Int = 1) throws -> Tensor {
        let values = try Tensor.normal([n, k], key: Key(seed: seed)).array(Float.self)
        let draws = try Tensor.uniform([n, k], key: Key(seed: seed + 100)).array(Float.self)
        return try Tensor(zip(values, draws).map { $1 < share ? $0 : 0 }, [n, k])
    }

    /// The product in double.
    static func exact(_ a: Tensor, _ b: Tensor) throws -> [Double] {
        try a.converted(to: .float64).product(b.converted(to: .float64), op: "test").array(Double.self)
    }

    static func agree(_ ours: [Float], _ exact: [Double], within bound: Double) -> Bool {
        zip(ours, exact).allSatisfy { abs(Double($0) - $1) <= bound } && ours.count == exact.count
    }

    @Test(
        "the result is the dense product's, whatever the sizes and the share of zeros",
        arguments: [
            (5, 64, 64), (5, 64, 384), (1, 100, 385), (33, 128, 400), (40, 129, 447), (130, 300, 784), (3, 513, 448),
            (7, 16, 96), (9, 31, 97), (20, 48, 127), (65, 65, 160), (2, 900, 1040), (32, 10, 128),
            (4, 8, 100),
        ])
    func equal(_ n: Int, _ k: Int, _ m: Int) throws {
        let weight = try Tensor.normal([k, m], key: Key(seed: 2))
        for share: Float in [0, 0.05, 0.3, 0.4, 1] {
            let g = try Self.masked(n, k, share: share)
            let ours = try g.productSkippingZeros(weight, op: "test").array(Float.self)
            let exact = try Self.exact(g, weight)
            #expect(Self.agree(ours, exact, within: 1e-4))
        }
    }

    @Test(
        "a weight's gradient is the dense one's, whatever the sizes, the zeros of either side and blank parts of the inputs",
        arguments: [
            (16, 20, 96), (32, 100, 784), (33, 17, 101), (70, 130, 150), (128, 256, 784), (200, 40, 333), (32, 10, 128),
            (8, 9, 96),
        ])
    func weights(_ n: Int, _ out: Int, _ inputs: Int) throws {
        for (share, black): (Float, Float) in [(0, 1), (0.1, 0.5), (0.5, 0.2), (0.8, 0.9), (1, 0.9)] {
            let g = try Self.masked(n, out, share: share)
            let x = try Self.masked(n, inputs, share: black, seed: 7)
            try x.write(Float.self) { x in for i in 0..<n where i % 3 == 0 { for j in 0..<90 { x[i * inputs + j] = 0 } }
            }
            let ours = try g.weightGradient(x, op: "test").array(Float.self)
            let exact = try Self.exact(g.matrixTransposed(), x)
            #expect(Self.agree(ours, exact, within: 1e-4))
        }
    }

    @Test(
        "a linear layer gives the dense one's results, learned or not, with bias and ReLU or without",
        arguments: [(1, 64, 96), (32, 100, 784), (40, 784, 100), (33, 130, 131), (140, 784, 256), (400, 700, 300)])
    func linear(_ n: Int, _ k: Int, _ m: Int) throws {
        let w = try Tensor.normal([m, k], key: Key(seed: 2)), b = try Tensor.normal([m], key: Key(seed: 3))
        let learned = try w.copied().requireGrad()
        for share: Float in [0.05, 0.3, 0.6, 0.93, 1] {
            let x = try Self.masked(n, k, share: share)
            for (bias, relu) in [(nil, false), (b, false), (b, true)] {
                let exact = try x.converted(to: .float64).linear(
                    w.converted(to: .float64), bias?.converted(to: .float64), relu: relu
                ).array(Double.self)
                for weight in [w, learned] {
                    let y = try x.linear(weight, bias, relu: relu).array(Float.self)
                    #expect(Self.agree(y, exact, within: 3e-4))
                }
            }
        }
    }

    @Test("a row of an evaluated layer has the same bits alone and among others, those without a zero among them")
    func layerRows() throws {
        let w = try Tensor.normal([120, 200], key: Key(seed: 2)), b = try Tensor.normal([120], key: Key(seed: 3))
        let mixed = try Tensor.concat(
            [
                Self.masked(7, 200, share: 0.2), Self.masked(5, 200, share: 1),
                Self.masked(9, 200, share: 0.7, seed: 5),
                Self.masked(12, 200, share: 0.9, seed: 6),
            ],
            axis: 0)
        let together = try mixed.linear(w, b, relu: true)
        for row in 0..<33 {
            let alone = try mixed.gatherRows([row]).linear(w, b, relu: true).array(Float.self)
            #expect(try together.rows(row..<row + 1).array(Float.self) == alone)
        }
    }

    @Test("a layer's black pixels do not hide weights that are nan or infinite, learned or not")
    func wild() throws {
        let x = try Self.masked(20, 130, share: 0.3)
        for (bad, place) in [(Float.nan, 3), (.infinity, 129), (-.infinity, 130 * 99 + 128)] {
            let w = try Tensor.normal([100, 130], key: Key(seed: 2))
            try w.write(Float.self) { $0[place] = bad }
            let exact = try x.converted(to: .float64).linear(w.converted(to: .float64)).array(Double.self)
            for weight in [w, try w.copied().requireGrad()] {
                let y = try x.linear(weight).array(Float.self)
                #expect(zip(y, exact).allSatisfy { $0.isFinite == $1.isFinite && $0.isNaN == $1.isNaN })
            }
        }
    }

    @Test("threads do not change a bit, whether they have columns or rows", arguments: [100, 256, 300])
    func threads(_ m: Int) throws {
        let x = try Self.masked(300, 784, share: 0.4), w = try Tensor.normal([m, 784], key: Key(seed: 2))
        let g = try Self.masked(300, m, share: 0.4, seed: 9), count = Workers.count
        defer { Workers.use(count) }
        let results = try [1, 2, 3].map { threads in
            Workers.use(threads)
            return try [
                x.linear(w), g.productSkippingZeros(w, op: "test"), g.weightGradient(x, op: "test"),
            ].map { try $0.array(Float.self) }
        }
        #expect(results[0] == results[1] && results[0] == results[2])
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

    @Test(
        "a weight that stays is packed once, its products have the same bits, and a change of it is seen",
        arguments: [(5, 64, 96), (33, 100, 131), (140, 784, 256), (40, 300, 1040)])
    func panels(_ n: Int, _ k: Int, _ m: Int) throws {
        let b = try Tensor.normal([m], key: Key(seed: 3)), values = try Tensor.normal([m, k], key: Key(seed: 2))
        for share: Float in [0.4, 0.05] {
            let x = try Self.masked(n, k, share: share), g = try Self.masked(n, m, share: share, seed: 9)
            func products(_ w: Tensor) throws -> [[Float]] {
                [
                    try x.linear(w, b, relu: true).array(Float.self),
                    try g.productSkippingZeros(w, isFixed: true, op: "test").array(Float.self),
                ]
            }
            let kept = try values.copied(), first = try products(kept)
            #expect(try kept.panels(turned: true) != nil)
            #expect(try products(kept) == first && products(kept) == first && products(values.copied()) == first)
            try kept.write(Float.self) { w in for i in w.indices { w[i] += 1 } }
            #expect(try products(kept) == products(kept.copied()) && products(kept) != first)
            try kept.write(Float.self) { $0[k] = .nan }
            for _ in 0..<3 {
                let y = try products(kept)[0]
                #expect(y.indices.allSatisfy { y[$0].isNaN == ($0 % m == 1) })
            }
        }
        let large = try Tensor.zeros([1 << 11, 1025])
        #expect(try large.panels(turned: true) == nil && large.panels(turned: true) == nil)
    }
}
