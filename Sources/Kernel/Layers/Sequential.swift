extension LayerKind {
    static let sequential = LayerKind("sequential") { module, x, pass in
        let layers = module.children.map(\.module)
        var x = x, index = 0
        while index < layers.count {
            try Interrupt.check()
            if Module.isPair(layers, at: index),
                let y = try layers[index].forward(x, fusedWith: layers[index + 1], pass.child(index))
            {
                (x, index) = (y, index + 2)
            } else {
                (x, index) = (try layers[index].forward(x, pass.child(index)), index + 1)
            }
        }
        return x
    }
    /// x + f(x), or shortcut(x) + f(x) when there is a second child.
    static let residual: LayerKind = {
        func forward(_ sum: Primitive) -> Forward {
            { module, x, pass in
                let main = try module.children[0].module.forward(x, pass.child(0))
                let shortcut = module.children.count > 1 ? try module.children[1].module.forward(x, pass.child(1)) : x
                guard main.shape == shortcut.shape else {
                    throw KernelError.shape(
                        op: "residual", shapes: [main.shape, shortcut.shape], reason: "branches differ")
                }
                return try sum(main, shortcut)
            }
        }
        return LayerKind("residual", withRelu: forward(.addThenRelu), forward: forward(.add))
    }()
    static let flatten = LayerKind("flatten") { _, x, _ in
        guard x.rank > 2 else { return x }
        return try x.reshape([x.shape[0], x.shape[1...].reduce(1, *)])
    }
    static let identity = LayerKind("identity") { _, x, _ in x }
}

extension Module {
    /// Layers one after the other, named 1, 2, 3 ...
    public static func sequential(_ layers: [Module]) throws -> Module {
        try Module(.sequential, children: layers.enumerated().map { ("\($0 + 1)", $1) })
    }
}

extension Recipe where Product == Module {
    static let sequential = Recipe(
        "nn", "sequential", "Layers one after the other, named 1, 2, 3 ...",
        example: "nn.sequential{nn.flatten{}, nn.linear{784, 10}}",
        Parameter<[Module]>("layers", "the layers in order", variadic: true)
    ) { layers in try Module.sequential(layers) }

    static let residual = Recipe(
        "nn", "residual", "x + f(x), or shortcut(x) + f(x).", source: "He et al. 2016",
        example: "nn.residual{nn.linear{8, 8}}",
        Parameter<Module>("main", "f"),
        Parameter<Module?>("shortcut", .none, "applied to x before the sum")
    ) { main, shortcut in
        try Module(.residual, children: [("main", main)] + (shortcut.map { [("shortcut", $0)] } ?? []))
    }

    /// Every layer and preset: what the `nn` table holds.
    public static var layers: [Recipe] {
        [
            linear, conv2d, batchNorm, normalize, relu, leakyRelu, tanh, sigmoid, gelu, silu, identity, maxPool,
            averagePool, globalAveragePool, dropout, flatten, sequential, residual, mlp, lenet, cnn, resnet,
        ]
    }
}
