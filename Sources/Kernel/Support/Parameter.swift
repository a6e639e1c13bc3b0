/// A Swift type that a parameter can have: its name for help, and the one conversion from a dynamic value.
public protocol ParameterValue: Sendable, SendableMetatype {
    /// As help, errors and editor stubs spell it: `number`, `"linf"|"l2"`, `Tensor`.
    static var typeName: String { get }
    /// Whether a plain list or a table with fields can be this value, so that it is not taken for options.
    static var takesList: Bool { get }
    static var takesFields: Bool { get }
    /// Nil when the value has the wrong type; throws when it has the right type and a wrong content.
    init?(_ value: Value) throws
    /// The value as it is recorded and printed.
    var recorded: Value { get }
}

extension ParameterValue {
    public static var takesList: Bool { false }
    public static var takesFields: Bool { false }
}

extension Int: ParameterValue {
    public static var typeName: String { "integer" }
    public init?(_ value: Value) {
        switch value {
        case .int(let int): self = int
        case .number(let number) where number == number.rounded() && abs(number) < 0x1p62: self = Int(number)
        default: return nil
        }
    }
    public var recorded: Value { .int(self) }
}
extension Double: ParameterValue {
    public static var typeName: String { "number" }
    public init?(_ value: Value) {
        switch value {
        case .int(let int): self = Double(int)
        case .number(let number): self = number
        default: return nil
        }
    }
    public var recorded: Value { .number(self) }
}
extension Bool: ParameterValue {
    public static var typeName: String { "boolean" }
    public init?(_ value: Value) { if case .flag(let flag) = value { self = flag } else { return nil } }
    public var recorded: Value { .flag(self) }
}
extension String: ParameterValue {
    public static var typeName: String { "string" }
    public init?(_ value: Value) { if case .text(let text) = value { self = text } else { return nil } }
    public var recorded: Value { .text(self) }
}
extension Array: ParameterValue where Element: ParameterValue {}
extension Array where Element: ParameterValue {
    public static var typeName: String { "\(Element.typeName)[]" }
    public static var takesList: Bool { true }
    public init?(_ value: Value) throws {
        guard let elements = try value.elements ?? value.vector else { return nil }
        self = []
        reserveCapacity(elements.count)
        for element in elements {
            guard let converted = try Element(element) else { return nil }
            append(converted)
        }
    }
    public var recorded: Value { .list(map(\.recorded)) }
}
extension Optional: ParameterValue where Wrapped: ParameterValue {}
extension Optional where Wrapped: ParameterValue {
    public static var typeName: String { "\(Wrapped.typeName)|nil" }
    public static var takesList: Bool { Wrapped.takesList }
    public static var takesFields: Bool { Wrapped.takesFields }
    public init?(_ value: Value) throws {
        if value.isNull { self = .none; return }
        guard let wrapped = try Wrapped(value) else { return nil }
        self = .some(wrapped)
    }
    public var recorded: Value { self?.recorded ?? .null }
}

/// An object that is a list of plain values too: `eps = linspace(0, 0.3, 31)` gives 31 numbers.
public protocol Listable {
    /// Nil when this one is no list.
    var elements: [Value]? { get throws }
}
extension Value {
    fileprivate var vector: [Value]? {
        get throws { if case .object(let object) = self { try (object as? any Listable)?.elements } else { nil } }
    }
}

/// Any value at all; for parameters whose meaning depends on what comes.
public struct AnyValue: ParameterValue {
    public let value: Value
    public static var typeName: String { "any" }
    public static var takesList: Bool { true }
    public static var takesFields: Bool { true }
    public init(_ value: Value) { self.value = value }
    public var recorded: Value { value }
}

/// Named values of one type in the caller's order: `models = {float = net, w2 = w2}`.
public struct Named<Element: ParameterValue>: ParameterValue {
    public var entries: [(name: String, value: Element)]
    public static var typeName: String { "table<string, \(Element.typeName)>" }
    public static var takesFields: Bool { true }
    public init(entries: [(name: String, value: Element)]) { self.entries = entries }
    public init?(_ value: Value) throws {
        entries = []
        if case .list(let list) = value, list.isEmpty { return }  // the empty table has no kind
        guard case .table(let fields) = value, fields.list.isEmpty else { return nil }
        for (name, value) in fields.named {
            guard let converted = try Element(value) else { return nil }
            entries.append((name, converted))
        }
    }
    public var recorded: Value { .table(.init(named: entries.map { ($0.name, $0.value.recorded) })) }
}

