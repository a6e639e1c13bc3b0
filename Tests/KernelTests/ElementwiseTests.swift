import CKernels
import Glibc
import TestSupport
import Testing

@testable import Kernel

/// The C loops for float32 against the same operations in Double.
@Suite struct ElementwiseTests {
    static let sizes = [0, 1, 7, 16, 17, 1000, 100003]
    static let binary: [BinaryOp] = [
        .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod, .floordiv, .share, .eq, .ne, .lt, .le, .gt, .ge,
    ]
    static let unary: [UnaryOp] = [
        .abs, .sign, .square, .reciprocal, .sqrt, .rsqrt, .exp, .expm1, .log, .log1p, .sin, .cos, .tan, .tanh,
        .sigmoid, .erf, .floor, .ceil, .round, .trunc, .relu, .leakyRelu(0.1), .gelu, .geluTanh, .silu, .softplus,
        .clamp(-0.5, 1), .power(1.75), .power(3),
    ]

    /// Positive where an operation wants it, with exact ties and halves among the values.
    static func operand(_ shape: [Int], _ seed: Int, positive: Bool = false) throws -> Tensor {
        let x = try Tensor.uniform(shape, positive ? 0.1 : -3, 3, key: Key(seed: seed))
        try x.write(Float.self) { for i in $0.indices where i % 5 == 0 { $0[i] = ($0[i] * 2).rounded(.up) / 2 + 0.5 } }
        return x
    }

    @Test("binary operations agree with Double at every size", arguments: binary)
    func binaryTwin(_ op: BinaryOp) throws {
        for size in Self.sizes {
            let a = try Self.operand([size], 1, positive: op.name == "pow"), b = try Self.operand([size], 2)
            try agree(
                op.apply(a, b), op.apply(a.converted(to: .float64), b.converted(to: .float64)), "\(op.name) \(size)")
        }
    }

    @Test("binary operations agree with Double on broadcast and strided operands", arguments: binary)
    func broadcastTwin(_ op: BinaryOp) throws {
        let whole = try Self.operand([6, 5, 4, 3], 3, positive: op.name == "pow")
        let turned = try whole.view([3, 4, 5, 6], strides: [1, 3, 12, 60], offset: 0)
        let others = try [[], [1], [3], [5, 1, 1], [4, 3], [6, 1, 1, 1], [1, 5, 1, 3], [6, 5, 4, 1]].map {
            try Self.operand($0, 4, positive: op.name == "pow")
        }
        for other in others {
            try twin(op, .tensor(whole), .tensor(other))
            try twin(op, .tensor(other), .tensor(whole))
        }
        try twin(op, .tensor(turned), .tensor(whole.view([3, 4, 5, 6], strides: [120, 30, 6, 1], offset: 0)))
        try twin(op, .tensor(whole), 2)
        try twin(op, 1.5, .tensor(turned))
    }

    private func twin(_ op: BinaryOp, _ a: Operand, _ b: Operand) throws {
        func wide(_ x: Operand) throws -> Operand {
            if case .tensor(let t) = x { .tensor(try t.converted(to: .float64)) } else { x }
        }
        try agree(op.apply(a, b), op.apply(wide(a), wide(b)), op.name)
    }

    @Test("functions and their derivatives agree with Double at every size", arguments: unary)
    func unaryTwin(_ op: UnaryOp) throws {
        let positive = ["sqrt", "rsqrt", "log", "log1p", "pow"].contains(op.name)
        for size in Self.sizes {
            let x = try Self.operand([size], 5, positive: positive), g = try Self.operand([size], 6)
            let wide = try x.converted(to: .float64)
            try agree(op.apply(x), op.apply(wide), "\(op.name) \(size)")
            let slope = try gradient(op, x, g), twin = try gradient(op, wide, g.converted(to: .float64))
            try agree(slope, twin, "\(op.name) gradient \(size)", tolerance: op.name == "tan" ? 1e-3 : 3e-6)
        }
    }
    private func gradient(_ op: UnaryOp, _ x: Tensor, _ g: Tensor) throws -> Tensor {
        let x = try x.copied().requireGrad()
        return try Autograd.gradients(of: op.primitive(x), wrt: [x], seed: g)[0]!
    }

    private func agree(_ fast: Tensor, _ slow: Tensor, _ name: String, tolerance: Double = 3e-6) throws {
        #expect(fast.shape == slow.shape, "\(name)")
        let wrong = try zip(fast.array(Double.self), slow.array(Double.self)).first { pair in
            !(pair.0 == pair.1 || abs(pair.0 - pair.1) <= tolerance * max(1, abs(pair.1))
                || (pair.0.isNaN && pair.1.isNaN))
        }
        #expect(wrong == nil, "\(name)")
    }

