extension Tensor {
    /// The elements' bytes in row-major order, as the machine keeps them (little-endian).
    func readBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
        let source = try contiguous()
        let (storage, offset, _) = try source.strided()
        return try withExtendedLifetime(storage) {
            try body(UnsafeRawBufferPointer(start: storage.base + offset * dtype.size, count: bytes))
        }
    }

    /// A tensor whose bytes the body writes, all of them. Truth values other than 0 and 1 become 1.
    convenience init(
        _ shape: [Int], _ dtype: DType, op: String, bytes: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        try self.init(empty: shape, dtype, op: op)
        let (storage, _, _) = try strided()
        let target = UnsafeMutableRawBufferPointer(start: storage.base, count: self.bytes)
        try withExtendedLifetime(storage) { try bytes(target) }
        if dtype == .bool { for i in target.indices where target[i] > 1 { target[i] = 1 } }
    }
}
