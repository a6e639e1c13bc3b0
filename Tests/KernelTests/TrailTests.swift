import Testing

@testable import Kernel

/// A first layer that follows the points of an attack, against the whole product in double.
@Suite(.serialized) struct TrailTests {
    /// Points [n, k] in 0...1 that move as an attack moves them: by the same step along signs that hardly change, clipped to
    /// boxes around where they began.
    struct Walk {
        let points: Tensor, low: [Float], high: [Float]
        let step: Float
        var signs: [Float]
        var passes = 0

        init(_ n: Int, _ k: Int, step: Float = 0.01, scale: Float = 1) throws {
            let origin = try Tensor.uniform([n, k], key: Key(seed: 1)).array(Float.self).map {
                max(0, 2 * $0 - 1) * scale
            }
            (low, high) = (origin.map { max(0, $0 - 0.1 * scale) }, origin.map { min(scale, $0 + 0.1 * scale) })
            self.step = step * scale
            signs = try Tensor.normal([n * k], key: Key(seed: 2)).array(Float.self).map { $0 > 0 ? 1 : -1 }
            points = try Tensor(origin, [n, k])
        }

        mutating func advance() throws {
            passes += 1
            let draws = try Tensor.uniform([signs.count], key: Key(seed: 3).fold(passes)).array(Float.self)
            for i in signs.indices where draws[i] < 0.05 { signs[i] = -signs[i] }
            let (low, high, step, signs) = (low, high, step, signs)
            try points.write(Float.self) { x in
                for i in x.indices { x[i] = min(max(x[i] + step * signs[i], low[i]), high[i]) }
            }
        }
    }

    static func layer(_ m: Int, _ k: Int) throws -> (weight: Tensor, bias: Tensor) {
        (try .normal([m, k], std: 0.1, key: Key(seed: 4)), try .normal([m], key: Key(seed: 5)))
    }

    static func largestError(_ y: Tensor, _ exact: [Double]) throws -> Double {
        zip(try y.array(Double.self), exact).map { abs($0 - $1) }.max()!
    }

    @Test(
        "its sums are as exact as whole products, pass after pass, whatever the sizes and the scale of the points",
        arguments: [(3, 64, 96, 1), (7, 784, 256, 1), (20, 100, 131, 255), (33, 65, 97, 1e-3)])
    func exact(_ n: Int, _ k: Int, _ m: Int, _ scale: Float) throws {
        let (w, b) = try Self.layer(m, k)
        for (bias, relu) in [(nil, false), (b, false), (b, true)] {
            var walk = try Walk(n, k, scale: scale), followed = 0
            let trail = Trail(of: walk.points), wide = try (w.converted(to: .float64), bias?.converted(to: .float64))
            for _ in 0..<70 {
                let y = try #require(try trail.linear(walk.points, w, bias, relu: relu))
                let exact = try walk.points.converted(to: .float64).linear(wide.0, wide.1, relu: relu)
                    .array(Double.self)
                let plain = try Self.largestError(walk.points.linear(w, bias, relu: relu), exact)
                let ours = try Self.largestError(y, exact)
                #expect(ours <= 2 * plain + 1e-6 * Double(scale), "\(ours) and \(plain) in pass \(walk.passes)")
                followed += ours == plain ? 0 : 1
                try walk.advance()
            }
            #expect(followed > 40)
        }
    }

    @Test("what a row gets depends on neither its neighbours nor the threads, also when others are dropped")
    func rows() throws {
        let (w, b) = try Self.layer(128, 200), before = Workers.count
        defer { Workers.use(before) }
        func results(threads: Int, dropping: Bool) throws -> [[Float]] {
            Workers.use(threads)
            var walk = try Walk(300, 200)
            let trail = Trail(of: walk.points), kept = Array(stride(from: 1, to: 300, by: 7))
            var points = walk.points
            return try (0..<40).map { pass in
                if dropping, pass == 9 {
                    points = try walk.points.gatherRows(kept)
                    try trail.keep(kept, as: points)
                }
                let y = try #require(try trail.linear(points, w, b, relu: true))
                try walk.advance()
                if dropping, pass >= 9 { try points.fill(from: walk.points.gatherRows(kept)) }
                return try (y.shape[0] == 300 ? y.gatherRows(kept) : y).array(Float.self)
            }
        }
        let all = try results(threads: 1, dropping: false)
        #expect(try results(threads: 3, dropping: false) == all)
        #expect(try results(threads: 2, dropping: true) == all)
    }

    @Test("only the points themselves are followed, by the first weight that suits, until it changes")
    func limits() throws {
        let (w, b) = try Self.layer(96, 64), (other, _) = try Self.layer(100, 64), (narrow, _) = try Self.layer(95, 64)
        var walk = try Walk(20, 64)
        let trail = Trail(of: walk.points)
        #expect(try trail.linear(walk.points, narrow, nil, relu: false) == nil)
        #expect(try trail.linear(walk.points.copied(), w, b, relu: false) == nil)
        #expect(try trail.linear(walk.points, w, b, relu: false) != nil)
        #expect(try trail.linear(walk.points, other, nil, relu: false) == nil)
        #expect(try trail.linear(walk.points.detached().reshape([40, 32]), w, b, relu: false) == nil)
        // One example of many rows is not the points either, though its memory is theirs.
        let many = try Tensor.uniform([3, 100, 64], key: Key(seed: 1)), rows = Trail(of: many)
        #expect(try rows.linear(many, w, b, relu: false) == nil)
        try walk.advance()
        // The same weight may be used several times in a pass, with other biases.
        for bias in [b, nil, try b.copied(), try Tensor.zeros([96])] {
            let y = try #require(try trail.linear(walk.points, w, bias, relu: false)).array(Float.self)
            let plain = try walk.points.linear(w, bias).array(Float.self)
            #expect(zip(y, plain).allSatisfy { abs($0 - $1) <= 1e-5 })
        }
        try w.write(Float.self) { $0[0] += 1 }
        #expect(try trail.linear(walk.points, w, b, relu: false) == nil)
        #expect(try trail.linear(walk.points, w, b, relu: false) == nil)
    }

