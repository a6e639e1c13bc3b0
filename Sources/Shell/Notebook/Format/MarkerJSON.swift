import Kernel

extension JSON {
    /// One line as Python's `json.dumps` writes it, which is what Jupytext puts into cell markers: a space after `,` and
    /// `:`, and everything beyond ASCII as `\u` escapes. Objects keep the order of their fields.
    var markerText: String {
        switch self {
        case .text(let text): Self.quoted(text)
        case .list(let list): "[" + list.map(\.markerText).joined(separator: ", ") + "]"
        case .object(let fields):
            "{" + fields.map { Self.quoted($0.name) + ": " + $0.value.markerText }.joined(separator: ", ") + "}"
        default: description
        }
    }

    private static func quoted(_ text: String) -> String {
        var out = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: out += "\\\""
            case 0x5C: out += "\\\\"
            case 0x0A: out += "\\n"
            case 0x0D: out += "\\r"
            case 0x09: out += "\\t"
            case 0x08: out += "\\b"
            case 0x0C: out += "\\f"
            case 0x20..<0x7F: out.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return out + "\""
    }

    /// Fields of all objects in the order of their names, as ipynb files have them.
    var sorted: JSON {
        switch self {
        case .list(let list): .list(list.map(\.sorted))
        case .object(let fields):
            .object(fields.map { Field($0.name, $0.value.sorted) }.sorted { $0.name.isBefore($1.name) })
        default: self
        }
    }
}

extension String {
    /// The order of code points, which is Python's order of texts.
    func isBefore(_ other: String) -> Bool { unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars) }
}
