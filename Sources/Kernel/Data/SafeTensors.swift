/// Tensors by name with a table of strings, in the safetensors format.
///
/// A file is a header length (8 bytes, little-endian), a JSON header, and the elements of every tensor, row-major and
/// little-endian, without holes. Nothing in it can be executed. Model files are of this kind: hyper-parameters stand in
/// the `__metadata__` table. Source: the format description of huggingface/safetensors.
public struct SafeTensors: Sendable {
    /// In the order of the file.
    public var tensors: [(name: String, tensor: Tensor)]
    public var metadata: [(name: String, value: String)]

    /// The longest header that is read, as in the reference implementation.
    public static let headerLimit = 100_000_000

    public subscript(name: String) -> Tensor? { tensors.first { $0.name == name }?.tensor }
    public subscript(metadata name: String) -> String? { metadata.first { $0.name == name }?.value }

    /// Writes a file, complete or not at all. Wider elements come first, so that all of them are aligned.
    /// - Throws: `KernelError` when two tensors have one name, a name is reserved, or the file cannot be written.
    public static func write(
        _ path: String, tensors: [(name: String, tensor: Tensor)], metadata: [(name: String, value: String)] = []
    ) throws {
        try checkNames(tensors.map(\.name), path)
        try checkNames(metadata.map(\.name), path)
        let sizes = [8, 4, 1]
        let ordered = sizes.flatMap { size in tensors.filter { $0.tensor.dtype.size == size } }
        var header = Array(headerText(ordered, metadata).utf8)
        header += [UInt8](repeating: 0x20, count: (8 - header.count % 8) % 8)
        guard header.count <= headerLimit else { throw KernelError.file(path: path, reason: "the header is too long") }
        try AtomicFile.write(path) { file in
            try file.append(littleEndian(UInt64(header.count)))
            try file.append(header)
            for entry in ordered { try entry.tensor.readBytes { try file.append($0) } }
        }
    }

    private static func headerText(
        _ tensors: [(name: String, tensor: Tensor)], _ metadata: [(name: String, value: String)]
    ) -> String {
        var fields: [JSON.Field] = []
        if !metadata.isEmpty {
            fields.append(.init("__metadata__", .object(metadata.map { ($0.name, .text($0.value)) })))
        }
        var offset = 0
        for (name, tensor) in tensors {
            let place = JSON.list([.int(offset), .int(offset + tensor.bytes)])
            let shape = JSON.list(tensor.shape.map(JSON.int))
            fields.append(
                .init(
                    name,
                    .object([("dtype", .text(tensor.dtype.safetensors)), ("shape", shape), ("data_offsets", place)])
                ))
            offset += tensor.bytes
        }
        return JSON.object(fields).description
    }

    private static func checkNames(_ names: [String], _ path: String) throws {
        var seen: Set<String> = ["__metadata__"]
        for name in names {
            guard seen.insert(name).inserted else {
                let reason = name == "__metadata__" ? "is reserved" : "is given twice"
                throw KernelError.file(path: path, reason: "the name \(quoted(name)) \(reason)")
            }
            guard !name.utf8.contains(0) else {
                throw KernelError.file(path: path, reason: "the name \(quoted(name)) has a zero byte")
            }
        }
    }
}

// MARK: - Reading

extension SafeTensors {
    /// Reads a file whole. Elements of types that tensors lack are widened: F16 and BF16 to float32, I16 and U16 to
    /// int32, U32 to int64.
    /// - Throws: `KernelError.file` when the file breaks a rule of the format, saying which.
    public static func read(_ path: String) throws -> SafeTensors {
        let file = try Files.read(path)
        return try file.withUnsafeBytes { try SafeTensors(parsing: $0, path) }
    }

    init(parsing file: UnsafeRawBufferPointer, _ path: String) throws {
        func wrong(_ reason: String) -> KernelError { .file(path: path, reason: "not a safetensors file: \(reason)") }
        guard file.count >= 8 else { throw wrong("shorter than its header length") }
        let declared = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
        guard declared <= UInt64(SafeTensors.headerLimit) else { throw wrong("a header of \(declared) bytes") }
        let length = Int(declared)
        guard length <= file.count - 8 else { throw wrong("the header is cut off") }
        let header = UnsafeRawBufferPointer(rebasing: file[8..<8 + length])
        guard header.first == UInt8(ascii: "{") else { throw wrong("the header does not begin with {") }
        let json: JSON
        do { json = try JSON(parsing: header) } catch { throw wrong("\(error)") }
        guard let fields = json.object else { throw wrong("the header is no object") }

        var entries: [Entry] = []
        (tensors, metadata) = ([], [])
        for field in fields {
            if field.name == "__metadata__" {
                guard let strings = field.value.object else { throw wrong("__metadata__ is no object") }
                metadata = try strings.map { entry in
                    guard let text = entry.value.text else {
                        throw wrong("__metadata__ has a value that is no string: \(quoted(entry.name))")
                    }
                    return (entry.name, text)
                }
            } else {
                guard let entry = Entry(field) else { throw wrong("the entry of \(quoted(field.name)) is malformed") }
                entries.append(entry)
            }
        }
        entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
        let buffer = UnsafeRawBufferPointer(rebasing: file[(8 + length)...])
        var offset = 0
        for entry in entries {
            guard entry.begin == offset, entry.end >= offset, entry.end <= buffer.count else {
                throw wrong("the bytes of \(quoted(entry.name)) leave a hole, overlap or lie outside the file")
            }
            offset = entry.end
        }
        guard offset == buffer.count else { throw wrong("\(buffer.count - offset) bytes belong to no tensor") }
        tensors = try entries.map { ($0.name, try $0.tensor(buffer, wrong)) }
    }

    private struct Entry {
        let name: String, dtype: String, shape: [Int], begin: Int, end: Int

        init?(_ field: JSON.Field) {
            guard let dtype = field.value["dtype"]?.text, let sizes = field.value["shape"]?.list,
                let place = field.value["data_offsets"]?.list, place.count == 2, let begin = place[0].int,
                let end = place[1].int, begin >= 0, end >= begin
            else { return nil }
            let shape = sizes.compactMap(\.int)
            guard shape.count == sizes.count, shape.allSatisfy({ $0 >= 0 }) else { return nil }
            (name, self.dtype, self.shape, self.begin, self.end) = (field.name, dtype, shape, begin, end)
        }

        func tensor(_ buffer: UnsafeRawBufferPointer, _ wrong: (String) -> KernelError) throws -> Tensor {
            guard let element = StoredElement.safetensors[dtype] else {
                throw wrong("\(quoted(name)) has the element type \(dtype), which is not supported")
            }
            let count: Int
            do { count = try Shape.count(shape, name) } catch { throw wrong("\(error)") }
            guard count * element.size == end - begin else {
                throw wrong("\(quoted(name)) has \(end - begin) bytes for the shape \(shapeText(shape)) of \(dtype)")
            }
            return try element.tensor(UnsafeRawBufferPointer(rebasing: buffer[begin..<end]), shape)
        }
    }
}

/// The bytes of a number, least significant first.
func littleEndian<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
