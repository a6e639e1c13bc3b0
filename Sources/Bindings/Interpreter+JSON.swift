import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// The value at an index for programs to read. Plain values and tables are themselves; an object is its type, its
    /// properties, or for a tensor its data when it has at most a thousand elements; what JSON has no form for is its
    /// type and its text. nan and the infinities are the texts "nan", "inf" and "-inf".
    func json(_ state: LuaState, _ index: CInt) -> JSON {
        do {
            return json(of: try read(state, index), depth: 0)
        } catch {
            return .object([("type", .text(typeName(state, index))), ("text", .text(display(state, index)))])
        }
    }

    /// `depth` counts the objects around the value.
    private func json(of value: Value, depth: Int) -> JSON {
        switch value {
        case .null: .null
        case .flag, .int, .number, .integers, .numbers: plain(value)
        case .text(let text): .text(text)
        case .list(let list): .list(list.map { json(of: $0, depth: depth) })
        case .table(let fields): .object(members(fields).map { ($0.0, json(of: $0.1, depth: depth)) })
        case .object(let object): json(ofObject: object, depth: depth)
        case .callback: .object([("type", .text("function"))])
        }
    }

    /// The list part of a mixed table goes under its indices.
    private func members(_ fields: Value.Fields) -> [(String, Value)] {
        fields.list.enumerated().map { ("\($0 + 1)", $1) } + fields.named.map { ($0.name, $0.value) }
    }

    private func json(ofObject object: any Sendable, depth: Int) -> JSON {
        guard let type = classes[ObjectIdentifier(Swift.type(of: object))]?.type else { return .text("\(object)") }
        let head = [JSON.Field("type", .text(type.name))]
        let fields = (object as? any JSONFields)?.jsonFields ?? (depth == 0 ? propertyFields(type, object) : [])
        return .object(head + (fields.isEmpty ? [JSON.Field("text", .text(type.describe(object)))] : fields))
    }

    private func propertyFields(_ type: LuaClass, _ object: any Sendable) -> [JSON.Field] {
        type.properties.compactMap { property in
            guard case .values(let body) = property.body, case .one(let value)? = try? body([.object(object)]) else {
                return nil
            }
            return JSON.Field(property.name, json(of: value, depth: 1))
        }
    }
}

/// An object whose JSON is something else than its properties.
protocol JSONFields {
    var jsonFields: [JSON.Field] { get }
}

extension Tensor: JSONFields {
    var jsonFields: [JSON.Field] {
        let head = [
            JSON.Field("dtype", .text(dtype.name)), JSON.Field("shape", .list(shape.map(JSON.int))),
        ]
        guard count <= 1000, let values = try? list() else { return head + [JSON.Field("data", .null)] }
        return head + [JSON.Field("data", plain(values))]
    }
}

extension Sweep: JSONFields {
    var jsonFields: [JSON.Field] { (try? json())?.object ?? [] }
}

/// Numbers, flags and lists of them; what JSON has no number for is text.
private func plain(_ value: Value) -> JSON {
    switch value {
    case .flag(let flag): .flag(flag)
    case .int(let int): .int(int)
    case .number(let number): number.isFinite ? .number(number) : .text(numberText(number))
    default: .list((value.elements ?? []).map(plain))
    }
}
