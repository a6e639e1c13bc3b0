import Glibc

/// The standard normal distribution.
public enum Normal {
    /// P(Z <= z), accurate in both tails: Phi(-1) = 0.15865525393145705.
    public static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// The z with P(Z <= z) = p: 1.959963984540054 for 0.975. Infinite at 0 and 1, nan outside.
    ///
    /// Acklam's rational approximation (relative error 1.2e-9), then one step of Halley's method.
    public static func quantile(_ p: Double) -> Double {
        guard p > 0, p < 1 else { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        if p > 0.5 { return -quantile(1 - p) }
        let z = approximateQuantile(p)
        let error = cumulative(z) - p
        let step = error * (2 * Double.pi).squareRoot() * exp(z * z / 2)
        return z - step / (1 + z * step / 2)
    }

    /// For p in (0, 0.5].
    private static func approximateQuantile(_ p: Double) -> Double {
        if p < 0.02425 {
            let q = (-2 * log(p)).squareRoot()
            let top: [Double] = [
                -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734,
                4.374664141464968, 2.938163982698783,
            ]
            let bottom: [Double] = [
                7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1,
            ]
            return polynomial(top, q) / polynomial(bottom, q)
        }
        let q = p - 0.5, r = q * q
        let top: [Double] = [
            -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
            -3.066479806614716e+01, 2.506628277459239,
        ]
        let bottom: [Double] = [
            -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
            -1.328068155288572e+01, 1,
        ]
        return q * polynomial(top, r) / polynomial(bottom, r)
    }

    /// Coefficients from the highest power down.
    private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }
}
