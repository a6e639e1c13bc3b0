import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct LossTests {
    static func batch(_ rows: Int, _ classes: Int) throws -> (Tensor, Tensor) {
        let logits = try Tensor.normal([rows, classes], std: 3, key: Key(seed: 1))
        return (logits, try Tensor((0..<rows).map { Int64(($0 * 7) % classes) }))
    }
    private func near(_ a: Tensor, _ b: Tensor, _ tolerance: Double = 2e-6) throws -> Bool {
        guard a.shape == b.shape else { return false }
        return zip(try a.array(Double.self), try b.array(Double.self)).allSatisfy { abs($0 - $1) <= tolerance }
    }
    private func gradient(_ x: Tensor, _ f: (Tensor) throws -> Tensor) throws -> Tensor {
        let x = try x.copied().requireGrad(), y = try f(x)
        let seed = try Tensor((0..<y.count).map { 1 + 0.1 * Double($0 % 10) }, y.shape).converted(to: y.dtype)
        return try Autograd.gradients(of: y, wrt: [x], seed: seed)[0]!
    }

    @Test("losses and their gradients agree with Double", arguments: [(1, 2), (7, 10), (33, 3), (300, 100)])
    func twin(_ rows: Int, _ classes: Int) throws {
        let (x, y) = try Self.batch(rows, classes), wide = try x.converted(to: .float64)
        let losses: [@Sendable (Tensor) throws -> Tensor] = [
            { try $0.crossEntropy(y) }, { try $0.crossEntropy(y, smoothing: 0.1, reduction: .sum) },
            { try $0.crossEntropy(y, smoothing: 0.2, reduction: .none) }, { try $0.softmax() }, { try $0.softmax(0) },
            { try $0.logSoftmax() }, { try $0.logSoftmax(0) }, { try $0.pick(y) }, { try $0.maxExcept(y) },
        ]
        for (k, loss) in losses.enumerated() {
            let scale = k == 1 || k == 6 ? Double(rows) : 10
            #expect(try near(loss(x), loss(wide), 2e-6 * scale), "loss \(k)")
            #expect(try near(gradient(x, loss), gradient(wide, loss), 2e-6 * scale * scale), "gradient \(k)")
        }
        #expect(try near(wide.crossEntropy(y), wide.logSoftmax().nll(y), 1e-12))
    }

    @Test("cross-entropy of two equal logits is log 2, of a sure and wrong one the margin")
    func values() throws {
        let labels = try Tensor([Int64(0), 1])
        let losses = try Tensor([0, 0, 1000, 0] as [Float], [2, 2]).crossEntropy(labels, reduction: .none)
        #expect(try losses.array(Float.self) == [Float(Glibc.log(2.0)), 1000])
    }

    @Test("the margin is the best other logit less the label's, and its gradient goes to the first of equal ones")
    func margin() throws {
        let x = try Tensor([1, 5, 5, 2, 0, 3] as [Float], [2, 3]).requireGrad(), y = try Tensor([Int64(0), 2])
        let margin = try x.maxExcept(y) - x.pick(y)
        #expect(try margin.array(Float.self) == [4, -1])
        let g = try Autograd.gradients(of: margin, wrt: [x], seed: .ones([2]))[0]!
        #expect(try g.array(Float.self) == [-1, 1, 0, 1, 0, -1])
    }

    @Test("labels that do not fit say so")
    func errors() throws {
        let x = try Tensor.zeros([2, 3])
        func message(_ body: () throws -> Tensor) -> String {
            do { _ = try body(); return "no error" } catch { return "\(error)" }
        }
        #expect(
            message { try x.crossEntropy(Tensor([Int64(0), 3])) }
                == "cross_entropy: bad value for 'labels' (labels from 0 to 2 expected, got 3)")
        #expect(
            message { try x.pick(Tensor([Int64(0)])) }
                == "pick: logits [N, C] and labels [N] expected, got [2, 3] and [1]")
        #expect(
            message { try x.pick(Tensor([0.0, 1])) } == "pick: integer labels expected, got float64")
        #expect(
            message { try Tensor.zeros([2, 1]).maxExcept(Tensor([Int64(0), 0])) }
                == "max_except: at least two classes are needed, got [2, 1]")
        #expect(
            message { try x.crossEntropy(Tensor([Int64(0), 1]), smoothing: 2) }
                == "cross_entropy: bad value for 'smoothing' (number from 0 to 1 expected, got 2)")
    }

    @Test("one_hot puts a one at each label")
    func oneHot() throws {
        #expect(try Tensor([Int64(2), 0]).oneHot(3).array(Float.self) == [0, 0, 1, 1, 0, 0])
    }
}
