import CLua
import Kernel

/// One function that Lua can call, with everything that help, completion, stubs and tests need to know of it.
public struct LuaFunction: Sendable {
    public enum Kind: Sendable {
        /// `tensor.zeros(2, 3)`
        case function
        /// `x:clamp(0, 1)`
        case method
        /// `x.shape`
        case property
        /// `a + b`: called by Lua's operators, `name` is the metamethod.
        case operation
    }
    /// The last part: `clamp`.
    public let name: String
    public let kind: Kind
    public let summary: String
    /// Paper or standard.
    public let source: String
    /// A line that runs at the prompt.
    public let example: String
    /// The qualified name and the parameters, without `self`.
    public let signature: Signature
    /// The type of the result as help spells it, empty for none.
    public let returns: String
    let body: Body
    /// What it has in common with its neighbours, `reduction`; groups long lists.
    var group = ""
    /// The parameters that follow when the first argument is this string: `data.load("mnist", ...)`.
    var variant: (@Sendable (String) -> Signature?)?

    enum Body: Sendable {
        /// From values to values; methods get the object first.
        case values(@Sendable ([Value]) throws -> Returned)
        /// For the few that need the values as Lua has them: `help`, `show`. Returns the number of results pushed.
        case stack(@Sendable (Interpreter, LuaState) throws -> CInt)
    }
}

/// What a call gives back.
public enum Returned: Sendable {
    case nothing
    case one(Value)
    case several([Value])
}

/// Several results: `return Several(values, indices)`.
public struct Several: Sendable {
    public var values: [Value]
    public init(_ values: Value...) { self.values = values }
    public init(_ values: [Value]) { self.values = values }
}

extension LuaFunction {
    /// A free function of the table `group`; the empty group is the global table.
    public init<R: Sendable, each A: ParameterValue>(
        _ group: String, _ name: String, _ summary: String, source: String = "", example: String = "",
        _ parameter: repeat Parameter<each A>, body: @escaping @Sendable (repeat each A) throws -> R
    ) {
        let signature = Signature(group.isEmpty ? name : "\(group).\(name)", infos(repeat each parameter))
        let convert = Returned.converter(R.self)
        self.init(
            name: name, kind: .function, summary: summary, source: source, example: example, signature: signature,
            returns: Returned.typeName(R.self),
            body: .values { arguments in
                var binder = try Binder(signature, arguments, from: 0)
                return convert(try body(repeat try binder.next(each parameter, signature.name)))
            })
    }

    /// A method of `Me`: the closure gets the object first.
    public init<Me: TypeNamed & Sendable, R: Sendable, each A: ParameterValue>(
        method name: String, of type: Me.Type, _ summary: String, source: String = "", example: String = "",
        _ parameter: repeat Parameter<each A>, body: @escaping @Sendable (Me, repeat each A) throws -> R
    ) {
        let signature = Signature("\(Me.typeName):\(name)", infos(repeat each parameter))
        let convert = Returned.converter(R.self)
        self.init(
            name: name, kind: .method, summary: summary, source: source, example: example, signature: signature,
            returns: Returned.typeName(R.self),
            body: .values { arguments in
                let me: Me = try receiver(arguments, signature.name)
                var binder = try Binder(signature, arguments, from: 1)
                return convert(try body(me, repeat try binder.next(each parameter, signature.name)))
            })
    }

    /// A computed field of `Me`.
    public init<Me: TypeNamed & Sendable, R: Sendable>(
        property name: String, of type: Me.Type, _ summary: String, example: String = "",
        body: @escaping @Sendable (Me) throws -> R
    ) {
        let convert = Returned.converter(R.self)
        let signature = Signature("\(Me.typeName).\(name)", [])
        self.init(
            name: name, kind: .property, summary: summary, source: "", example: example, signature: signature,
            returns: Returned.typeName(R.self),
            body: .values { convert(try body(receiver($0, signature.name))) })
    }

