import Glibc
import Kernel

/// How far numbers of two runs may lie apart: `|new - old| <= atol + rtol * |old|`.
struct Tolerance: Equatable, Sendable {
    var rtol = 0.0, atol = 0.0

    /// What a cell says, or what is usual: for `approx` a part in 100,000, for `stat` one in 20.
    init(_ expect: Expectation, rtol: Double?, atol: Double?) {
        let usual = expect == .approx ? (1e-5, 1e-8) : expect == .stat ? (0.05, 1e-8) : (0, 0)
        (self.rtol, self.atol) = (rtol ?? usual.0, atol ?? usual.1)
    }

    func allows(_ old: Double, _ new: Double) -> Bool {
        if old == new || (old.isNaN && new.isNaN) { return true }
        return abs(new - old) <= atol + rtol * abs(old)
    }

    /// `0.881 -> 0.879 (-0.0020, rtol 2.3e-3 > 1e-4)`.
    func difference(_ old: Double, _ new: Double) -> String {
        let change = new - old
        guard change.isFinite else { return "\(numberText(old)) -> \(numberText(new))" }
        let sign = change < 0 ? "-" : "+"
        var details = [sign + short(abs(change))]
        if rtol > 0, old != 0 {
            details.append("rtol \(short(abs(change / old))) > \(short(rtol))")
        } else if atol > 0 {
            details.append("atol \(short(abs(change))) > \(short(atol))")
        }
        return "\(numberText(old)) -> \(numberText(new)) (\(details.joined(separator: ", ")))"
    }
}

/// A positive number with two digits: `0.0020`, `2.3e-5`, `1e-4`, `41000`.
func short(_ number: Double) -> String {
    guard number.isFinite, number > 0 else { return numberText(number) }
    var exponent = Int(floor(log10(number))), mantissa = (number / pow(10, Double(exponent)) * 10).rounded() / 10
    if mantissa >= 10 { (mantissa, exponent) = (1, exponent + 1) }
    if exponent < -3 || exponent > 5 { return "\(numberText(mantissa))e\(exponent)" }
    return fixedText(number, max(0, 1 - exponent))
}
