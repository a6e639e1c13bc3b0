import CZlib

/// Writes a zip archive of at most 4 GiB, member by member. What a member's header says of its packed size is known
/// when it is packed; the header is put right then.
struct ZipWriter {
    private let file: AtomicFile
    private let path: String
    private var directory: [UInt8] = []
    private var offset = 0
    private var count = 0

    init(_ file: AtomicFile, _ path: String) { (self.file, self.path) = (file, path) }

    /// Appends a member whose contents are the parts one after the other.
    /// - Throws: `KernelError.file` when the archive would exceed 4 GiB; `Interrupted`.
    mutating func add(_ name: String, _ parts: [UnsafeRawBufferPointer], compress: Bool) throws {
        let size = parts.reduce(0) { $0 + $1.count }, member = Array(name.utf8), start = offset
        guard size < 1 << 32 - 1024, offset < 1 << 32 - 1 else { throw tooLarge }
        let sum = try CyclicSum.of(parts)
        func fields(_ packed: Int) -> [UInt8] {
            littleEndian(UInt16(20)) + littleEndian(UInt16(0x0800)) + littleEndian(UInt16(compress ? 8 : 0))
                + littleEndian(UInt16(0)) + littleEndian(UInt16(0x0021)) + littleEndian(sum)
                + littleEndian(UInt32(packed)) + littleEndian(UInt32(size)) + littleEndian(UInt16(member.count))
                + littleEndian(UInt16(0))
        }
        let signature = littleEndian(UInt32(0x0403_4B50))
        try append(signature + fields(size) + member)
        let packed = try append(parts, compress: compress)
        guard packed < 1 << 32 else { throw tooLarge }
        if compress { try file.overwrite(at: start, signature + fields(packed)) }
        directory += littleEndian(UInt32(0x0201_4B50)) + littleEndian(UInt16(20)) + fields(packed)
        directory += [UInt8](repeating: 0, count: 10) + littleEndian(UInt32(start)) + member
        count += 1
    }

    /// Appends the directory, which ends the archive.
    mutating func finish() throws {
        guard offset + directory.count < 1 << 32 - 1, count < 1 << 16 - 1 else { throw tooLarge }
        let (members, start) = (littleEndian(UInt16(count)), offset)
        try append(directory)
        try append(
            littleEndian(UInt32(0x0605_4B50)) + littleEndian(UInt32(0)) + members + members
                + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(start)) + littleEndian(UInt16(0)))
    }

    private mutating func append(_ bytes: [UInt8]) throws {
        try file.append(bytes)
        offset += bytes.count
    }

    /// The number of bytes that it took.
    private mutating func append(_ parts: [UnsafeRawBufferPointer], compress: Bool) throws -> Int {
        let file = file, deflater = compress ? try Deflater(.raw) : nil
        var made = 0
        func put(_ bytes: UnsafeRawBufferPointer) throws {
            try file.append(bytes)
            made += bytes.count
        }
        for part in parts { try deflater?.add(part, put) ?? put(part) }
        try deflater?.finish(put)
        offset += made
        return made
    }

    private var tooLarge: KernelError {
        .file(path: path, reason: "more than 4 GiB do not fit an npz file; use safetensors")
    }
}

/// The cyclic redundancy check of zip archives (CRC-32 of ISO 3309).
enum CyclicSum {
    /// Of the parts one after the other. - Throws: `Interrupted`.
    static func of(_ parts: [UnsafeRawBufferPointer]) throws -> UInt32 {
        var sum: uLong = 0
        for part in parts {
            for first in stride(from: 0, to: part.count, by: 1 << 20) {
                try Interrupt.check()
                let piece = UnsafeRawBufferPointer(rebasing: part[first..<min(first + (1 << 20), part.count)])
                sum = crc32_z(sum, piece.baseAddress?.assumingMemoryBound(to: Bytef.self), piece.count)
            }
        }
        return UInt32(truncatingIfNeeded: sum)
    }
}
