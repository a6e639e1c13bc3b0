// The operations as methods; each records itself when a gradient is wanted.

extension Tensor {
    // MARK: Arithmetic with broadcasting

    public func add(_ other: Operand) throws -> Tensor {
        try BinaryOp.add.record(.tensor(self), other, keeps: [], BinaryOp.addRule)
    }
    public func sub(_ other: Operand) throws -> Tensor { try Tensor.sub(.tensor(self), other) }
    public func mul(_ other: Operand) throws -> Tensor {
        try BinaryOp.mul.record(.tensor(self), other, BinaryOp.mulRule)
    }
    /// Integers divide to float32.
    public func div(_ other: Operand) throws -> Tensor { try Tensor.div(.tensor(self), other) }
    /// Integers give float32.
    public func pow(_ other: Operand) throws -> Tensor { try Tensor.pow(.tensor(self), other) }
    /// Lua's `%`: the result has the sign of the divisor.
    /// - Throws: `KernelError.value` for an integer divisor of 0.
    public func mod(_ other: Operand) throws -> Tensor { try Tensor.mod(.tensor(self), other) }
    /// Lua's `//`: rounded towards minus infinity. The gradient is zero.
    /// - Throws: `KernelError.value` for an integer divisor of 0.
    public func floordiv(_ other: Operand) throws -> Tensor { try Tensor.floordiv(.tensor(self), other) }
    /// The larger of two; equal ones share the gradient.
    public func maximum(_ other: Operand) throws -> Tensor {
        try BinaryOp.maximum.record(.tensor(self), other, BinaryOp.maximumRule)
    }
    public func minimum(_ other: Operand) throws -> Tensor {
        try BinaryOp.minimum.record(.tensor(self), other, BinaryOp.minimumRule)
    }

    // What does not commute, with a number perhaps on the left.
    public static func sub(_ a: Operand, _ b: Operand) throws -> Tensor {
        try BinaryOp.sub.record(a, b, keeps: [], BinaryOp.subRule)
    }
    public static func div(_ a: Operand, _ b: Operand) throws -> Tensor {
        try BinaryOp.div.record(a, b, BinaryOp.divRule)
    }
    public static func pow(_ a: Operand, _ b: Operand) throws -> Tensor {
        if case .tensor(let x) = a, b.asDouble.isFinite { return try x.power(b.asDouble) }
        return try BinaryOp.pow.record(a, b, BinaryOp.powRule)
    }
    public static func mod(_ a: Operand, _ b: Operand) throws -> Tensor {
        try BinaryOp.mod.record(a, b, BinaryOp.modRule)
    }
    public static func floordiv(_ a: Operand, _ b: Operand) throws -> Tensor {
        try BinaryOp.floordiv.record(a, b, keeps: [], BinaryOp.floordivRule)
    }
    private func power(_ exponent: Double) throws -> Tensor {
        let x = dtype.isFloat ? self : try converted(to: .float32)
        return try exponent == 2 ? Primitive.square(x) : Primitive.power(exponent)(x)
    }

    public static func + (a: Tensor, b: Tensor) throws -> Tensor { try a.add(.tensor(b)) }
    public static func - (a: Tensor, b: Tensor) throws -> Tensor { try a.sub(.tensor(b)) }
    public static func * (a: Tensor, b: Tensor) throws -> Tensor { try a.mul(.tensor(b)) }
    public static func / (a: Tensor, b: Tensor) throws -> Tensor { try a.div(.tensor(b)) }
    public static func + (a: Tensor, b: Double) throws -> Tensor { try a.add(.number(b)) }
    public static func - (a: Tensor, b: Double) throws -> Tensor { try a.sub(.number(b)) }
    public static func * (a: Tensor, b: Double) throws -> Tensor { try a.mul(.number(b)) }
    public static func / (a: Tensor, b: Double) throws -> Tensor { try a.div(.number(b)) }

    // MARK: Comparison, to bool; logic

    public func eq(_ other: Operand) throws -> Tensor { try BinaryOp.eq.apply(.tensor(self), other) }
    public func ne(_ other: Operand) throws -> Tensor { try BinaryOp.ne.apply(.tensor(self), other) }
    public func lt(_ other: Operand) throws -> Tensor { try BinaryOp.lt.apply(.tensor(self), other) }
    public func le(_ other: Operand) throws -> Tensor { try BinaryOp.le.apply(.tensor(self), other) }
    public func gt(_ other: Operand) throws -> Tensor { try BinaryOp.gt.apply(.tensor(self), other) }
    public func ge(_ other: Operand) throws -> Tensor { try BinaryOp.ge.apply(.tensor(self), other) }
    /// Numbers other than 0 count as true.
    public func logicalAnd(_ other: Tensor) throws -> Tensor {
        try BinaryOp.minimum.apply(converted(to: .bool), other.converted(to: .bool)).converted(to: .bool)
    }
    public func logicalOr(_ other: Tensor) throws -> Tensor {
        try BinaryOp.maximum.apply(converted(to: .bool), other.converted(to: .bool)).converted(to: .bool)
    }
    public func logicalNot() throws -> Tensor { try eq(0) }
    public func isNaN() throws -> Tensor { try ne(.tensor(self)) }
    /// Neither infinite nor nan: x - x is 0.
    public func isFinite() throws -> Tensor {
        try BinaryOp.eq.apply(.tensor(BinaryOp.sub.apply(self, self)), 0)
    }
    /// Elements of `a` where this mask holds, of `b` elsewhere.
    public func choose(_ a: Operand, _ b: Operand) throws -> Tensor {
        func tensor(_ operand: Operand, like other: Operand) throws -> Tensor {
            if case .tensor(let tensor) = operand { return tensor }
            return try .scalar(operand.asDouble, OperandType.common(OperandType(operand), OperandType(other)))
        }
        return try Primitive.select(self, tensor(a, like: b), tensor(b, like: a))
    }
    /// self + t (other - self).
    public func lerp(_ other: Tensor, _ t: Operand) throws -> Tensor {
        try add(.tensor(other.sub(.tensor(self)).mul(t)))
    }
}
