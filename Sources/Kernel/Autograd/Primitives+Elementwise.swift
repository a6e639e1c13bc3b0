// Elementwise functions as records: forward and derivative are one pass each.

extension UnaryOp {
    var primitive: Primitive {
        let op = self
        return Primitive(name, keeps: derivative?.keeps ?? []) { types in
            TensorType(types[0].shape, op.resultType(types[0].dtype))
        } forward: { x, _ in
            try op.apply(x[0])
        } vjp: { g, call in
            [try op.vjp(g, call)]
        }
    }
    /// The function of a tensor. Without a gradient to record it goes past the record, whose rule has nothing to say.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        guard x.node == nil else { return try primitive(x) }
        if x.count >= DeferredElements.least, let result = try deferred(x) { return result }
        return try Operations.run(name) { try apply(x) }
    }
    static func negated(_ x: Tensor) throws -> Tensor { try BinaryOp.mul.apply(.tensor(x), -1) }
}

extension Primitive {
    public static let neg = BinaryOp.mul.primitive(Sides(right: -1), keeps: []) { g, _, _, _ in
        [try UnaryOp.negated(g), nil]
    }
    public static let absolute = UnaryOp.abs.primitive
    public static let sign = UnaryOp.sign.primitive
    public static let square = UnaryOp.square.primitive
    public static let reciprocal = UnaryOp.reciprocal.primitive
    public static let sqrt = UnaryOp.sqrt.primitive
    public static let rsqrt = UnaryOp.rsqrt.primitive
    public static let exp = UnaryOp.exp.primitive
    public static let expm1 = UnaryOp.expm1.primitive
    public static let log = UnaryOp.log.primitive
    public static let log1p = UnaryOp.log1p.primitive
    public static let sin = UnaryOp.sin.primitive
    public static let cos = UnaryOp.cos.primitive
    public static let tan = UnaryOp.tan.primitive
    public static let tanh = UnaryOp.tanh.primitive
    public static let sigmoid = UnaryOp.sigmoid.primitive
    public static let erf = UnaryOp.erf.primitive
    public static let floor = UnaryOp.floor.primitive
    public static let ceil = UnaryOp.ceil.primitive
    public static let round = UnaryOp.round.primitive
    public static let trunc = UnaryOp.trunc.primitive
    public static let relu = UnaryOp.relu.primitive
    public static func leakyRelu(_ slope: Double) -> Primitive { UnaryOp.leakyRelu(slope).primitive }
    public static let gelu = UnaryOp.gelu.primitive
    public static let geluTanh = UnaryOp.geluTanh.primitive
    public static let silu = UnaryOp.silu.primitive
    public static let softplus = UnaryOp.softplus.primitive
    public static func clamp(_ low: Double, _ high: Double) -> Primitive { UnaryOp.clamp(low, high).primitive }
    public static func power(_ exponent: Double) -> Primitive { UnaryOp.power(exponent).primitive }

    /// Elements of the second operand where the first (bool) holds, of the third elsewhere; all three broadcast.
    public static let select = Primitive("where", keeps: .inputs) { types in
        let shape = try Shape.broadcast(
            types[0].shape, Shape.broadcast(types[1].shape, types[2].shape, "where"), "where")
        return TensorType(shape, .promoted(types[1].dtype, types[2].dtype))
    } forward: { x, _ in
        try Select.apply(x[0], .tensor(x[1]), .tensor(x[2]))
    } vjp: { g, call in
        let c = call.x[0]
        return [
            nil,
            call.needs[1] ? try Select.apply(c, .tensor(g), 0).restored(to: call.types[1]) : nil,
            call.needs[2] ? try Select.apply(c, 0, .tensor(g)).restored(to: call.types[2]) : nil,
        ]
    }

    static var unarySamples: [Sample] {
        let everywhere: [Primitive] = [
            neg, absolute, square, reciprocal, exp, expm1, sin, cos, tan, tanh, sigmoid, erf, relu, leakyRelu(0.1),
            gelu,
            geluTanh, silu, softplus, clamp(-0.5, 0.5), power(3),
        ]
        let positive: [Primitive] = [sqrt, rsqrt, log, log1p, power(-0.5), power(1.7)]
        let flat: [Primitive] = [sign, floor, ceil, round, trunc]
        return everywhere.map { Sample($0) { [try .ramp([2, 3])] } }
            + positive.map { Sample($0) { [try .ramp([2, 3], from: 0.2)] } }
            + flat.map { Sample($0, .surrogate { [try .zeros($0[0].shape, .float64)] }) { [try .ramp([2, 3])] } }
            + [
                Sample(select, active: [1, 2]) {
                    [try Tensor([true, false, true]), try .ramp([2, 3]), try .ramp([2, 1], from: 2)]
                }
            ]
    }
}

extension Tensor {
    /// A gradient summed over stretched axes and brought to the operand's type. Not recorded.
    func restored(to type: TensorType) throws -> Tensor { try summed(to: type.shape).converted(to: type.dtype) }
}
