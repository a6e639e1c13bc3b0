/// How far an attack may move each example: one number for all, or one per example.
public enum Budget: Sendable {
    case all(Double)
    case each([Double])

    subscript(place: Int) -> Double {
        switch self {
        case .all(let eps): eps
        case .each(let values): values[place]
        }
    }
    /// The largest one; 0 for none.
    public var largest: Double {
        switch self {
        case .all(let eps): eps
        case .each(let values): values.max() ?? 0
        }
    }
    /// - Throws: `KernelError` when there is one number per example and the count differs.
    func check(count: Int, _ op: String) throws {
        if case .each(let values) = self, values.count != count {
            throw KernelError.value(
                op: op, name: "eps", expected: "a number or \(count) numbers", got: "\(values.count)")
        }
    }
}

extension Budget: ParameterValue {
    public static let typeName = "number|Tensor|number[]"
    public static var takesList: Bool { true }
    public init?(_ value: Value) throws {
        if let eps = Double(value) {
            self = .all(eps)
        } else if let list = try [Double](value) {
            self = .each(list)
        } else if let tensor = try Tensor(value) {
            self = .each(try tensor.array(Double.self))
        } else {
            return nil
        }
    }
    public var recorded: Value {
        switch self {
        case .all(let eps): .number(eps)
        case .each(let values): .numbers(values)
        }
    }
    static let nonNegative = Constraint<Budget>("number from 0 to 1e9, or one per example") { budget in
        switch budget {
        case .all(let eps): (0...1e9).contains(eps)
        case .each(let values): values.allSatisfy { (0...1e9).contains($0) }
        }
    }
}
