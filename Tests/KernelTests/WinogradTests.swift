import CKernels
import TestSupport
import Testing

@testable import Kernel

/// Winograd's convolutions against the definition in Double, with the bound of their error analysis, and against
/// oneDNN's direct ones.
@Suite(.enabled(if: ck_has_wide_vectors())) struct WinogradTests {
    static let cases: [Slow.Convolution] = [
        .init(c: 16, h: 4, w: 4, o: 16, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 16, h: 6, w: 6, o: 32, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 32, h: 7, w: 9, o: 16, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 16, h: 9, w: 6, o: 48, kh: 3, kw: 3, padding: [0, 2]),
        .init(c: 16, h: 5, w: 3, o: 16, kh: 3, kw: 3, padding: [0, 0]),
        .init(c: 16, h: 14, w: 14, o: 16, kh: 3, kw: 3, padding: [1, 1]),
        .init(c: 16, h: 4, w: 5, o: 112, kh: 3, kw: 3, padding: [1, 1]),
    ]

    private func random(_ shape: [Int], _ seed: Int) throws -> Tensor { try .normal(shape, key: Key(seed: seed)) }
    private func shape(_ s: Slow.Convolution, relu: Bool = false) throws -> ConvolutionShape {
        try ConvolutionShape(
            [s.n, s.c, s.h, s.w], [s.o, s.c, 3, 3], stride: [1], padding: s.padding, dilation: [1], groups: 1,
            relu: relu)
    }
    private func floats(_ block: NativeBlock, _ shape: [Int]) throws -> [Double] {
        try Tensor(shape, .float32, block, op: "test").array(Double.self)
    }
    /// Whether every number is within its bound of what it should be.
    private func isWithin(_ bound: [Double], _ got: [Double], _ exact: [Double]) -> Bool {
        got.count == exact.count && got.indices.allSatisfy { abs(got[$0] - exact[$0]) <= bound[$0] }
    }

    @Test("sums of whole numbers are exact when that is asked for")
    func exact() throws {
        let x = try random([2, 16, 8, 8], 1).mul(.number(99)).round(),
            w = try random([16, 16, 3, 3], 2).mul(.number(99)).round()
        let truth = try x.converted(to: .float64).conv2d(w.converted(to: .float64), padding: [1])
        #expect(try x.conv2d(w, padding: [1], exact: true).array(Double.self) == truth.array(Double.self))
        // Or it would not be Winograd's way that was forbidden.
        #expect(try x.conv2d(w, padding: [1]).array(Double.self) != truth.array(Double.self))
    }

    @Test("the result is the definition's within the bound, and close to the direct one", arguments: cases)
    func forward(_ s: Slow.Convolution) throws {
        let shape = try shape(s), x = try random(shape.x, 1), w = try random(shape.w, 2), b = try random([s.o], 3)
        let (xs, ws, bs) = (try x.array(Double.self), try w.array(Double.self), try b.array(Double.self))
        let got = try floats(Winograd(shape).forward(x, w, bias: b.block(op: "test")), shape.y)
        #expect(isWithin(Slow.WinogradBound(s).forward(xs, ws, bs), got, s.forward(xs, ws, bs)))
        #expect(worstError(got, try shape.directForward(x, w, b).array(Double.self)) < 4e-6)
        let clipped = try floats(Winograd(shape).forward(x, w, bias: b.block(op: "test"), relu: true), shape.y)
        #expect(clipped == got.map { max($0, 0) })
    }

    @Test("the input gradient is the definition's within the bound, and close to the direct one", arguments: cases)
    func inputGradient(_ s: Slow.Convolution) throws {
        let shape = try shape(s), g = try random(shape.y, 4), w = try random(shape.w, 2)
        let (gs, ws) = (try g.array(Double.self), try w.array(Double.self))
        let got = try floats(Winograd(inputGradient: shape).forward(g, w), shape.x)
        let none = [Double](repeating: 0, count: shape.x.reduce(1, *))
        let back = Slow.Convolution(
            c: s.o, h: s.oh, w: s.ow, o: s.c, kh: 3, kw: 3, padding: s.padding.map { 2 - $0 })
        let turned = (0..<ws.count).map { i -> Double in
            let (tap, from, to) = (i % 9, i / 9 % s.o, i / 9 / s.o)
            return ws[(from * s.c + to) * 9 + 8 - tap]
        }
        let bound = Slow.WinogradBound(back).forward(gs, turned, [Double](repeating: 0, count: s.c))
        #expect(isWithin(bound, got, s.backward(none, ws, gs)[0]))
        #expect(worstError(got, try shape.directInputGradient(g, w).array(Double.self)) < 4e-6)
    }

    @Test("the weight gradient is the definition's within the bound, and close to the direct one", arguments: cases)
    func weightGradient(_ s: Slow.Convolution) throws {
        let shape = try shape(s), x = try random(shape.x, 1), g = try random(shape.y, 4)
        let (xs, gs) = (try x.array(Double.self), try g.array(Double.self))
        let (w, b) = try Winograd(shape).weightGradient(g, x, bias: true), got = try floats(w, shape.w)
        let exact = s.backward(xs, [Double](repeating: 0, count: s.o * s.c * 9), gs)
        #expect(isWithin(Slow.WinogradBound(s).weightGradient(xs, gs), got, exact[1]))
        #expect(worstError(try floats(b!, [s.o]), exact[2]) < 1e-6)
        #expect(worstError(got, try shape.directWeightGradient(g, x, bias: false).w.array(Double.self)) < 4e-6)
    }

    @Test("many blocks of tiles, one thread and two, and an image alone give the same bits")
    func sameBits() throws {
        let s = Slow.Convolution(c: 16, h: 14, w: 10, o: 32, kh: 3, kw: 3, padding: [1, 1]), before = Workers.count
        let whole = try shape(s).part(23), x = try random(whole.x, 1), w = try random(whole.w, 2)
        let g = try random(whole.y, 3), first = whole.part(1)
        defer { Workers.use(before) }
        func all() throws -> [[Double]] {
            let (dw, db) = try Winograd(whole).weightGradient(g, x, bias: true)
            return [
                try floats(Winograd(whole).forward(x, w), whole.y), try floats(dw, whole.w), try floats(db!, [32]),
                try floats(Winograd(inputGradient: whole).forward(g, w), whole.x),
            ]
        }
        Workers.use(1)
        let one = try all()
        Workers.use(2)
        #expect(try all() == one)
        let alone = try floats(Winograd(first).forward(x.images(0..<1), w), first.y)
        #expect(alone == Array(one[0][..<alone.count]))
    }

    @Test("outputs in groups have the bits of all at once")
    func groups() throws {
        let s = Slow.Convolution(c: 48, h: 8, w: 6, o: 144, kh: 3, kw: 3, padding: [1, 1])
        let shape = try shape(s).part(3), x = try random(shape.x, 1), w = try random(shape.w, 2)
        let g = try random(shape.y, 3), b = try random([s.o], 4).block(op: "test")
        func all(_ most: Int) throws -> [[Double]] {
            let winograd = try Winograd(shape, most: most)
            let (dw, db) = try winograd.weightGradient(g, x, bias: true)
            return [
                try floats(winograd.forward(x, w, bias: b, relu: true), shape.y), try floats(dw, shape.w),
                try floats(db!, [s.o]), try floats(Winograd(inputGradient: shape, most: most).forward(g, w), shape.x),
            ]
        }
        #expect(try all(1) == all(1 << 30))
    }

    @Test("nan reaches every result that it takes part in")
    func nan() throws {
        let x = try Tensor.ones([1, 16, 8, 8]), w = try Tensor.ones([16, 16, 3, 3])
        try x.write(Float.self) { $0[3 * 64 + 2 * 8 + 3] = .nan }
        let y = try x.conv2d(w, padding: [1], relu: true).array(Float.self)
        for i in 1...3 { for j in 2...4 { #expect(y[i * 8 + j].isNaN) } }
        #expect(abs(y[7 * 8 + 7] - 64) < 1e-3)
    }

    @Test("the rule asks for the shape, not for the number of images")
    func rule() throws {
        func uses(_ x: [Int], _ w: [Int], stride: Int = 1, padding: Int = 1, dilation: Int = 1, groups: Int = 1) throws
            -> Bool
        {
            try ConvolutionShape(
                x, w, stride: [stride], padding: [padding], dilation: [dilation], groups: groups, relu: false
            ).usesWinograd
        }
        #expect(try uses([1, 16, 4, 4], [16, 16, 3, 3]) && uses([500, 16, 4, 4], [16, 16, 3, 3]))
        #expect(try uses([1, 32, 7, 7], [64, 32, 3, 3]) && !uses([1, 32, 5, 5], [64, 32, 3, 3]))
        #expect(try !uses([1, 3, 8, 8], [16, 3, 3, 3]) && !uses([1, 16, 8, 8], [10, 16, 3, 3]))
        #expect(try !uses([1, 16, 8, 8], [16, 16, 5, 5]) && !uses([1, 16, 8, 8], [16, 16, 3, 3], stride: 2))
        #expect(
            try !uses([1, 16, 8, 8], [16, 16, 3, 3], dilation: 2) && !uses([1, 32, 8, 8], [32, 16, 3, 3], groups: 2))
        #expect(try !uses([1, 16, 8, 8], [16, 16, 3, 3], padding: 3))
    }
}
