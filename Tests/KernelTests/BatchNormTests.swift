import TestSupport
import Testing

@testable import Kernel

@Suite struct BatchNormTests {
    static let shapes = [[8, 3], [2, 1, 4, 5], [3, 16, 5, 4], [2, 17, 3, 3], [4, 6, 7]]

    private func random(_ shape: [Int], _ seed: Int) throws -> Tensor {
        try .normal(shape, mean: 1, std: 2, key: Key(seed: seed))
    }

    @Test("training normalises by the batch and moves the running estimates as PyTorch does", arguments: shapes)
    func training(_ shape: [Int]) throws {
        let c = shape[1], plane = shape.dropFirst(2).reduce(1, *), x = try random(shape, 1)
        let w = try random([c], 2), b = try random([c], 3), mean = try Tensor.zeros([c]),
            variance = try Tensor.ones([c])
        let y = try x.batchNorm(weight: w, bias: b, runningMean: mean, runningVar: variance, training: true)
        let values = try x.array(Double.self), n = Double(values.count / c)
        let (m, v) = Slow.statistics(values, c: c, plane: plane)
        let expected = try Slow.batchNorm(
            values, c: c, plane: plane, w: w.array(Double.self), b: b.array(Double.self), mean: m, variance: v,
            eps: 1e-5)
        #expect(worstError(try y.array(Double.self), expected) < 1e-5)
        #expect(worstError(try mean.array(Double.self), m.map { 0.1 * $0 }) < 1e-6)
        #expect(worstError(try variance.array(Double.self), v.map { 0.9 + 0.1 * $0 * n / (n - 1) }) < 1e-6)
    }

    @Test("evaluation uses the running estimates and leaves them", arguments: shapes)
    func evaluation(_ shape: [Int]) throws {
        let c = shape[1], x = try random(shape, 1), mean = try random([c], 2)
        let variance = try Tensor.uniform([c], 0.5, 2, key: Key(seed: 3))
        let y = try x.batchNorm(runningMean: mean, runningVar: variance, training: false)
        let expected = try Slow.batchNorm(
            x.array(Double.self), c: c, plane: shape.dropFirst(2).reduce(1, *), w: [Double](repeating: 1, count: c),
            b: [Double](repeating: 0, count: c), mean: mean.array(Double.self), variance: variance.array(Double.self),
            eps: 1e-5)
        #expect(worstError(try y.array(Double.self), expected) < 1e-5)
        #expect(try mean.array(Float.self) == random([c], 2).array(Float.self))
    }

    @Test(
        "float32 gradients agree with the float64 path, with and without those of scale and shift",
        arguments: shapes, [true, false])
    func gradients(_ shape: [Int], _ training: Bool) throws {
        let c = shape[1], x = try random(shape, 1), w = try random([c], 2), b = try random([c], 3)
        let mean = try random([c], 4), variance = try Tensor.uniform([c], 0.5, 2, key: Key(seed: 5))
        let g = try random(shape, 6)
        func run(_ dtype: DType, _ count: Int) throws -> [Tensor?] {
            let operands = try [x, w, b].map { try $0.converted(to: dtype).copied() }
            for operand in operands.prefix(count) { try operand.requireGrad() }
            let y = try operands[0].batchNorm(
                weight: operands[1], bias: operands[2], runningMean: mean.converted(to: dtype).copied(),
                runningVar: variance.converted(to: dtype).copied(), training: training)
            return try Autograd.gradients(of: y, wrt: Array(operands.prefix(count)), seed: g.converted(to: dtype))
        }
        for count in [1, 3] {
            for (fast, slow) in zip(try run(.float32, count), try run(.float64, count)) {
                #expect(worstError(try fast!.array(Double.self), try slow!.array(Double.self)) < 2e-5)
            }
        }
    }

    @Test("a native activation is normalised as it lies")
    func native() throws {
        let x = try random([2, 3, 8, 8], 1), w = try random([20, 3, 3, 3], 2)
        let a = try x.conv2d(w), mean = try Tensor.zeros([20]), variance = try Tensor.ones([20])
        let y = try a.batchNorm(runningMean: mean.copied(), runningVar: variance.copied(), training: true)
        #expect(a.nativeBlock != nil && y.nativeBlock != nil)
        let z = try a.copied().batchNorm(runningMean: mean, runningVar: variance, training: true)
        #expect(worstError(try y.array(Double.self), try z.array(Double.self)) < 1e-6)
    }

    @Test("operands that do not fit say so")
    func errors() throws {
        func message(_ body: () throws -> Tensor) -> String {
            do { _ = try body() } catch { return "\(error)" }
            return "no error"
        }
        let three = try Tensor.ones([3])
        #expect(
            message { try Tensor.zeros([1, 3]).batchNorm(runningMean: three, runningVar: three, training: true) }
                == "batch_norm: more than one number per channel expected, got [1, 3]")
        #expect(
            message { try Tensor.zeros([2, 4]).batchNorm(runningMean: three, runningVar: three, training: false) }
                == "batch_norm: one number per channel expected, got [2, 4] and [3]")
        #expect(
            message { try Tensor.zeros([4]).batchNorm(runningMean: three, runningVar: three, training: false) }
                == "batch_norm: [N, C] or [N, C, H, W] expected, got [4]")
    }
}
