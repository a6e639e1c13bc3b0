/// How one layer is quantized: its weight, and the values that enter it.
public struct LayerQuantization: Sendable {
    public init() {}
}

extension Module {
    /// The weight that the layer computes with: quantized when the layer is, a constant unless the pass is learning.
    func effectiveWeight(_ pass: Pass) throws -> Tensor { constant(self[parameter: "weight"]!, pass) }

    /// The bias that the layer computes with, nil for none.
    func effectiveBias(_ pass: Pass) throws -> Tensor? { self[parameter: "bias"].map { constant($0, pass) } }

    /// The input that the layer computes with: quantized when the layer's activations are.
    func effectiveInput(_ x: Tensor, _ pass: Pass) throws -> Tensor {
        try pass.observe?(self, x)
        return x
    }

    func constant(_ parameter: Tensor, _ pass: Pass) -> Tensor { pass.learning ? parameter : parameter.detached() }
}
