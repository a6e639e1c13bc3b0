extension LayerKind {
    /// y = x Wᵀ + b with x [N, in_features], W [out_features, in_features].
    static let linear = LayerKind(
        "linear", hasWeight: true, withRelu: { try linear($0, $1, $2, relu: true) },
        forward: { try linear($0, $1, $2, relu: false) })

    private static func linear(_ module: Module, _ x: Tensor, _ pass: Pass, relu: Bool) throws -> Tensor {
        let x = try module.effectiveInput(x, pass)
        return try x.linear(module.effectiveWeight(pass), module.effectiveBias(pass), relu: relu)
    }
}

extension Recipe where Product == Module {
    static let linear = Recipe(
        "nn", "linear", "Affine map of each row: y = x Wᵀ + b.",
        source: "weight [out_features, in_features] as in PyTorch",
        example: "nn.linear{784, 10}",
        Parameter<Int>("in_features", "size of a row", .within(1...sizeLimit)),
        Parameter<Int>("out_features", "size of a result row", .within(1...sizeLimit)),
        Parameter("bias", true, "whether to add a bias"),
        Parameter("init", Initialization.fanIn, "how weights begin"),
        Parameter<Int?>("seed", .none, "seed of the initial weights; none draws from the session")
    ) { inputs, outputs, bias, initialization, seed in
        try Module(.linear, parameters: weights([outputs, inputs], bias: bias, initialization, seed: seed))
    }
}

/// The largest size of a layer's axis; keeps products of user sizes far from overflow.
let sizeLimit = 1 << 24
