import Kernel

/// A model, or several that count as replicas of one.
struct ModelList: ParameterValue {
    let models: [ModelArgument]
    static let typeName = "Module|Module[]"
    static let takesList = true
    init?(_ value: Value) throws {
        let values = value.elements ?? [value]
        models = values.compactMap { ModelArgument($0) }
        guard models.count == values.count else { return nil }
    }
    var recorded: Value { .list(models.map(\.recorded)) }
}

/// An attack, or attacks by name.
struct AttackList: ParameterValue {
    let attacks: [(name: String, attack: Attack)]
    static let typeName = "Attack|table<string, Attack>"
    static let takesFields = true
    init?(_ value: Value) throws {
        if let attack = try Attack(value) {
            attacks = [(attack.name, attack)]
        } else if let named = try Named<Attack>(value), !named.entries.isEmpty {
            attacks = named.entries.map { ($0.name, $0.value) }
        } else {
            return nil
        }
    }
    var recorded: Value { .table(.init(named: attacks.map { ($0.name, .object($0.attack)) })) }
}

/// Strengths as a list, a tensor or one number; rounded to 12 digits (7 for float32), so that they print as typed.
struct StrengthList: ParameterValue {
    let strengths: [Double]
    static let typeName = "number[]|Tensor"
    static let takesList = true
    init(strengths: [Double]) { self.strengths = strengths }
    init?(_ value: Value) throws {
        if let tensor = try Tensor(value) {
            let digits = tensor.dtype == .float32 ? 7 : 12
            strengths = try tensor.array(Double.self).map {
                try Interrupt.check()
                return Self.rounded($0, digits)
            }
        } else if let list = try [Double](value) {
            strengths = list.map { Self.rounded($0, 12) }
        } else if let one = Double(value) {
            strengths = [one]
        } else {
            return nil
        }
    }
    private static func rounded(_ value: Double, _ digits: Int) -> Double {
        Double(generalText(value, digits)) ?? value
    }
    var recorded: Value { .numbers(strengths) }
}

/// One seed or several.
struct SeedList: ParameterValue {
    let seeds: [Int]
    static let typeName = "integer|integer[]"
    static let takesList = true
    init(seeds: [Int]) { self.seeds = seeds }
    init?(_ value: Value) throws {
        if let one = Int(value) {
            seeds = [one]
        } else if let list = try [Int](value) {
            seeds = list
        } else {
            return nil
        }
    }
    var recorded: Value { .integers(seeds) }
}

/// `{name = "a", x = {...}, y = {...}}` as a curve.
struct SeriesArgument: ParameterValue {
    let series: Figure.Series
    static let typeName = "{name, x, y, low, high, dashed}"
    static let takesFields = true
    init?(_ value: Value) throws {
        guard case .table(let fields) = value else { return nil }
        let known = ["name", "x", "y", "low", "high", "dashed", "colour"]
        if let odd = fields.named.first(where: { !known.contains($0.name) }) {
            throw CallError(
                "study.figure: unknown field '\(odd.name)' of a series (known: \(known.joined(separator: ", ")))")
        }
        guard let x = try Self.numbers(fields["x"]), let y = try Self.numbers(fields["y"]), x.count == y.count else {
            throw CallError("study.figure: a series needs x and y of equal length")
        }
        let low = try Self.numbers(fields["low"]), high = try Self.numbers(fields["high"])
        guard (low?.count ?? x.count) == x.count, (high?.count ?? x.count) == x.count else {
            throw CallError("study.figure: low and high must be as long as x")
        }
        let points = x.indices.map { Figure.Point(x[$0], y[$0], low: low?[$0], high: high?[$0]) }
        series = Figure.Series(
            fields["name"].flatMap { String($0) } ?? "", points, dashed: fields["dashed"].flatMap { Bool($0) } ?? false,
            colour: fields["colour"].flatMap { Int($0) }.map { $0 &- 1 })
    }
    private static func numbers(_ value: Value?) throws -> [Double]? {
        guard let value else { return nil }
        return try Tensor(value)?.array(Double.self) ?? [Double](value)
    }
    var recorded: Value { .text(series.name) }
}

/// Predictions by the name of the curve they belong to.
typealias Predictions = Named<MarginModel>
