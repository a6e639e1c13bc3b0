import TestSupport
import Testing

@testable import Kernel

@Suite struct ConvolutionTests {
    static let cases: [Slow.Convolution] = [
        .init(c: 1, h: 5, w: 5, o: 1, kh: 3, kw: 3),
        .init(c: 1, h: 9, w: 7, o: 32, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 3, h: 8, w: 8, o: 16, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 3, h: 8, w: 9, o: 40, kh: 5, kw: 3, padding: [2, 0]),
        .init(c: 16, h: 6, w: 6, o: 32, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 16, h: 7, w: 7, o: 16, kh: 3, kw: 3, stride: [2, 2], padding: [1, 1]),
        .init(c: 17, h: 6, w: 5, o: 19, kh: 3, kw: 2, stride: [1, 2], padding: [1, 1]),
        .init(c: 6, h: 10, w: 10, o: 16, kh: 5, kw: 5),
        .init(c: 4, h: 9, w: 9, o: 6, kh: 3, kw: 3, padding: [2, 2], dilation: [2, 2]),
        .init(c: 32, h: 5, w: 5, o: 16, kh: 1, kw: 1),
        .init(c: 16, h: 5, w: 5, o: 32, kh: 1, kw: 1, stride: [2, 2]),
        .init(c: 8, h: 6, w: 6, o: 8, kh: 3, kw: 3, padding: [1, 1], groups: 8),
        .init(c: 32, h: 6, w: 6, o: 64, kh: 3, kw: 3, padding: [1, 1], groups: 2),
        .init(c: 6, h: 6, w: 6, o: 4, kh: 3, kw: 3, stride: [2, 1], padding: [0, 1], dilation: [1, 2], groups: 2),
        .init(c: 2, h: 4, w: 4, o: 2, kh: 4, kw: 4, stride: [3, 3], padding: [3, 3]),
    ]

    private func random(_ shape: [Int], _ seed: Int, _ dtype: DType = .float32) throws -> Tensor {
        try .normal(shape, key: Key(seed: seed), dtype)
    }

    @Test(
        "oneDNN's and plain convolutions agree with the definition, forward and in every gradient",
        arguments: cases, [DType.float32, .float64])
    func agrees(_ s: Slow.Convolution, _ dtype: DType) throws {
        let x = try random([s.n, s.c, s.h, s.w], 1, dtype).requireGrad()
        let w = try random([s.o, s.c / s.groups, s.kh, s.kw], 2, dtype).requireGrad()
        let b = try random([s.o], 3, dtype).requireGrad()
        let y = try x.conv2d(w, b, stride: s.stride, padding: s.padding, dilation: s.dilation, groups: s.groups)
        #expect(y.shape == [s.n, s.o, s.oh, s.ow])
        let g = try random(y.shape, 4, dtype), tolerance = dtype == .float32 ? 1e-5 : 1e-13
        let (xs, ws) = (try x.array(Double.self), try w.array(Double.self))
        let expected = s.forward(xs, ws, try b.array(Double.self))
        #expect(worstError(try y.detached().array(Double.self), expected) < tolerance)
        let gradients = try Autograd.gradients(of: y, wrt: [x, w, b], seed: g)
        for (got, wanted) in zip(gradients, s.backward(xs, ws, try g.array(Double.self))) {
            #expect(worstError(try got!.array(Double.self), wanted) < tolerance)
        }
    }

    @Test("without a bias, and with the weight gradient alone", arguments: cases)
    func parts(_ s: Slow.Convolution) throws {
        let x = try random([s.n, s.c, s.h, s.w], 1), w = try random([s.o, s.c / s.groups, s.kh, s.kw], 2).requireGrad()
        let y = try x.conv2d(w, stride: s.stride, padding: s.padding, dilation: s.dilation, groups: s.groups)
        let g = try random(y.shape, 4), (xs, ws) = (try x.array(Double.self), try w.array(Double.self))
        let none = [Double](repeating: 0, count: s.o)
        #expect(worstError(try y.detached().array(Double.self), s.forward(xs, ws, none)) < 1e-5)
        let gradient = try Autograd.gradients(of: y, wrt: [w], seed: g)[0]!
        #expect(worstError(try gradient.array(Double.self), s.backward(xs, ws, try g.array(Double.self))[1]) < 1e-5)
    }

    @Test("fused max(0, y) gives what the separate steps give", arguments: cases)
    func fused(_ s: Slow.Convolution) throws {
        let x = try random([s.n, s.c, s.h, s.w], 1).requireGrad()
        let w = try random([s.o, s.c / s.groups, s.kh, s.kw], 2).requireGrad(), b = try random([s.o], 3).requireGrad()
        func run(_ relu: Bool) throws -> Tensor {
            try x.conv2d(
                w, b, stride: s.stride, padding: s.padding, dilation: s.dilation, groups: s.groups, relu: relu)
        }
        let y = try run(true), plain = try run(false)
        let values = try plain.detached().array(Double.self), g = try random(y.shape, 4)
        #expect(worstError(try y.detached().array(Double.self), values.map { max($0, 0) }) < 1e-6)
        let masked = try Tensor(zip(values, try g.array(Float.self)).map { $0 > 0 ? $1 : 0 }, g.shape)
        let fused = try Autograd.gradients(of: y, wrt: [x, w, b], seed: g)
        let separate = try Autograd.gradients(of: plain, wrt: [x, w, b], seed: masked)
        for (a, b) in zip(fused, separate) {
            #expect(worstError(try a!.array(Double.self), try b!.array(Double.self)) < 1e-5)
        }
    }

