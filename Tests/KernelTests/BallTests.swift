import CKernels
import Testing

@testable import Kernel

@Suite struct BallTests {
    /// Points of one example.
    final class Holder {
        var x: [Float], origin: [Float]
        let eps: Double
        init(_ x: [Float], _ origin: [Float], eps: Double) { (self.x, self.origin, self.eps) = (x, origin, eps) }
        func with(range: ClosedRange<Float> = -10...10, _ body: (Lane) -> Void) {
            let count = x.count
            x.withUnsafeMutableBufferPointer { x in
                origin.withUnsafeBufferPointer { origin in
                    body(Lane(x: x.baseAddress!, origin: origin.baseAddress!, count: count, eps: eps, range: range))
                }
            }
        }
    }
    func normal(_ count: Int, seed: Int) throws -> [Float] {
        try Tensor.normal([count], key: Key(seed: seed)).array(Float.self)
    }

    @Test(
        "samples are uniform in the ball: (size / eps)^n has the mean 1/2 of a uniform number", arguments: Norm.allCases
    )
    func sampling(_ norm: Norm) throws {
        let n = 5, draws = 4000
        var total = 0.0
        for draw in 0..<draws {
            let holder = Holder(.init(repeating: 0, count: n), .init(repeating: 0, count: n), eps: 0.7)
            holder.with { Ball.of(norm).sample($0, Key(seed: 3).fold(draw)) }
            let size = Norm.size(holder.x.map(Double.init), norm) / 0.7
            #expect(size <= 1 + 1e-6)
            total += (0..<n).reduce(1.0) { product, _ in product * size }
        }
        #expect(abs(total / Double(draws) - 0.5) < 0.02)
    }

    @Test("projection gives the nearest point of the ball", arguments: Norm.allCases)
    func projection(_ norm: Norm) throws {
        for seed in 0..<20 {
            let origin = try normal(30, seed: seed), x = try normal(30, seed: seed + 100)
            let holder = Holder(x, origin, eps: norm == .linf ? 0.3 : 2)
            holder.with(Ball.of(norm).confine)
            let moved = zip(x, origin).map { Double($0) - Double($1) }
            for (found, exact) in zip(
                zip(holder.x, origin).map { Double($0) - Double($1) }, nearest(moved, holder.eps, norm))
            {
                #expect(abs(found - exact) < 1e-5)
            }
        }
    }

    /// By definition: clip, scale, or shrink all sizes by the level that bisection finds.
    func nearest(_ d: [Double], _ eps: Double, _ norm: Norm) -> [Double] {
        switch norm {
        case .linf: return d.map { min(max($0, -eps), eps) }
        case .l2:
            let size = Norm.size(d, .l2)
            return d.map { $0 * min(1, eps / size) }
        case .l1:
            var low = 0.0, high = d.map(abs).max()!
            for _ in 0..<100 {
                let middle = (low + high) / 2
                if d.reduce(0, { $0 + max(0, abs($1) - middle) }) > eps { low = middle } else { high = middle }
            }
            return d.map { ($0 < 0 ? -1 : 1) * max(0, abs($0) - high) }
        }
    }

    @Test("the fused L-inf step is the plain one, and never leaves the ball by a bit")
    func signStep() throws {
        for eps in [1e-7, 0.004, 0.1] {
            let x = try Tensor.uniform([1003], key: Key(seed: 1)).array(Float.self), g = try normal(1003, seed: 2)
            let holder = Holder(x, x, eps: eps), rounded = Float(eps)
            let step = Double(Double(rounded) > eps ? rounded.nextDown : rounded)
            holder.with(range: 0...1) { Ball.linf.move($0, g, 2 * eps) }
            for i in x.indices {
                let exact = min(max(Double(x[i]) + (g[i] > 0 ? eps : -eps), 0), 1)
                #expect(abs(Double(holder.x[i]) - exact) <= 1.8e-7)
                #expect(abs(Double(holder.x[i]) - Double(x[i])) <= eps)
                let further = g[i] > 0 ? holder.x[i].nextUp : holder.x[i].nextDown
                #expect(abs(Double(further) - Double(x[i])) > step || holder.x[i] == 0 || holder.x[i] == 1)
            }
            let ends = holder.x
            holder.with(range: 0...1, Ball.linf.confine)
            #expect(holder.x == ends)
            holder.x = zip(x, g).map { $0 + 3 * Float(eps) * ($1 > 0 ? 1 : -1) }
            holder.with(range: 0...1, Ball.linf.confine)
            #expect(holder.x == ends)
        }
    }

    @Test("the wide step gives the bits of the plain one, wherever rows end", arguments: [1, 15, 16, 37])
    func stepTwin(_ n: Int) throws {
        for (round, eps) in [1e-7, 3e-5, 0.004, 0.1, 0.6].enumerated() {
            var origin = try normal(n, seed: round), g = try normal(n, seed: round + 50)
            for i in stride(from: 0, to: n, by: 7) { (origin[i], g[(i + 3) % n]) = (0, 0) }
            var x = origin, y = origin
            for _ in 0..<4 {
                ck_linf_step_f32(&x, g, Float(0.4 * eps), origin, eps, -0.3, 0.7, n)
                ck_linf_step_plain_f32(&y, g, Float(0.4 * eps), origin, eps, -0.3, 0.7, n)
                #expect(x.map(\.bitPattern) == y.map(\.bitPattern))
            }
        }
    }

    @Test("an origin outside the range widens it for that element, and the sign of 0 moves nothing")
    func outside() {
        let origin: [Float] = [-0.5, 1.5, 0.25, .nan]
        let holder = Holder(origin, origin, eps: 0.25)
        holder.with(range: 0...1) { Ball.linf.move($0, [-1, 1, 0, 1], 1) }
        #expect(holder.x[..<3] == origin[..<3] && holder.x[3].isNaN)
        holder.with(range: 0...1) { Ball.linf.move($0, [1, -1, 1, -1], 1) }
        #expect(holder.x[..<3] == [-0.25, 1.25, 0.5] && holder.x[3].isNaN)
    }

    @Test("the L1 step spends its length on the steepest elements that have room")
    func spending() {
        let holder = Holder([0.5, 0.9, 0.2, 0.5], [0.5, 0.9, 0.2, 0.5], eps: 10)
        holder.with(range: 0...1) { Ball.l1.move($0, [1, 3, -2, 0], 0.5) }
        #expect(zip(holder.x, [0.7, 1, 0, 0.5] as [Float]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("a huge or tiny gradient still steps by alpha", arguments: [Norm.l2, .l1])
    func extremes(_ norm: Norm) {
        for size in [Float.leastNormalMagnitude / 64, 1e38] {
            let holder = Holder([0, 0], [0, 0], eps: 1)
            holder.with { Ball.of(norm).move($0, [size, 0], 0.25) }
            #expect(abs(holder.x[0] - 0.25) < 1e-6 && holder.x[1] == 0)
        }
    }
}
