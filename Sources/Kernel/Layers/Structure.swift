// A model's structure as JSON: recipes and their parameters, nested, so that a file can rebuild what it describes.

/// Builds a recorded object again from its recipe's full name and parameters.
public struct Rebuilding: Sendable {
    let recipes: [String: @Sendable ([Value]) throws -> any Sendable]

    /// Recipes of everything that can stand inside a model file.
    public init() {
        var recipes: [String: @Sendable ([Value]) throws -> any Sendable] = [:]
        for recipe in Recipe<Module>.layers { recipes[recipe.signature.name] = { try recipe.build($0) } }
        for recipe in Quantizer.recipes { recipes[recipe.signature.name] = { try recipe.build($0) } }
        for recipe in RangeRule.recipes { recipes[recipe.signature.name] = { try recipe.build($0) } }
        self.recipes = recipes
    }
}

extension Value {
    /// The value as JSON; a recorded object becomes {"$make": name, parameters ...}.
    /// - Throws: `KernelError.state` for functions and objects without a record.
    func json(_ op: String) throws -> JSON {
        switch self {
        case .null: return .null
        case .flag(let flag): return .flag(flag)
        case .int(let int): return .int(int)
        case .number(let number): return number.isFinite ? .number(number) : .object([("$number", .text("\(number)"))])
        case .text(let text): return .text(text)
        case .list, .integers, .numbers: return .list(try elements!.map { try $0.json(op) })
        case .table(let fields):
            return .object(
                [("$table", .list(try fields.list.map { try $0.json(op) }))]
                    + (try fields.named.map { ($0.name, try $0.value.json(op)) }))
        case .object(let object as any Recorded): return try object.record.json(op)
        case .object, .callback:
            throw KernelError.state(op: op, reason: "cannot store \(errorText) in a file")
        }
    }

    init(_ json: JSON, _ rebuild: Rebuilding) throws {
        switch json {
        case .null: self = .null
        case .flag(let flag): self = .flag(flag)
        case .int(let int): self = .int(int)
        case .number(let number): self = .number(number)
        case .text(let text): self = .text(text)
        case .list(let list): self = .list(try list.map { try Value($0, rebuild) })
        case .object(let fields): self = try Value.rebuilt(json, fields, rebuild)
        }
    }

    private static func rebuilt(_ json: JSON, _ fields: [JSON.Field], _ rebuild: Rebuilding) throws -> Value {
        if let number = json["$number"]?.text { return .number(Double(number) ?? .nan) }
        let named = try fields.filter { !$0.name.hasPrefix("$") }.map {
            (name: $0.name, value: try Value($0.value, rebuild))
        }
        if let name = json["$make"]?.text {
            guard let make = rebuild.recipes[name] else {
                throw KernelError.state(
                    op: "load", reason: "the file names '\(name)', which this version does not know")
            }
            return .object(try make([.table(.init(named: named))]))
        }
        return .table(.init(list: try (json["$table"]?.list ?? []).map { try Value($0, rebuild) }, named: named))
    }
}

extension Record {
    func json(_ op: String) throws -> JSON {
        .object([("$make", .text(name))] + (try parameters.map { ($0.name, try $0.value.json(op)) }))
    }
}
