import CKernels
import TestSupport
import Testing

@testable import Kernel

/// Pooling and normalisation of images in blocks of 16 channels, with max(0, y) in the same pass, against the plain loops.
@Suite(.enabled(if: ck_has_wide_vectors())) struct BlockedImageTests {
    static let pools: [Slow.Pooling] = [
        .init([2, 16, 4, 6], kernel: [2, 2], stride: [2, 2]),
        .init([2, 32, 7, 5], kernel: [2, 2], stride: [2, 2]),
        .init([1, 16, 7, 5], kernel: [2, 2], stride: [2, 2], ceil: true),
        .init([2, 16, 9, 8], kernel: [3, 3], stride: [2, 2], padding: [1, 1]),
        .init([1, 17, 6, 9], kernel: [3, 2], stride: [1, 3], padding: [1, 0]),
        .init([1, 16, 6, 6], kernel: [4, 4], stride: [3, 3], padding: [2, 2], ceil: true),
    ]
    private func random(_ shape: [Int], _ seed: Int) throws -> Tensor { try .normal(shape, key: Key(seed: seed)) }
    /// The same elements in blocks of channels.
    private func blocked(_ x: Tensor) throws -> Tensor {
        try Tensor(
            x.shape, .float32, x.block(op: "test").reordered(to: .channelBlocks(x.shape, op: "test")), op: "test")
    }

    @Test("the largest of a window, its place and nan are those of the plain loops", arguments: pools, [false, true])
    func pooling(_ s: Slow.Pooling, _ relu: Bool) throws {
        let window = try Window(kernel: s.kernel, stride: s.stride, padding: s.padding, op: "test")
        let shape = try PoolingShape("max_pool2d", .max, s.shape, window, ceil: s.ceil, relu: relu)
        let x = try random(s.shape, 1), g = try random(shape.y, 2)
        try x.write(Float.self) { for i in stride(from: 5, to: $0.count, by: 41) { $0[i] = .nan } }
        let (expected, places) = try shape.plainForward(x, Float.self)
        let input = try blocked(x).requireGrad()
        let y = try input.maxPool2d(
            kernel: s.kernel, stride: s.stride, padding: s.padding, ceil: s.ceil, relu: relu)
        #expect(try y.nativeBlock != nil && shape.channelBlocks(input) != nil)
        #expect(try y.detached().array(Float.self).map(\.bitPattern) == expected.array(Float.self).map(\.bitPattern))
        let masked = relu ? try g.passed(where: expected) : g
        let gradient = try Autograd.gradients(of: y, wrt: [input], seed: g)[0]!
        #expect(
            try gradient.array(Float.self) == shape.plainInputGradient(masked, places, Float.self).array(Float.self))
    }

    @Test("normalisation and its gradients are those of Double", arguments: [false, true], [false, true])
    func normalisation(_ relu: Bool, _ training: Bool) throws {
        let shape = [3, 32, 5, 3], g = try random(shape, 4)
        let x = try random(shape, 1), w = try random([32], 2), b = try random([32], 3)
        func run(_ x: Tensor, _ dtype: DType) throws -> [[Double]] {
            let x = try x.requireGrad(), w = try w.converted(to: dtype).copied().requireGrad()
            let b = try b.converted(to: dtype).copied().requireGrad()
            let mean = try random([32], 5).converted(to: dtype), variance = try Tensor.ones([32], dtype)
            let y = try x.batchNorm(
                weight: w, bias: b, runningMean: mean, runningVar: variance, training: training, relu: relu)
            let gradients = try Autograd.gradients(of: y, wrt: [x, w, b], seed: g.converted(to: dtype))
            return try ([y.detached()] + gradients.map { $0! } + [mean, variance]).map { try $0.array(Double.self) }
        }
        let exact = try run(x.converted(to: .float64), .float64)
        for (got, wanted) in zip(try run(blocked(x), .float32), exact) { #expect(worstError(got, wanted) < 1e-5) }
    }

    @Test("a large mean does not swallow the variance")
    func cancellation() throws {
        let x = try random([4, 16, 9, 9], 1), shifted = try blocked(x.adding(.full([1], 1000)))
        func normalised(_ x: Tensor) throws -> [Double] {
            try x.batchNorm(runningMean: .zeros([16]), runningVar: .ones([16]), training: true).array(Double.self)
        }
        #expect(worstError(try normalised(shifted), try normalised(blocked(x))) < 2e-4)
    }

    @Test("one thread and two give the same bits")
    func threads() throws {
        let x = try blocked(random([40, 32, 16, 16], 1)), g = try random(x.shape, 2), before = Workers.count
        defer { Workers.use(before) }
        func all(_ threads: Int) throws -> [[Float]] {
            Workers.use(threads)
            let input = x.detached()
            try input.requireGrad()
            let y = try input.batchNorm(
                runningMean: .zeros([32]), runningVar: .ones([32]), training: true, relu: true)
            let z = try y.maxPool2d(kernel: [3], stride: [1], padding: [1])
            return try [z.detached(), Autograd.gradients(of: z, wrt: [input], seed: g)[0]!].map {
                try $0.array(Float.self)
            }
        }
        #expect(try all(1) == all(2))
    }

    @Test("layers in one pass give what the layers give one after the other")
    func layers() throws {
        let conv = try Recipe<Module>.conv2d.build([.int(3), .int(32), .int(3)]), relu = try Recipe<Module>.relu.build()
        let norm = try Recipe<Module>.batchNorm.build([.int(32)]), pool = try Recipe<Module>.maxPool.build([.int(2)])
        let block = try Module(.residual, children: [("main", Recipe<Module>.relu.build())])
        let x = try random([4, 3, 10, 10], 1)
        for layers in [
            [conv, relu, pool], [conv, norm, relu], [conv, relu], [conv, block, relu, pool], [relu, pool],
        ] {
            func run(_ forward: (Tensor) throws -> Tensor) throws -> [[Float]] {
                let input = try x.copied().requireGrad(), y = try forward(input)
                let gradient = try Autograd.gradients(of: y, wrt: [input], seed: random(y.shape, 2))[0]!
                return try [y.detached().array(Float.self), gradient.array(Float.self)]
            }
            let together = try run { try Module.sequential(layers).forward($0, .evaluation) }
            #expect(try together == run { try layers.reduce($0) { try $1.forward($0, .evaluation) } })
        }
    }
}
