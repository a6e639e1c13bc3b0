import Testing

@testable import Kernel

@Suite struct ShapeOperationTests {
    /// 0, 1, 2 ... in the given shape.
    static func count(_ shape: Int...) throws -> Tensor {
        try Tensor((0..<shape.reduce(1, *)).map(Double.init), shape)
    }
    func values(_ x: Tensor) throws -> [Double] { try x.array(Double.self) }
    func message(_ body: () throws -> Any) -> String {
        do { _ = try body(); return "no error" } catch { return "\(error)" }
    }

    @Test("reshape, squeeze and flatten keep the elements in row-major order")
    func reshape() throws {
        let x = try Self.count(2, 3, 1)
        #expect(try x.reshape([3, -1]).shape == [3, 2])
        #expect(try x.squeeze().shape == [2, 3])
        #expect(try x.unsqueeze(-1).shape == [2, 3, 1, 1])
        #expect(try x.flatten(from: 1).shape == [2, 3])
        #expect(try values(x.transpose(0, 1).reshape([6])) == [0, 3, 1, 4, 2, 5])
        #expect(message { try x.reshape([4]) } == "reshape: element counts differ, got [2, 3, 1] and [4]")
        #expect(
            message { try x.reshape([-1, -1]) } == "reshape: at most one size may be -1, got [2, 3, 1] and [-1, -1]")
        #expect(message { try x.squeeze([0]) } == "squeeze: only axes of size 1 can go, got [2, 3, 1]")
    }

    @Test("permute, flip, roll, tile and pad agree with pictures of them")
    func movement() throws {
        let x = try Self.count(2, 3)
        #expect(try values(x.t()) == [0, 3, 1, 4, 2, 5])
        #expect(try values(x.flip([1])) == [2, 1, 0, 5, 4, 3])
        #expect(try values(x.flip()) == [5, 4, 3, 2, 1, 0])
        #expect(try values(x.roll(1, axis: 1)) == [2, 0, 1, 5, 3, 4])
        #expect(try values(x.roll(-4, axis: 1)) == [1, 2, 0, 4, 5, 3])
        #expect(try values(x.tile([2, 1])) == [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5])
        #expect(try x.tile([2, 1, 2]).shape == [2, 2, 6])
        #expect(try values(x.repeatInterleave(2, axis: 1)) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])
        #expect(try values(x.pad(before: [0, 1], after: [0, 0], value: 9)) == [9, 0, 1, 2, 9, 3, 4, 5])
        #expect(try values(x[row: 0].pad(before: [2], after: [2], mode: .reflect)) == [2, 1, 0, 1, 2, 1, 0])
        #expect(try values(x[row: 0].pad(before: [2], after: [1], mode: .circular)) == [1, 2, 0, 1, 2, 0])
        #expect(try values(x[row: 0].pad(before: [1], after: [1], mode: .replicate)) == [0, 0, 1, 2, 2])
        #expect(
            message { try x[row: 0].pad(before: [3], after: [0], mode: .reflect) }
                == "pad: the reflect border is too wide, got [3]")
    }

    @Test("concat, stack, split and chunk are inverse to each other")
    func parts() throws {
        let x = try Self.count(5, 2)
        #expect(try x.chunk(2).map(\.shape) == [[3, 2], [2, 2]])
        #expect(try values(.concat(x.split([1, 4]))) == values(x))
        #expect(try values(.stack([x, x], axis: 1).select(1, 1)) == values(x))
        #expect(try Tensor.concat([x, .ones([1, 2], .float32)]).dtype == .float64)
        #expect(
            message { try Tensor.concat([x, .ones([1, 3])]) }
                == "concat: sizes of the other axes must be equal, got [5, 2] and [1, 3]")
        #expect(
            message { try Tensor.concat([]) }
                == "concat: bad value for 'tensors' (at least one tensor expected, got none)")
        #expect(
            message { try x.split([1, 1]) }
                == "split: bad value for 'sizes' (sizes that add up to 5 expected, got [1, 1])")
    }

    @Test("triangles and diagonals take the right elements")
    func matrices() throws {
        let x = try Self.count(3, 3)
        #expect(try values(x.triu()) == [0, 1, 2, 0, 4, 5, 0, 0, 8])
        #expect(try values(x.tril(-1)) == [0, 0, 0, 3, 0, 0, 6, 7, 0])
        #expect(try values(x.diag(1)) == [1, 5])
        #expect(try values(x.diag(-9)) == [])
        #expect(try values(Tensor([7.0, 8]).diag(-1)) == [0, 0, 0, 7, 0, 0, 0, 8, 0])
        #expect(try x.triu(.min).shape == [3, 3])
        #expect(message { try Tensor([1.0]).diag(.max) } == "diag: a vector expected, got [1]")
    }
}

extension Tensor {
    fileprivate subscript(row position: Int) -> Tensor { get throws { try select(0, position) } }
}
