// Arithmetic with broadcasting: the gradient of a stretched operand is summed back to its shape.

extension Primitive {
    static func arithmetic(
        _ name: String, _ loop: BinaryLoop, keeps: Keeps = [],
        vjp: @escaping @Sendable (_ g: Tensor, _ call: Saved) throws -> [Tensor?]
    ) -> Primitive {
        Primitive(name, keeps: keeps) { types in
            TensorType(
                try Shape.broadcast(types[0].shape, types[1].shape, name),
                DType.promoted(types[0].dtype, types[1].dtype))
        } forward: { x, _ in
            try x[0].combined(x[1], name, loop)
        } vjp: { g, call in
            try zip(try vjp(g, call), call.types).map { gradient, type in
                try gradient?.summed(to: type.shape).converted(to: type.dtype)
            }
        }
    }

    public static let add = arithmetic("add", .add) { g, _ in [g, g] }
    public static let mul = arithmetic("mul", .mul, keeps: .inputs) { g, call in
        [
            call.needs[0] ? try g.combined(call.x[1], "mul", .mul) : nil,
            call.needs[1] ? try g.combined(call.x[0], "mul", .mul) : nil,
        ]
    }

    static let arithmeticSamples: [Sample] = [
        Sample(.add) { [try .ramp([2, 3]), try .ramp([3], from: 1)] },
        Sample(.mul) { [try .ramp([2, 3]), try .ramp([2, 1], from: 1)] },
    ]

    /// Every operation with operands that exercise it: what the gradient test walks.
    public static var samples: [Sample] {
        [
            arithmeticSamples,
            shapeSamples,
            indexSamples,
            copySamples,
            matmulSamples,
            linearSamples,
            convolutionSamples,
        ].flatMap { $0 }
    }
}

extension Tensor {
    /// -1, -0.63, -0.26 ...: distinct, non-zero operands for samples.
    public static func ramp(_ shape: [Int], from start: Double = -1, step: Double = 0.37) throws -> Tensor {
        try Tensor((0..<(try Shape.count(shape, "ramp"))).map { start + step * Double($0) }, shape)
    }

    /// Sums over the axes that broadcasting stretched, back to the operand's shape. Not recorded.
    func summed(to target: [Int]) throws -> Tensor {
        if shape == target { return self }
        let result = try Tensor.zeros(target, dtype)
        let into = try result.expanded(to: shape)
        let (to, _, toStrides) = try into.strided()
        let source = try contiguous()
        func run<T: FloatScalar>(_: T.Type) throws {
            try source.read(T.self) { x in
                let z = to.base.assumingMemoryBound(to: T.self)
                let walk = StridedWalk(shape, toStrides, Shape.strides(shape))
                let size = walk.sizes.last ?? 1, i = walk.a.last ?? 1, j = walk.b.last ?? 1
                walk.rows { a, b in for k in 0..<size { z[a + k * i] += x[b + k * j] } }
            }
        }
        try dtype == .float64 ? run(Double.self) : run(Float.self)
        return result
    }
}
