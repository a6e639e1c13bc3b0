import CKernels
import TestSupport
import Testing

@testable import Kernel

/// Results that the graph computes again, against the same results kept.
@Suite(.serialized, .enabled(if: ck_has_wide_vectors())) struct RecomputationTests {
    private func random(_ shape: [Int], _ seed: Int) throws -> Tensor { try .normal(shape, key: Key(seed: seed)) }

    /// A residual network with a shortcut of each kind, and what goes through it.
    private struct Case {
        let net: Module, x: Tensor, labels: Tensor
        init(images: Int = 4, size: Int = 8) throws {
            let recipe = Recipe<Module>.layers.first { $0.name == "resnet" }!
            net = try recipe.build([.table(.init(list: [.int(20)], named: [("seed", .int(3))]))])
            x = try .normal([images, 3, size, size], key: Key(seed: 1))
            labels = try Tensor((0..<images).map { Int64($0 % 10) })
        }
        var parameters: [Tensor] { net.namedParameters.map(\.tensor) }
        func loss(_ pass: Pass = .training(Key(seed: 0))) throws -> Tensor {
            for parameter in parameters { try parameter.requireGrad() }
            return try net.forward(x, pass).crossEntropy(labels)
        }
        func gradients(retain: Bool = false, of loss: Tensor) throws -> [[Float]] {
            try Autograd.gradients(of: loss, wrt: parameters, retain: retain).map { try $0!.array(Float.self) }
        }
    }
    private func kept<R>(_ body: () throws -> R) throws -> R {
        try Recomputation.$isAllowed.withValue(false) { try body() }
    }

    @Test("gradients have the bits that they have when everything is kept, on one thread and two")
    func sameBits() throws {
        let test = try Case(), before = Workers.count
        defer { Workers.use(before) }
        for threads in [1, 2] {
            Workers.use(threads)
            let expected = try kept { try test.gradients(of: test.loss()) }
            #expect(try test.gradients(of: test.loss()) == expected)
        }
    }

    @Test("a retained graph gives the same gradients twice")
    func retained() throws {
        let test = try Case(), loss = try test.loss()
        let first = try test.gradients(retain: true, of: loss)
        #expect(try test.gradients(of: loss) == first)
        #expect(throws: KernelError.self) { try test.gradients(of: loss) }
    }

    @Test("the gradient of the input alone, with running statistics, is the same and computes nothing again")
    func inputs() throws {
        let test = try Case()
        func gradient() throws -> (gradient: [Float], counted: Int) {
            let x = try test.x.copied().requireGrad(),
                loss = try test.net.forward(x, .evaluation).crossEntropy(test.labels)
            let before = MemoryPool.takenBytes
            let gradient = try Autograd.gradients(of: loss, wrt: [x])[0]!
            return (try gradient.array(Float.self), MemoryPool.takenBytes - before)
        }
        let expected = try kept { try gradient() }, got = try gradient()
        #expect(got.gradient == expected.gradient)
        #expect(got.counted <= expected.counted)
    }

    @Test("a convolution keeps what the gradients that are wanted read, whichever they are", arguments: 1..<8)
    func factors(_ wanted: Int) throws {
        func gradients(_ dtype: DType) throws -> [[Double]] {
            let operands = try [[2, 16, 6, 6], [16, 16, 3, 3], [16]].enumerated().map { index, shape in
                try random(shape, index).converted(to: dtype).copied()
            }
            let asked = (0..<3).filter { wanted >> $0 & 1 == 1 }.map { operands[$0] }
            for operand in asked { try operand.requireGrad() }
            let y = try operands[0].conv2d(operands[1], operands[2], padding: [1])
            return try Autograd.gradients(of: y, wrt: asked, seed: random(y.shape, 4).converted(to: dtype)).map {
                try $0!.array(Double.self)
            }
        }
        for (got, exact) in zip(try gradients(.float32), try gradients(.float64)) {
            #expect(worstError(got, exact) < 1e-5)
        }
    }

    /// conv - norm - relu - conv, in parts that a test can take apart.
    private struct Parts {
        let x: Tensor, w1: Tensor, w2: Tensor, scale: Tensor, shift: Tensor
        init() throws {
            func random(_ shape: [Int], _ seed: Int) throws -> Tensor { try .normal(shape, key: Key(seed: seed)) }
            (x, w1) = (try random([2, 16, 8, 8], 1), try random([16, 16, 3, 3], 2).requireGrad())
            (w2, scale) = (try random([16, 16, 3, 3], 3).requireGrad(), try random([16], 4).requireGrad())
            shift = try random([16], 5).requireGrad()
        }
        func first() throws -> Tensor { try x.conv2d(w1, padding: [1]) }
        func normalised(_ a: Tensor) throws -> Tensor {
            try a.batchNorm(
                weight: scale, bias: shift, runningMean: .zeros([16]), runningVar: .ones([16]), training: true,
                relu: true)
        }
        func last(_ y: Tensor) throws -> Tensor { try y.conv2d(w2, padding: [1]).sum() }
    }

    @Test("what is written into a result before it is used goes into the gradient, as if it were kept")
    func writtenBefore() throws {
        func gradient() throws -> [Float] {
            let parts = try Parts(), y = try parts.normalised(parts.first())
            try y.scale(by: 2)
            return try Autograd.gradients(of: parts.last(y), wrt: [parts.w2])[0]!.array(Float.self)
        }
        #expect(try gradient() == kept { try gradient() })
    }

    @Test("what is written into operands or results afterwards does not change what is computed again")
    func writtenAfter() throws {
        func gradient(changing: Bool) throws -> [Float] {
            let parts = try Parts(), a = try parts.first(), y = try parts.normalised(a)
            let loss = try parts.last(y)
            if changing {
                for tensor in [a, y, parts.scale, parts.shift] { try tensor.scale(by: 3) }
            }
            return try Autograd.gradients(of: loss, wrt: [parts.w2])[0]!.array(Float.self)
        }
        let expected = try kept { try gradient(changing: false) }
        #expect(try gradient(changing: true) == expected)
        #expect(try kept { try gradient(changing: true) } == expected)
    }

    @Test("two that use one result get the same, and one of them may be asked first")
    func twoUses() throws {
        func gradients() throws -> [[Float]] {
            let parts = try Parts(), y = try parts.normalised(parts.first())
            let a = try parts.last(y), b = try Primitive.mul(y, y).sum()
            return try [(a, parts.w2), (b, parts.w1), (a, parts.w2)].map { root, target in
                try Autograd.gradients(of: root, wrt: [target], retain: true)[0]!.array(Float.self)
            }
        }
        let got = try gradients()
        #expect(try got == kept { try gradients() } && got[0] == got[2])
    }

    @Test("a normalised result is not kept, so that the peak is that of one tensor per layer and a few")
    func peak() throws {
        let test = try Case(images: 8, size: 32)
        func peak() throws -> Int {
            let before = MemoryPool.liveBytes, most = Most()
            Operations.watch(
                .init(begin: { _, _ in most.note(MemoryPool.liveBytes) }, end: { most.note(MemoryPool.liveBytes) }))
            defer { Operations.watch(nil) }
            _ = try test.gradients(of: test.loss())
            return most.bytes - before
        }
        let got = try peak(), expected = try kept { try peak() }
        // In units of 16 channels of 32x32: 12.25 results of convolutions, and 11.5 of what is made of them.
        #expect(got * 10 < expected * 7, "\(got) of \(expected)")
    }
    private final class Most: @unchecked Sendable {
        private(set) var bytes = 0
        func note(_ now: Int) { bytes = max(bytes, now) }
    }

    @Test("a long chain of sums keeps some of them, and is freed without a deep stack")
    func chain() throws {
        let x = try random([1, 16, 4, 4], 1), w = try random([16, 16, 3, 3], 2).requireGrad()
        func chain() throws -> (depth: Int, gradient: [Float]) {
            var y = try x.conv2d(w, padding: [1]), deepest = 0
            y = try y.batchNorm(runningMean: .zeros([16]), runningVar: .ones([16]), training: true, relu: true)
            for _ in 0..<20 {
                let z = try y.conv2d(w, padding: [1]).batchNorm(
                    runningMean: .zeros([16]), runningVar: .ones([16]), training: true)
                y = try Primitive.addThenRelu(z, y)
                deepest = max(deepest, y.recipe?.depth ?? 0)
            }
            return (deepest, try Autograd.gradients(of: y.sum(), wrt: [w])[0]!.array(Float.self))
        }
        let got = try chain(), expected = try kept { try chain() }
        #expect(got.gradient == expected.gradient)
        #expect(got.depth == 8 && expected.depth == 0)
    }
}
