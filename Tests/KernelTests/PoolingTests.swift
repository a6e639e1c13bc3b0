import TestSupport
import Testing

@testable import Kernel

@Suite struct PoolingTests {
    static let cases: [Slow.Pooling] = [
        .init([2, 1, 4, 4], kernel: [2, 2], stride: [2, 2]),
        .init([2, 3, 7, 5], kernel: [2, 2], stride: [2, 2]),
        .init([2, 3, 7, 5], kernel: [2, 2], stride: [2, 2], ceil: true),
        .init([2, 16, 9, 8], kernel: [3, 3], stride: [2, 2], padding: [1, 1]),
        .init([2, 16, 8, 8], kernel: [3, 3], stride: [2, 2], padding: [1, 1], ceil: true),
        .init([1, 17, 6, 9], kernel: [3, 2], stride: [1, 3], padding: [1, 0]),
        .init([1, 32, 7, 7], kernel: [7, 7], stride: [1, 1]),
        .init([2, 5, 6, 6], kernel: [4, 4], stride: [3, 3], padding: [2, 2], ceil: true),
    ]
    enum Kind: CaseIterable { case max, all, inside }

    private func run(_ x: Tensor, _ s: Slow.Pooling, _ kind: Kind) throws -> Tensor {
        switch kind {
        case .max: try x.maxPool2d(kernel: s.kernel, stride: s.stride, padding: s.padding, ceil: s.ceil)
        default:
            try x.avgPool2d(
                kernel: s.kernel, stride: s.stride, padding: s.padding, ceil: s.ceil, countIncludePad: kind == .all)
        }
    }

    /// The result and the gradient for x by the definition.
    private func slow(_ x: [Double], _ g: [Double], _ s: Slow.Pooling, _ kind: Kind) -> (y: [Double], dx: [Double]) {
        var y: [Double] = [], dx = [Double](repeating: 0, count: x.count)
        s.eachWindow(includesPad: kind == .all) { place, pixels, size in
            if kind == .max {
                let best = pixels.max { x[$0] < x[$1] }!
                y.append(x[best])
                dx[best] += g[place]
            } else {
                y.append(pixels.reduce(0) { $0 + x[$1] } / Double(size))
                for pixel in pixels { dx[pixel] += g[place] / Double(size) }
            }
        }
        return (y, dx)
    }

    @Test("a batch that is pooled in pieces has the values and gradients of its parts", arguments: Kind.allCases)
    func pieces(_ kind: Kind) throws {
        let s = Slow.Pooling([700, 1, 256, 256], kernel: [2, 2], stride: [2, 2])
        let x = try Tensor.normal([700, 1, 256, 256], key: Key(seed: 1)).requireGrad()
        let y = try run(x, s, kind)
        let dx = try #require(try Autograd.gradients(of: y, wrt: [x], seed: y.detached())[0])
        for range in [0..<5, 500..<505, 695..<700] {
            let part = try x.detached().images(range).contiguous().requireGrad()
            let own = try run(part, s, kind)
            #expect(try own.detached().array(Float.self) == y.detached().images(range).array(Float.self))
            let gradient = try #require(try Autograd.gradients(of: own, wrt: [part], seed: own.detached())[0])
            #expect(try gradient.array(Float.self) == dx.images(range).array(Float.self))
        }
    }

    @Test("poolings agree with the definition, forward and backward", arguments: cases, Kind.allCases)
    func agrees(_ s: Slow.Pooling, _ kind: Kind) throws {
        for dtype in [DType.float32, .float64] {
            let x = try Tensor.normal(s.shape, key: Key(seed: 1), dtype).requireGrad()
            let y = try run(x, s, kind), g = try Tensor.normal(y.shape, key: Key(seed: 2), dtype)
            #expect(y.shape == [s.shape[0], s.shape[1], s.positions(0), s.positions(1)])
            let expected = slow(try x.array(Double.self), try g.array(Double.self), s, kind)
            #expect(worstError(try y.detached().array(Double.self), expected.y) < 1e-6)
            let dx = try Autograd.gradients(of: y, wrt: [x], seed: g)[0]!
            #expect(worstError(try dx.array(Double.self), expected.dx) < 1e-6)
            let plain = try Context.withoutGradients { try run(x, s, kind) }
            #expect(worstError(try plain.array(Double.self), expected.y) < 1e-6)
        }
    }

    @Test("a pool takes a native activation as it lies and leaves one")
    func native() throws {
        let x = try Tensor.normal([2, 3, 8, 8], key: Key(seed: 1)),
            w = try Tensor.normal([32, 3, 3, 3], key: Key(seed: 2))
        let a = try x.conv2d(w, padding: [1]).requireGrad(), copy = try a.copied().requireGrad()
        let b = try x.conv2d(w, padding: [1]).requireGrad()
        let y = try b.maxPool2d(kernel: [2]), z = try copy.maxPool2d(kernel: [2])
        #expect(y.nativeBlock != nil && b.nativeBlock != nil)
        _ = try b.array(Float.self)  // looking at x between the passes changes nothing
        let g = try Tensor.normal(y.shape, key: Key(seed: 3))
        let dy = try Autograd.gradients(of: y, wrt: [b], seed: g)[0]!
        #expect(dy.nativeBlock != nil)
        #expect(try dy.array(Float.self) == Autograd.gradients(of: z, wrt: [copy], seed: g)[0]!.array(Float.self))
        #expect(try y.detached().array(Float.self) == z.detached().array(Float.self))
    }

    @Test("the global mean is the mean over height and width")
    func global() throws {
        let x = try Tensor.normal([3, 16, 5, 4], key: Key(seed: 1)).requireGrad()
        let y = try x.globalAvgPool2d(), values = try x.array(Double.self)
        #expect(y.shape == [3, 16])
        let means = (0..<48).map { plane in values[plane * 20..<(plane + 1) * 20].reduce(0, +) / 20 }
        #expect(worstError(try y.array(Double.self), means) < 1e-6)
        let dx = try Autograd.gradients(of: y, wrt: [x], seed: .ones([3, 16]))[0]!
        #expect(worstError(try dx.array(Double.self), [Double](repeating: 0.05, count: 960)) < 1e-7)
    }

    @Test("an empty batch gives an empty result") func empty() throws {
        #expect(try Tensor.zeros([0, 3, 8, 8]).maxPool2d(kernel: [2]).shape == [0, 3, 4, 4])
        #expect(try Tensor.zeros([0, 3, 8, 8]).globalAvgPool2d().shape == [0, 3])
    }

    @Test("settings that do not fit say so")
    func errors() throws {
        func message(_ body: () throws -> Tensor) -> String {
            do { _ = try body() } catch { return "\(error)" }
            return "no error"
        }
        let x = try Tensor.zeros([1, 2, 3, 3])
        #expect(
            message { try x.maxPool2d(kernel: [4]) } == "max_pool2d: images of at least 4x4 expected, got [1, 2, 3, 3]")
        #expect(
            message { try x.avgPool2d(kernel: [2], padding: [2]) }
                == "avg_pool2d: bad value for 'padding' (at most half of kernel [2, 2] expected, got [2, 2])")
        #expect(
            message { try Tensor.zeros([3, 3]).globalAvgPool2d() }
                == "global_avg_pool2d: images [N, C, H, W] expected, got [3, 3]")
        #expect(
            message { try Tensor.zeros([1, 2, 3, 3], .int32).maxPool2d(kernel: [2]) }
                == "max_pool2d: float32 or float64 expected, got int32")
    }
}
