import CKernels

// Arithmetic with broadcasting: the gradient of a stretched operand is summed back to its shape. A number as one side
// is captured by the record, so `x * 2` allocates no tensor.

/// The two sides of a recorded binary operation: operands of the call, or numbers that the record holds.
struct Sides: Sendable {
    /// A number on the left or on the right; nil where the call's operand stands.
    var left: Operand?, right: Operand?

    func operands(_ x: [Tensor]) -> (Operand, Operand) {
        (left ?? .tensor(x[0]), right ?? .tensor(left == nil ? x[1] : x[0]))
    }
}

extension BinaryOp {
    /// The derivative for both sides, from the gradient and both operands; nil where it is not needed.
    typealias Rule = @Sendable (_ g: Tensor, _ a: Operand, _ b: Operand, _ needs: (Bool, Bool)) throws -> [Tensor?]

    /// The operation as a record.
    func primitive(
        _ sides: Sides = Sides(), keeps: Primitive.Keeps = .inputs, rule: @escaping Rule
    ) -> Primitive {
        let op = self
        return Primitive(name, keeps: keeps) { types in
            let a: OperandType = sides.left.map { OperandType($0) } ?? .tensor(types[0].dtype)
            let b: OperandType = sides.right.map { OperandType($0) } ?? .tensor(types[sides.left == nil ? 1 : 0].dtype)
            let shape = types.count == 1 ? types[0].shape : try Shape.broadcast(types[0].shape, types[1].shape, op.name)
            return TensorType(shape, op.types(a, b).result)
        } forward: { x, _ in
            let (a, b) = sides.operands(x)
            return try op.apply(a, b)
        } vjp: { g, call in
            let (a, b) = keeps == .inputs ? sides.operands(call.x) : (.int(0), .int(0))
            let last = call.needs.count - 1
            let needs = (sides.left == nil && call.needs[0], sides.right == nil && call.needs[last])
            let both = try rule(g, a, b, needs)
            let wanted = sides.left != nil ? [both[1]] : sides.right != nil ? [both[0]] : both
            return try zip(wanted, call.types).map { gradient, type in
                try gradient?.summed(to: type.shape).converted(to: type.dtype)
            }
        }
    }

    /// The operation on two tensors, or on a tensor and a number on either side.
    func record(_ a: Operand, _ b: Operand, keeps: Primitive.Keeps = .inputs, _ rule: @escaping Rule) throws -> Tensor {
        if let result = try plain(a, b) { return result }
        return switch (a, b) {
        case (.tensor(let x), .tensor(let y)): try primitive(keeps: keeps, rule: rule)(x, y)
        case (.tensor(let x), _): try primitive(Sides(right: b), keeps: keeps, rule: rule)(x)
        case (_, .tensor(let y)): try primitive(Sides(left: a), keeps: keeps, rule: rule)(y)
        default: try apply(a, b)
        }
    }

    static func product(_ g: Tensor, _ x: Operand) throws -> Tensor { try mul.apply(.tensor(g), x) }
    static func quotient(_ g: Tensor, _ x: Operand) throws -> Tensor { try div.apply(.tensor(g), x) }
}

extension BinaryOp {
    static let addRule: Rule = { g, _, _, _ in [g, g] }
    static let subRule: Rule = { g, _, _, needs in [g, needs.1 ? try UnaryOp.negated(g) : nil] }
    static let mulRule: Rule = { g, a, b, needs in
        [needs.0 ? try product(g, b) : nil, needs.1 ? try product(g, a) : nil]
    }
    static let divRule: Rule = { g, a, b, needs in
        let left = try quotient(g, b)
        return [left, needs.1 ? try UnaryOp.negated(product(left, .tensor(div.apply(a, b)))) : nil]
    }
    /// d/da = b a^(b-1); d/db = a^b log a, taken as 0 where a = 0 and as nan where a < 0.
    static let powRule: Rule = { g, a, b, needs in
        let left = needs.0 ? try product(g, .tensor(product(pow.apply(a, .tensor(sub.apply(b, 1))), b))) : nil
        guard needs.1 else { return [left, nil] }
        let power = try pow.apply(a, b), base = try mul.apply(a, .tensor(.scalar(1, g.dtype)))
        let logarithm = try UnaryOp.log.apply(base.replacing(0, by: 1))
        return [left, try product(product(g, .tensor(power)), .tensor(logarithm))]
    }
    static func extremeRule(_ first: @escaping @Sendable (Operand, Operand) throws -> Tensor) -> Rule {
        { g, a, b, needs in
            [
                needs.0 ? try product(g, .tensor(first(a, b))) : nil,
                needs.1 ? try product(g, .tensor(first(b, a))) : nil,
            ]
        }
    }
    /// The larger operand receives the gradient; equal ones half each.
    static let maximumRule = extremeRule { try share.apply($0, $1) }
    static let minimumRule = extremeRule { try share.apply($1, $0) }
    /// a - b floor(a / b), the quotient taken as constant.
    static let modRule: Rule = { g, a, b, needs in
        [g, needs.1 ? try UnaryOp.negated(product(g, .tensor(floordiv.apply(a, b)))) : nil]
    }
    /// A step function: zero.
    static let floordivRule: Rule = { g, _, _, _ in
        let zeros = try Tensor.zeros(g.shape, g.dtype)
        return [zeros, zeros]
    }
    static let comparisonRule: Rule = { _, _, _, _ in [nil, nil] }
}

