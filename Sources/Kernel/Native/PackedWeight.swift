import Synchronization

// Weights are re-ordered for oneDNN once per change: the packed forms hang on the storage that holds the weights.

/// A packed form of weights with the version of the storage that it was made from.
struct PackedWeight: Sendable {
    let version: Int
    let offset: Int
    let layout: Layout
    let block: NativeBlock
}

private let packing = Mutex(())
/// A weight has a form for the forward pass and one for the input gradient, for few batch sizes.
private let formsKept = 4

extension Tensor {
    /// This weight, seen as `shape` (its groups split), in the layout; packed anew only when the elements changed.
    func packed(_ shape: [Int], _ layout: Layout) throws -> NativeBlock {
        let plain = try contiguous()
        let (storage, offset, _) = try plain.strided()
        let version = storage.version
        let found = packing.withLock { _ in
            storage.packed.first { $0.version == version && $0.offset == offset && $0.layout == layout }
        }
        if let found { return found.block }
        let source = try plain.block(shape, op: "conv2d"), block = try source.reordered(to: layout)
        guard block !== source else { return block }
        packing.withLock { _ in
            storage.packed.removeAll { $0.version != version }
            if storage.packed.count >= formsKept { storage.packed.removeFirst() }
            storage.packed.append(PackedWeight(version: version, offset: offset, layout: layout, block: block))
        }
        return block
    }
}
