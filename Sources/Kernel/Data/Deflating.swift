import CZlib

/// zlib's compressor, fed and emptied in pieces. The stream stands at a fixed address because zlib keeps a pointer to it.
final class Deflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private var chunk = [UInt8](repeating: 0, count: 1 << 18)

    init(_ format: DeflateFormat) throws {
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        let status = deflateInit2_(
            stream, 6, Z_DEFLATED, format.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard status == Z_OK else {
            stream.deallocate()
            throw KernelError.memory(bytes: 1 << 18)
        }
    }
    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Compresses more bytes; what comes of them, and of earlier ones, goes to the body.
    /// - Throws: `Interrupted`, and what the body throws.
    func add(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var position = 0
        while position < bytes.count {
            let given = min(bytes.count - position, 1 << 20)
            try step(.init(rebasing: bytes[position..<position + given]), Z_NO_FLUSH, body)
            position += given
        }
    }

    /// Gives the rest. Nothing can be added then.
    func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try step(.init(start: nil, count: 0), Z_FINISH, body)
    }

    private func step(
        _ bytes: UnsafeRawBufferPointer, _ flush: Int32, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: Bytef.self))
        stream.pointee.avail_in = uInt(bytes.count)
        repeat {
            try Interrupt.check()
            try chunk.withUnsafeMutableBufferPointer { chunk in
                stream.pointee.next_out = chunk.baseAddress
                stream.pointee.avail_out = uInt(chunk.count)
                _ = deflate(stream, flush)
                try body(.init(start: chunk.baseAddress, count: chunk.count - Int(stream.pointee.avail_out)))
            }
        } while stream.pointee.avail_out == 0
    }
}
