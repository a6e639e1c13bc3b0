/// What a tensor holds while its contents are looked at elsewhere.
private final class Nothing: NativeContents {
    static let contents = Tensor.Contents.native(Nothing())
    func rowMajor() throws -> Storage { try Storage(bytes: 0) }
}

extension Tensor {
    /// Stands for an operand that was not kept, because the derivative that is wanted does not need it.
    static var absent: Tensor { Tensor(.init([0], count: 0), .bool, Nothing.contents) }

    /// Whether no other tensor shares the elements, so that a pass over a gradient may write its result over it. The caller
    /// holds the only reference to this tensor.
    func isSoleOwner() -> Bool {
        if var block = takeBlock() {
            defer { contents = .native(block) }
            return isKnownUniquelyReferenced(&block) && block.isSoleOwner()
        }
        guard let layout, var storage = takeStorage() else { return false }
        defer { contents = layout(storage) }
        return isKnownUniquelyReferenced(&storage)
    }

    /// How the elements lie in their storage.
    private var layout: ((Storage) -> Contents)? {
        switch contents {
        case .few: { .dense($0, offset: 0) }
        case .dense(_, let offset): { .dense($0, offset: offset) }
        case .strided(_, let offset, let strides): { .strided($0, offset: offset, strides: strides) }
        case .native: nil
        }
    }

    // References are counted, so contents are moved out of the tensor for as long as the counting takes.
    private func takeBlock() -> NativeBlock? {
        guard let block = nativeBlock else { return nil }
        contents = Nothing.contents
        return block
    }
    private func takeStorage() -> Storage? {
        guard let (storage, _) = place else { return nil }
        contents = Nothing.contents
        return storage
    }
}
