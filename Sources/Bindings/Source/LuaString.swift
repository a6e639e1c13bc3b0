/// A literal string, perhaps without its end.
struct LuaString: Sendable {
    /// How it begins: a quote, or `[`, `=`... and `[`.
    let opening: String
    /// The first byte of what stands inside, and the one after it.
    let inside: Range<Int>
    /// What it means.
    let content: String

    /// Nil when the token is no string.
    init?(_ scan: LuaScan, _ index: Int) {
        guard scan.tokens.indices.contains(index), case .string(let isClosed) = scan.tokens[index].kind else {
            return nil
        }
        self.init(scan.bytes, scan.tokens[index].range, isClosed: isClosed)
    }

    init?(_ bytes: [UInt8], _ range: Range<Int>, isClosed: Bool) {
        guard let first = bytes[range].first else { return nil }
        let isLong = first == UInt8(ascii: "[")
        let width = isLong ? 2 + bytes[(range.lowerBound + 1)...].prefix { $0 == UInt8(ascii: "=") }.count : 1
        let end = isClosed ? range.upperBound - width : range.upperBound
        guard range.lowerBound + width <= end else { return nil }
        opening = String(decoding: bytes[range.lowerBound..<range.lowerBound + width], as: UTF8.self)
        inside = range.lowerBound + width..<end
        content = isLong ? String(decoding: bytes[inside], as: UTF8.self) : Self.unescaped(bytes[inside])
    }

    var isLong: Bool { opening.hasPrefix("[") }
    /// What ends it.
    var closing: String { isLong ? "]" + opening.dropFirst().dropLast() + "]" : opening }

    /// A text as it must be written to stand inside.
    func escaped(_ text: String) -> String {
        if isLong { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\"", "'": out += String(scalar) == opening ? "\\\(scalar)" : "\(scalar)"
            case _ where scalar.value < 32 || scalar.value == 127: out += escape(scalar.value)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Three digits, so that a digit after it stays its own.
    private func escape(_ value: UInt32) -> String {
        let digits = "\(value)"
        return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }

    /// The commonest escapes; others stay as they are written.
    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
        var out: [UInt8] = [], rest = bytes
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let next = rest.popFirst() else { out.append(byte); continue }
            switch next {
            case UInt8(ascii: "n"): out.append(10)
            case UInt8(ascii: "t"): out.append(9)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): out.append(next)
            case 48...57:
                var value = Int(next - 48)
                for _ in 0..<2 {
                    guard let digit = rest.first, (48...57).contains(digit) else { break }
                    value = value * 10 + Int(digit - 48)
                    rest.removeFirst()
                }
                out.append(UInt8(truncatingIfNeeded: value))
            default: out += [byte, next]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
