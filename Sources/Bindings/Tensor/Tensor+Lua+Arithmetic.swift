import Kernel

extension LuaClass {
    /// Operators of Lua and their methods; either side may be a number.
    static func addArithmetic(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("arithmetic")
        let other = Parameter<Operand>("other", "a tensor that broadcasts, or a number")
        c.arithmetic(.add, "Sum.") { a, b in
            if case .tensor(let x) = a { return try x.add(b) }
            return try b.tensor("add").add(a)
        }
        c.arithmetic(.subtract, "Difference.") { try Tensor.sub($0, $1) }
        c.arithmetic(.multiply, "Product of the elements.") { a, b in
            if case .tensor(let x) = a { return try x.mul(b) }
            return try b.tensor("mul").mul(a)
        }
        c.arithmetic(.divide, "Quotient; integers divide to float32.") {
            try Tensor.div($0, $1)
        }
        c.arithmetic(.floorDivide, "Quotient rounded down.") { try Tensor.floordiv($0, $1) }
        c.arithmetic(.remainder, "Remainder with the sign of the divisor.") {
            try Tensor.mod($0, $1)
        }
        c.arithmetic(.power, "Power.") { try Tensor.pow($0, $1) }
        c.unary(.negate, "Negation.") { try $0.neg() }
        c.binary(.less, "Order of single numbers; use x:lt(y) for elements.", Operand.self, Operand.self) {
            try $0.single("<") < $1.single("<")
        }
        c.binary(.lessOrEqual, "Order of single numbers; use x:le(y) for elements.", Operand.self, Operand.self) {
            try $0.single("<=") <= $1.single("<=")
        }
        c.method("add", "Sum, element by element.", example: "x:add(1)", other) { try $0.add($1) }
        c.method("sub", "Difference, element by element.", example: "x:sub(1)", other) { try $0.sub($1) }
        c.method("mul", "Product, element by element.", example: "x:mul(2)", other) { try $0.mul($1) }
        c.method("div", "Quotient, element by element; integers divide to float32.", example: "x:div(2)", other) {
            try $0.div($1)
        }
        c.method("pow", "Power, element by element; integers give float32.", example: "x:pow(2)", other) {
            try $0.pow($1)
        }
        c.method(
            "remainder", "Remainder with the sign of the divisor, as Lua's %.", example: "arange(5):remainder(3)", other
        ) { try $0.mod($1) }
        c.method("floor_divide", "Quotient rounded down, as Lua's //.", example: "arange(5):floor_divide(2)", other) {
            try $0.floordiv($1)
        }
        c.method("maximum", "The larger of two, element by element.", example: "x:maximum(0)", other) {
            try $0.maximum($1)
        }
        c.method("minimum", "The smaller of two, element by element.", example: "x:minimum(0)", other) {
            try $0.minimum($1)
        }
        c.method(
            "lerp", "x + t (other - x).", example: "x:lerp(x:zeros_like(), 0.5)",
            Parameter<Tensor>("other", "the other end"),
            Parameter<Operand>("t", "how far to go, from 0 to 1")
        ) { try $0.lerp($1, $2) }
        addInPlace(&c, other)
        addComparisons(&c, other)
    }

    private static func addInPlace(_ c: inout LuaClassBuilder<Tensor>, _ other: Parameter<Operand>) {
        c.group("in place")
        let table: [(String, String, @Sendable (Tensor, Operand) throws -> Tensor)] = [
            ("add_", "Adds in place.", { try $0.add($1) }),
            ("sub_", "Subtracts in place.", { try $0.sub($1) }),
            ("mul_", "Multiplies in place.", { try $0.mul($1) }),
            ("div_", "Divides in place.", { try $0.div($1) }),
        ]
        for (name, summary, operation) in table {
            c.method(name, summary + " Keeps the type; returns the tensor.", example: "x:\(name)(1)", other) {
                x, other in
                try x.assign(Context.withoutGradients { try operation(x, other) })
                return x
            }
        }
    }

    private static func addComparisons(_ c: inout LuaClassBuilder<Tensor>, _ other: Parameter<Operand>) {
        c.group("comparison")
        c.method("eq", "Where elements are equal (bool).", example: "x:eq(0)", other) { try $0.eq($1) }
        c.method("ne", "Where elements differ (bool).", example: "x:ne(0)", other) { try $0.ne($1) }
        c.method("lt", "Where elements are smaller (bool).", example: "x:lt(0)", other) { try $0.lt($1) }
        c.method("le", "Where elements are smaller or equal (bool).", example: "x:le(0)", other) { try $0.le($1) }
        c.method("gt", "Where elements are larger (bool).", example: "x:gt(0)", other) { try $0.gt($1) }
        c.method("ge", "Where elements are larger or equal (bool).", example: "x:ge(0)", other) { try $0.ge($1) }
        let mask = Parameter<Tensor>("other", "a tensor; numbers other than 0 count as true")
        c.method("logical_and", "Where both are true.", example: "x:gt(0):logical_and(x:lt(1))", mask) {
            try $0.logicalAnd($1)
        }
        c.method("logical_or", "Where one is true.", example: "x:lt(0):logical_or(x:gt(1))", mask) {
            try $0.logicalOr($1)
        }
        c.method("logical_not", "Where elements are false or 0.") { try $0.logicalNot() }
        c.method("isnan", "Where elements are nan.") { try $0.isNaN() }
        c.method("isfinite", "Where elements are neither infinite nor nan.") { try $0.isFinite() }
        c.method(
            "choose", "Elements of a where this mask is true, of b elsewhere.", example: "x:gt(0):choose(x, 0)",
            Parameter<Operand>("a", "a tensor or number"), Parameter<Operand>("b", "a tensor or number")
        ) { try $0.choose($1, $2) }
    }
}

extension Operand {
    fileprivate func tensor(_ op: String) throws -> Tensor {
        guard case .tensor(let tensor) = self else { throw CallError("\(op): a Tensor expected") }
        return tensor
    }

    /// The only number of an operand, for Lua's order operators, whose results are true or false.
    fileprivate func single(_ op: String) throws -> Double {
        guard case .tensor(let tensor) = self else { return asDouble }
        guard tensor.count == 1 else {
            throw CallError(
                "\(op) orders single numbers only; use lt, le, gt, ge for the elements of shape \(shapeText(tensor.shape))"
            )
        }
        return try tensor.array(Double.self)[0]
    }
    fileprivate var asDouble: Double {
        switch self {
        case .tensor: .nan
        case .int(let int): Double(int)
        case .number(let number): number
        }
    }
}
