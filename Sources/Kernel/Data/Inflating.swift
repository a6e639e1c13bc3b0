import CZlib

/// The contents of a file from front to back, decompressed on the way when it is gzip.
final class ByteReader {
    private let path: String
    private let bytes: [UInt8]
    private var position = 0
    private var inflater: Inflater?

    /// - Throws: `KernelError.file` when the file cannot be read.
    convenience init(_ path: String) throws { try self.init(path, Files.read(path)) }

    init(_ path: String, _ bytes: [UInt8]) throws {
        (self.path, self.bytes) = (path, bytes)
        if bytes.starts(with: [0x1F, 0x8B]) { inflater = try Inflater(.gzip) }
    }

    /// An upper bound of what is left: deflate cannot expand more than 1032 times.
    var mostLeft: Int { (bytes.count - position) * (inflater == nil ? 1 : 1032) }

    /// Fills the buffer. - Throws: `KernelError.file` when less is left.
    func read(into target: UnsafeMutableRawBufferPointer) throws {
        guard let inflater else {
            guard target.count <= bytes.count - position else { throw cutOff }
            bytes.withUnsafeBytes { target.copyMemory(from: .init(rebasing: $0[position..<position + target.count])) }
            position += target.count
            return
        }
        let (used, made) = try bytes.withUnsafeBytes { source in
            try inflater.step(.init(rebasing: source[position...]), into: target, path)
        }
        position += used
        guard made == target.count else { throw cutOff }
    }

    func read(_ count: Int) throws -> [UInt8] {
        var out = [UInt8](repeating: 0, count: count)
        try out.withUnsafeMutableBytes { try read(into: $0) }
        return out
    }

    /// Whether nothing is left; for gzip this also checks the sum at the end.
    func isAtEnd() throws -> Bool {
        guard let inflater else { return position == bytes.count }
        var byte: UInt8 = 0
        let made = try withUnsafeMutableBytes(of: &byte) { one in
            try bytes.withUnsafeBytes { try inflater.step(.init(rebasing: $0[position...]), into: one, path).made }
        }
        guard made > 0 || inflater.finished else { throw cutOff }
        return made == 0
    }

    private var cutOff: KernelError { .file(path: path, reason: "is cut off") }
}

/// What stands around deflated data: a gzip file, or nothing, as in zip archives. The values are zlib's window bits.
enum DeflateFormat: Int32 {
    case gzip = 31
    case raw = -15
}

/// zlib's decompressor. The stream stands at a fixed address because zlib keeps a pointer to it.
final class Inflater {
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private(set) var finished = false

    init(_ format: DeflateFormat) throws {
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(stream, format.rawValue, ZLIB_VERSION, size) == Z_OK else {
            stream.deallocate()
            throw KernelError.memory(bytes: 1 << 16)
        }
    }
    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Decompresses until the target is full or the source ends.
    func step(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ path: String) throws
        -> (used: Int, made: Int)
    {
        var used = 0, made = 0
        while made < target.count, !finished {
            try Interrupt.check()
            let given = min(source.count - used, 1 << 20), room = min(target.count - made, 1 << 22)
            stream.pointee.next_in = UnsafeMutablePointer(
                mutating: source.baseAddress?.advanced(by: used).assumingMemoryBound(to: Bytef.self))
            stream.pointee.avail_in = uInt(given)
            stream.pointee.next_out = (target.baseAddress! + made).assumingMemoryBound(to: Bytef.self)
            stream.pointee.avail_out = uInt(room)
            let status = inflate(stream, Z_NO_FLUSH)
            used += given - Int(stream.pointee.avail_in)
            let gained = room - Int(stream.pointee.avail_out)
            made += gained
            if status == Z_STREAM_END {
                finished = true
            } else if status == Z_BUF_ERROR || (gained == 0 && given == 0) {
                break
            } else if status != Z_OK {
                throw KernelError.file(path: path, reason: "the compressed data is damaged")
            }
        }
        return (used, made)
    }
}
