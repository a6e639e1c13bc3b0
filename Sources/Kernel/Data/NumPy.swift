/// One array in NumPy's npy format, versions 1 to 3.
///
/// A file is `\x93NUMPY`, two version bytes, the header's length, a header that is a Python dictionary with the keys
/// descr, fortran_order and shape, then the elements. Arrays of Python objects would need pickle, which runs code; they
/// are refused. Source: NumPy Enhancement Proposal 1 and numpy.lib.format.
public enum NumPy {
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    public static func read(_ path: String) throws -> Tensor {
        let file = try Files.read(path)
        return try file.withUnsafeBytes { try parse($0, path) }
    }

    /// The tensor in a file's bytes.
    /// - Throws: `KernelError.file` that calls them by `name`.
    public static func tensor(from bytes: [UInt8], name: String) throws -> Tensor {
        try bytes.withUnsafeBytes { try parse($0, name) }
    }

    /// The bytes of a file in version 1, row-major and little-endian.
    public static func bytes(of tensor: Tensor) throws -> [UInt8] {
        try tensor.readBytes { header(tensor) + Array($0) }
    }

    /// Writes version 1, row-major and little-endian.
    public static func write(_ path: String, _ tensor: Tensor) throws {
        let header = header(tensor)
        try AtomicFile.write(path) { file in
            try file.append(header)
            try tensor.readBytes { try file.append($0) }
        }
    }

    static func header(_ tensor: Tensor) -> [UInt8] {
        let sizes = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.rank == 1 ? "," : "")
        var text = "{'descr': '\(tensor.dtype.numpy)', 'fortran_order': False, 'shape': (\(sizes)), }"
        text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
        return magic + [1, 0] + littleEndian(UInt16(text.utf8.count)) + Array(text.utf8)
    }

    static func parse(_ file: UnsafeRawBufferPointer, _ path: String) throws -> Tensor {
        func wrong(_ reason: String) -> KernelError { .file(path: path, reason: "not a readable npy file: \(reason)") }
        guard file.count >= 10, file.starts(with: magic) else { throw wrong("it does not begin with \\x93NUMPY") }
        guard (1...3).contains(file[6]) else { throw wrong("version \(file[6]).\(file[7])") }
        let start = file[6] == 1 ? 10 : 12
        guard file.count >= start else { throw wrong("the header is cut off") }
        let length =
            file[6] == 1
            ? Int(UInt16(littleEndian: file.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
            : Int(UInt32(littleEndian: file.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
        guard length <= file.count - start else { throw wrong("the header is cut off") }
        let text = String(decoding: file[start..<start + length], as: UTF8.self)
        let header: NumPyHeader
        do { header = try NumPyHeader(text) } catch { throw wrong("\(error)") }

        guard !header.descr.contains("O") else {
            throw wrong("it holds Python objects, which are not loaded because that could run code")
        }
        guard let order = header.descr.first, "<>|=".contains(order),
            let element = StoredElement.numpy[String(header.descr.dropFirst())]
        else { throw wrong("the element type \(quoted(header.descr)) is not supported") }
        let count: Int
        do { count = try Shape.count(header.shape, "npy") } catch { throw wrong("\(error)") }
        let body = UnsafeRawBufferPointer(rebasing: file[(start + length)...])
        guard body.count == count * element.size else {
            throw wrong("\(body.count) bytes for the shape \(shapeText(header.shape)) of \(header.descr)")
        }
        let shape = header.fortranOrder ? header.shape.reversed() : header.shape
        let tensor =
            order == ">" && element.size > 1
            ? try swapped(body, element.size).withUnsafeBytes { try element.tensor($0, shape) }
            : try element.tensor(body, shape)
        guard header.fortranOrder else { return tensor }
        let strides = Shape.strides(shape)
        return try tensor.view(header.shape, strides: strides.reversed(), offset: 0).contiguous()
    }

    private static func swapped(_ bytes: UnsafeRawBufferPointer, _ size: Int) throws -> [UInt8] {
        var out = Array(bytes)
        for start in stride(from: 0, to: out.count, by: size) { out[start..<start + size].reverse() }
        return out
    }
}

extension DType {
    /// NumPy's type string: `<f4`.
    var numpy: String {
        switch self {
        case .float32: "<f4"
        case .float64: "<f8"
        case .int32: "<i4"
        case .int64: "<i8"
        case .uint8: "|u1"
        case .int8: "|i1"
        case .bool: "|b1"
        }
    }
}

/// The dictionary at the start of an npy file. Only the three known keys with literals of their types are taken.
struct NumPyHeader {
    private(set) var descr = ""
    private(set) var fortranOrder = false
    private(set) var shape: [Int] = []
    private var rest: Substring.UTF8View

    struct Malformed: Error, CustomStringConvertible { let description: String }

    init(_ text: String) throws {
        rest = Substring(text).utf8
        try expect("{")
        var seen: Set<String> = []
        while !accept("}") {
            let key = try string()
            guard seen.insert(key).inserted else {
                throw Malformed(description: "the header gives \(quoted(key)) twice")
            }
            try expect(":")
            switch key {
            case "descr":
                if peek() == UInt8(ascii: "[") {
                    throw Malformed(description: "structured element types are not supported")
                }
                descr = try string()
            case "fortran_order": fortranOrder = try truth()
            case "shape": shape = try tuple()
            default: throw Malformed(description: "unknown header field \(quoted(key, limit: 40))")
            }
            if !accept(",") {
                try expect("}")
                break
            }
        }
        guard seen.count == 3 else { throw Malformed(description: "the header lacks a field") }
    }

    private mutating func peek() -> UInt8? {
        while let next = rest.first, next == 0x20 || next == 0x0A || next == 0x09 { rest.removeFirst() }
        return rest.first
    }
    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }
    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard accept(character) else { throw Malformed(description: "'\(character)' expected in the header") }
    }
    private mutating func string() throws -> String {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw Malformed(description: "a string expected in the header")
        }
        rest.removeFirst()
        guard let end = rest.firstIndex(of: quote) else {
            throw Malformed(description: "a string in the header is not closed")
        }
        defer { rest = rest[rest.index(after: end)...] }
        return String(decoding: Array(rest[..<end]), as: UTF8.self)
    }
    private mutating func word() -> String {
        _ = peek()
        let letters = Array(rest.prefix { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || $0 >= 0x30 && $0 <= 0x39 })
        rest.removeFirst(letters.count)
        return String(decoding: letters, as: UTF8.self)
    }
    private mutating func truth() throws -> Bool {
        switch word() {
        case "True": return true
        case "False": return false
        default: throw Malformed(description: "True or False expected for fortran_order")
        }
    }
    private mutating func tuple() throws -> [Int] {
        try expect("(")
        var sizes: [Int] = []
        while !accept(")") {
            guard let size = Int(word()), size >= 0 else {
                throw Malformed(description: "a size expected in the shape")
            }
            sizes.append(size)
            if !accept(",") {
                try expect(")")
                break
            }
        }
        return sizes
    }
}
