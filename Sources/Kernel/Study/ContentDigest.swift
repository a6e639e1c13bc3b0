/// Something that can say what it is made of: what a stored outcome is found again by.
public protocol ContentDigest {
    /// SHA-256 of everything that decides its results.
    func contentDigest() throws -> String
}

extension Module: ContentDigest {
    /// Structure, quantizers, parameters and buffers.
    public func contentDigest() throws -> String {
        let quantizers = modules.compactMap { path, module in
            module.quantization.map { q in
                let parts = [q.weight, q.bias, q.input, q.entry].map { $0.map { "\($0)" } ?? "-" }
                return "\(path): \(parts.joined(separator: " "))"
            }
        }
        let contents = try Digest.of(state.map { ($0.name, $0.tensor.detached()) })
        return try Digest.of("\(record)\n\(quantizers.joined(separator: "\n"))\n\(contents)")
    }
}

extension IntegerModel: ContentDigest {
    /// The specification and the model that it computes.
    public func contentDigest() throws -> String { try Digest.of("integer \(spec.rawValue) \(source.contentDigest())") }
}
