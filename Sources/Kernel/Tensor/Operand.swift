/// One side of a binary operation: a tensor, or a number that never becomes one.
///
/// As in PyTorch a number does not widen a tensor: an integer keeps an integer tensor's type, a number with a
/// fraction turns integers into float32.
public enum Operand: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    case tensor(Tensor)
    case int(Int)
    case number(Double)

    public init(integerLiteral value: Int) { self = .int(value) }
    public init(floatLiteral value: Double) { self = .number(value) }

    var shape: [Int] { if case .tensor(let tensor) = self { tensor.shape } else { [] } }
    var asDouble: Double {
        switch self {
        case .tensor: .nan
        case .int(let int): Double(int)
        case .number(let number): number
        }
    }
}

extension Operand: ParameterValue {
    public static var typeName: String { "Tensor|number" }
    public init?(_ value: Value) throws {
        switch value {
        case .int(let int): self = .int(int)
        case .number(let number): self = .number(number)
        default:
            guard let tensor = try Tensor(value) else { return nil }
            self = .tensor(tensor)
        }
    }
    public var recorded: Value {
        switch self {
        case .tensor(let tensor): .object(tensor)
        case .int(let int): .int(int)
        case .number(let number): .number(number)
        }
    }
}

/// What a shape rule sees of an operand.
enum OperandType {
    case tensor(DType)
    case int, number

    init(_ operand: Operand) {
        switch operand {
        case .tensor(let tensor): self = .tensor(tensor.dtype)
        case .int: self = .int
        case .number: self = .number
        }
    }

    /// The type in which two operands meet.
    static func common(_ a: OperandType, _ b: OperandType) -> DType {
        switch (a, b) {
        case (.tensor(let a), .tensor(let b)): .promoted(a, b)
        case (.tensor(let t), .int), (.int, .tensor(let t)): t == .bool ? .int64 : t
        case (.tensor(let t), .number), (.number, .tensor(let t)): t.isFloat ? t : .float32
        case (.int, .int): .int64
        default: .float64
        }
    }
}
