import Glibc

/// What tells whether two runs made the same tensor, and how far apart two different ones are.
public struct TensorFingerprint: Sendable, Equatable {
    public let dtype: String
    public let shape: [Int]
    /// Of the type, the shape and every bit of the elements.
    public let sha256: String
    /// Of the elements with four significant digits: equal for most runs that differ by rounding alone.
    public let rounded: String
    /// Over the finite elements; nan when there are none.
    public let minimum: Double, maximum: Double, mean: Double, deviation: Double
}

extension Tensor {
    /// - Throws: `Interrupted`.
    public func fingerprint() throws -> TensorFingerprint {
        let plain = detached(), statistics = try Statistics(plain), isEmpty = statistics.finite == 0
        return TensorFingerprint(
            dtype: dtype.name, shape: shape, sha256: try Digest.of([("", plain)]), rounded: try plain.roundedDigest(),
            minimum: isEmpty ? .nan : statistics.lowest, maximum: isEmpty ? .nan : statistics.highest,
            mean: isEmpty ? .nan : statistics.mean, deviation: statistics.deviation)
    }

    private func roundedDigest() throws -> String {
        var digest = Digest()
        let numbers = try array(Double.self).map(fourDigits)
        try numbers.withUnsafeBytes { try digest.add($0) }
        return digest.finish()
    }
}

/// 0.123456 becomes 0.1235.
private func fourDigits(_ x: Double) -> Double {
    guard x.isFinite, x != 0 else { return x.isNaN ? .nan : x }
    let scale = pow(10, 3 - floor(log10(abs(x))))
    return scale.isFinite && scale > 0 ? (x * scale).rounded() / scale : x
}
