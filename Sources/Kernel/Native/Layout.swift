import COneDNN

/// Where the elements of a tensor lie in memory, in oneDNN's terms: strides, perhaps with blocks of channels.
///
/// Equal layouts are interchangeable; a layout can be part of a cache key.
final class Layout: Hashable, @unchecked Sendable {
    /// Valid while this object lives: see `pointers(to:)`.
    let pointer: UnsafePointer<dnnl_memory_desc_t>
    /// Size of a buffer in this layout, padded channels included.
    let bytes: Int
    private let signature: [Int]

    init(copying source: dnnl_memory_desc_t) {
        let copy = UnsafeMutablePointer<dnnl_memory_desc_t>.allocate(capacity: 1)
        copy.initialize(to: source)
        pointer = UnsafePointer(copy)
        bytes = Int(clamping: dnnl_memory_desc_get_size(pointer))
        signature = Layout.signature(source)
    }
    deinit { pointer.deallocate() }

    /// Elements at the given strides.
    convenience init(_ shape: [Int], strides: [Int], _ dtype: DType, op: String) throws {
        var description = dnnl_memory_desc_t()
        try OneDNN.check(
            dnnl_memory_desc_init_by_strides(
                &description, Int32(shape.count), Layout.dims(shape), dtype.native ?? dnnl_data_type_undef,
                Layout.dims(strides)), op, shapeText(shape))
        self.init(copying: description)
    }
    /// Row-major order.
    convenience init(rowMajor shape: [Int], _ dtype: DType, op: String) throws {
        try self.init(shape, strides: Shape.strides(shape), dtype, op: op)
    }
    /// Images [N, C, H, W] with the channels innermost.
    convenience init(channelsLast shape: [Int], _ dtype: DType, op: String) throws {
        let (c, h, w) = (shape[1], shape[2], shape[3])
        try self.init(shape, strides: [c * h * w, 1, w * c, c], dtype, op: op)
    }
    /// Whatever the primitive likes best.
    convenience init(any shape: [Int], _ dtype: DType, op: String) throws {
        try self.init(tag: dnnl_format_tag_any, shape, dtype, op: op)
    }
    /// One of oneDNN's named layouts, such as images in blocks of 16 channels.
    convenience init(tag: dnnl_format_tag_t, _ shape: [Int], _ dtype: DType, op: String) throws {
        var description = dnnl_memory_desc_t()
        try OneDNN.check(
            dnnl_memory_desc_init_by_tag(
                &description, Int32(shape.count), Layout.dims(shape), dtype.native ?? dnnl_data_type_undef, tag), op,
            shapeText(shape))
        self.init(copying: description)
    }

    /// Calls the body with the descriptions of layouts that are kept alive meanwhile; nil stays nil.
    static func pointers<R>(
        to layouts: Layout?..., body: ([UnsafePointer<dnnl_memory_desc_t>?]) throws -> R
    ) rethrows -> R {
        try withExtendedLifetime(layouts) { try body(layouts.map { $0?.pointer }) }
    }

    /// Numbers as oneDNN's calls take them.
    static func dims(_ numbers: [Int]) -> [dnnl_dim_t] {
        numbers.map { dnnl_dim_t($0) } + [dnnl_dim_t](repeating: 0, count: max(0, Int(DNNL_MAX_NDIMS) - numbers.count))
    }

    /// Whether some axis is padded to whole blocks, with zeros.
    var isPadded: Bool {
        pointer.pointee.ndims > 0 && bytes != elementCount * dnnl_data_type_size(pointer.pointee.data_type)
    }
    private var elementCount: Int { signature[3..<(3 + Int(pointer.pointee.ndims))].reduce(1, *) }

    static func == (a: Layout, b: Layout) -> Bool { a === b || a.signature == b.signature }
    func hash(into hasher: inout Hasher) { hasher.combine(signature) }

    /// Everything that tells two descriptions apart, as numbers.
    private static func signature(_ d: dnnl_memory_desc_t) -> [Int] {
        func list<T>(_ tuple: T, _ count: Int32) -> [Int] {
            withUnsafeBytes(of: tuple) { $0.bindMemory(to: dnnl_dim_t.self).prefix(Int(count)).map { Int($0) } }
        }
        let blocking = d.format_desc.blocking
        var signature = [Int(d.ndims), Int(d.data_type.rawValue), Int(d.format_kind.rawValue)]
        signature += list(d.dims, d.ndims) + list(d.padded_dims, d.ndims) + list(d.padded_offsets, d.ndims)
        signature.append(Int(d.offset0))
        if d.format_kind == dnnl_blocked {
            signature += list(blocking.strides, d.ndims) + [Int(blocking.inner_nblks)]
            signature += list(blocking.inner_blks, blocking.inner_nblks)
            signature += list(blocking.inner_idxs, blocking.inner_nblks)
        }
        return signature + [
            Int(truncatingIfNeeded: d.extra.flags), Int(d.extra.compensation_mask),
            Int(d.extra.asymm_compensation_mask),
        ]
    }
}
