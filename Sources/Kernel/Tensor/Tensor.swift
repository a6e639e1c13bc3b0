/// A dense array with a shape and an element type, and perhaps a place in a gradient graph.
///
/// Contents are row-major with strides (views share storage), or in a layout of the native engine until somebody looks
/// at the elements. Shapes and types never change; elements change only through operations that say "in place".
public final class Tensor: @unchecked Sendable, ObjectParameter {
    public static var typeName: String { "Tensor" }

    enum Contents: @unchecked Sendable {  // a block of few elements is one tensor's alone
        /// A few elements in row-major order, in a small block of the pool that is this tensor's alone. Most small results
        /// die before anybody asks for their storage, and making that object costs as much as all the rest of an addition.
        case few(UnsafeMutableRawPointer, capacity: Int)
        /// In row-major order without gaps.
        case dense(Storage, offset: Int)
        case strided(Storage, offset: Int, strides: [Int])
        case native(any NativeContents)
    }

    let extents: Extents
    public let dtype: DType
    // No access to these two overlaps another: they are read and replaced whole. Checking so at every operation would cost
    // a tenth of a small one.
    @exclusivity(unchecked) var contents: Contents
    /// The place in the graph: how this tensor was computed, or that it is a leaf whose gradient is wanted.
    @exclusivity(unchecked) public internal(set) var node: Node?
    /// Where `backward` collects the gradient of a leaf.
    var collected: CollectedGradient?
    /// What quantized the elements, for those who look at them; views and results of operations do not have it.
    var quantized: QuantizedElements?

    init(_ extents: Extents, _ dtype: DType, _ contents: Contents) {
        (self.extents, self.dtype, self.contents) = (extents, dtype, contents)
    }

    /// Shape and count must agree; the caller has checked the shape.
    convenience init(shape: [Int], dtype: DType, count: Int, contents: Contents) {
        let extents = Extents(shape, count: count)
        guard case .strided(let storage, let offset, extents.strides) = contents else {
            self.init(extents, dtype, contents)
            return
        }
        self.init(extents, dtype, .dense(storage, offset: offset))
    }

    /// A row-major tensor with undefined elements.
    convenience init(empty extents: Extents, _ dtype: DType) throws {
        self.init(extents, dtype, .dense(try Storage(bytes: extents.count * dtype.size), offset: 0))
    }

    /// A row-major tensor with undefined elements.
    public convenience init(empty shape: [Int], _ dtype: DType = .float32, op: String = "tensor") throws {
        try self.init(empty: Extents(shape, op), dtype)
    }

    deinit { if case .few(let block, let capacity) = contents { MemoryPool.give(block, capacity) } }

    /// Sizes of the axes; empty for a scalar.
    public var shape: [Int] { extents.sizes }
    /// Number of elements.
    public var count: Int { extents.count }
    public var rank: Int { extents.sizes.count }
    /// Bytes of the elements.
    public var bytes: Int { count * dtype.size }
    public var type: TensorType { TensorType(shape, dtype) }
}

/// What a shape rule sees of a tensor.
public struct TensorType: Equatable, Sendable {
    public var shape: [Int]
    public var dtype: DType
    public init(_ shape: [Int], _ dtype: DType) { (self.shape, self.dtype) = (shape, dtype) }
    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
}

/// Contents in a layout of the native engine, turned into row-major order when looked at.
protocol NativeContents: AnyObject, Sendable {
    /// A fresh row-major copy.
    func rowMajor() throws -> Storage
}

// MARK: - Looking at the elements

extension Tensor {
    /// Storage, offset and strides in elements; brings native contents into row-major order, once.
    public func strided() throws -> (storage: Storage, offset: Int, strides: [Int]) {
        switch contents {
        case .few(let block, let capacity): return (hold(block, capacity), 0, extents.strides)
        case .dense(let storage, let offset): return (storage, offset, extents.strides)
        case .strided(let storage, let offset, let strides): return (storage, offset, strides)
        case .native(let native):
            let storage = try native.rowMajor()
            contents = .dense(storage, offset: 0)
            return (storage, 0, extents.strides)
        }
    }

