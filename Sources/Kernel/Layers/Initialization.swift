/// How the weights of a layer begin, by the names of the field.
///
/// With fan_in inputs and fan_out outputs per weight: `fan_in` is U(-1/sqrt(fan_in), 1/sqrt(fan_in)) for weight and bias
/// (PyTorch's default for linear and conv2d); `xavier_*` (Glorot and Bengio 2010, Keras' default `glorot_uniform`) has
/// variance 2/(fan_in + fan_out); `kaiming_*` (He et al. 2015) has variance 2/fan_in. All but `fan_in` start biases at 0.
///
/// Worked example: 784 inputs, 100 outputs, xavier_uniform: bound = sqrt(6/884) = 0.08239.
public enum Initialization: String, Choice {
    case fanIn = "fan_in"
    case xavierUniform = "xavier_uniform"
    case xavierNormal = "xavier_normal"
    case glorotUniform = "glorot_uniform"
    case kaimingUniform = "kaiming_uniform"
    case kaimingNormal = "kaiming_normal"
    case zeros

    /// A weight [out, in, ...]: fan_in counts the elements of one output's slice.
    func weight(_ shape: [Int], _ key: Key) throws -> Tensor {
        let receptive = shape.dropFirst(2).reduce(1, *)
        let fanIn = Double(max(1, shape[1] * receptive)), fanOut = Double(max(1, shape[0] * receptive))
        switch self {
        case .fanIn: return try uniform(shape, 1 / fanIn.squareRoot(), key)
        case .xavierUniform, .glorotUniform: return try uniform(shape, (6 / (fanIn + fanOut)).squareRoot(), key)
        case .xavierNormal: return try .normal(shape, std: (2 / (fanIn + fanOut)).squareRoot(), key: key)
        case .kaimingUniform: return try uniform(shape, (6 / fanIn).squareRoot(), key)
        case .kaimingNormal: return try .normal(shape, std: (2 / fanIn).squareRoot(), key: key)
        case .zeros: return try .zeros(shape)
        }
    }

    /// A bias of `count` elements for a weight of the given shape.
    func bias(_ count: Int, weight shape: [Int], _ key: Key) throws -> Tensor {
        guard self == .fanIn else { return try .zeros([count]) }
        let fanIn = Double(max(1, shape.dropFirst().reduce(1, *)))
        return try uniform([count], 1 / fanIn.squareRoot(), key)
    }

    private func uniform(_ shape: [Int], _ bound: Double, _ key: Key) throws -> Tensor {
        try .uniform(shape, -bound, bound, key: key)
    }
}

/// Weight and perhaps bias of a layer.
func weights(
    _ shape: [Int], bias: Bool, _ initialization: Initialization, seed: Int?
) throws -> [(name: String, tensor: Tensor)] {
    let key = Session.key(seed: seed)
    let weight = try initialization.weight(shape, key.fold("weight"))
    guard bias else { return [("weight", weight)] }
    return [("weight", weight), ("bias", try initialization.bias(shape[0], weight: shape, key.fold("bias")))]
}
