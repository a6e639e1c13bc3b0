import Kernel

/// A value that can be kept outside the session and is the same when it comes back: no code, nothing that refers to
/// anything. Pairs of tables stand in the order in which `next` gave them.
enum StoredValue {
    struct Pair {
        let key: StoredValue, value: StoredValue
    }

    case null
    case flag(Bool)
    case int(Int)
    case number(Double)
    case bytes([UInt8])
    case table([Pair])
    case tensor(Tensor)

    /// How many pairs at the beginning have the keys 1, 2, 3 ...
    static func listCount(_ pairs: [Pair]) -> Int {
        var count = 0
        while count < pairs.count, case .int(count + 1) = pairs[count].key { count += 1 }
        return count
    }
}

/// Why a value cannot be kept.
public struct NotStorable: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

// MARK: - Bytes

extension StoredValue {
    /// The value as bytes: a letter, then what it needs.
    func encode(into out: inout [UInt8]) throws {
        switch self {
        case .null: out.append(UInt8(ascii: "0"))
        case .flag(let flag): out.append(UInt8(ascii: flag ? "T" : "F"))
        case .int(let int): out += [UInt8(ascii: "i")] + words(UInt64(bitPattern: Int64(int)))
        case .number(let number): out += [UInt8(ascii: "n")] + words(number.bitPattern)
        case .bytes(let bytes): out += [UInt8(ascii: "s")] + words(UInt64(bytes.count)) + bytes
        case .tensor(let tensor):
            let bytes = try NumPy.bytes(of: tensor)
            out += [UInt8(ascii: "x")] + words(UInt64(bytes.count)) + bytes
        case .table(let pairs):
            out += [UInt8(ascii: "t")] + words(UInt64(pairs.count))
            for pair in pairs {
                try pair.key.encode(into: &out)
                try pair.value.encode(into: &out)
            }
        }
    }

    /// The value that bytes stand for.
    /// - Throws: `NotStorable` for bytes that `encode` does not write.
    static func decode(_ bytes: [UInt8]) throws -> StoredValue {
        var rest = bytes[...]
        let value = try decode(&rest, depth: 0)
        guard rest.isEmpty else { throw NotStorable("bytes are left over") }
        return value
    }

    private static func decode(_ rest: inout ArraySlice<UInt8>, depth: Int) throws -> StoredValue {
        guard let kind = rest.popFirst(), depth <= Interpreter.deepestTable else {
            throw NotStorable("the bytes end early")
        }
        switch kind {
        case UInt8(ascii: "0"): return .null
        case UInt8(ascii: "T"): return .flag(true)
        case UInt8(ascii: "F"): return .flag(false)
        case UInt8(ascii: "i"): return .int(Int(Int64(bitPattern: try word(&rest))))
        case UInt8(ascii: "n"): return .number(Double(bitPattern: try word(&rest)))
        case UInt8(ascii: "s"): return .bytes(try run(&rest))
        case UInt8(ascii: "x"): return .tensor(try NumPy.tensor(from: run(&rest), name: "the cache"))
        case UInt8(ascii: "t"):
            let count = try word(&rest)
            guard count <= UInt64(rest.count) else { throw NotStorable("the bytes end early") }
            return .table(
                try (0..<count).map { _ in
                    Pair(key: try decode(&rest, depth: depth + 1), value: try decode(&rest, depth: depth + 1))
                })
        default: throw NotStorable("the bytes hold an unknown kind of value")
        }
    }

    private static func run(_ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        let count = try word(&rest)
        guard count <= UInt64(rest.count) else { throw NotStorable("the bytes end early") }
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
    }

    private static func word(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        guard rest.count >= 8 else { throw NotStorable("the bytes end early") }
        defer { rest = rest.dropFirst(8) }
        return rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

private func words(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
