import Kernel

/// Texts, numbers and flags of YAML, read so that every YAML reader agrees: what readers of different versions take for
/// different things is refused.
enum YAMLScalar {
    /// What is wrong with a scalar.
    struct Problem: Error { let message: String }

    /// The value of a plain scalar.
    static func value(_ text: String) throws(Problem) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .flag(true)
        case "false", "False", "FALSE": return .flag(false)
        default: break
        }
        if ["yes", "no", "on", "off", "y", "n"].contains(text.lowercased()) {
            throw Problem(message: "'\(text)' is a flag for some readers: write true, false or \"\(text)\"")
        }
        if let reserved = reserved(text) { throw Problem(message: reserved) }
        return try number(text) ?? .text(text)
    }

    private static func reserved(_ text: String) -> String? {
        switch text.first {
        case "&", "*": "anchors and aliases are not read: put '\(text)' in quotes"
        case "!": "tags are not read: put '\(text)' in quotes"
        case "|", ">": "texts of several lines are not read: write one line in quotes"
        case "@", "`", "%": "a text cannot begin with '\(text.prefix(1))': put it in quotes"
        case "-" where text == "-" || text.hasPrefix("- "): "lists are written [a, b], not with dashes"
        case "?" where text == "?" || text.hasPrefix("? "): "a text cannot begin with '? ': put it in quotes"
        default: nil
        }
    }

    private static func number(_ text: String) throws(Problem) -> JSON? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard let first = digits.first, (48...57).contains(first) || first == UInt8(ascii: ".") else { return nil }
        if first == 48, digits.count > 1, digits.allSatisfy({ (48...57).contains($0) || $0 == 95 }) {
            throw Problem(message: "'\(text)' is an octal number for some readers: drop the zeros or put it in quotes")
        }
        if let int = Int(text) { return .int(int) }
        let isDecimal = text.utf8.allSatisfy { (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }
        guard isDecimal, text.utf8.contains(where: { (48...57).contains($0) }), let number = Double(text),
            number.isFinite
        else { return nil }
        return .number(number)
    }

    /// A text as a scalar: plain where every reader takes it for that text, otherwise in quotes.
    /// - Parameter isInFlow: whether it stands between brackets, where commas and brackets separate.
    static func text(_ text: String, isInFlow: Bool = false) -> String {
        if isPlain(text, isInFlow: isInFlow) { return text }
        let isSimple = !text.unicodeScalars.contains {
            $0.value < 32 || (0x7F..<0xA0).contains($0.value) || isBreak($0)
        }
        return isSimple && !text.isEmpty && !text.contains("'")
            ? "'" + text + "'" : JSON.text(text).markerText
    }

    private static func isBreak(_ scalar: Unicode.Scalar) -> Bool { [0x2028, 0x2029, 0xFEFF].contains(scalar.value) }

    private static func isPlain(_ text: String, isInFlow: Bool) -> Bool {
        guard let first = text.unicodeScalars.first, let value = try? value(text), value == .text(text) else {
            return false
        }
        let marks = "?:,[]{}#&*!|>'\"%@`=<~"
        if first == "-", text == "-" || text.utf8.starts(with: "- ".utf8) || text.utf8.starts(with: "---".utf8) {
            return false
        }
        return !marks.unicodeScalars.contains(first) && text == CellMarker.trimmed(text)
            && text.unicodeScalars.allSatisfy {
                $0.value >= 32 && !(0x7F..<0xA0).contains($0.value) && !isBreak($0)
            }
            && !(isInFlow && text.unicodeScalars.contains { ",[]{}".unicodeScalars.contains($0) })
            && !text.contains(": ") && !text.hasSuffix(":") && !text.contains(" #") && !isDate(text)
    }

    /// What YAML 1.1 takes for a date, a number in sixties, one with underscores or one that is not finite.
    private static func isDate(_ text: String) -> Bool {
        let marks = Set("-.:_TtZ +xoabcdefABCDEF0123456789".utf8)
        return text.utf8.allSatisfy(marks.contains) && text.utf8.contains { (48...57).contains($0) }
            && text.utf8.first.map { (48...57).contains($0) || [43, 45, 46].contains($0) } == true
            || [".inf", ".nan", "+.inf", "-.inf"].contains(text.lowercased())
    }
}
