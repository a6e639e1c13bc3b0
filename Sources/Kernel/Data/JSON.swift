import CJansson

/// A JSON document. Objects keep the order of their fields.
public indirect enum JSON: Equatable, Sendable {
    case null
    case flag(Bool)
    case int(Int)
    case number(Double)
    case text(String)
    case list([JSON])
    case object([Field])

    public struct Field: Equatable, Sendable {
        public var name: String
        public var value: JSON
        public init(_ name: String, _ value: JSON) { (self.name, self.value) = (name, value) }
    }

    public static func object(_ fields: [(String, JSON)]) -> JSON { .object(fields.map { Field($0.0, $0.1) }) }

    /// The field of an object.
    public subscript(name: String) -> JSON? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }
    public var int: Int? { if case .int(let int) = self { int } else { nil } }
    public var text: String? { if case .text(let text) = self { text } else { nil } }
    public var list: [JSON]? { if case .list(let list) = self { list } else { nil } }
    public var object: [Field]? { if case .object(let fields) = self { fields } else { nil } }
}

// MARK: - Reading

extension JSON {
    /// What is wrong with a text, and where.
    public struct SyntaxError: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    /// Parses UTF-8 text. A name that occurs twice in one object is an error.
    /// - Throws: `JSON.SyntaxError`.
    public init(parsing text: UnsafeRawBufferPointer) throws {
        var error = json_error_t()
        let flags = size_t(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY)
        let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
        guard let root = json_loadb(start, text.count, flags, &error) else {
            let reason = withUnsafePointer(to: error.text) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: error.text)) {
                    String(cString: $0)
                }
            }
            throw SyntaxError(description: "\(reason) (line \(error.line), column \(error.column))")
        }
        defer { json_decref(root) }
        self.init(root)
    }
    public init(parsing text: String) throws {
        self = try Array(text.utf8).withUnsafeBytes { try JSON(parsing: $0) }
    }

    private init(_ node: UnsafeMutablePointer<json_t>) {
        switch node.pointee.type {
        case JSON_OBJECT:
            var fields: [Field] = []
            fields.reserveCapacity(json_object_size(node))
            var iterator = json_object_iter(node)
            while let here = iterator {
                fields.append(Field(String(cString: json_object_iter_key(here)), JSON(json_object_iter_value(here))))
                iterator = json_object_iter_next(node, here)
            }
            self = .object(fields)
        case JSON_ARRAY: self = .list((0..<json_array_size(node)).map { JSON(json_array_get(node, $0)) })
        case JSON_STRING: self = .text(String(cString: json_string_value(node)))
        case JSON_INTEGER: self = .int(Int(json_integer_value(node)))
        case JSON_REAL: self = .number(json_real_value(node))
        case JSON_TRUE: self = .flag(true)
        case JSON_FALSE: self = .flag(false)
        default: self = .null
        }
    }
}

// MARK: - Writing

extension JSON: CustomStringConvertible {
    /// One line of text. Numbers read back exactly; nan and infinities, which JSON lacks, become null.
    public var description: String {
        var out = ""
        write(to: &out)
        return out
    }

    private func write(to out: inout String) {
        switch self {
        case .null: out += "null"
        case .flag(let flag): out += flag ? "true" : "false"
        case .int(let int): out += "\(int)"
        case .number(let number): out += number.isFinite ? "\(number)" : "null"
        case .text(let text): JSON.write(text, to: &out)
        case .list(let list):
            out += "["
            for (index, value) in list.enumerated() {
                if index > 0 { out += "," }
                value.write(to: &out)
            }
            out += "]"
        case .object(let fields):
            out += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { out += "," }
                JSON.write(field.name, to: &out)
                out += ":"
                field.value.write(to: &out)
            }
            out += "}"
        }
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\t": out += "\\t"
            case "\r": out += "\\r"
            case _ where scalar.value < 32:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}