    @Test("activations stay in oneDNN's layout until somebody looks")
    func staysNative() throws {
        let x = try random([2, 3, 8, 8], 1), w = try random([32, 3, 3, 3], 2), v = try random([16, 32, 3, 3], 3)
        let y = try x.conv2d(w, padding: [1])
        #expect(y.nativeBlock != nil)
        let z = try y.conv2d(v)
        #expect(y.nativeBlock != nil && z.nativeBlock != nil)
        _ = try z.array(Float.self)
        #expect(z.nativeBlock == nil)
    }

    @Test("nan passes through the fused step as through the separate ones")
    func nan() throws {
        for channels in [1, 3, 16, 20] {
            let x = try Tensor.full([1, channels, 4, 4], .nan), w = try Tensor.ones([32, channels, 3, 3])
            #expect(try x.conv2d(w, relu: true).array(Float.self).allSatisfy { $0.isNaN }, "\(channels)")
            #expect(try x.maxPool2d(kernel: [2]).array(Float.self).allSatisfy { $0.isNaN }, "pool \(channels)")
        }
        let mixed = try Tensor([Float.nan, 1, 2, 3], [1, 1, 2, 2]).requireGrad(), y = try mixed.maxPool2d(kernel: [2])
        #expect(try y.detached().array(Float.self)[0].isNaN)
        let gradient = try Autograd.gradients(of: y, wrt: [mixed], seed: .ones([1, 1, 1, 1]))[0]!
        #expect(try gradient.array(Float.self) == [1, 0, 0, 0])
    }

    @Test("packed weights follow changes in place")
    func repacks() throws {
        let x = try Tensor.ones([1, 16, 3, 3]), w = try Tensor.ones([16, 16, 3, 3])
        #expect(try x.conv2d(w).array(Float.self)[0] == 144)
        try w.write(Float.self) { $0[0] = 2 }
        #expect(try x.conv2d(w).array(Float.self)[0] == 145)
    }

    @Test("a batch done in pieces gives what it gives at once")
    func pieces() throws {
        let s = try ConvolutionShape(
            [5, 3, 6, 6], [16, 3, 3, 3], stride: [1], padding: [1], dilation: [1], groups: 1, relu: false)
        let x = try random(s.x, 1), w = try random(s.w, 2), b = try random([16], 3), g = try random(s.y, 4)
        let work = Double(2 * 16 * 27 * 36)  // two images
        func same(_ a: Tensor, _ b: Tensor) throws -> Bool {
            worstError(try a.array(Double.self), try b.array(Double.self)) < 1e-6
        }
        #expect(try same(s.forwardInPieces(x, w, b, work: work), s.forward(x, w, b)))
        #expect(try same(s.inputGradientInPieces(g, w, work: work), s.inputGradient(g, w)))
        let (dw, db) = try s.weightGradientInPieces(g, x, bias: true, work: work)
        let whole = try s.weightGradient(g, x, bias: true)
        #expect(try same(dw, whole.w) && same(db!, whole.b!))
    }

    @Test("an empty batch gives an empty result and zero gradients")
    func empty() throws {
        let x = try Tensor.zeros([0, 3, 8, 8]).requireGrad(), w = try Tensor.ones([4, 3, 3, 3]).requireGrad()
        let y = try x.conv2d(w)
        #expect(y.shape == [0, 4, 6, 6])
        let gradients = try Autograd.gradients(of: y, wrt: [x, w], seed: .zeros(y.shape))
        #expect(try gradients[1]!.array(Float.self).allSatisfy { $0 == 0 })
    }

    @Test("one thread and two give the same within 1e-6")
    func threads() throws {
        let x = try random([4, 16, 12, 12], 1), w = try random([32, 16, 3, 3], 2), before = Workers.count
        defer { Workers.use(before) }
        Workers.use(1)
        let one = try x.conv2d(w).array(Double.self)
        Workers.use(2)
        #expect(worstError(try x.conv2d(w).array(Double.self), one) < 1e-6)
    }

    @Test("operands that do not fit say so")
    func errors() throws {
        func message(_ body: () throws -> Tensor) -> String {
            do { _ = try body() } catch { return "\(error)" }
            return "no error"
        }
        let x = try Tensor.zeros([1, 4, 5, 5]), w = try Tensor.zeros([2, 4, 3, 3])
        #expect(message { try Tensor.zeros([4, 5]).conv2d(w) } == "conv2d: images [N, C, H, W] expected, got [4, 5]")
        #expect(
            message { try x.conv2d(.zeros([2, 3, 3, 3])) }
                == "conv2d: channels differ, got [1, 4, 5, 5] and [2, 3, 3, 3]")
        #expect(
            message { try x.conv2d(w, groups: 3) }
                == "conv2d: bad value for 'groups' (a divisor of 4 and 2 channels expected, got 3)")
        #expect(
            message { try x.conv2d(.zeros([2, 4, 7, 7])) }
                == "conv2d: images of at least 7x7 expected, got [1, 4, 5, 5]")
        #expect(
            message { try x.conv2d(w, stride: [0]) }
                == "conv2d: bad value for 'stride' (one or two integers from 1 to 1048576 expected, got [0])")
        #expect(
            message { try x.conv2d(w, .zeros([3])) }
                == "conv2d: bias [out] for weight [out, ...] expected, got [3] and [2, 4, 3, 3]")
        #expect(
            message { try x.conv2d(w, padding: [1 << 20]) }.hasPrefix("conv2d: images of 1 to 2^31 numbers expected"))
    }
}
