import CNettle

/// SHA-256 (FIPS 180-4) over a sequence of bytes, in lower-case hexadecimal.
public struct Digest {
    private var state = sha256_ctx()

    public init() { nettle_sha256_init(&state) }

    /// - Throws: `Interrupted`.
    public mutating func add(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            try Interrupt.check()
            let step = min(bytes.count - done, 4 << 20)
            nettle_sha256_update(
                &state, step, (bytes.baseAddress! + done).assumingMemoryBound(to: UInt8.self))
            done += step
        }
    }
    public mutating func add(_ text: String) throws { try Array(text.utf8).withUnsafeBytes { try add($0) } }

    /// The 64 digits; the digest starts afresh.
    public mutating func finish() -> String {
        var out = [UInt8](repeating: 0, count: 32)
        nettle_sha256_digest(&state, out.count, &out)
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: out.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The digest of one text.
    public static func of(_ text: String) throws -> String {
        var digest = Digest()
        try digest.add(text)
        return digest.finish()
    }
    /// The digest of bytes.
    public static func of(_ bytes: [UInt8]) throws -> String {
        var digest = Digest()
        try bytes.withUnsafeBytes { try digest.add($0) }
        return digest.finish()
    }
    /// The digest of tensors: names, types, shapes and elements, in order.
    public static func of(_ tensors: [(name: String, tensor: Tensor)]) throws -> String {
        var digest = Digest()
        for (name, tensor) in tensors {
            try digest.add("\(name) \(tensor.dtype.name) \(shapeText(tensor.shape))\n")
            try tensor.readBytes { try digest.add($0) }
        }
        return digest.finish()
    }
}
