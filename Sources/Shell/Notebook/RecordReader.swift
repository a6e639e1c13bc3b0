import Kernel

/// Why a file is no record of a run.
struct RecordError: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Reads the fields of an object of a record; what is wrong is named by its path: `stable.cells[3].seed`.
struct RecordReader {
    let json: JSON
    /// The way here from the top, with a dot behind it unless it is empty.
    let path: String

    init(_ json: JSON, path: String = "") { (self.json, self.path) = (json, path) }

    func value(_ name: String) throws -> JSON {
        guard let value = json[name] else { throw RecordError("\(path)\(name) is missing") }
        return value
    }
    func object(_ name: String) throws -> RecordReader {
        RecordReader(try wanted(name, "an object") { $0.object == nil ? nil : $0 }, path: path + name + ".")
    }
    func list(_ name: String) throws -> [RecordReader] {
        try wanted(name, "a list", \.list).enumerated().map { place, item in
            RecordReader(item, path: "\(path)\(name)[\(place + 1)].")
        }
    }
    func fields() throws -> [JSON.Field] { json.object ?? [] }
    func text(_ name: String) throws -> String { try wanted(name, "a text", \.text) }
    func texts(_ name: String) throws -> [String] {
        try wanted(name, "a list of texts") { json in
            let texts = json.list?.compactMap(\.text)
            return texts?.count == json.list?.count ? texts : nil
        }
    }
    func int(_ name: String) throws -> Int { try wanted(name, "a whole number", \.int) }
    func number(_ name: String) throws -> Double { try wanted(name, "a number", \.double) }
    func optionalNumber(_ name: String) throws -> Double? { json[name] == nil ? nil : try number(name) }
    /// A SHA-256 in hexadecimal: it becomes part of file names, so nothing else is let through.
    func digest(_ name: String) throws -> String {
        try wanted(name, "64 hexadecimal digits") { json in json.text.flatMap { isDigest($0) ? $0 : nil } }
    }
    func choice<C: RawRepresentable<String>>(_ name: String) throws -> C {
        try wanted(name, "a known word") { $0.text.flatMap(C.init(rawValue:)) }
    }

    private func wanted<T>(_ name: String, _ what: String, _ read: (JSON) -> T?) throws -> T {
        let value = try value(name)
        guard let found = read(value) else {
            throw RecordError("\(path)\(name): \(what) expected, got \(shortened(value.description, to: 40))")
        }
        return found
    }
}

/// Whether a text is a SHA-256 as `Digest` writes it.
func isDigest(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

extension JSON {
    /// The same with the fields of every object sorted by name, and what JSON cannot hold replaced: zero bytes by `␀`,
    /// nan and the infinities by their names, the second field of a name (Lua tells 1 and "1" apart) by another name.
    var canonical: JSON {
        switch self {
        case .list(let list): .list(list.map(\.canonical))
        case .object(let fields):
            .object(fields.map { JSON.Field($0.name.withoutZeros, $0.value.canonical) }.sortedByName)
        case .text(let text): .text(text.withoutZeros)
        case .number(let number) where !number.isFinite: .text(numberText(number))
        default: self
        }
    }

    /// The document on many lines: a line for each field, lists of plain values on one.
    var indented: String {
        var out = ""
        writeIndented(to: &out, "\n")
        return out + "\n"
    }

    private func writeIndented(to out: inout String, _ lineEnd: String) {
        let inner = lineEnd + " "
        switch self {
        case .object(let fields) where !fields.isEmpty:
            for (place, field) in fields.enumerated() {
                out += (place == 0 ? "{" : ",") + inner + JSON.text(field.name).description + ": "
                field.value.writeIndented(to: &out, inner)
            }
            out += lineEnd + "}"
        case .list(let list) where !list.allSatisfy(\.isPlain):
            for (place, value) in list.enumerated() {
                out += (place == 0 ? "[" : ",") + inner
                value.writeIndented(to: &out, inner)
            }
            out += lineEnd + "]"
        default: out += description
        }
    }

    private var isPlain: Bool {
        switch self {
        case .object, .list: false
        default: true
        }
    }
}

extension [JSON.Field] {
    /// Sorted by the bytes of the names, each of them once.
    fileprivate var sortedByName: [JSON.Field] {
        var fields = sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        for place in fields.indices.dropFirst() where fields[place].name == fields[place - 1].name {
            fields[place].name += "'"
        }
        return fields
    }
}

extension String {
    /// JSON texts in C end at a zero byte.
    fileprivate var withoutZeros: String { utf8.contains(0) ? replacing("\0", with: "␀") : self }
}
