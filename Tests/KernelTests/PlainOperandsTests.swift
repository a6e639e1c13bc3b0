import Testing

@testable import Kernel

/// The short way of the commonest binary operations against the general one.
@Suite struct PlainOperandsTests {
    private static let ops = ElementwiseTests.binary.filter { $0.kind != .comparison }

    @Test("the short way gives the general way's bits, for tensors and for numbers on either side", arguments: ops)
    func twin(_ op: BinaryOp) throws {
        for size in [1, 17, 1000, 200_003] {
            let a = try ElementwiseTests.operand([size], 1, positive: true)
            let b = try ElementwiseTests.operand([size], 2)
            let pairs: [(Operand, Operand)] = [
                (.tensor(a), .tensor(b)), (.tensor(a), .int(3)), (.tensor(a), .number(0.7)), (.int(2), .tensor(b)),
                (.number(1.5), .tensor(b)),
            ]
            for (x, y) in pairs {
                let short = try #require(try op.plain(x, y)), long = try op.apply(x, y)
                #expect(short.type == long.type)
                let bits = try [short, long].map { try $0.array(Float.self).map(\.bitPattern) }
                #expect(bits[0] == bits[1], "\(op.name), \(size)")
            }
        }
    }

    @Test("it declines views with gaps, broadcasting, other types, empty tensors, gradients and comparisons")
    func declined() throws {
        let x = try Tensor.ramp([2, 3]).converted(to: .float32)
        let others = [
            try x.view([2, 2], strides: [3, 1], offset: 0), try Tensor.zeros([3]), try Tensor.ramp([2, 3]),
            try Tensor.zeros([2, 3], .int64), try x.copied().requireGrad(),
        ]
        for other in others {
            #expect(try BinaryOp.add.plain(.tensor(x), .tensor(other)) == nil)
        }
        #expect(try BinaryOp.add.plain(.tensor(.zeros([0])), 1) == nil)
        #expect(try BinaryOp.lt.plain(.tensor(x), .tensor(x)) == nil)
        #expect(try BinaryOp.add.plain(1, 2) == nil)
    }

    @Test("views with an offset and axes of one element are read where they lie")
    func views() throws {
        let x = try Tensor([1, 2, 3, 4, 5, 6] as [Float])
        let row = try x.view([1, 3], strides: [7, 1], offset: 3)
        #expect(try row.add(.number(0.5)).array(Double.self) == [4.5, 5.5, 6.5])
        #expect(try row.add(.tensor(row)).array(Double.self) == [8, 10, 12])
    }

    @Test("the result is a tensor of its own")
    func fresh() throws {
        let x = try Tensor([1, 2] as [Float]), y = try x.add(1)
        try y.assign(9)
        #expect(try x.array(Double.self) == [1, 2])
        #expect(y.node == nil)
    }

    @Test("a few elements have no storage until somebody shares, changes or owns them")
    func few() throws {
        func sum() throws -> Tensor { try Tensor([1, 2] as [Float]).add(1) }
        func hasStorage(_ x: Tensor) -> Bool { if case .few = x.contents { false } else { true } }
        let x = try sum(), y = try x.add(.tensor(x))
        #expect(!hasStorage(x) && !hasStorage(y))
        #expect(try y.array(Float.self) == [4, 6] && y.array(Float.self) == [4, 6])
        let view = try x.withShape([2, 1])
        try x.assign(9)
        #expect(try view.array(Float.self) == [9, 9])
        let own = try sum()
        #expect(own.isSoleOwner() && own.isContiguous)
        let same = own.detached()
        #expect(!own.isSoleOwner() && own.identity == same.identity)
        try own.assign(5)
        #expect(try same.array(Float.self) == [5, 5])
        let held = try sum()
        var memory = HeldMemory()
        memory.add(held)
        memory.add(held)
        #expect(memory.bytes == 8)
    }

    @Test("the blocks of a few elements go with their tensors, looked at or not")
    func released() throws {
        let x = try Tensor([1, 2] as [Float]), before = MemoryPool.liveBytes
        for _ in 0..<50_000 {
            let y = try x.add(1), z = try y.add(.tensor(x))
            _ = try z.withShape([2, 1])
        }
        #expect(MemoryPool.liveBytes - before < 1 << 20)
    }
}
