import TestSupport
import Testing

@testable import Kernel

@Suite struct IntegerKernelTests {
    /// Bytes over the whole range of the type, or nothing but its largest.
    private func bytes(_ shape: [Int], _ dtype: DType, _ seed: Int, extreme: Bool) throws -> Tensor {
        let (low, high) = dtype == .uint8 ? (0.0, 255.0) : (-128.0, 127.0)
        if extreme { return try .full(shape, high, dtype) }
        return try Tensor.uniform(shape, low, high + 1, key: Key(seed: seed), .float64).converted(to: dtype)
    }
    private static let types: [(DType, Int)] = [
        (.uint8, 0), (.uint8, 3), (.uint8, 255), (.int8, 0), (.int8, -128), (.int8, 5),
    ]

    @Test("linear sums are exact in one pass and in halves, at the extremes too", arguments: types, [false, true])
    func linear(_ type: (DType, Int), _ extreme: Bool) throws {
        for (n, k, o) in [(1, 1, 1), (3, 17, 5), (33, 784, 10), (2, 65793, 2)] {
            let x = try bytes([n, k], type.0, 1, extreme: extreme), w = try bytes([o, k], .int8, 2, extreme: extreme)
            let expected = Slow.integerLinear(
                try x.array(Int64.self), try w.array(Int64.self), n: n, k: k, o: o, zeroPoint: Int64(type.1))
            for splitting in [false, true] where splitting || IntegerKernels.isExact {
                let y = try IntegerKernels.linear(x, w, zeroPoint: type.1, splitting: splitting)
                #expect(y.dtype == .int32)
                #expect(try y.array(Int64.self) == expected, "\(n) \(k) \(o) splitting \(splitting)")
            }
        }
    }

    @Test(
        "convolution sums are exact in one pass and in halves, the border holds the zero point",
        arguments: ConvolutionTests.cases, types)
    func conv2d(_ s: Slow.Convolution, _ type: (DType, Int)) throws {
        for extreme in [false, true] {
            let x = try bytes([s.n, s.c, s.h, s.w], type.0, 1, extreme: extreme)
            let w = try bytes([s.o, s.c / s.groups, s.kh, s.kw], .int8, 2, extreme: extreme)
            let shifted = try x.array(Double.self).map { $0 - Double(type.1) }
            let expected = s.forward(shifted, try w.array(Double.self), [Double](repeating: 0, count: s.o))
            for splitting in [false, true] where splitting || IntegerKernels.isExact {
                let y = try IntegerKernels.conv2d(
                    x, w, stride: s.stride, padding: s.padding, dilation: s.dilation, groups: s.groups,
                    zeroPoint: type.1,
                    splitting: splitting)
                #expect(try y.array(Double.self) == expected, "extreme \(extreme) splitting \(splitting)")
            }
        }
    }

    @Test("requantisation equals its twin bit by bit, row-major and channels-last", arguments: [DType.uint8, .int8])
    func requantize(_ type: DType) throws {
        let x = try bytes([3, 20, 5, 5], .uint8, 1, extreme: false),
            w = try bytes([17, 20, 3, 3], .int8, 2, extreme: false)
        let sums = try IntegerKernels.conv2d(x, w), plain = try IntegerKernels.conv2d(x, w).copied()
        let bias = try Tensor((0..<17).map { Int32($0 * 1000 - 8000) })
        let factor = try Tensor((0..<17).map { Float($0 + 1) * 3e-4 })
        let (zero, low, high): (Int32, Int32, Int32) = type == .uint8 ? (7, 7, 255) : (-3, -128, 127)
        let values = try plain.array(Int32.self), b = try bias.array(Int32.self), f = try factor.array(Float.self)
        let expected = values.indices.map { i in
            let c = i / 9 % 17
            return Slow.requantized(values[i], bias: b[c], multiplier: f[c], zeroPoint: zero, low: low, high: high)
        }
        #expect(sums.nativeBlock != nil)
        for source in [sums, plain] {
            let y = try IntegerKernels.requantize(
                source, bias: bias, multiplier: factor, zeroPoint: Int(zero), to: type, low: Int(low), high: Int(high))
            #expect(y.dtype == type)
            #expect((y.nativeBlock != nil) == (source === sums))
            #expect(try y.array(Int32.self) == expected)
        }
    }

