import Glibc

// Numbers as text, as C's printf writes them.

/// `%.<digits>f`: `fixedText(0.5, 4)` is `0.5000`.
public func fixedText(_ number: Double, _ digits: Int) -> String { formatted("%.*f", digits, number) }
/// `%.<digits>e`: `scientificText(1234.5, 4)` is `1.2345e+03`.
public func scientificText(_ number: Double, _ digits: Int) -> String { formatted("%.*e", digits, number) }
/// `%.<digits>g`: at most so many significant digits, without trailing zeros.
public func generalText(_ number: Double, _ digits: Int) -> String { formatted("%.*g", digits, number) }

private func formatted(_ format: String, _ digits: Int, _ number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    let digits = min(max(digits, 0), 40)
    var buffer = [CChar](repeating: 0, count: 400)
    let length = withVaList([CInt(digits), number]) { vsnprintf(&buffer, buffer.count, format, $0) }
    return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

extension String {
    /// With spaces in front up to a width.
    func padded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