/// A function parameter: a Lua function with the given meaning.
public struct Function: ParameterValue {
    public let callback: any Callback
    public static var typeName: String { "function" }
    public init?(_ value: Value) {
        if case .callback(let callback) = value { self.callback = callback } else { return nil }
    }
    public var recorded: Value { .callback(callback) }
}

/// A Kernel or binding type that travels as an object and can be a parameter as it is.
public protocol ObjectParameter: ParameterValue, TypeNamed {}
extension ObjectParameter {
    public init?(_ value: Value) throws {
        guard case .object(let object) = value, let me = object as? Self else { return nil }
        self = me
    }
    public var recorded: Value { .object(self) }
}

/// A string enum is a parameter type for free: choices, completion and the stub's literal union come with it.
public protocol Choice: ParameterValue, CaseIterable, RawRepresentable where RawValue == String {}
extension Choice {
    public static var typeName: String { allCases.map { "\"\($0.rawValue)\"" }.joined(separator: "|") }
    public init?(_ value: Value) {
        guard case .text(let text) = value, let me = Self(rawValue: text) else { return nil }
        self = me
    }
    public var recorded: Value { .text(rawValue) }
}

/// A limit on a parameter's values with the words that name it in help and in errors.
public struct Constraint<V: Sendable>: Sendable {
    public let text: String
    public let holds: @Sendable (V) -> Bool
    public init(_ text: String, _ holds: @escaping @Sendable (V) -> Bool) {
        self.text = text
        self.holds = holds
    }
}
extension Constraint where V: Comparable & Sendable & ParameterValue {
    public static func atLeast(_ low: V) -> Constraint {
        Constraint("\(V.typeName) >= \(low.recorded.literal)") { $0 >= low }
    }
    public static func within(_ range: ClosedRange<V>) -> Constraint {
        Constraint("\(V.typeName) from \(range.lowerBound.recorded.literal) to \(range.upperBound.recorded.literal)") {
            range.contains($0)
        }
    }
}
extension Constraint {
    /// For a parameter that may be absent: nil is always allowed.
    public static func within<W: Comparable & ParameterValue>(_ range: ClosedRange<W>) -> Constraint where V == W? {
        let present = Constraint<W>.within(range)
        return Constraint("\(present.text), or nil") { value in value.map(present.holds) ?? true }
    }
}
extension Constraint where V: Comparable & Sendable & ParameterValue & ExpressibleByIntegerLiteral {
    public static var positive: Constraint { Constraint("\(V.typeName) > 0") { $0 > 0 } }
}

/// One parameter of a recipe or of a function: name, default, one line of documentation, limits.
///
/// An object: a call retains one reference instead of strings and closures, and a start does without what the runtime
/// needs to know of values of every `V`.
public final class Parameter<V: ParameterValue>: Sendable {
    public let name: String
    public let fallback: V?
    public let doc: String
    public let constraint: Constraint<V>?
    /// Trailing plain arguments are gathered into this (list) parameter: `tensor.zeros(2, 3)`.
    public let variadic: Bool
    /// Strings that it often is; only completion asks.
    public let suggestions: Suggestions?

    private init(
        _ name: String, fallback: V?, _ doc: String, _ constraint: Constraint<V>?, variadic: Bool,
        _ suggestions: Suggestions?
    ) {
        (self.name, self.fallback, self.doc, self.constraint) = (name, fallback, doc, constraint)
        (self.variadic, self.suggestions) = (variadic, suggestions)
    }
    /// A parameter with a default.
    public convenience init(_ name: String, _ fallback: V, _ doc: String, _ constraint: Constraint<V>? = nil) {
        self.init(name, fallback: fallback, doc, constraint, variadic: false, nil)
    }
    /// A parameter that must be given.
    public convenience init(_ name: String, _ doc: String, _ constraint: Constraint<V>? = nil, variadic: Bool = false) {
        self.init(name, fallback: nil, doc, constraint, variadic: variadic, nil)
    }

