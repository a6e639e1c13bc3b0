import TestSupport
import Testing

@testable import Kernel

@Suite struct MatMulTests {
    private func random(_ shape: [Int], _ seed: Int, _ dtype: DType = .float32) throws -> Tensor {
        try .normal(shape, key: Key(seed: seed), dtype)
    }

    @Test(
        "float32 products and their gradients agree with loops in Double",
        arguments: [[1, 1, 1], [2, 3, 4], [33, 17, 9], [128, 100, 65], [1, 700, 3], [5, 1, 7]])
    func agreesWithLoops(_ s: [Int]) throws {
        let a = try random([s[0], s[1]], 1).requireGrad(), b = try random([s[1], s[2]], 2).requireGrad()
        let y = try a.matmul(b), g = try random([s[0], s[2]], 3)
        let (x, w, d) = (try a.array(Double.self), try b.array(Double.self), try g.array(Double.self))
        #expect(worstError(try y.array(Double.self), Slow.matmul(x, w, n: s[0], k: s[1], m: s[2])) < 1e-5)
        let gradients = try Autograd.gradients(of: y, wrt: [a, b], seed: g)
        let wt = Slow.transposed(w, rows: s[1], columns: s[2]), xt = Slow.transposed(x, rows: s[0], columns: s[1])
        let dx = Slow.matmul(d, wt, n: s[0], k: s[2], m: s[1]), dw = Slow.matmul(xt, d, n: s[1], k: s[0], m: s[2])
        #expect(worstError(try gradients[0]!.array(Double.self), dx) < 1e-5)
        #expect(worstError(try gradients[1]!.array(Double.self), dw) < 1e-5)
    }

    /// oneDNN sums in another order for another layout, so the last bits may differ.
    private func expectSame(_ a: Tensor, _ b: Tensor) throws {
        #expect(worstError(try a.array(Double.self), try b.array(Double.self)) < 1e-6)
    }

    @Test("transposed, sliced and repeated operands give what their copies give")
    func views() throws {
        let a = try random([6, 5], 1), b = try random([7, 5], 2)
        let bt = try b.matrixTransposed()
        try expectSame(a.matmul(bt), a.matmul(bt.copied()))
        let sliced = try a.view([3, 2], strides: [10, 2], offset: 1), w = try random([2, 4], 3)
        try expectSame(sliced.matmul(w), sliced.copied().matmul(w))
        let repeated = try random([1, 5], 4).expanded(to: [3, 5])
        let v = try repeated.matmul(bt).array(Float.self)
        #expect(Array(v[0..<7]) == Array(v[7..<14]))
    }

