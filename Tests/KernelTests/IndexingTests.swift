import Testing

@testable import Kernel

@Suite struct IndexingTests {
    func count(_ shape: Int...) throws -> Tensor { try Tensor((0..<shape.reduce(1, *)).map(Double.init), shape) }
    func values(_ x: Tensor) throws -> [Double] { try x.array(Double.self) }
    func message(_ body: () throws -> Any) -> String {
        do { _ = try body(); return "no error" } catch { return "\(error)" }
    }

    @Test("slices are views: a change through one is seen by all")
    func views() throws {
        let x = try count(3, 4)
        let part = try x.index([Slice(start: 2, count: 2, step: -2), .at(3)])
        #expect(try values(part) == [11, 3])
        try part.assign(.scalar(-1))
        #expect(try values(x) == [0, 1, 2, -1, 4, 5, 6, 7, 8, 9, 10, -1])
        #expect(message { try x.index([.at(3)]) } == "index: position outside the tensor, got [3, 4]")
        #expect(message { try x.index([.at(0), .at(0), .at(0)]) } == "index: 3 indices for 2 axes, got [3, 4]")
        #expect(throws: KernelError.self) { try x.narrow(0, 2, .max) }
        #expect(throws: KernelError.self) { try x.narrow(0, .max, 2) }
    }

    @Test("take, gather, masks and nonzero pick elements by number")
    func picking() throws {
        let x = try count(2, 3)
        #expect(try values(x.take([2, 0], axis: 1)) == [2, 0, 5, 3])
        #expect(try values(x.gather(axis: 1, Tensor([Int64](arrayLiteral: 1, 2), [2, 1]))) == [1, 5])
        let mask = try Tensor([true, false, true, false, false, true], [2, 3])
        #expect(try values(x.masked(mask)) == [0, 2, 5])
        #expect(try values(x.masked(Tensor([false, true]))) == [3, 4, 5])
        #expect(try mask.nonzero().array(Int64.self) == [0, 0, 0, 2, 1, 2])
        #expect(
            message { try x.take([3], axis: 1) }
                == "take: bad value for 'index' (positions below 3 expected, got 3)")
        #expect(
            message { try x.take(.ones([1]), axis: 1) } == "take: an index of integers expected, got float32")
        #expect(
            message { try x.masked(Tensor([true])) }
                == "index: the mask must have the shape of the leading axes, got [2, 3] and [1]")
    }

    @Test("assignment converts, broadcasts and raises the version")
    func assignment() throws {
        let x = try count(2, 3)
        let before = try x.strided().storage.version
        try x.assign(Tensor([Int32](arrayLiteral: 7, 8, 9)), at: [.at(1)])
        #expect(try values(x) == [0, 1, 2, 7, 8, 9])
        #expect(try x.strided().storage.version > before)
        try x.assign(.scalar(5), mask: Tensor([true, false, true, false, false, true], [2, 3]))
        #expect(try values(x) == [5, 1, 5, 7, 8, 5])
        try x.assign(Tensor([1.0, 2, 3, 4, 5, 6], [2, 3]), positions: [1, 0])
        #expect(try values(x) == [4, 5, 6, 1, 2, 3])
        try x.assign(x.flip([1]))
        #expect(try values(x) == [6, 5, 4, 3, 2, 1])
        #expect(message { try x.assign(.ones([2])) } == "assign: operands do not broadcast, got [2] and [2, 3]")
        #expect(
            message { try x.assign(.ones([1, 2, 3])) } == "assign: the value does not fit, got [2, 3] and [1, 2, 3]")
    }

    @Test("what a gradient needs cannot be changed in place")
    func protection() throws {
        let x = try count(2).requireGrad()
        let text = "assign: a tensor that requires a gradient cannot be changed in place; use no_grad or detach"
        #expect(message { try x.assign(.scalar(1)) } == text)
        #expect(message { try x.select(0, 0).assign(.scalar(1)) } == text)
        try Context.withoutGradients { try x.assign(.scalar(1)) }
        #expect(try values(x) == [1, 1])
        #expect(
            message { try Tensor.ones([1]).expand([3]).assign(.scalar(1)) }
                == "assign: a broadcast view cannot be changed in place; clone it first")
    }

    @Test("gradients of repeated positions add up")
    func repeated() throws {
        let x = try count(3).requireGrad()
        try Autograd.backward(x.take([1, 1, 2], axis: 0), seed: Tensor([1.0, 10, 100]))
        #expect(try values(#require(x.grad)) == [0, 11, 100])
    }
}
