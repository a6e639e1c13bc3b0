import TestSupport
import Testing

@testable import Kernel

/// Elementwise operations on activations that lie in oneDNN's layout, with 20 channels so that blocks of 16 are padded.
@Suite struct NativeElementwiseTests {
    private func activation() throws -> Tensor {
        let x = try Tensor.normal([2, 3, 6, 6], key: Key(seed: 1)),
            w = try Tensor.normal([20, 3, 3, 3], key: Key(seed: 2))
        return try x.conv2d(w)
    }

    @Test("unary operations give on a native layout what they give on a row-major copy")
    func unary() throws {
        for op in [Primitive.relu, .leakyRelu(0.1), .gelu, .silu, .tanh, .sigmoid, .exp, .square, .absolute] {
            let a = try activation().requireGrad(), b = try activation().copied().requireGrad()
            let y = try op(a), z = try op(b), g = try Tensor.normal(y.shape, key: Key(seed: 3))
            #expect(
                worstError(try y.detached().array(Double.self), try z.detached().array(Double.self)) < 1e-6,
                "\(op.name)")
            let dy = try Autograd.gradients(of: y, wrt: [a], seed: g)[0]!
            let dz = try Autograd.gradients(of: z, wrt: [b], seed: g)[0]!
            #expect(worstError(try dy.array(Double.self), try dz.array(Double.self)) < 1e-6, "\(op.name)")
        }
    }

    @Test("relu and sums of activations stay native, whatever order their operands lie in")
    func stays() throws {
        let plain = try activation().copied(), expected = try plain.array(Float.self)
        #expect(try Primitive.relu(activation()).nativeBlock != nil)
        for (x, y) in [(try activation(), try activation()), (try activation(), plain), (plain, try activation())] {
            let sum = try Primitive.add(x, y)
            #expect(sum.nativeBlock != nil)
            #expect(try sum.array(Float.self) == expected.map { $0 + $0 })
        }
    }

    @Test("fake quantization of a native activation equals that of its row-major copy, bit by bit")
    func quantized() throws {
        for (zeroLevel, gradient) in [(true, GradientRule.clipped), (true, .saturating), (false, .clipped)] {
            let quantizer = try Quantizer(
                zeroLevel ? .integers(low: -8, high: 7) : .noZeroLevel(bits: 4), range: .fixed(-1, 1),
                gradient: gradient)
            let op = Primitive.fakeQuantize(quantizer.fitted(ranges: [ObservedRange(low: -1, high: 1)]))
            let a = try activation().requireGrad(), b = try activation().copied().requireGrad()
            let y = try op(a), z = try op(b), g = try Tensor.normal(y.shape, key: Key(seed: 3))
            #expect((y.nativeBlock != nil) == zeroLevel)
            #expect(try y.detached().array(Float.self) == z.detached().array(Float.self))
            let dy = try Autograd.gradients(of: y, wrt: [a], seed: g)[0]!
            #expect(try dy.array(Float.self) == Autograd.gradients(of: z, wrt: [b], seed: g)[0]!.array(Float.self))
        }
    }

    @Test("the padding of a native sum feeds a convolution correctly")
    func paddingStaysZero() throws {
        let a = try activation(), w = try Tensor.normal([16, 20, 3, 3], key: Key(seed: 4))
        for op in [Primitive.exp, .relu, .sigmoid] {
            let y = try op(a)
            #expect(
                worstError(
                    try y.conv2d(w).array(Double.self), try op(a.copied()).copied().conv2d(w).array(Double.self)) < 1e-5
            )
        }
    }
}
