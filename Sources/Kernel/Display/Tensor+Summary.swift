extension Tensor {
    /// One line that says which tensor this was after it is gone: the header and a digest of the elements.
    ///
    /// `Tensor [2, 3] float32, 0 to 1, mean 0.5, std 0.2, sha256 0f1e2d3c4b5a`. At most a mebibyte is digested; of more,
    /// 256 pieces, which `~` says.
    public var summary: String {
        do {
            let value = rank == 0 ? ["Tensor [] \(dtype.name) \(try item().literal)"] : try headerParts()
            return (value + (count == 0 ? [] : ["sha256 \(try shortDigest())"])).joined(separator: ", ")
        } catch {
            return "Tensor \(shapeText(shape)) \(dtype.name)"
        }
    }

    private static let digestedBytes = 1 << 20, pieces = 256

    private func shortDigest() throws -> String {
        var digest = Digest()
        if bytes <= Self.digestedBytes {
            try readBytes { try digest.add($0) }
            return String(digest.finish().prefix(12))
        }
        guard isContiguous, case (let storage, let offset, _) = try strided() else { return "not taken of a view" }
        let start = storage.base + offset * dtype.size, size = Self.digestedBytes / Self.pieces
        for piece in 0..<Self.pieces {
            try digest.add(.init(start: start + (bytes - size) / (Self.pieces - 1) * piece, count: size))
        }
        return withExtendedLifetime(storage) { "~" + digest.finish().prefix(12) }
    }
}
