import TestSupport
import Testing

@testable import Kernel

/// Gradients are written over only where nobody can see it.
@Suite struct OwnershipTests {
    @Test("a tensor owns its elements until something shares them")
    func soleOwner() throws {
        var x = try Tensor.ones([4, 4])
        #expect(x.isSoleOwner() && isKnownUniquelyReferenced(&x))
        let view = try x.withShape([16])
        #expect(!x.isSoleOwner() && !view.isSoleOwner())
        let native = try Tensor.ones([1, 16, 6, 6]).conv2d(.ones([16, 16, 3, 3]))
        #expect(native.nativeBlock != nil && native.isSoleOwner())
        let other = native.detached()
        #expect(!native.isSoleOwner() && !other.isSoleOwner())
        #expect(try view.array(Float.self) == [Float](repeating: 1, count: 16))
    }

    @Test("the seed of a backward pass stays as it was")
    func seed() throws {
        let x = try Tensor([Float(-1), 2, -3, 4]).requireGrad(), seed = try Tensor([Float(5), 6, 7, 8])
        let y = try x.relu()
        #expect(try Autograd.gradients(of: y, wrt: [x], seed: seed)[0]!.array(Float.self) == [0, 6, 0, 8])
        #expect(try seed.array(Float.self) == [5, 6, 7, 8])
    }

    @Test("a gradient that goes two ways is not changed by one of them")
    func twoWays() throws {
        let a = try Tensor([Float(-1), 2, -3, 4]).requireGrad(), b = try Tensor([Float(1), -2, 3, 4]).requireGrad()
        let y = try Primitive.add(a.relu(), b.relu())
        let gradients = try Autograd.gradients(of: y, wrt: [a, b], seed: .full([4], 3))
        #expect(try gradients[0]!.array(Float.self) == [0, 3, 0, 3])
        #expect(try gradients[1]!.array(Float.self) == [3, 0, 3, 3])
    }

    @Test("leaves that receive one gradient of a few elements have each its own afterwards")
    func sharedAmongLeaves() throws {
        let leaves = try (0..<3).map { _ in try Tensor([Float(1), 2]).requireGrad() }
        let sum = try leaves[0].add(.tensor(leaves[1])).add(.tensor(leaves[2]))
        try Autograd.backward(sum.mul(3), seed: .ones([2]))
        for (i, leaf) in leaves.enumerated() { try leaf.grad!.assign(Double(i)) }
        #expect(try leaves.map { try $0.grad!.array(Float.self) } == [[0, 0], [1, 1], [2, 2]])
    }

    @Test("a gradient asked for inside the graph is that of the whole, whatever comes below")
    func inside() throws {
        let x = try Tensor([Float(-1), 2, -3, 4]).requireGrad(), h = try x.relu(), y = try Primitive.mul(h, h)
        let gradients = try Autograd.gradients(of: y.sum(), wrt: [h, x])
        #expect(try gradients[0]!.array(Float.self) == [0, 4, 0, 8])
        #expect(try gradients[1]!.array(Float.self) == [0, 4, 0, 8])
        let z = try x.relu(), w = try z.relu()
        let both = try Autograd.gradients(of: w, wrt: [w, z], seed: .full([4], 2))
        #expect(try both[0]!.array(Float.self) == [2, 2, 2, 2])
        #expect(try both[1]!.array(Float.self) == [0, 2, 0, 2])
    }

    @Test("a retained graph gives the same gradients again, and they add up")
    func retained() throws {
        let x = try Tensor([Float(-1), 2, -3, 4]).requireGrad(), y = try Primitive.add(x.relu(), x)
        for _ in 0..<2 { try Autograd.backward(y, seed: .ones([4]), retain: true) }
        #expect(try x.grad!.array(Float.self) == [2, 4, 2, 4])
    }

    @Test("a backward pass frees a gradient when it has been handed on")
    func frees() throws {
        let x = try Tensor.ones([1 << 18]).requireGrad()
        let y = try (0..<8).reduce(x) { y, _ in try y.exp().log() }.sum()
        let before = MemoryPool.liveBytes, most = Peak()
        Operations.watch(.init(begin: { _, _ in most.note(MemoryPool.liveBytes) }, end: {}))
        defer { Operations.watch(nil) }
        _ = try Autograd.gradients(of: y, wrt: [x])
        #expect(most.bytes - before < 4 << 20)
    }
    private final class Peak: @unchecked Sendable {
        private(set) var bytes = 0
        func note(_ now: Int) { bytes = max(bytes, now) }
    }
}