    @Test("requantisation rounds halves to even and saturates")
    func halves() throws {
        let sums = try Tensor([5, 7, -5, 105, 3000, -3000, Int32.max, Int32.min], [8, 1])
        let y = try IntegerKernels.requantize(sums, multiplier: Tensor([Float(0.5)]), zeroPoint: 3, to: .int8)
        #expect(try y.array(Int32.self) == [5, 7, 1, 55, 127, -128, 127, -128])
        let bias = try Tensor([Int32.max])
        let z = try IntegerKernels.requantize(sums, bias: bias, multiplier: Tensor([Float(1e-8)]), to: .uint8)
        #expect(try z.array(Int32.self) == [21, 21, 21, 21, 21, 21, 43, 0])
        let nan = try IntegerKernels.requantize(sums, multiplier: Tensor([Float.nan]), to: .uint8)
        #expect(try nan.array(Int32.self) == [Int32](repeating: 0, count: 8))
    }

    @Test("pooling of bytes gives what pooling of floats gives", arguments: [DType.uint8, .int8], PoolingTests.cases)
    func maxPool(_ type: DType, _ s: Slow.Pooling) throws {
        let x = try bytes(s.shape, type, 1, extreme: false)
        let y = try IntegerKernels.maxPool2d(x, kernel: s.kernel, stride: s.stride, padding: s.padding, ceil: s.ceil)
        let z = try x.converted(to: .float64).maxPool2d(
            kernel: s.kernel, stride: s.stride, padding: s.padding, ceil: s.ceil)
        #expect(y.dtype == type)
        #expect(try y.array(Double.self) == z.array(Double.self))
    }

    @Test("codes stay channels-last from layer to layer")
    func chain() throws {
        let x = try bytes([2, 3, 8, 8], .uint8, 1, extreme: false),
            w = try bytes([16, 3, 3, 3], .int8, 2, extreme: false)
        let v = try bytes([8, 16, 3, 3], .int8, 3, extreme: false), factor = try Tensor([Float(1e-3)])
        let a = try IntegerKernels.requantize(
            IntegerKernels.conv2d(x, w, padding: [1], zeroPoint: 9), multiplier: factor, zeroPoint: 100, to: .uint8)
        let pooled = try IntegerKernels.maxPool2d(a, kernel: [2])
        #expect(a.nativeBlock != nil && pooled.nativeBlock != nil)
        let y = try IntegerKernels.conv2d(pooled, v, zeroPoint: 100)
        let expected = try IntegerKernels.conv2d(pooled.copied(), v, zeroPoint: 100)
        #expect(try y.array(Int32.self) == expected.array(Int32.self))
    }

    @Test("operands that do not fit say so")
    func errors() throws {
        func message(_ body: () throws -> Tensor) -> String {
            do { _ = try body() } catch { return "\(error)" }
            return "no error"
        }
        let x = try Tensor.zeros([1, 4], .uint8), w = try Tensor.zeros([2, 4], .int8)
        #expect(
            message { try IntegerKernels.linear(x, w, zeroPoint: 256) }
                == "integer linear: bad value for 'zero_point' (an integer from 0 to 255 expected, got 256)")
        #expect(
            message { try IntegerKernels.linear(x, x) }
                == "integer linear: uint8 or int8 and a weight of int8 expected, got uint8 and uint8")
        #expect(
            message { try IntegerKernels.linear(.zeros([1, 65794], .uint8), .zeros([1, 65794], .int8)) }
                == "integer linear: bad value for 'weight' (at most 65793 products per sum, which fit 32 bits expected, "
                + "got 65794)")
    }
}
