import Kernel

/// A Swift type as Lua sees it: its methods, computed fields and operators, declared once.
///
/// Instances of a class keep their identity (the same instance is the same Lua value as long as Lua holds it);
/// values of a struct are boxed at each crossing.
public struct LuaClass: Sendable {
    public let name: String
    public let doc: String
    /// A line that makes one: `x = tensor.randn({4, 3})`. Examples of the members use its variable.
    public let example: String
    public let methods: [LuaFunction]
    public let properties: [LuaFunction]
    public let operators: [LuaFunction]
    let type: ObjectIdentifier
    let isReference: Bool
    let describe: @Sendable (any Sendable) -> String

    public init<T: TypeNamed & Sendable>(
        _ type: T.Type, _ doc: String, build: (inout LuaClassBuilder<T>) -> Void
    ) {
        var builder = LuaClassBuilder<T>()
        build(&builder)
        (name, self.doc, example) = (T.className, doc, builder.example)
        let variable = variable(in: example)
        methods = builder.grouped.map { $0.exemplified(variable) }
        properties = builder.properties.map { $0.exemplified(variable) }
        operators = builder.operators
        self.type = ObjectIdentifier(type)
        isReference = type is AnyClass
        let describe = builder.describe
        self.describe = { object in (object as? T).map { describe?($0) ?? "\($0)" } ?? T.typeName }
    }
}

/// Collects the members of a `LuaClass`. The type of `self` is known, so closures need no annotations.
public struct LuaClassBuilder<T: TypeNamed & Sendable> {
    var methods: [LuaFunction] = []
    var properties: [LuaFunction] = []
    var operators: [LuaFunction] = []
    /// A line that makes one; the variable before its `=` is what examples call it.
    public var example = ""
    var describe: (@Sendable (T) -> String)?
    private var groups: [(start: Int, name: String)] = []

    /// The methods that follow have something in common: `reduction`.
    public mutating func group(_ name: String) { groups.append((methods.count, name)) }

    fileprivate var grouped: [LuaFunction] {
        var grouped = methods
        for (start, name) in groups { for index in start..<grouped.count { grouped[index].group = name } }
        return grouped
    }

    /// `x:name(...)`.
    public mutating func method<R: Sendable, each A: ParameterValue>(
        _ name: String, _ summary: String, source: String = "", example: String = "",
        _ parameter: repeat Parameter<each A>, body: @escaping @Sendable (T, repeat each A) throws -> R
    ) {
        methods.append(
            LuaFunction(
                method: name, of: T.self, summary, source: source, example: example, repeat each parameter, body: body))
    }

    /// `x.name`, computed at each use.
    public mutating func property<R: Sendable>(
        _ name: String, _ summary: String, example: String = "", body: @escaping @Sendable (T) throws -> R
    ) {
        properties.append(LuaFunction(property: name, of: T.self, summary, example: example, body: body))
    }

    /// `a + b` and the like: both operands are parameters, since either may be the object.
    public mutating func binary<A: ParameterValue, B: ParameterValue, R: Sendable>(
        _ operation: LuaOperator, _ summary: String, _ left: A.Type, _ right: B.Type,
        body: @escaping @Sendable (A, B) throws -> R
    ) {
        operators.append(
            .typed(
                T.typeName, operation, summary, Parameter<A>("left", "the left operand"),
                Parameter<B>("right", "the right operand"), body: body))
    }

    /// `-x`, `#x`, `~x`.
    public mutating func unary<R: Sendable>(
        _ operation: LuaOperator, _ summary: String, body: @escaping @Sendable (T) throws -> R
    ) {
        let name = "\(T.typeName).\(operation.rawValue)"
        let convert = Returned.converter(R.self)
        operators.append(
            .operation(T.typeName, operation, summary) { (arguments: [Value]) in
                convert(try body(receiver(arguments, name)))
            })
    }

    /// `a == b` for two objects of this type; objects of different types are unequal.
    public mutating func equal(_ body: @escaping @Sendable (T, T) throws -> Bool) {
        operators.append(
            .operation(T.typeName, .equal, "equality") { (arguments: [Value]) in
                guard arguments.count == 2, case .object(let a) = arguments[0], case .object(let b) = arguments[1],
                    let a = a as? T, let b = b as? T
                else { return .one(.flag(false)) }
                return .one(.flag(try body(a, b)))
            })
    }