    @Test("empty operands give empty results or zeros")
    func empty() throws {
        #expect(try Tensor.zeros([0, 3]).matmul(.zeros([3, 2])).shape == [0, 2])
        #expect(try Tensor.zeros([2, 0]).matmul(.zeros([0, 2])).array(Float.self) == [0, 0, 0, 0])
        #expect(try Tensor.zeros([0, 2, 3]).matmul(.zeros([3, 2])).shape == [0, 2, 2])
        #expect(try Tensor.zeros([0, 3]).linear(.zeros([2, 3]), .zeros([2])).shape == [0, 2])
        let w = try Tensor.zeros([2, 3]).requireGrad()
        let y = try Tensor.zeros([0, 3]).linear(w, .zeros([2]))
        #expect(
            try Autograd.gradients(of: y, wrt: [w], seed: .zeros([0, 2]))[0]?.array(Float.self) == [0, 0, 0, 0, 0, 0])
    }

    @Test("integers are summed exactly and saturate in int32")
    func integers() throws {
        let a = try Tensor([UInt8](repeating: 255, count: 3), [1, 3]), b = try Tensor([Int8](repeating: -128, count: 3))
        let y = try a.matmul(b)
        #expect(y.dtype == .int32)
        #expect(try y.array(Int32.self) == [3 * 255 * -128])
        let big = try Tensor([Int32.max, Int32.max]).matmul(Tensor([Int32.max, Int32.max]))
        #expect(try big.array(Int32.self) == [Int32.max])
    }

    @Test("a linear layer is a product with the transposed weight plus the bias")
    func linear() throws {
        let x = try random([9, 20], 1).requireGrad(), w = try random([4, 20], 2).requireGrad()
        let b = try random([4], 3).requireGrad(), g = try random([9, 4], 4)
        let y = try x.linear(w, b)
        let parts = try x.matmul(w.matrixTransposed())
        let expected = try Primitive.add(parts, b)
        #expect(worstError(try y.array(Double.self), try expected.array(Double.self)) < 1e-6)
        let gradients = try Autograd.gradients(of: y, wrt: [x, w, b], seed: g)
        let d = try g.array(Double.self)
        let db = (0..<4).map { j in (0..<9).reduce(0) { $0 + d[$1 * 4 + j] } }
        let dt = Slow.transposed(d, rows: 9, columns: 4)
        let dw = Slow.matmul(dt, try x.array(Double.self), n: 4, k: 9, m: 20)
        #expect(worstError(try gradients[1]!.array(Double.self), dw) < 1e-5)
        #expect(worstError(try gradients[2]!.array(Double.self), db) < 1e-5)
        #expect(
            worstError(
                try gradients[0]!.array(Double.self),
                Slow.matmul(d, try w.array(Double.self), n: 9, k: 4, m: 20)) < 1e-5)
    }

    @Test("operands that do not fit say so")
    func errors() throws {
        func message(_ body: () throws -> Tensor) -> String {
            do { _ = try body() } catch { return "\(error)" }
            return "no error"
        }
        #expect(
            message { try Tensor.zeros([2, 3]).matmul(.zeros([4, 5])) }
                == "matmul: inner sizes differ, got [2, 3] and [4, 5]")
        #expect(
            message { try Tensor.zeros([2, 2, 3]).matmul(.zeros([3, 3, 2])) }
                == "matmul: operands do not broadcast, got [2] and [3]")
        #expect(
            message { try Tensor.zeros([]).matmul(.zeros([3])) }
                == "matmul: operands with at least one axis expected, got [] and [3]")
        #expect(
            message { try Tensor.zeros([2, 3]).linear(.zeros([4, 5])) }
                == "linear: x [..., in] and weight [out, in] expected, got [2, 3] and [4, 5]")
        #expect(
            message { try Tensor.zeros([2, 3]).linear(.zeros([4, 3]), .zeros([3])) }
                == "linear: bias [out] for weight [out, in] expected, got [3] and [4, 3]")
        #expect(
            message { try Tensor.zeros([2, 3]).linear(.zeros([4, 3], .float64)) }
                == "linear: operands of one type, float32 or float64, expected, got float32 and float64")
    }

    @Test(
        "products that threads share in strips agree with those of one thread within 1e-6",
        arguments: [(128, 784, 256), (256, 128, 784), (32, 784, 100), (33, 301, 117), (1, 2000, 900), (900, 1200, 1)])
    func strips(_ n: Int, _ k: Int, _ m: Int) throws {
        let before = Workers.count
        defer { Workers.use(before) }
        for transposed in [false, true] {
            let a = try random([n, k], 1),
                b = transposed ? try random([m, k], 2).matrixTransposed() : try random([k, m], 2)
            let results = try [1, 2, 3].map { threads in
                Workers.use(threads)
                return try a.matmul(b).array(Double.self)
            }
            #expect(worstError(results[1], results[0]) < 1e-6 && worstError(results[2], results[0]) < 1e-6)
        }
    }

    @Test("one thread and two give the same products within 1e-6")
    func threads() throws {
        let a = try random([300, 200], 1), b = try random([200, 150], 2), before = Workers.count
        defer { Workers.use(before) }
        Workers.use(1)
        let one = try a.matmul(b).array(Double.self)
        Workers.use(2)
        #expect(worstError(try a.matmul(b).array(Double.self), one) < 1e-6)
    }
}
