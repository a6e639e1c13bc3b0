import CKernels

// The commonest call, without what it does not need: two dense float32 tensors of one shape, or one and a number, none
// in a graph. It skips the record, the shape rules and the walk over strides, which cost ten times a small loop; what is
// left is the result: a tensor, its elements, and a reference to the operand's sizes. Many elements may wait for the next
// operation instead (`DeferredElements`).
// The general way in `BinaryOp.apply` is its twin, and the tests compare them.

extension BinaryOp {
    /// The result, or nil when the operands are not of the plain kind.
    func plain(_ a: Operand, _ b: Operand) throws -> Tensor? {
        guard kind != .comparison else { return nil }
        switch (a, b) {
        case (.tensor(let x), .tensor(let y)):
            if x.count >= DeferredElements.least, let result = try deferred(x, y) { return result }
            guard let p = x.plainFloats, let q = y.plainFloats, x.extents.agree(with: y.extents) else { return nil }
            return try plain(x.extents, p, 1, q, 1)
        case (.tensor(let x), _):
            if x.count >= DeferredElements.least, let result = try deferred(x, b.asDouble, isLeft: false) {
                return result
            }
            guard let p = x.plainFloats else { return nil }
            let number = Float(b.asDouble)
            return try withUnsafePointer(to: number) { try plain(x.extents, p, 1, $0, 0) }
        case (_, .tensor(let y)):
            if y.count >= DeferredElements.least, let result = try deferred(y, a.asDouble, isLeft: true) {
                return result
            }
            guard let q = y.plainFloats else { return nil }
            let number = Float(a.asDouble)
            return try withUnsafePointer(to: number) { try plain(y.extents, $0, 0, q, 1) }
        default: return nil
        }
    }

    @inline(__always)
    private func plain(
        _ extents: Extents, _ x: UnsafePointer<Float>, _ xStep: Int, _ y: UnsafePointer<Float>, _ yStep: Int
    ) throws -> Tensor {
        let plane = ck_plane(rows: 1, n: extents.count, x_row: 0, x_step: xStep, y_row: 0, y_step: yStep)
        let bytes = extents.count * MemoryLayout<Float>.size, least = MemoryPool.sizeClass(bytes)
        if let block = MemoryPool.takeSmall(least) {
            Operations.run(name) { float(x, y, block, plane) }
            return Tensor(extents, .float32, .few(block, capacity: least))
        }
        let storage = try Storage(bytes: bytes)
        try Operations.run(name) {
            if extents.count < 2 * Planes.grain {
                float(x, y, storage.base, plane)
            } else {
                try shared(x, y, storage, plane)
            }
        }
        return Tensor(extents, .float32, .dense(storage, offset: 0))
    }

    /// The same loop on several threads.
    private func shared(
        _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ storage: Storage, _ whole: ck_plane
    ) throws {
        nonisolated(unsafe) let (x, y, z, loop) = (x, y, storage.base, float)
        try Workers.splitPolling(whole.n, grain: Planes.grain) {
            let low = $0.lowerBound
            var part = whole
            part.n = $0.count
            loop(x + low * part.x_step, y + low * part.y_step, z + low * MemoryLayout<Float>.size, part)
        }
    }
}

extension Tensor {
    /// The elements, when they are dense float32 and no gradient of them is wanted. Valid while the tensor lives.
    @inline(__always)
    fileprivate var plainFloats: UnsafePointer<Float>? {
        guard dtype == .float32, node == nil, count > 0 else { return nil }
        switch contents {
        case .few(let block, _): return UnsafePointer(block.assumingMemoryBound(to: Float.self))
        case .dense(let storage, let offset):
            return UnsafePointer(storage.base.assumingMemoryBound(to: Float.self) + offset)
        default: return nil
        }
    }
}
