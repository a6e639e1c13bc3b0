/// What a product was made from: the recipe's full name and every parameter with its value, defaults included.
public struct Record: Sendable, CustomStringConvertible {
    /// `attack.pgd`.
    public var name: String
    public var parameters: [(name: String, value: Value)]
    public init(_ name: String, _ parameters: [(name: String, value: Value)] = []) {
        (self.name, self.parameters) = (name, parameters)
    }
    /// `attack.pgd{eps = 0.1, steps = 40}`, readable back at the prompt.
    public var description: String {
        "\(name){" + parameters.map { "\($0.name) = \($0.value.literal)" }.joined(separator: ", ") + "}"
    }
    public subscript(name: String) -> Value? { parameters.first { $0.name == name }?.value }
}

/// A product that remembers the recipe it was made by.
public protocol Recorded {
    var record: Record { get set }
}

/// A named, documented, typed constructor. Bindings turns each into a Lua function generically.
public struct Recipe<Product>: Sendable {
    /// `pgd`; the table it lives in is the group: `attack`.
    public let group: String
    public let name: String
    public let summary: String
    /// Paper or standard.
    public let source: String
    /// A line that runs at the prompt.
    public let example: String
    public let signature: Signature
    private let construct: @Sendable ([Value?]) throws -> (Product, [(name: String, value: Value)])

    public init<each V: ParameterValue>(
        _ group: String, _ name: String, _ summary: String, source: String = "", example: String = "",
        _ parameter: repeat Parameter<each V>, make: @escaping @Sendable (repeat each V) throws -> Product
    ) {
        var infos: [ParameterInfo] = []
        for p in repeat each parameter { infos.append(p.info) }
        let qualified = "\(group).\(name)"
        let names = infos.map(\.name)
        (self.group, self.name, self.summary, self.source, self.example) = (group, name, summary, source, example)
        signature = Signature(qualified, infos)
        construct = { bound in
            var index = 0
            let values = (repeat try Self.next(each parameter, bound, &index, qualified))
            var recorded: [(name: String, value: Value)] = []
            for value in repeat each values { recorded.append((names[recorded.count], value.recorded)) }
            return (try make(repeat each values), recorded)
        }
    }

    /// Builds the product from arguments by position and by name.
    /// - Throws: `CallError`, `ArgumentError`, and what `make` throws.
    public func build(_ arguments: [Value] = []) throws -> Product {
        var (product, recorded) = try construct(signature.bind(arguments))
        if var remembering = product as? any Recorded {
            remembering.record = Record(signature.name, recorded)
            product = remembering as! Product
        }
        return product
    }

    private static func next<V>(_ p: Parameter<V>, _ bound: [Value?], _ index: inout Int, _ owner: String) throws -> V {
        defer { index += 1 }
        return try p.value(of: bound[index], in: owner)
    }
}
