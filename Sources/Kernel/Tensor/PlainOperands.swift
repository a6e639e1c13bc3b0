import CKernels

// The commonest call, without what it does not need: two dense float32 tensors of one shape, or one and a number, none
// in a graph. It skips the record, the shape rules and the walk over strides, which cost ten times a small loop.
// The general way in `BinaryOp.apply` is its twin, and the tests compare them.

extension BinaryOp {
    /// The result, or nil when the operands are not of the plain kind.
    func plain(_ a: Operand, _ b: Operand) throws -> Tensor? {
        guard kind != .comparison else { return nil }
        switch (a, b) {
        case (.tensor(let x), .tensor(let y)):
            guard let p = x.plainFloats, let q = y.plainFloats, x.shape == y.shape else { return nil }
            return try plain(like: x, p, 1, q, 1)
        case (.tensor(let x), _):
            guard let p = x.plainFloats else { return nil }
            let number = Float(b.asDouble)
            return try withUnsafePointer(to: number) { try plain(like: x, p, 1, $0, 0) }
        case (_, .tensor(let y)):
            guard let q = y.plainFloats else { return nil }
            let number = Float(a.asDouble)
            return try withUnsafePointer(to: number) { try plain(like: y, $0, 0, q, 1) }
        default: return nil
        }
    }

    private func plain(
        like model: Tensor, _ x: UnsafePointer<Float>, _ xStep: Int, _ y: UnsafePointer<Float>, _ yStep: Int
    ) throws -> Tensor {
        let count = model.count, result = try Tensor(emptyLike: model)
        guard case .strided(let storage, _, _) = result.contents else { return result }
        storage.wasWritten()
        nonisolated(unsafe) let (x, y, z, loop) = (x, y, storage.base, float)
        @Sendable func run(_ range: Range<Int>) {
            let low = range.lowerBound
            let plane = ck_plane(rows: 1, n: range.count, x_row: 0, x_step: xStep, y_row: 0, y_step: yStep)
            loop(x + low * xStep, y + low * yStep, z + low * MemoryLayout<Float>.size, plane)
        }
        Operations.run(name) {
            if count < 2 * Planes.grain {
                run(0..<count)
            } else {
                Workers.split(count, grain: Planes.grain) { run($0) }
            }
        }
        return result
    }
}

extension Tensor {
    /// The elements, when they are dense float32 and no gradient of them is wanted. Valid while the tensor lives.
    @inline(__always)
    fileprivate var plainFloats: UnsafePointer<Float>? {
        guard dtype == .float32, node == nil, count > 0, case .strided(let storage, let offset, _) = contents,
            isContiguous
        else { return nil }
        return UnsafePointer(storage.base.assumingMemoryBound(to: Float.self) + offset)
    }

    /// A tensor with undefined elements of a dense tensor's shape and type; the lists of sizes and strides are shared.
    fileprivate convenience init(emptyLike model: Tensor) throws {
        guard case .strided(_, _, let strides) = model.contents else { preconditionFailure("native contents") }
        let storage = try Storage(bytes: model.bytes)
        self.init(
            shape: model.shape, dtype: model.dtype, count: model.count,
            contents: .strided(storage, offset: 0, strides: strides))
    }
}
