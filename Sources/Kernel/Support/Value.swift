/// A dynamic value: what crosses between a scripting language and Kernel, and what a parameter record holds.
public enum Value: Sendable {
    case null
    case flag(Bool)
    case int(Int)
    case number(Double)
    case text(String)
    /// A list of anything; lists of plain numbers arrive as `integers` or `numbers`.
    case list([Value])
    case integers([Int])
    case numbers([Double])
    /// A table with named fields, and perhaps a list part before them.
    case table(Fields)
    /// An object of Kernel or of a binding: a tensor, a module, a quantizer ...
    case object(any Sendable)
    /// A function of the scripting language.
    case callback(any Callback)

    /// The named fields of a table in the order given by the caller, with its list part.
    public struct Fields: Sendable {
        public var list: [Value]
        public var named: [(name: String, value: Value)]
        public init(list: [Value] = [], named: [(name: String, value: Value)]) {
            self.list = list
            self.named = named
        }
        public subscript(name: String) -> Value? { named.first { $0.name == name }?.value }
    }
}

/// A function written in the scripting language, valid while the object that holds it is alive.
public protocol Callback: AnyObject, Sendable {
    /// Calls the function; throws what it raised.
    func call(_ arguments: [Value]) throws -> [Value]
}

/// An object that keeps functions of the scripting language. The language keeps them alive through the object's
/// handle, not the other way round, so that cycles through them can be collected.
public protocol HoldsCallbacks {
    var callbacks: [any Callback] { get }
}

extension Value {
    /// The elements of any kind of list, nil for what is no list. A table with fields is no list.
    public var elements: [Value]? {
        switch self {
        case .list(let values): values
        case .integers(let values): values.map(Value.int)
        case .numbers(let values): values.map(Value.number)
        default: nil
        }
    }

    public var isNull: Bool { if case .null = self { true } else { false } }

    /// How the value is called in an error message: `number -1`, `string "x"`, `list of 3`, `Tensor`.
    public var errorText: String {
        switch self {
        case .null: "nil"
        case .flag(let flag): "boolean \(flag)"
        case .int(let int): "number \(int)"
        case .number(let number): "number \(numberText(number))"
        case .text(let text): "string \(quoted(text, limit: 40))"
        case .list, .integers, .numbers: "list of \(elements!.count)"
        case .table: "table"
        case .object(let object): (object as? any TypeNamed).map { type(of: $0).className } ?? "\(type(of: object))"
        case .callback: "function"
        }
    }

    /// The value as it would be typed at the prompt; objects print themselves.
    public var literal: String {
        switch self {
        case .null: "nil"
        case .flag(let flag): "\(flag)"
        case .int(let int): "\(int)"
        case .number(let number): numberText(number)
        case .text(let text): quoted(text)
        case .list, .integers, .numbers: "{" + elements!.map(\.literal).joined(separator: ", ") + "}"
        case .table(let fields):
            "{"
                + (fields.list.map(\.literal) + fields.named.map { "\($0.name) = \($0.value.literal)" })
                .joined(separator: ", ") + "}"
        case .object(let object): "\(object)"
        case .callback: "function"
        }
    }
}

/// A Swift type with a name that users see: `Tensor`, `Attack`.
public protocol TypeNamed {
    static var typeName: String { get }
    /// The name of the type alone, where `typeName` says what else may stand for one.
    static var className: String { get }
}
extension TypeNamed {
    public static var className: String { typeName }
}

/// A number with the fewest digits that read back exactly; whole numbers below 2^53 without a fraction.
public func numberText(_ number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
    return "\(number)"
}

/// Text in double quotes with control characters escaped, cut to `limit` characters.
public func quoted(_ text: String, limit: Int = .max) -> String {
    var out = "\""
    for (index, scalar) in text.unicodeScalars.enumerated() {
        if index >= limit { out += "..."; break }
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\n": out += "\\n"
        case "\t": out += "\\t"
        case _ where scalar.value < 32 || scalar.value == 127: out += "\\\(scalar.value)"
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}
