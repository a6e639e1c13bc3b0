/// Versions of the program that a notebook is for: bounds that all have to hold, `>=0.3 <1`.
struct VersionRange: Equatable {
    private struct Bound: Equatable {
        let relation: String
        let version: [Int]
    }
    private let bounds: [Bound]

    /// `>=`, `<=`, `>`, `<`, `==` and numbers with dots, with spaces or commas between the bounds. Nil for anything else.
    init?(_ text: String) {
        var bounds: [Bound] = [], rest = Substring(text)
        while true {
            rest = rest.drop { $0 == " " || $0 == "," }
            if rest.isEmpty { break }
            let relation = rest.prefix { "<>=".contains($0) }
            rest = rest.dropFirst(relation.count).drop { $0 == " " }
            let number = rest.prefix { $0 != " " && $0 != "," && !"<>=".contains($0) }
            rest = rest.dropFirst(number.count)
            guard [">=", "<=", ">", "<", "=="].contains(relation), let version = Self.numbers(number) else {
                return nil
            }
            bounds.append(Bound(relation: String(relation), version: version))
        }
        if bounds.isEmpty { return nil }
        self.bounds = bounds
    }

    /// A bound of fewer numbers is filled with zeros: `<1` is `<1.0.0`.
    func contains(_ text: String) -> Bool {
        guard let version = Self.numbers(Substring(text)) else { return false }
        return bounds.allSatisfy { bound in
            let count = max(version.count, bound.version.count)
            let pad = { (numbers: [Int]) in numbers + Array(repeating: 0, count: count - numbers.count) }
            let (a, b) = (pad(version), pad(bound.version))
            let isBefore = a.lexicographicallyPrecedes(b)
            switch bound.relation {
            case ">=": return !isBefore
            case "<=": return isBefore || a == b
            case ">": return !isBefore && a != b
            case "<": return isBefore
            default: return a == b
            }
        }
    }

    private static func numbers(_ text: Substring) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { part in part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil }
        return numbers.count == parts.count ? numbers : nil
    }
}
