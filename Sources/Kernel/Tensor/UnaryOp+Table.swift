import CKernels
import Glibc

// The table of elementwise functions: one row each.

extension UnaryOp {
    private static func fromInput(_ float: Slope, _ double: @escaping @Sendable (Double) -> Double) -> Derivative {
        Derivative(keeps: .inputs, float: float, double: double)
    }
    private static func fromOutput(_ float: Slope, _ double: @escaping @Sendable (Double) -> Double) -> Derivative {
        Derivative(keeps: .output, float: float, double: double)
    }

    // MARK: Arithmetic

    static let abs = UnaryOp(
        "abs", ck_abs_f32, fromInput(ck_abs_vjp_f32, signOf), integer: { $0 < 0 ? 0 &- $0 : $0 }
    ) { Swift.abs($0) }
    /// -1, 0 or 1; nan stays nan.
    static let sign = UnaryOp("sign", ck_sign_f32, integer: { $0.signum() }, signOf)
    static let square = UnaryOp(
        "square", ck_square_f32, fromInput(ck_square_vjp_f32) { 2 * $0 }, integer: { $0 &* $0 }
    ) { $0 * $0 }
    static let reciprocal = UnaryOp(
        "reciprocal", ck_reciprocal_f32, fromOutput(ck_reciprocal_vjp_f32) { -$0 * $0 }
    ) { 1 / $0 }
    static let sqrt = UnaryOp("sqrt", ck_sqrt_f32, fromOutput(ck_sqrt_vjp_f32) { 0.5 / $0 }) { $0.squareRoot() }
    static let rsqrt = UnaryOp("rsqrt", ck_rsqrt_f32, fromOutput(ck_rsqrt_vjp_f32) { -0.5 * $0 * $0 * $0 }) {
        1 / $0.squareRoot()
    }
    static func power(_ exponent: Double) -> UnaryOp {
        UnaryOp(
            "pow", ck_power_f32, p: exponent,
            fromInput(ck_power_vjp_f32) { exponent * Glibc.pow($0, exponent - 1) }
        ) { Glibc.pow($0, exponent) }
    }

    // MARK: Exponentials and trigonometry

    static let exp = UnaryOp("exp", ck_exp_f32, fromOutput(ck_exp_vjp_f32) { $0 }) { Glibc.exp($0) }
    static let expm1 = UnaryOp("expm1", ck_expm1_f32, fromOutput(ck_expm1_vjp_f32) { $0 + 1 }) { Glibc.expm1($0) }
    static let log = UnaryOp("log", ck_log_f32, fromInput(ck_log_vjp_f32) { 1 / $0 }) { Glibc.log($0) }
    static let log1p = UnaryOp("log1p", ck_log1p_f32, fromInput(ck_log1p_vjp_f32) { 1 / (1 + $0) }) { Glibc.log1p($0) }
    static let sin = UnaryOp("sin", ck_sin_f32, fromInput(ck_sin_vjp_f32) { Glibc.cos($0) }) { Glibc.sin($0) }
    static let cos = UnaryOp("cos", ck_cos_f32, fromInput(ck_cos_vjp_f32) { -Glibc.sin($0) }) { Glibc.cos($0) }
    static let tan = UnaryOp("tan", ck_tan_f32, fromOutput(ck_tan_vjp_f32) { 1 + $0 * $0 }) { Glibc.tan($0) }
    static let tanh = UnaryOp("tanh", ck_tanh_f32, fromOutput(ck_tanh_vjp_f32) { 1 - $0 * $0 }) { Glibc.tanh($0) }
    static let sigmoid = UnaryOp(
        "sigmoid", ck_sigmoid_f32, fromOutput(ck_sigmoid_vjp_f32) { $0 * (1 - $0) }, logistic)
    static let erf = UnaryOp(
        "erf", ck_erf_f32, fromInput(ck_erf_vjp_f32) { 2 / Double.pi.squareRoot() * Glibc.exp(-$0 * $0) }
    ) { Glibc.erf($0) }

    // MARK: Rounding, with a derivative of zero

