import Testing

@testable import Kernel

/// The linear layer's product for few rows, against the usual way in Double and in float32.
@Suite struct InPlaceLinearTests {
    private static func uniform(_ shape: [Int], _ seed: Int) throws -> Tensor {
        try Tensor.uniform(shape, key: Key(seed: seed)).sub(.number(0.5))
    }

    @Test(
        "it gives the sums of Double to float32's precision, for every size of tile and rest",
        arguments: [1, 2, 3, 5, 32, 64], [(8, 16), (10, 100), (13, 37), (100, 784), (64, 33)])
    func twin(rows: Int, size: (n: Int, k: Int)) throws {
        let x = try Self.uniform([rows, size.k], 1), w = try Self.uniform([size.n, size.k], 2)
        let b = try Self.uniform([size.n], 3)
        for (bias, relu) in [(nil, false), (b, false), (b, true)] {
            let y = try #require(try x.inPlaceLinear(w, bias, relu: relu))
            let exact = try x.converted(to: .float64).linear(
                w.converted(to: .float64), bias?.converted(to: .float64), relu: relu)
            #expect(y.type == TensorType([rows, size.n], .float32))
            let worst = try y.converted(to: .float64).sub(.tensor(exact)).absolute().amax().array(Double.self)[0]
            #expect(worst < 1e-6 * Double(size.k).squareRoot() * 8, "\(worst)")
        }
    }

    @Test("a row has the same bits alone and among others")
    func neighbours() throws {
        let x = try Self.uniform([32, 100], 1), w = try Self.uniform([12, 100], 2), b = try Self.uniform([12], 3)
        let all = try #require(try x.inPlaceLinear(w, b, relu: false)).array(Float.self)
        for row in 0..<32 {
            let alone = try #require(try x.rows(row..<row + 1).copied().inPlaceLinear(w, b, relu: false))
            #expect(try alone.array(Float.self) == Array(all[row * 12..<(row + 1) * 12]))
        }
    }

    @Test("nan and infinity stay where they are, through the ReLU too")
    func nan() throws {
        let w = try Self.uniform([9, 20], 2)
        for bad in [Float.nan, .infinity] {
            let x = try Tensor.ones([4, 20])
            try x.write(Float.self) { $0[25] = bad }  // in the second row
            let y = try #require(try x.inPlaceLinear(w, nil, relu: true)).array(Float.self)
            let plain = try x.linear(w).relu().array(Float.self)
            #expect(zip(y, plain).allSatisfy { ($0.isNaN && $1.isNaN) || abs($0 - $1) < 1e-4 || $0 == $1 })
        }
    }

    @Test("it declines what the usual way does better")
    func declined() throws {
        let w = try Self.uniform([16, 32], 2)
        #expect(try Self.uniform([65, 1025], 1).inPlaceLinear(Self.uniform([16, 1025], 2), nil, relu: false) == nil)
        #expect(try Self.uniform([65, 32], 1).inPlaceLinear(w, nil, relu: false) != nil)  // a small weight
        #expect(try Self.uniform([4, 15], 1).inPlaceLinear(Self.uniform([16, 15], 2), nil, relu: false) == nil)
        #expect(try Self.uniform([4, 32], 1).inPlaceLinear(Self.uniform([7, 32], 2), nil, relu: false) == nil)
        #expect(try Tensor.ramp([4, 32]).inPlaceLinear(w.converted(to: .float64), nil, relu: false) == nil)
        let gaps = try Self.uniform([32, 4], 1).matrixTransposed()
        #expect(try gaps.inPlaceLinear(w, nil, relu: false) == nil)
    }

    @Test("a layer and the ReLU behind it give in one pass what they give in two, gradients included")
    func fused() throws {
        let x = try Self.uniform([6, 20], 1).requireGrad(), w = try Self.uniform([12, 20], 2).requireGrad()
        let b = try Self.uniform([12], 3).requireGrad()
        let one = try x.linear(w, b, relu: true), two = try x.linear(w, b).relu()
        #expect(try one.array(Float.self) == two.array(Float.self))
        let gradients = try [one, two].map { try Autograd.gradients(of: $0.square().sum(), wrt: [x, w, b]) }
        for (a, b) in zip(gradients[0], gradients[1]) { #expect(try a!.array(Float.self) == b!.array(Float.self)) }
    }

    @Test("correct predictions are counted as argmax finds them, nan being the largest")
    func counting() throws {
        let logits = try Tensor([1, 2, 2, 0, .nan, 5, .nan, 1, .nan, -1, -1, -1] as [Float], [4, 3])
        let best = try logits.argmax(1).array(Int64.self)
        #expect(best == [1, 1, 0, 0])
        for label: Int64 in [-1, 0, 1, 2, 3, .max] {
            let labels = try Tensor([label, label, label, label])
            #expect(try logits.countCorrect(labels) == best.count { $0 == label })
        }
    }
}