    /// `x(...)`.
    public mutating func call<R: Sendable, each A: ParameterValue>(
        _ summary: String, _ parameter: repeat Parameter<each A>,
        body: @escaping @Sendable (T, repeat each A) throws -> R
    ) {
        operators.append(
            LuaFunction(method: LuaOperator.call.rawValue, of: T.self, summary, repeat each parameter, body: body))
    }

    /// `x[key]` for what is neither a method nor a property; nil means that there is no such field. `key` and
    /// `returns` are types as help spells them.
    public mutating func index(
        _ summary: String, key: String = "integer", returns: String = "any",
        body: @escaping @Sendable (T, Value) throws -> Value?
    ) {
        let name = "\(T.typeName)[]"
        operators.append(
            .operation(T.typeName, .index, summary, key: key, returns: returns) { (arguments: [Value]) in
                let key = arguments.count > 1 ? arguments[1] : .null
                return try body(receiver(arguments, name), key).map(Returned.one) ?? .nothing
            })
    }

    /// `x[key] = value`.
    public mutating func newIndex(_ summary: String, body: @escaping @Sendable (T, Value, Value) throws -> Void) {
        let name = "\(T.typeName)[]"
        operators.append(
            .operation(T.typeName, .newIndex, summary) { (arguments: [Value]) in
                let key = arguments.count > 1 ? arguments[1] : .null, value = arguments.count > 2 ? arguments[2] : .null
                try body(receiver(arguments, name), key, value)
                return .nothing
            })
    }

    /// `tostring(x)` and the text shown at the prompt.
    public mutating func description(_ describe: @escaping @Sendable (T) -> String) { self.describe = describe }
}

/// `x` of `x = tensor.ones(3)`, `e` of `ok, e = pcall(f)`; empty when nothing is assigned.
private func variable(in line: String) -> String {
    guard let end = line.firstIndex(of: "=") else { return "" }
    return line[..<end].split(whereSeparator: { $0 == " " || $0 == "," }).last.map(String.init) ?? ""
}

extension LuaFunction {
    /// With the plainest example that runs, `x.shape` or `x:sum()`, where none was given and nothing must be given.
    fileprivate func exemplified(_ variable: String) -> LuaFunction {
        guard example.isEmpty, !variable.isEmpty, signature.parameters.allSatisfy(\.isOptional) else { return self }
        return LuaFunction(
            name: name, kind: kind, summary: summary, source: source,
            example: kind == .property ? "\(variable).\(name)" : "\(variable):\(name)()", signature: signature,
            returns: returns, body: body, group: group)
    }
}

/// Lua's operators by their metamethods.
public enum LuaOperator: String, Sendable {
    case add = "__add"
    case subtract = "__sub"
    case multiply = "__mul"
    case divide = "__div"
    case floorDivide = "__idiv"
    case remainder = "__mod"
    case power = "__pow"
    case negate = "__unm"
    case length = "__len"
    case equal = "__eq"
    case less = "__lt"
    case lessOrEqual = "__le"
    case and = "__band"
    case or = "__bor"
    case xor = "__bxor"
    case not = "__bnot"
    case shiftLeft = "__shl"
    case shiftRight = "__shr"
    case concatenate = "__concat"
    case call = "__call"
    case index = "__index"
    case newIndex = "__newindex"
}

extension LuaFunction {
    /// A metamethod over typed operands.
    static func typed<R: Sendable, each A: ParameterValue>(
        _ type: String, _ operation: LuaOperator, _ summary: String, _ parameter: repeat Parameter<each A>,
        body: @escaping @Sendable (repeat each A) throws -> R
    ) -> LuaFunction {
        let function = LuaFunction(type, operation.rawValue, summary, repeat each parameter, body: body)
        return LuaFunction(
            name: function.name, kind: .operation, summary: summary, source: "", example: "",
            signature: function.signature, returns: function.returns, body: function.body)
    }

    /// A metamethod over plain values.
    static func operation(
        _ type: String, _ operation: LuaOperator, _ summary: String, key: String? = nil, returns: String = "any",
        body: @escaping @Sendable ([Value]) throws -> Returned
    ) -> LuaFunction {
        let keys = key.map { type in ParameterInfo(name: "key", doc: "which one") { .init(type: type) } }
        return LuaFunction(
            name: operation.rawValue, kind: .operation, summary: summary, source: "", example: "",
            signature: Signature("\(type).\(operation.rawValue)", keys.map { [$0] } ?? []), returns: returns,
            body: .values(body))
    }
}