    static let floor = UnaryOp("floor", ck_floor_f32, integer: { $0 }) { $0.rounded(.down) }
    static let ceil = UnaryOp("ceil", ck_ceil_f32, integer: { $0 }) { $0.rounded(.up) }
    /// Halves go to the even neighbour: round(0.5) = 0, round(1.5) = 2, round(2.5) = 2.
    static let round = UnaryOp("round", ck_round_f32, integer: { $0 }) { $0.rounded(.toNearestOrEven) }
    static let trunc = UnaryOp("trunc", ck_trunc_f32, integer: { $0 }) { $0.rounded(.towardZero) }

    // MARK: Activations

    static let relu = UnaryOp(
        "relu", ck_relu_f32,
        Derivative(
            keeps: .output, float: ck_relu_vjp_f32, double: { $0 > 0 ? 1 : 0 },
            overwriting: ck_keep_where_positive_f32), integer: { max($0, 0) }
    ) { $0 < 0 ? 0 : $0 }
    static func leakyRelu(_ slope: Double) -> UnaryOp {
        UnaryOp(
            "leaky_relu", ck_leaky_relu_f32, p: slope, fromInput(ck_leaky_relu_vjp_f32) { $0 > 0 ? 1 : slope }
        ) { $0 < 0 ? slope * $0 : $0 }
    }
    /// x times the normal distribution function of x (Hendrycks and Gimpel 2016), exact.
    static let gelu = UnaryOp(
        "gelu", ck_gelu_f32,
        fromInput(ck_gelu_vjp_f32) {
            normal($0) + (Swift.abs($0) > 40 ? 0 : $0 * Glibc.exp(-0.5 * $0 * $0) / (2 * Double.pi).squareRoot())
        }
    ) { $0 == -.infinity ? 0 : $0 * normal($0) }
    /// The approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) of the same paper.
    static let geluTanh = UnaryOp("gelu", ck_gelu_tanh_f32, fromInput(ck_gelu_tanh_vjp_f32, geluTanhSlope)) {
        $0 == -.infinity ? 0 : 0.5 * $0 * (1 + geluTanhInner($0))
    }
    static let silu = UnaryOp(
        "silu", ck_silu_f32,
        fromInput(ck_silu_vjp_f32) {
            let s = logistic($0)
            return Swift.abs($0) > 700 ? ($0 > 0 ? 1 : 0) : s * (1 + $0 * (1 - s))
        }
    ) { $0 == -.infinity ? 0 : $0 * logistic($0) }
    static let softplus = UnaryOp("softplus", ck_softplus_f32, fromInput(ck_softplus_vjp_f32, logistic)) {
        ($0 > 0 ? $0 : 0) + Glibc.log1p(Glibc.exp(-Swift.abs($0)))
    }
    /// Gradient 1 inside the bounds, the bounds included, and 0 outside.
    static func clamp(_ low: Double, _ high: Double) -> UnaryOp {
        let (least, most) = (Int64(converting: low.rounded(.up)), Int64(converting: high.rounded(.down)))
        return UnaryOp(
            "clamp", ck_clamp_f32, p: low, q: high,
            fromInput(ck_clamp_vjp_f32) { $0 >= low && $0 <= high ? 1 : 0 },
            integer: { $0 < least ? least : $0 > most ? most : $0 }
        ) { $0 < low ? low : $0 > high ? high : $0 }
    }

    // MARK: Formulas

    private static let signOf: @Sendable (Double) -> Double = { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 == 0 ? 0 : $0 }
    private static let logistic: @Sendable (Double) -> Double = {
        let e = Glibc.exp(-Swift.abs($0))
        return $0 >= 0 ? 1 / (1 + e) : e / (1 + e)
    }
    private static func normal(_ x: Double) -> Double { 0.5 * Glibc.erfc(-x * 0.5.squareRoot()) }
    private static func geluTanhInner(_ x: Double) -> Double {
        Glibc.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))
    }
    private static let geluTanhSlope: @Sendable (Double) -> Double = { x in
        if Swift.abs(x) > 100 { return x > 0 ? 1 : 0 }
        let t = geluTanhInner(x), inner = (2 / Double.pi).squareRoot() * (1 + 3 * 0.044715 * x * x)
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner
    }
}
