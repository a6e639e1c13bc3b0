import CKernels
import Glibc

/// A binary operation on elements: a C loop for float32, a closure each for Double and for integers. Held by reference, so
/// that a call passes one pointer and copies no closures.
final class BinaryOp: Sendable {
    typealias Loop =
        @convention(c) (UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutableRawPointer?, ck_plane) -> Void
    enum Kind { case arithmetic, floating, comparison }

    let name: String
    let kind: Kind
    let float: Loop
    let double: @Sendable (Double, Double) -> Double
    /// Exact in 64 bits; narrower types wrap afterwards. Nil when integers become float32 first.
    let integer: (@Sendable (Int64, Int64) throws -> Int64)?

    init(
        _ name: String, kind: Kind = .arithmetic, _ float: Loop,
        _ double: @escaping @Sendable (Double, Double) -> Double,
        _ integer: (@Sendable (Int64, Int64) throws -> Int64)? = nil
    ) {
        (self.name, self.kind, self.float, self.double, self.integer) = (name, kind, float, double, integer)
    }
    private static func comparison(
        _ name: String, _ float: Loop, _ double: @escaping @Sendable (Double, Double) -> Bool,
        _ integer: @escaping @Sendable (Int64, Int64) -> Bool
    ) -> BinaryOp {
        BinaryOp(name, kind: .comparison, float) {
            double($0, $1) ? 1 : 0
        } _: {
            integer($0, $1) ? 1 : 0
        }
    }

    static let add = BinaryOp("add", ck_add_f32) {
        $0 + $1
    } _: {
        $0 &+ $1
    }
    static let sub = BinaryOp("sub", ck_sub_f32) {
        $0 - $1
    } _: {
        $0 &- $1
    }
    static let mul = BinaryOp("mul", ck_mul_f32) {
        $0 * $1
    } _: {
        $0 &* $1
    }
    static let div = BinaryOp("div", kind: .floating, ck_div_f32) { $0 / $1 }
    static let pow = BinaryOp("pow", kind: .floating, ck_pow_f32) { Glibc.pow($0, $1) }
    /// The larger; nan when one is nan.
    static let maximum = BinaryOp("maximum", ck_max_f32) {
        $0 > $1 || $0.isNaN ? $0 : $1
    } _: {
        Swift.max($0, $1)
    }
    static let minimum = BinaryOp("minimum", ck_min_f32) {
        $0 < $1 || $0.isNaN ? $0 : $1
    } _: {
        Swift.min($0, $1)
    }
    /// Lua's `%`: the result has the sign of the divisor.
    static let mod = BinaryOp("mod", ck_mod_f32) { a, b in
        let rest = fmod(a, b)
        return rest * b < 0 ? rest + b : rest
    } _: { a, b in
        try nonZero(b, "mod")
        let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
    }
    /// Lua's `//`: the quotient rounded towards minus infinity.
    static let floordiv = BinaryOp("floordiv", ck_floordiv_f32) {
        ($0 / $1).rounded(.down)
    } _: { a, b in
        try nonZero(b, "floordiv")
        let quotient = a.dividedReportingOverflow(by: b).partialValue
        let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
        return rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient
    }
    /// 1 where the first is larger, 0.5 where both are equal: how a maximum shares its gradient.
    static let share = BinaryOp("share", kind: .floating, ck_share_f32) { $0 > $1 ? 1 : $0 == $1 ? 0.5 : 0 }

    static let eq = comparison("eq", ck_eq_f32) {
        $0 == $1
    } _: {
        $0 == $1
    }
    static let ne = comparison("ne", ck_ne_f32) {
        $0 != $1
    } _: {
        $0 != $1
    }
    static let lt = comparison("lt", ck_lt_f32) {
        $0 < $1
    } _: {
        $0 < $1
    }
    static let le = comparison("le", ck_le_f32) {
        $0 <= $1
    } _: {
        $0 <= $1
    }
    static let gt = comparison("gt", ck_gt_f32) {
        $0 > $1
    } _: {
        $0 > $1
    }
    static let ge = comparison("ge", ck_ge_f32) {
        $0 >= $1
    } _: {
        $0 >= $1
    }

    private static func nonZero(_ divisor: Int64, _ op: String) throws {
        if divisor == 0 {
            throw KernelError.value(op: op, name: "divisor", expected: "integers other than 0", got: "0")
        }
    }

    /// The type to compute in, and the type of the result. Arithmetic on booleans counts them: int64.
    func types(_ a: OperandType, _ b: OperandType) -> (compute: DType, result: DType) {
        var common: DType = OperandType.common(a, b)
        switch kind {
        case .arithmetic: if common == .bool { common = .int64 }
        case .floating: if !common.isFloat { common = .float32 }
        case .comparison:
            // An integer against a number with a fraction meets it in Double; uint8 against 300 in Int64.
            if case .number = a, case .tensor(let t) = b, !t.isFloat { common = .float64 }
            if case .number = b, case .tensor(let t) = a, !t.isFloat { common = .float64 }
            if case .int = a, !common.isFloat { common = .int64 }
            if case .int = b, !common.isFloat { common = .int64 }
            return (common, .bool)
        }
        return (common, common)
    }
}
