/// A function's name and parameters, and the one rule by which arguments find their parameters.
///
/// Arguments come by position, by name in one table, or both: `f(a, b)`, `f{a = 1, b = 2}`, `f(a, {b = 2})`,
/// `f{1, 2, b = 3}`. A last table with named fields is the options table unless the parameter at its place
/// takes tables and some field is not the name of a parameter.
public struct Signature: Sendable {
    public let name: String
    public let parameters: [ParameterInfo]

    public init(_ name: String, _ parameters: [ParameterInfo]) {
        self.name = name
        self.parameters = parameters
    }

    /// `attack.pgd(eps = 0.03, steps = 10)`.
    public var text: String {
        let list = parameters.map { p in
            p.isOptional ? "\(p.name) = \(p.fallbackText)" : p.variadic ? "\(p.name)..." : p.name
        }
        return "\(name)(\(list.joined(separator: ", ")))"
    }

    /// Whether the arguments from `start` on stand for parameters by place alone, so that `bind` would change nothing.
    public func isPositional(_ arguments: [Value], from start: Int = 0) -> Bool {
        let count = arguments.count - start
        guard count <= parameters.count else { return false }
        guard count > 0 else { return true }
        if parameters[count - 1].variadic { return false }
        switch arguments[arguments.count - 1] {
        case .table, .list, .integers, .numbers: return false
        default: return !parameters[..<(count - 1)].contains { $0.variadic }
        }
    }

    /// One optional value per parameter.
    /// - Throws: `CallError` for too many arguments, unknown names and parameters given twice.
    public func bind(_ arguments: [Value]) throws -> [Value?] {
        var positional = arguments
        let named = splitOptions(&positional)
        var bound = try bindPositional(positional)
        for (key, value) in named {
            guard let index = parameters.firstIndex(where: { $0.name == key }) else { throw unknown(key) }
            guard bound[index] == nil else { throw CallError("\(name): parameter '\(key)' is given twice") }
            bound[index] = value
        }
        return bound
    }

    private func splitOptions(_ positional: inout [Value]) -> [(name: String, value: Value)] {
        guard let last = positional.last else { return [] }
        let place = positional.count - 1
        let target = place < parameters.count ? parameters[place] : nil
        switch last {
        case .table(let fields) where isOptions(fields, target):
            positional.removeLast()
            spread(fields.list, &positional)
            return fields.named
        case .list, .integers, .numbers:
            let elements = last.elements!
            if target?.takesList == true { return [] }
            if place == 0 || elements.isEmpty {  // f{1, 32} and f(x, {})
                positional.removeLast()
                positional += elements
            }
            return []
        default: return []
        }
    }

    private func isOptions(_ fields: Value.Fields, _ target: ParameterInfo?) -> Bool {
        guard let target, target.takesFields else { return true }
        return fields.named.allSatisfy { field in parameters.contains { $0.name == field.name } }
    }

    /// The list part of an options table: one list parameter takes it whole, otherwise it goes by position.
    private func spread(_ list: [Value], _ positional: inout [Value]) {
        guard !list.isEmpty else { return }
        if positional.count < parameters.count, parameters[positional.count].takesList,
            list.count > 1 || list[0].elements == nil
        {
            positional.append(.list(list))
        } else {
            positional += list
        }
    }

    private func bindPositional(_ arguments: [Value]) throws -> [Value?] {
        var bound = [Value?](repeating: nil, count: parameters.count)
        for (place, argument) in arguments.enumerated() {
            guard place < parameters.count else {
                throw CallError("\(name): takes at most \(parameters.count) arguments, got \(arguments.count)")
            }
            if parameters[place].variadic, argument.elements == nil {
                bound[place] = .list(Array(arguments[place...]))
                return bound
            }
            bound[place] = argument.isNull ? nil : argument
        }
        return bound
    }

    private func unknown(_ key: String) -> CallError {
        let names = parameters.map(\.name)
        let hint = nearest(to: key, in: names).map { "; did you mean '\($0)'?" } ?? ""
        let known = names.isEmpty ? "it takes none" : "known: \(names.joined(separator: ", "))"
        return CallError("\(name): unknown parameter '\(key)' (\(known))\(hint)")
    }
}

/// The candidate within edit distance 2 (and below the word's own length) that is closest to a misspelt word.
public func nearest(to word: String, in candidates: [String]) -> String? {
    let limit = min(2, max(1, word.count - 1))
    let ranked = candidates.map { ($0, editDistance(word, $0)) }.filter { $0.1 <= limit }
    return ranked.min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// Levenshtein distance.
public func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a.prefix(64).utf8), b = Array(b.prefix(64).utf8)
    var row = Array(0...b.count)
    for i in 0..<a.count {
        var diagonal = row[0]
        row[0] = i + 1
        for j in 0..<b.count {
            let substituted = diagonal + (a[i] == b[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[b.count]
}