    /// A function made from a recipe: the same names, defaults and errors.
    public init<Product: Sendable>(_ recipe: Recipe<Product>) {
        let convert = Returned.converter(Product.self)
        self.init(
            name: recipe.name, kind: .function, summary: recipe.summary, source: recipe.source,
            example: recipe.example, signature: recipe.signature, returns: Returned.typeName(Product.self),
            body: .values { convert(try recipe.build($0)) })
    }
}

/// The object that a method was called on.
func receiver<Me: TypeNamed>(_ arguments: [Value], _ function: String) throws -> Me {
    if let first = arguments.first, case .object(let object) = first, let me = object as? Me { return me }
    let got = arguments.first?.errorText ?? "nothing"
    throw ArgumentError(function: function, parameter: "self", expected: Me.typeName, got: got)
}

func infos<each A: ParameterValue>(_ parameter: repeat Parameter<each A>) -> [ParameterInfo] {
    var infos: [ParameterInfo] = []
    for p in repeat each parameter { infos.append(p.info) }
    return infos
}

/// Hands the arguments of one call to the parameters in turn. Calls by place alone go straight through; `bind` does
/// the others.
struct Binder {
    private let bound: [Value?]
    private let direct: [Value]
    private let isDirect: Bool
    private var index: Int

    init(_ signature: Signature, _ arguments: [Value], from start: Int) throws {
        isDirect = signature.isPositional(arguments, from: start)
        direct = isDirect ? arguments : []
        bound = isDirect ? [] : try signature.bind(start == 0 ? arguments : Array(arguments.dropFirst(start)))
        index = isDirect ? start : 0
    }

    mutating func next<V>(_ parameter: Parameter<V>, _ function: String) throws -> V {
        defer { index += 1 }
        guard isDirect else { return try parameter.value(of: bound[index], in: function) }
        return try parameter.value(of: index < direct.count ? direct[index] : nil, in: function)
    }
}

extension Returned {
    /// How a result type becomes values, decided once when the function is declared.
    static func converter<R: Sendable>(_ type: R.Type) -> @Sendable (R) -> Returned {
        if R.self == Void.self { return { _ in .nothing } }
        if R.self == Value.self { return { .one($0 as! Value) } }
        if R.self == Several.self { return { .several(($0 as! Several).values) } }
        if R.self == Returned.self { return { $0 as! Returned } }
        if let parameter = R.self as? any ParameterValue.Type { return recorder(parameter, R.self) }
        if R.self is any OptionalResult.Type {
            return { result in (result as! any OptionalResult).object.map { .one(.object($0)) } ?? .one(.null) }
        }
        return { .one(.object($0)) }
    }

    private static func recorder<P: ParameterValue, R: Sendable>(_: P.Type, _: R.Type) -> @Sendable (R) -> Returned {
        { .one(unsafeBitCast($0, to: P.self).recorded) }  // P and R are one type
    }

    static func typeName<R>(_ type: R.Type) -> String {
        if R.self == Void.self { return "" }
        if R.self == Value.self || R.self == Returned.self { return "any" }
        if R.self == Several.self { return "..." }
        if let named = R.self as? any TypeNamed.Type { return named.className }
        if let parameter = R.self as? any ParameterValue.Type { return parameter.typeName }
        if let optional = R.self as? any OptionalResult.Type { return optional.wrappedName }
        return "\(R.self)"
    }
}

/// An optional of a type that is no parameter: an object or nil.
private protocol OptionalResult {
    var object: (any Sendable)? { get }
    static var wrappedName: String { get }
}
extension Optional: OptionalResult {
    /// Only called for a result type that is Sendable; the marker protocol has no witness, so the layouts agree.
    var object: (any Sendable)? { map { unsafeBitCast($0 as Any, to: (any Sendable).self) } }
    static var wrappedName: String { Returned.typeName(Wrapped.self) + "|nil" }
}
