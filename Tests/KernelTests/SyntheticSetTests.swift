import CKernels
import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct SyntheticSetTests {
    static func load(_ name: String, _ options: [(String, Value)]) throws -> TrainTest {
        try DataCatalog.recipe(name).build([.table(.init(named: options))])
    }

    @Test("an example depends on the seed and its place alone", arguments: DataCatalog.synthetic.map(\.name))
    func reproducible(_ name: String) throws {
        let small = try Self.load(name, [("n", .int(20)), ("test", .int(10)), ("seed", .int(3))])
        let large = try Self.load(name, [("n", .int(40)), ("test", .int(0)), ("seed", .int(3))])
        let other = try Self.load(name, [("n", .int(20)), ("test", .int(10)), ("seed", .int(4))])
        #expect(try small.train.digest() == large.train.head(20).digest())
        #expect(try small.train.digest() != other.train.digest())
        #expect(try small.train.head(10).digest() != small.test.digest())
        #expect(small.test.count == 10 && large.test.count == 0)
        #expect(small.train.source == "\(name)/train")
        let counts = small.train.classCounts
        #expect(counts.max()! - counts.min()! <= 1)
    }

    @Test("the best classifier of the Gaussian classes errs as often as the closed form says")
    func bayes() throws {
        let data = try Self.load("gaussians", [("test", .int(40000)), ("dims", .int(9)), ("separation", .number(2))])
        #expect(abs(try #require(data.bayesError) - 0.15865525393145705) < 1e-15)
        let x = try data.test.images().array(Float.self)
        let wrong = (0..<40000).filter { i in
            (x[9 * i..<9 * i + 9].reduce(0, +) > 0) != (data.test.label(i) == 1)
        }
        #expect(abs(Double(wrong.count) / 40000 - 0.158655) < 0.006)  // three standard errors
        let three = try Self.load("gaussians", [("n", .int(0)), ("test", .int(0)), ("classes", .int(3))])
        #expect(abs(try #require(three.bayesError) - 4.0 / 3 * 0.15865525393145705) < 1e-15)
    }

    @Test("rings and moons without noise lie on their circles")
    func shapes() throws {
        let rings = try Self.load("rings", [("n", .int(30)), ("classes", .int(3)), ("noise", .int(0))]).train
        for (i, p) in try rows(rings).enumerated() { #expect(abs(hypot(p[0], p[1]) - Float(i % 3 + 1)) < 1e-5) }
        let moons = try Self.load("moons", [("n", .int(30)), ("noise", .int(0))]).train
        for (i, p) in try rows(moons).enumerated() {
            let (x, y) = i % 2 == 0 ? (p[0], p[1]) : (1 - p[0], 0.5 - p[1])
            #expect(abs(hypot(x, y) - 1) < 1e-5 && y > -1e-6)
        }
        #expect(moons.range == nil)
    }
    func rows(_ data: Dataset) throws -> [[Float]] {
        let all = try data.images().array(Float.self)
        return (0..<data.count).map { Array(all[2 * $0..<2 * $0 + 2]) }
    }

    @Test("a stroke is 1 within its half width, falls to 0 over one pixel, and has round ends")
    func strokes() {
        var out = [Float](repeating: -1, count: 100)
        ck_draw_strokes_f32([2, 5, 7, 5], 1, 1, 10, &out)  // from (2, 5) to (7, 5)
        for y in 0..<10 {
            for x in 0..<10 {
                let dx = max(0, max(2 - x, x - 7)), distance = Float(dx * dx + (y - 5) * (y - 5)).squareRoot()
                #expect(abs(out[10 * y + x] - min(1, max(0, 1.5 - distance))) < 1e-6)
            }
        }
    }

    @Test("drawings without jitter and noise are one per class, and the classes differ")
    func glyphs() throws {
        let data = try Self.load(
            "glyphs", [("n", .int(20)), ("test", .int(0)), ("noise", .int(0)), ("jitter", .int(0))])
        let images = try data.train.images().array(Float.self)
        let pictures = (0..<20).map { Array(images[784 * $0..<784 * $0 + 784]) }
        for i in 0..<10 { #expect(pictures[i] == pictures[i + 10]) }
        for i in 0..<10 {
            for j in 0..<i {
                let distance = zip(pictures[i], pictures[j]).reduce(0) { $0 + abs($1.0 - $1.1) }
                #expect(distance > 20, "\(i) and \(j)")
            }
        }
    }

    @Test("a bad option is an error that names it")
    func errors() {
        #expect(
            errorText { _ = try Self.load("blobs", [("n", .int(-1))]) }
                == "bad argument 'n' to 'data.blobs' (integer from 0 to 100000000 expected, got number -1)")
        #expect(errorText { _ = try Self.load("rings", [("classes", .int(0))]) }.hasPrefix("bad argument 'classes'"))
        #expect(errorText { _ = try Self.load("blobs", [("noise", .number(.nan))]) }.hasPrefix("bad argument 'noise'"))
        #expect(
            errorText { _ = try Self.load("blobs", [("n", .int(100_000_000)), ("dims", .int(1_000_000))]) }
                != "no error")
    }
}

@Suite struct NormalTests {
    @Test("quantile and cumulative agree with exact values and with each other")
    func values() {
        #expect(Normal.cumulative(0) == 0.5)
        #expect(abs(Normal.cumulative(-1) - 0.15865525393145705) < 1e-16)
        #expect(abs(Normal.cumulative(-10) / 7.619853024160527e-24 - 1) < 1e-13)
        #expect(abs(Normal.quantile(0.975) - 1.959963984540054) < 1e-14)
        #expect(abs(Normal.quantile(0.001) + 3.090232306167813) < 1e-13)
        #expect(Normal.quantile(0.5).magnitude < 1e-16)
        for p in [1e-300, 1e-10, 0.02, 0.3, 0.7, 0.999999] {
            #expect(abs(Normal.cumulative(Normal.quantile(p)) / p - 1) < 1e-12, "\(p)")
        }
        #expect(Normal.quantile(0) == -.infinity && Normal.quantile(1) == .infinity && Normal.quantile(2).isNaN)
    }
}
