import COneDNN

/// A buffer in one of oneDNN's layouts: what flows from layer to layer.
final class NativeBlock: NativeContents, @unchecked Sendable {
    let layout: Layout
    /// Never replaced; a variable so that its references can be counted.
    private(set) var storage: Storage
    private let offset: Int

    init(_ layout: Layout, _ storage: Storage, offset: Int = 0) {
        (self.layout, self.storage, self.offset) = (layout, storage, offset)
    }
    /// A fresh buffer with undefined elements.
    convenience init(empty layout: Layout) throws { self.init(layout, try Storage(bytes: layout.bytes)) }

    var base: UnsafeMutableRawPointer { storage.base + offset }

    /// Whether nobody else holds the storage.
    func isSoleOwner() -> Bool { isKnownUniquelyReferenced(&storage) }

    private static let reorders = NativeCache<NativePrimitive>()

    /// The same elements in another layout; itself when it is that already.
    func reordered(to target: Layout) throws -> NativeBlock {
        if layout == target { return self }
        let result = try NativeBlock(empty: target)
        let reorder = try NativeBlock.reorders.entry(.init("reorder", [], [layout, target])) {
            try NativePrimitive(reorder: layout, to: target)
        }
        try reorder.run([.init(DNNL_ARG_FROM, self), .init(DNNL_ARG_TO, result)])
        return result
    }

    func rowMajor() throws -> Storage {
        let d = layout.pointer.pointee
        let shape = withUnsafeBytes(of: d.dims) {
            $0.bindMemory(to: dnnl_dim_t.self).prefix(Int(d.ndims)).map { Int($0) }
        }
        let dtype: DType =
            switch d.data_type {
            case dnnl_s32: .int32
            case dnnl_u8: .uint8
            case dnnl_s8: .int8
            default: .float32
            }
        return try reordered(to: Layout(rowMajor: shape, dtype, op: "reorder")).storage
    }
}

extension Tensor {
    /// The block behind native contents; nil for strided ones.
    var nativeBlock: NativeBlock? {
        if case .native(let contents) = contents { contents as? NativeBlock } else { nil }
    }

    /// The elements as a block of the given shape (this tensor's, or one that splits its axes), row-major unless the
    /// contents are native already.
    func block(_ shape: [Int]? = nil, op: String) throws -> NativeBlock {
        if let block = nativeBlock, shape == nil || shape == self.shape { return block }
        let (storage, offset, _) = try contiguous().strided()
        return NativeBlock(
            try Layout(rowMajor: shape ?? self.shape, dtype, op: op), storage, offset: offset * dtype.size)
    }

    /// A tensor over a block of its shape: strided when the block is row-major.
    convenience init(_ shape: [Int], _ dtype: DType, _ block: NativeBlock, op: String) throws {
        let count = try Shape.count(shape, op)
        let isPlain = block.layout == (try Layout(rowMajor: shape, dtype, op: op))
        self.init(
            shape: shape, dtype: dtype, count: count,
            contents: isPlain ? .strided(block.storage, offset: 0, strides: Shape.strides(shape)) : .native(block))
    }
}
