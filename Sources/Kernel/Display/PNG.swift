import CZlib

extension Picture {
    /// The picture as a PNG file (RFC 2083): 8-bit colour, no filter, one deflated block.
    /// - Throws: `KernelError.memory` when zlib has none.
    public func png() throws -> [UInt8] {
        var rows = [UInt8]()
        rows.reserveCapacity((3 * width + 1) * height)
        for row in 0..<height { rows += [0] + pixels[3 * row * width..<3 * (row + 1) * width] }
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        file += Self.chunk("IHDR", Self.word(width) + Self.word(height) + [8, 2, 0, 0, 0])
        file += Self.chunk("IDAT", try deflated(rows))
        return file + Self.chunk("IEND", [])
    }

    private static func word(_ number: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
    }

    private static func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + bytes
        return word(bytes.count) + body + word(Int(crc32(0, body, UInt32(body.count))))
    }
}

/// The bytes in zlib's format (RFC 1950).
func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var out = [UInt8](repeating: 0, count: Int(size))
    guard compress2(&out, &size, bytes, UInt(bytes.count), 6) == Z_OK else {
        throw KernelError.memory(bytes: bytes.count)
    }
    return Array(out.prefix(Int(size)))
}
