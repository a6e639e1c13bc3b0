extension LayerKind {
    static let sequential = LayerKind("sequential") { module, x, pass in
        var x = x
        for (index, child) in module.children.enumerated() {
            try Interrupt.check()
            x = try child.module.forward(x, pass.child(index))
        }
        return x
    }
    /// x + f(x), or shortcut(x) + f(x) when there is a second child.
    static let residual = LayerKind("residual") { module, x, pass in
        let main = try module.children[0].module.forward(x, pass.child(0))
        let shortcut = module.children.count > 1 ? try module.children[1].module.forward(x, pass.child(1)) : x
        guard main.shape == shortcut.shape else {
            throw KernelError.shape(op: "residual", shapes: [main.shape, shortcut.shape], reason: "branches differ")
        }
        return try Primitive.add(main, shortcut)
    }
    static let flatten = LayerKind("flatten") { _, x, _ in
        guard x.rank > 2 else { return x }
        return try x.withShape([x.shape[0], x.shape[1...].reduce(1, *)])
    }
    static let identity = LayerKind("identity") { _, x, _ in x }
}

extension Module {
    /// Layers one after the other, named 1, 2, 3 ...
    public static func sequential(_ layers: [Module]) throws -> Module {
        try Module(.sequential, children: layers.enumerated().map { ("\($0 + 1)", $1) })
    }
}
