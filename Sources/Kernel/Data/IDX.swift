/// Arrays of bytes in the IDX format of MNIST and its relatives, gzipped or not.
///
/// Two zero bytes, the element type (0x08 is the unsigned byte, the only one read), the number of axes, one big-endian
/// 32-bit size an axis, then the elements in row-major order. Source: the MNIST page of LeCun, Cortes and Burges.
public enum IDX {
    /// Reads a file of the given number of axes into a uint8 tensor.
    /// - Throws: `KernelError.file` when the header is another's or the length does not fit it.
    public static func read(_ path: String, axes: Int? = nil) throws -> Tensor {
        let reader = try ByteReader(path)
        let magic = try reader.read(4)
        guard magic[0] == 0, magic[1] == 0 else { throw KernelError.file(path: path, reason: "is not an IDX file") }
        guard magic[2] == 8 else {
            throw KernelError.file(
                path: path, reason: "has IDX elements of type \(magic[2]); unsigned bytes (8) expected")
        }
        let rank = Int(magic[3])
        guard axes == nil || rank == axes else {
            throw KernelError.file(path: path, reason: "has \(rank) axes, \(axes!) expected")
        }
        let sizes = try reader.read(4 * rank)
        let shape = (0..<rank).map { axis in sizes[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } }
        let count: Int
        do { count = try Shape.count(shape, "idx") } catch { throw KernelError.file(path: path, reason: "\(error)") }
        guard count <= reader.mostLeft else { throw KernelError.file(path: path, reason: "is cut off") }
        let tensor = try Tensor(shape, .uint8, op: "idx") { try reader.read(into: $0) }
        guard try reader.isAtEnd() else {
            throw KernelError.file(path: path, reason: "is longer than its header says (\(shapeText(shape)))")
        }
        return tensor
    }

    /// Writes a uint8 tensor; gzipped when the path ends in `.gz`.
    public static func write(_ path: String, _ tensor: Tensor) throws {
        guard tensor.dtype == .uint8 else {
            throw KernelError.dtype(op: "idx", got: [tensor.dtype], expected: "uint8")
        }
        var header: [UInt8] = [0, 0, 8, UInt8(tensor.rank)]
        for size in tensor.shape {
            guard let size = UInt32(exactly: size) else {
                throw KernelError.shape(op: "idx", shapes: [tensor.shape], reason: "an axis is too long")
            }
            header += withUnsafeBytes(of: size.bigEndian) { Array($0) }
        }
        try AtomicFile.write(path) { file in
            let deflater = path.hasSuffix(".gz") ? try Deflater(.gzip) : nil
            func write(_ bytes: UnsafeRawBufferPointer) throws {
                try deflater?.add(bytes) { try file.append($0) } ?? file.append(bytes)
            }
            try header.withUnsafeBytes(write)
            try tensor.readBytes(write)
            try deflater?.finish { try file.append($0) }
        }
    }
}