    /// Where the first element lies; nil for native contents.
    var place: (storage: Storage, offset: Int)? {
        switch contents {
        case .few(let block, let capacity): (hold(block, capacity), 0)
        case .dense(let storage, let offset), .strided(let storage, let offset, _): (storage, offset)
        case .native: nil
        }
    }

    /// Makes the storage of a few elements, now that somebody looks for it.
    private func hold(_ block: UnsafeMutableRawPointer, _ capacity: Int) -> Storage {
        let storage = Storage(block, capacity, bytes: bytes)
        contents = .dense(storage, offset: 0)
        return storage
    }

    /// The contents in a form that another tensor may share.
    var sharedContents: Contents {
        if case .few(let block, let capacity) = contents { return .dense(hold(block, capacity), offset: 0) }
        return contents
    }

    /// The same for tensors that share elements.
    var identity: ObjectIdentifier {
        if case .native(let native) = contents { return ObjectIdentifier(native) }
        return ObjectIdentifier(place!.storage)
    }

    /// Whether the elements lie in row-major order without gaps. Native contents count as contiguous.
    public var isContiguous: Bool {
        guard count > 0, case .strided(_, _, let strides) = contents else { return true }
        var step = 1
        for axis in shape.indices.reversed() {
            if shape[axis] != 1, strides[axis] != step { return false }
            step *= shape[axis]
        }
        return true
    }

    /// The elements in row-major order, copied first when this is a view with gaps.
    public func read<T: Scalar, R>(_: T.Type, _ body: (UnsafeBufferPointer<T>) throws -> R) throws -> R {
        precondition(T.dtype == dtype, "read \(T.self) of \(dtype)")
        let source = try contiguous()
        let (storage, offset, _) = try source.strided()
        return try withExtendedLifetime(storage) {
            let start = storage.base.assumingMemoryBound(to: T.self) + offset
            return try body(UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// The elements of a contiguous tensor, to be changed in place.
    public func write<T: Scalar, R>(_: T.Type, _ body: (UnsafeMutableBufferPointer<T>) throws -> R) throws -> R {
        precondition(T.dtype == dtype && isContiguous, "write \(T.self) of \(dtype)")
        let (storage, offset, _) = try strided()
        storage.wasWritten()
        return try withExtendedLifetime(storage) {
            let start = storage.base.assumingMemoryBound(to: T.self) + offset
            return try body(UnsafeMutableBufferPointer(start: start, count: count))
        }
    }

    /// This tensor, or a row-major copy of it when it is a view with gaps. No gradient passes.
    public func contiguous() throws -> Tensor {
        if isContiguous { return self }
        let copy = try Tensor(empty: extents, dtype)
        try copy.fill(from: self)
        return copy
    }

    /// The same with the elements in their final place, where several threads may look at them at the same time: a first look
    /// may have to bring them there.
    func laidOut() throws -> Tensor {
        let tensor = try contiguous()
        _ = try tensor.strided()
        return tensor
    }

    /// The same elements (shared) without a place in any graph.
    public func detached() -> Tensor { Tensor(extents, dtype, sharedContents) }

    /// A row-major copy of the elements.
    public func copied() throws -> Tensor {
        let copy = try Tensor(empty: extents, dtype)
        try copy.fill(from: self)
        return copy
    }

    /// A tensor that shares this one's storage under other sizes and strides. The caller has checked the bounds.
    public func view(_ shape: [Int], strides: [Int], offset: Int) throws -> Tensor {
        let (storage, _, _) = try strided()
        return Tensor(
            shape: shape, dtype: dtype, count: try Shape.count(shape, "view"),
            contents: .strided(storage, offset: offset, strides: strides))
    }

    /// The same elements under another shape of the same count; shares storage when contiguous. No gradient passes.
    public func withShape(_ shape: [Int]) throws -> Tensor {
        let source = try contiguous()
        let (storage, offset, _) = try source.strided()
        let extents = try Extents(shape, "reshape")
        guard extents.count == count else {
            throw KernelError.shape(op: "reshape", shapes: [self.shape, shape], reason: "element counts differ")
        }
        return Tensor(extents, dtype, .dense(storage, offset: offset))
    }
}
