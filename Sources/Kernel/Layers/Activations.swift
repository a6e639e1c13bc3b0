// Elementwise activations, pooling-free layers without parameters.

extension Module {
    /// A layer without parameters from a function of its input.
    static func function(_ name: String, _ f: @escaping @Sendable (Tensor) throws -> Tensor) throws -> Module {
        try Module(LayerKind(name) { _, x, _ in try f(x) })
    }
}

extension Recipe where Product == Module {
    private static func activation(
        _ name: String, _ summary: String, source: String = "", _ f: @escaping @Sendable (Tensor) throws -> Tensor
    ) -> Recipe {
        Recipe("nn", name, summary, source: source, example: "nn.\(name){}") { try Module.function(name, f) }
    }

    static let relu = activation("relu", "max(x, 0).") { try $0.relu() }
    static let tanh = activation("tanh", "Hyperbolic tangent.") { try $0.tanh() }
    static let sigmoid = activation("sigmoid", "1 / (1 + exp(-x)).") { try $0.sigmoid() }
    static let silu = activation("silu", "x sigmoid(x), also called swish.", source: "Elfwing et al. 2018") {
        try $0.silu()
    }
    static let identity = activation("identity", "The input itself.") { $0 }

    static let leakyRelu = Recipe(
        "nn", "leaky_relu", "x for x > 0, slope x otherwise.", source: "Maas et al. 2013",
        example: "nn.leaky_relu{0.01}",
        Parameter("slope", 0.01, "factor for negative inputs", .within(-10...10))
    ) { slope in try Module.function("leaky_relu") { try $0.leakyRelu(slope) } }

    static let gelu = Recipe(
        "nn", "gelu", "x Phi(x) with the normal distribution function Phi.", source: "Hendrycks and Gimpel 2016",
        example: "nn.gelu{}",
        Parameter("approximate", GELUForm.exact, "exact by erf, or the tanh approximation")
    ) { form in try Module.function("gelu") { try $0.gelu(approximate: form == .tanh) } }

    static let dropout = Recipe(
        "nn", "dropout", "Zeroes each element with probability p in training and scales the rest by 1/(1-p).",
        source: "Srivastava et al. 2014", example: "nn.dropout{0.5}",
        Parameter("p", 0.5, "probability of zeroing", .within(0...0.999999))
    ) { p in
        try Module(
            LayerKind("dropout") { _, x, pass in
                guard pass.training, p > 0 else { return x }
                return try Primitive.mul(x, .dropoutMask(x.shape, p, pass.key, x.dtype))
            })
    }

    static let flatten = Recipe(
        "nn", "flatten", "All axes but the first as one: [N, C, H, W] to [N, C H W].", example: "nn.flatten{}"
    ) { try Module(.flatten) }
}

/// Which formula a GELU layer uses, by PyTorch's names.
public enum GELUForm: String, Choice {
    case exact = "none"
    case tanh
}

extension Tensor {
    /// 0 with probability p, otherwise 1/(1-p); element i depends on the key and i alone.
    static func dropoutMask(_ shape: [Int], _ p: Double, _ key: Key, _ dtype: DType) throws -> Tensor {
        let mask = try Tensor.uniform(shape, key: key)
        let keep = Float(1 / (1 - p)), limit = Float(p)
        try mask.write(Float.self) { values in for i in values.indices { values[i] = values[i] < limit ? 0 : keep } }
        return try mask.converted(to: dtype)
    }
}