    @Test("a square weight and its transpose, which share their memory, are not taken for each other")
    func turned() throws {
        let (w, _) = try Self.layer(96, 96), walk = try Walk(10, 96), trail = Trail(of: walk.points)
        #expect(try trail.linear(walk.points, w, nil, relu: false) != nil)
        #expect(try trail.linear(walk.points, w.matrixTransposed(), nil, relu: false) == nil)
    }

    @Test("weights that are not finite are not followed, and points that are not hide nothing and leave no trace")
    func wild() throws {
        let (w, b) = try Self.layer(96, 70), bad = try w.copied()
        try bad.write(Float.self) { $0[70 * 95 + 69] = .infinity }
        var walk = try Walk(9, 70)
        let closed = Trail(of: walk.points), trail = Trail(of: walk.points)
        #expect(try closed.linear(walk.points, bad, b, relu: false) == nil)
        #expect(try closed.linear(walk.points, w, b, relu: false) == nil)
        for (row, value) in [(2, Float.nan), (3, .infinity), (4, -.infinity), (5, .greatestFiniteMagnitude)] {
            for isBad in [false, true, true, false, false] {
                try walk.advance()
                let kept = try walk.points.array(Float.self)[row * 70]
                if isBad { try walk.points.write(Float.self) { $0[row * 70] = value } }
                let y = try #require(try trail.linear(walk.points, w, b, relu: false)).array(Float.self)
                let plain = try walk.points.linear(w, b).array(Float.self)
                for (a, b) in zip(y, plain) {
                    #expect(a.isNaN == b.isNaN && (a.isNaN || a == b || abs(a - b) <= 1e-5 * max(1, abs(b))))
                }
                try walk.points.write(Float.self) { $0[row * 70] = kept }
            }
        }
    }

    static func net() throws -> Module {
        try Recipe<Module>.mlp.build([.integers([80, 128, 4]), .null, .null, .int(3)])
    }

    /// Examples whose elements are zero by half: rows without zeros go through oneDNN, which rounds by the size of the batch.
    static func dark(_ count: Int, _ width: Int) throws -> Examples {
        let values = try Tensor.uniform([count * width], key: Key(seed: 4)).array(Float.self).map { max(0, 2 * $0 - 1) }
        return try Examples(Tensor(values, [count, width]), Tensor((0..<count).map { Int64($0 * 3 % 4) }))
    }

    /// A first layer that is followed, and a second one row by row, for the same reason.
    static func rowwise() throws -> Target {
        let (w, b) = try layer(128, 100), last = try Tensor.normal([4, 128], key: Key(seed: 6))
        return Target("followed, then row by row") { x in
            let hidden = try x.linear(w, b, relu: true)
            let rows = try (0..<x.shape[0]).map {
                try Primitive.take(axis: 0)(hidden, Tensor([Int64($0)])).linear(last)
            }
            return try Primitive.concat(axis: 0).apply(rows)
        }
    }

    @Test("attacks that follow a trail find what they find without one")
    func attacks() throws {
        let net = try Self.net(), followed = Target(net)
        // The model sees a copy of the points, so that there is nothing to follow.
        let plain = Target("plain") { try net.forward($0.add(.number(0)), .evaluation) }
        let examples = try AttackBatchesTests.examples(120, 80)
        for name in ["bim", "pgd", "mi_fgsm"] {
            let recipe = Attack.catalogue.first { $0.name == name }!
            for (norm, eps) in [("linf", 0.02), ("l1", 2)] where name == "pgd" || norm == "linf" {
                let attack = try AttackSamples.build(
                    recipe, [("eps", .number(eps)), ("norm", .text(norm)), ("steps", .int(40)), ("seed", .int(5))])
                let ours = try attack.run(on: followed, examples), theirs = try attack.run(on: plain, examples)
                #expect(ours.tally.silent == 0 && ours.passes.backwards > 0)
                #expect(ours.outcomes.map(\.success) == theirs.outcomes.map(\.success))
                let pairs = zip(try ours.adversarial.array(Float.self), try theirs.adversarial.array(Float.self))
                #expect(pairs.count { abs($0 - $1) > 1e-6 } <= 120 * 80 / 200)
            }
        }
    }

    @Test("a tie but for rounding is told apart from a clear winner")
    func ties() throws {
        let logits = try Tensor([Float(1), 1, 0, 1, 1.00002, 0, -100, -100.0005, -200, 0, 0, 0, 3, 2, 1], [5, 3])
        #expect(try logits.closeCalls() == [true, false, true, true, false])
    }
}
