import Testing

@testable import Kernel

@Suite struct GradientTests {
    @Test("analytic gradient agrees with central differences", arguments: Primitive.samples)
    func analytic(_ sample: Primitive.Sample) throws {
        let inputs = try sample.inputs()
        let y = try sample.primitive.apply(inputs)
        #expect(try sample.primitive.result(inputs.map(\.type)) == y.type, "\(sample.primitive.name): shape rule")
        switch sample.derivative {
        case .exact:
            let error = try GradientCheck.error(
                of: { try sample.primitive.apply($0) }, at: inputs, active: sample.active)
            #expect(error < 1e-7, "\(sample.primitive.name): gradient is off by \(error)")
        case .surrogate(let expected): try surrogate(sample, inputs, expected)
        }
    }

    private func surrogate(
        _ sample: Primitive.Sample, _ inputs: [Tensor], _ expected: ([Tensor]) throws -> [Tensor?]
    ) throws {
        let active = sample.active ?? Array(inputs.indices)
        for k in active { try inputs[k].requireGrad() }
        let y = try sample.primitive.apply(inputs)
        let gradients = try Autograd.gradients(of: y, wrt: inputs, seed: .ones(y.shape, y.dtype))
        for (k, wanted) in try expected(inputs).enumerated() where active.contains(k) {
            #expect(try gradients[k]?.array(Double.self) == wanted?.array(Double.self), "\(sample.primitive.name) \(k)")
        }
    }

    @Test("a graph of a million links is freed without recursion")
    func deepGraph() throws {
        var x = try Tensor.scalar(1, .float64).requireGrad()
        let zero = try Tensor.scalar(0, .float64)
        for _ in 0..<1_000_000 { x = try Primitive.add(x, zero) }
        #expect(x.requiresGrad)
    }

    @Test("only the gradients asked for are computed")
    func targets() throws {
        let x = try Tensor([1.0, 2]).requireGrad(), w = try Tensor([3.0, 4]).requireGrad()
        let y = try Primitive.mul(x, w)
        let gradients = try Autograd.gradients(of: y, wrt: [x], seed: .ones([2], .float64))
        #expect(try gradients[0]?.array(Double.self) == [3, 4])
        #expect(x.grad == nil && w.grad == nil)
    }

    @Test("gradients of leaves share no elements and have no gaps, so that they may be scaled in place")
    func ownGradients() throws {
        let a = try Tensor.zeros([2, 3]).requireGrad(), b = try Tensor.zeros([2, 3]).requireGrad()
        try Autograd.backward(a.add(.tensor(b)).sum())
        #expect(a.grad!.isContiguous && b.grad!.isContiguous)
        try a.grad!.scale(by: 5)
        #expect(try b.grad!.array(Float.self) == [1, 1, 1, 1, 1, 1])
    }
}
