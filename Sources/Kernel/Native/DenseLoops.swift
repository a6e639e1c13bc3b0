import CKernels

// Loops over float32 elements that do not care in which order the elements lie: they run on native blocks as they are, so
// an activation between two convolutions costs no conversion. Padded channels hold zeros and must stay zero.

/// The float32 elements of a tensor as they lie: row-major, or in the layout of a native block, padding included.
private struct LaidFloats {
    let base: UnsafeMutablePointer<Float>
    let count: Int
    /// Nil: row-major.
    let layout: Layout?
    let owner: AnyObject

    init(_ block: NativeBlock) {
        (base, count) = (block.base.assumingMemoryBound(to: Float.self), block.layout.bytes / 4)
        (layout, owner) = (block.layout, block)
    }
    init(rowMajor tensor: Tensor) throws {
        let (storage, offset, _) = try tensor.contiguous().strided()
        (base, count) = (storage.base.assumingMemoryBound(to: Float.self) + offset, tensor.count)
        (layout, owner) = (nil, storage)
    }
    /// Native when the padding stays zero, or there is none.
    init(_ tensor: Tensor, keepsZero: Bool) throws {
        if let block = tensor.nativeBlock, keepsZero || !block.layout.isPadded {
            self.init(block)
        } else {
            try self.init(rowMajor: tensor)
        }
    }
    init(_ tensor: Tensor, like other: LaidFloats) throws {
        if let layout = other.layout {
            self.init(try tensor.block(op: "elementwise").reordered(to: layout))
        } else {
            try self.init(rowMajor: tensor)
        }
    }

    func wasWritten() {
        (owner as? Storage)?.wasWritten()
        (owner as? NativeBlock)?.storage.wasWritten()
    }

    /// A tensor that lies the same way, filled by the body.
    func result(_ shape: [Int], _ body: @Sendable (_ z: UnsafeMutablePointer<Float>, Range<Int>) -> Void) throws
        -> Tensor
    {
        let storage = try Storage(bytes: count * 4)
        nonisolated(unsafe) let z = storage.base.assumingMemoryBound(to: Float.self)
        try Workers.splitPolling(count, grain: Planes.grain) { body(z, $0) }
        return Tensor(
            shape: shape, dtype: .float32, count: try Shape.count(shape, "elementwise"),
            contents: layout.map { .native(NativeBlock($0, storage)) }
                ?? .strided(storage, offset: 0, strides: Shape.strides(shape)))
    }
}

extension Tensor {
    /// `loop(x, z, count)` over all elements of this float32 tensor; the result lies as this tensor does.
    ///
    /// `keepsZero` says that the loop maps 0 to 0, which padded native blocks need. The loop may be called on several
    /// threads, each with its run of elements. Not recorded.
    func mappingFloats(
        keepsZero: Bool, _ loop: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) throws -> Tensor {
        let x = try LaidFloats(self, keepsZero: keepsZero)
        nonisolated(unsafe) let source = x.base
        return try withExtendedLifetime(x.owner) {
            try x.result(shape) { z, range in loop(source + range.lowerBound, z + range.lowerBound, range.count) }
        }
    }

    /// `loop(x, y, z, count)` over the elements of two float32 tensors of one shape. The result lies as `other` does (as
    /// this tensor does when only this one is native), and the other operand is re-ordered when it lies otherwise; 0 and
    /// 0 must give 0 when `keepsZero`. Not recorded.
    func zippingFloats(
        _ other: Tensor, keepsZero: Bool,
        _ loop: @Sendable (UnsafePointer<Float>, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) throws -> Tensor {
        let leads = other.nativeBlock == nil && nativeBlock != nil
        let first = try LaidFloats(leads ? self : other, keepsZero: keepsZero)
        let second = try LaidFloats(leads ? other : self, like: first)
        let (x, y) = leads ? (first, second) : (second, first)
        nonisolated(unsafe) let left = x.base, right = y.base
        return try withExtendedLifetime((x.owner, y.owner)) {
            try x.result(shape) { z, range in
                let low = range.lowerBound
                loop(left + low, right + low, z + low, range.count)
            }
        }
    }

    /// Changes these float32 elements in place by `loop(other, z, count)`, as they lie; 0 and 0 must give 0. False, and
    /// nothing done, when this is a view with gaps. Whoever calls knows that nobody else looks at the elements.
    func overwriteFloats(
        with other: Tensor, _ loop: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
    ) throws -> Bool {
        guard dtype == .float32, shape == other.shape, other.dtype == .float32, isContiguous else { return false }
        let own = try LaidFloats(self, keepsZero: true), second = try LaidFloats(other, like: own)
        own.wasWritten()
        nonisolated(unsafe) let z = own.base, x = second.base
        withExtendedLifetime((own.owner, second.owner)) {
            Workers.split(own.count, grain: Planes.grain) { loop(x + $0.lowerBound, z + $0.lowerBound, $0.count) }
        }
        return true
    }

    /// Adds other elements in place as `overwriteFloats` does.
    func overwriteWithSum(with other: Tensor) throws -> Bool {
        try overwriteFloats(with: other) { x, z, n in ck_accumulate_f32(x, z, n) }
    }

    /// These elements where those of `gate` are positive, 0 elsewhere: the gradient of max(0, y). In place, and this
    /// tensor itself, when `overwriting`. Not recorded.
    func passed(where gate: Tensor, overwriting: Bool = false) throws -> Tensor {
        if overwriting, try overwriteFloats(with: gate, { y, z, n in ck_keep_where_positive_f32(y, z, n) }) {
            return self
        }
        guard dtype == .float32 else {
            let result = try copied()
            try gate.read(Double.self) { y in
                try result.write(Double.self) { z in for i in z.indices where !(y[i] > 0) { z[i] = 0 } }
            }
            return result
        }
        return try zippingFloats(gate, keepsZero: true) { g, y, z, n in ck_pass_f32(g, y, z, n) }
    }
}

// oneDNN's own max(0, y) and its maximum pooling drop nan, which would hide a network that diverged.
extension NativeBlock {
    private func split(_ body: @Sendable (UnsafeMutablePointer<Float>, Int) -> Void) {
        nonisolated(unsafe) let floats = base.assumingMemoryBound(to: Float.self)
        Workers.split(layout.bytes / 4, grain: Planes.grain) { body(floats + $0.lowerBound, $0.count) }
    }

    /// max(0, y) in place on float32, before anybody else sees the block; nan stays nan.
    func clearNegative() { split { z, count in ck_clear_negative_f32(z, count) } }

    /// Whether some float32 element is nan.
    /// - Throws: `Interrupted`.
    func hasNaN() throws -> Bool {
        let floats = base.assumingMemoryBound(to: Float.self), count = layout.bytes / 4, step = 1 << 24
        for start in stride(from: 0, to: count, by: step) {
            try Interrupt.check()
            if ck_has_nan_f32(floats + start, min(step, count - start)) { return true }
        }
        return false
    }
}