extension Primitive {
    public static let add = BinaryOp.add.primitive(keeps: [], rule: BinaryOp.addRule)
    public static let sub = BinaryOp.sub.primitive(keeps: [], rule: BinaryOp.subRule)
    public static let mul = BinaryOp.mul.primitive(rule: BinaryOp.mulRule)
    public static let div = BinaryOp.div.primitive(rule: BinaryOp.divRule)
    public static let pow = BinaryOp.pow.primitive(rule: BinaryOp.powRule)
    public static let maximum = BinaryOp.maximum.primitive(rule: BinaryOp.maximumRule)
    public static let minimum = BinaryOp.minimum.primitive(rule: BinaryOp.minimumRule)
    public static let mod = BinaryOp.mod.primitive(rule: BinaryOp.modRule)
    public static let floordiv = BinaryOp.floordiv.primitive(rule: BinaryOp.floordivRule)

    static let arithmeticSamples: [Sample] =
        [
            Sample(.add) { [try .ramp([2, 3]), try .ramp([3], from: 1)] },
            Sample(.addThenRelu) { [try .ramp([2, 3], from: -1.5, step: 0.7), try .ramp([2, 3], from: 0.3)] },
            Sample(.sub) { [try .ramp([2, 3]), try .ramp([2, 1], from: 1)] },
            Sample(.mul) { [try .ramp([2, 3]), try .ramp([2, 1], from: 1)] },
            Sample(.div) { [try .ramp([2, 3]), try .ramp([4, 1, 3], from: 1)] },
            Sample(.pow) { [try .ramp([2, 3], from: 0.5), try .ramp([3], from: -1)] },
            Sample(.maximum) { [try .ramp([2, 3]), try .ramp([2, 1], from: -0.5, step: 0.5)] },
            Sample(.minimum) { [try .ramp([2, 3]), try .ramp([2, 1], from: -0.5, step: 0.5)] },
            Sample(.mod) { [try .ramp([2, 3], from: -1.1), try Tensor([0.7, 0.9, -0.6])] },
            Sample(.floordiv, .surrogate { [try .zeros($0[0].shape, .float64), try .zeros($0[1].shape, .float64)] }) {
                [try .ramp([2, 3]), try .ramp([3], from: 1)]
            },
        ] + numberSamples

    /// A number on either side.
    private static let numberSamples: [Sample] = [
        Sample(BinaryOp.add.primitive(Sides(right: 2.5), keeps: [], rule: BinaryOp.addRule)) { [try .ramp([2, 3])] },
        Sample(BinaryOp.sub.primitive(Sides(left: 2), keeps: [], rule: BinaryOp.subRule)) { [try .ramp([2, 3])] },
        Sample(BinaryOp.mul.primitive(Sides(left: 3), rule: BinaryOp.mulRule)) { [try .ramp([2, 3])] },
        Sample(BinaryOp.div.primitive(Sides(left: 3), rule: BinaryOp.divRule)) { [try .ramp([2, 3])] },
        Sample(BinaryOp.div.primitive(Sides(right: 3), rule: BinaryOp.divRule)) { [try .ramp([2, 3])] },
        Sample(BinaryOp.pow.primitive(Sides(left: 2), rule: BinaryOp.powRule)) { [try .ramp([2, 3])] },
        Sample(BinaryOp.maximum.primitive(Sides(right: 0.1), rule: BinaryOp.maximumRule)) { [try .ramp([2, 3])] },
    ]

    /// Every operation with operands that exercise it: what the gradient test walks.
    public static var samples: [Sample] {
        [
            arithmeticSamples,
            unarySamples,
            reductionSamples,
            lossSamples,
            shapeSamples,
            indexSamples,
            copySamples,
            matmulSamples,
            linearSamples,
            convolutionSamples,
            poolingSamples,
            quantizeSamples,
            batchNormSamples,
        ].flatMap { $0 }
    }
}

extension Tensor {
    /// -1, -0.63, -0.26 ...: distinct, non-zero operands for samples.
    public static func ramp(_ shape: [Int], from start: Double = -1, step: Double = 0.37) throws -> Tensor {
        try Tensor((0..<(try Shape.count(shape, "ramp"))).map { start + step * Double($0) }, shape)
    }

    /// Elements equal to one number replaced by another. Not recorded.
    func replacing(_ old: Double, by new: Double) throws -> Tensor {
        try Select.apply(BinaryOp.eq.apply(.tensor(self), .number(old)), .number(new), .tensor(self))
    }
}