    @Test(
        "a vectorised function is within about two units in the last place over its whole range, and exact at its ends")
    func precision() throws {
        let ops: [(UnaryOp, Double, Double)] = [
            (.exp, -104, 89), (.expm1, -30, 89), (.log, 1e-44, 3e38), (.log1p, -0.9999999, 1e8), (.tanh, -12, 12),
            (.sigmoid, -100, 90), (.log, 0.5, 2), (.log1p, -0.3, 0.5), (.expm1, -1, 1), (.tanh, -1, 1),
        ]
        for (op, low, high) in ops {
            let geometric = op.name == "log" && high > 1e30
            let x = (0...200_000).map { i -> Float in
                let t = Double(i) / 200_000
                return Float(geometric ? low * Glibc.pow(high / low, t) : low + (high - low) * t)
            }
            let y = try op.apply(Tensor(x)).array(Float.self)
            var worst = (ulps: 0.0, at: Float(0))
            for (a, b) in zip(x, y) {
                let exact = op.double(Double(a)), unit = Double(Float(exact).ulp)
                if Float(exact).isInfinite && b.isInfinite { continue }
                let error = abs(Double(b) - exact) / unit
                if !(error <= worst.ulps) { worst = (error, a) }
            }
            #expect(worst.ulps <= 2.2, "\(op.name) is off by \(worst.ulps) at \(worst.at)")
        }
        let x = (-60_000...60_000).map { Float($0) / 10_000 }
        let erf = try UnaryOp.erf.apply(Tensor(x)).array(Float.self)
        #expect(zip(x, erf).allSatisfy { abs(Double($1) - Glibc.erf(Double($0))) < 1e-7 })
    }

    @Test("exp has the bits of its plain twin for numbers of every kind")
    func exponential() {
        let x = (0..<1_000_003).map { Float(bitPattern: UInt32(truncatingIfNeeded: $0 &* 4295)) }
        var fast = [Float](repeating: 0, count: x.count), plain = fast
        ck_exp_f32(x, &fast, x.count, 0, 0)
        ck_exp_plain_f32(x, &plain, x.count)
        #expect(zip(fast, plain).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN })
    }

    @Test("infinities, zeros and nan go where the mathematics sends them", arguments: unary)
    func extremes(_ op: UnaryOp) throws {
        let x: [Float] = [
            .infinity, -.infinity, .nan, 0, -0.0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
            .leastNonzeroMagnitude, -.leastNonzeroMagnitude, 88.7, 88.8, -103, -104.5, 1e9,
        ]
        let fast = try op.apply(Tensor(x)).array(Float.self)
        for (a, b) in zip(x, fast) {
            let exact = Float(op.double(Double(a)))
            let close = abs(b - exact) <= 2 * max(abs(exact).ulp, 64 * .leastNonzeroMagnitude)
            #expect(b == exact || (b.isNaN && exact.isNaN) || close, "\(op.name)(\(a)) is \(b), not \(exact)")
        }
    }

    @Test("an element's bits do not depend on its place or its neighbours", arguments: unary)
    func position(_ op: UnaryOp) throws {
        let x = try Tensor.uniform([67], -3, 3, key: Key(seed: 9))
        let whole = try op.apply(x).array(Float.self)
        for start in [1, 13, 64, 66] {
            let tail = try op.apply(x.view([67 - start], strides: [1], offset: start)).array(Float.self)
            #expect(zip(tail, whole[start...]).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN }, "\(op.name)")
        }
    }

    @Test("integers are exact, wrap, and refuse to divide by zero")
    func integers() throws {
        let big = try Tensor([Int64.max, Int64.min, 9_007_199_254_740_993])
        #expect(try big.add(1).array(Int64.self) == [.min, .min + 1, 9_007_199_254_740_994])
        #expect(try big.floordiv(-1).array(Int64.self) == [-Int64.max, .min, -9_007_199_254_740_993])
        #expect(try big.mod(-1).array(Int64.self) == [0, 0, 0])
        #expect(try Tensor([UInt8(200)]).add(.tensor(Tensor([UInt8(100)]))).array(UInt8.self) == [44])
        #expect(try Tensor([UInt8(200)]).lt(300).array(Bool.self) == [true])
        #expect(try Tensor([Int32(7), -7]).mod(3).array(Int32.self) == [1, 2])
        #expect(try Tensor([Int32(7), -7]).floordiv(-3).array(Int32.self) == [-3, 2])
        #expect(try Tensor([Int32(7)]).div(2).array(Float.self) == [3.5])
        #expect(try Tensor([Int32(7)]).mul(0.5).dtype == .float32)
        #expect(try Tensor([true, true]).add(.tensor(Tensor([true, false]))).array(Int64.self) == [2, 1])
        #expect(throws: KernelError.value(op: "mod", name: "divisor", expected: "integers other than 0", got: "0")) {
            try big.mod(0)
        }
    }

    @Test("numbers, masks and rounding behave as documented")
    func small() throws {
        let x = try Tensor([-1.5, -0.5, 0.5, 1.5, 2.5] as [Float])
        #expect(try x.round().array(Float.self) == [-2, 0, 0, 2, 2])
        #expect(try Tensor.sub(2, .tensor(x)).array(Float.self) == [3.5, 2.5, 1.5, 0.5, -0.5])
        #expect(try x.clamp(-1, 1).array(Float.self) == [-1, -0.5, 0.5, 1, 1])
        #expect(try x.mod(1).array(Float.self) == [0.5, 0.5, 0.5, 0.5, 0.5])
        #expect(try x.gt(0).choose(.tensor(x), 0).array(Float.self) == [0, 0, 0.5, 1.5, 2.5])
        #expect(try x.lt(0).logicalNot().array(Bool.self) == [false, false, true, true, true])
        #expect(try Tensor([1, .nan, .infinity] as [Float]).isFinite().array(Bool.self) == [true, false, false])
        #expect(try Tensor([1, .nan] as [Float]).isNaN().array(Bool.self) == [false, true])
        #expect(throws: KernelError.value(op: "clamp", name: "high", expected: "at least low = 1", got: "0")) {
            try x.clamp(1, 0)
        }
    }
}

extension BinaryOp: CustomTestStringConvertible { public var testDescription: String { name } }
extension UnaryOp: CustomTestStringConvertible { public var testDescription: String { name } }