    /// The same parameter with strings to suggest.
    public func suggesting(_ suggestions: Suggestions) -> Parameter {
        Parameter(name, fallback: fallback, doc, constraint, variadic: variadic, suggestions)
    }

    public var info: ParameterInfo {
        ParameterInfo(
            name: name, isOptional: fallback != nil, doc: doc, takesList: V.takesList, takesFields: V.takesFields,
            variadic: variadic, suggestions: suggestions, words: words)
    }

    @Sendable private func words() -> ParameterInfo.Words {
        .init(type: V.typeName, expected: expected, fallback: fallback?.recorded)
    }
    private var expected: String { constraint?.text ?? V.typeName }

    /// The typed value of an argument, the default for none.
    /// - Throws: `ArgumentError`, and what the type's own conversion throws.
    public func value(of argument: Value?, in function: String) throws -> V {
        guard let argument, !argument.isNull else {
            if let fallback { return fallback }
            throw ArgumentError(function: function, parameter: name, expected: expected, got: "nothing")
        }
        guard let value = try V(argument) else { throw error(function, argument) }
        if let constraint, !constraint.holds(value) { throw error(function, argument) }
        return value
    }
    private func error(_ function: String, _ got: Value) -> ArgumentError {
        ArgumentError(function: function, parameter: name, expected: expected, got: got.errorText)
    }
}

/// What is known of a parameter without its Swift type: enough for help, completion, stubs and error texts.
public struct ParameterInfo: Sendable {
    public let name: String
    public let isOptional: Bool
    public let doc: String
    public let takesList: Bool
    public let takesFields: Bool
    public let variadic: Bool
    public let suggestions: Suggestions?
    private let words: @Sendable () -> Words

    /// What only help, completion and errors want: spelled when they ask, since a start makes a thousand of these.
    public struct Words: Sendable {
        let type: String, expected: String, fallback: Value?
        /// A type without limits and without a default.
        public init(type: String) { self.init(type: type, expected: type, fallback: nil) }
        init(type: String, expected: String, fallback: Value?) {
            (self.type, self.expected, self.fallback) = (type, expected, fallback)
        }
    }
    public var type: String { words().type }
    public var expected: String { words().expected }
    public var fallback: Value? { words().fallback }

    public init(
        name: String, isOptional: Bool = false, doc: String, takesList: Bool = false, takesFields: Bool = false,
        variadic: Bool = false, suggestions: Suggestions? = nil, words: @escaping @Sendable () -> Words
    ) {
        (self.name, self.isOptional, self.doc, self.takesList) = (name, isOptional, doc, takesList)
        (self.takesFields, self.variadic, self.suggestions, self.words) = (takesFields, variadic, suggestions, words)
    }

    /// The default as one would type it: `8/255` rather than its sixteen digits.
    public var fallbackText: String {
        guard case .number(let number)? = fallback else { return fallback?.literal ?? "nil" }
        let steps = (number * 255).rounded()
        guard numberText(number).utf8.count > 10, abs(steps) < 255, steps / 255 == number else {
            return numberText(number)
        }
        return "\(Int(steps))/255"
    }

    /// The string choices of an enum parameter, empty for others.
    public var choices: [String] {
        type.split(separator: "|").filter { $0.hasPrefix("\"") }.map { String($0.dropFirst().dropLast()) }
    }
}

/// A bad argument: which function, which parameter, what was expected, what came.
public struct ArgumentError: Error, Equatable, Sendable, CustomStringConvertible {
    public var function: String, parameter: String, expected: String, got: String
    public init(function: String, parameter: String, expected: String, got: String) {
        (self.function, self.parameter, self.expected, self.got) = (function, parameter, expected, got)
    }
    public var description: String { "bad argument '\(parameter)' to '\(function)' (\(expected) expected, got \(got))" }
}

/// A call that does not fit a function's signature.
public struct CallError: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
