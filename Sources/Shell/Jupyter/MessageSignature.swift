import CNettle

/// HMAC-SHA256 (RFC 2104 and FIPS 180-4) over the parts of a message, with the key of the connection file. Who does not know the
/// key can neither send the kernel code nor forge what it answers.
struct MessageSignature: Sendable {
    let key: [UInt8]

    /// 64 digits in lower case; empty with the empty key, which is how Jupyter turns signing off.
    func digits(of parts: [[UInt8]]) -> [UInt8] {
        if key.isEmpty { return [] }
        var state = hmac_sha256_ctx()
        nettle_hmac_sha256_set_key(&state, key.count, key)
        for part in parts { nettle_hmac_sha256_update(&state, part.count, part) }
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
        nettle_hmac_sha256_digest(&state, bytes.count, &bytes)
        let digits = Array("0123456789abcdef".utf8)
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// Whether a signature is that of the parts. The time that takes does not depend on where they differ.
    func accepts(_ signature: [UInt8], of parts: [[UInt8]]) -> Bool {
        let right = digits(of: parts)
        return signature.count == right.count && nettle_memeql_sec(signature, right, right.count) != 0
    }
}
