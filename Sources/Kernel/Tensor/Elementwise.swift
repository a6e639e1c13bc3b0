import CKernels

// Plain loops over two operands, without gradients. Operands broadcast by stride; nothing is materialised.

extension BinaryOp {
    /// Elementwise, with broadcasting; operands of different types are promoted. Not recorded.
    /// - Throws: `KernelError.shape` when the operands do not broadcast, `.value` for integer division by zero.
    func apply(_ a: Operand, _ b: Operand) throws -> Tensor {
        let shape = try Shape.broadcast(a.shape, b.shape, name)
        let (compute, type) = types(OperandType(a), OperandType(b))
        if let result = try nativeResult(a, b, type) { return result }
        let result = try Tensor(empty: shape, type)
        switch compute {  // each case is compiled for its type; opening `compute.scalar` would be 100 times slower
        case .float32: try runFloat(Elements(a, shape), Elements(b, shape), into: result)
        case .float64: try runDouble(Elements(a, shape), Elements(b, shape), into: result)
        case .int32: try runInteger(Elements<Int32>(a, shape), Elements(b, shape), into: result)
        case .int64: try runInteger(Elements<Int64>(a, shape), Elements(b, shape), into: result)
        case .uint8: try runInteger(Elements<UInt8>(a, shape), Elements(b, shape), into: result)
        case .int8: try runInteger(Elements<Int8>(a, shape), Elements(b, shape), into: result)
        case .bool: try runInteger(Elements<Bool>(a, shape), Elements(b, shape), into: result)
        }
        return result
    }
    func apply(_ a: Tensor, _ b: Tensor) throws -> Tensor { try apply(.tensor(a), .tensor(b)) }

    /// Two activations of one shape of which one lies in a native layout: the result lies so too. Otherwise nil.
    private func nativeResult(_ a: Operand, _ b: Operand, _ type: DType) throws -> Tensor? {
        guard case .tensor(let a) = a, case .tensor(let b) = b, a.nativeBlock != nil || b.nativeBlock != nil,
            a.type == b.type, a.dtype == .float32, type == .float32
        else { return nil }
        let loop = float
        return try a.zippingFloats(b, keepsZero: double(0, 0) == 0) { x, y, z, n in
            loop(x, y, z, ck_plane(rows: 1, n: n, x_row: 0, x_step: 1, y_row: 0, y_step: 1))
        }
    }

    private func runFloat(_ x: Elements<Float>, _ y: Elements<Float>, into result: Tensor) throws {
        let planes = Planes(result.shape, x.strides, y.strides)
        let (storage, offset, _) = try result.strided()
        let size = result.dtype.size, loop = float
        nonisolated(unsafe) let z = storage.base + offset * size
        storage.wasWritten()
        try x.withPointer { x in
            try y.withPointer { y in
                nonisolated(unsafe) let (x, y) = (x, y)
                try planes.split { plane, i, j, k in loop(x + i, y + j, z + k * size, plane) }
            }
        }
        withExtendedLifetime(storage) {}
    }

    private func runInteger<T: Scalar>(_ x: Elements<T>, _ y: Elements<T>, into result: Tensor) throws {
        guard let integer else { throw KernelError.dtype(op: name, got: [T.dtype], expected: "float32 or float64") }
        if result.dtype == .bool {
            try Self.loop(x, y, into: result) { try integer($0.asInt64, $1.asInt64) != 0 }
        } else {
            try Self.loop(x, y, into: result) { T.wrapping(try integer($0.asInt64, $1.asInt64)) }
        }
    }
    private func runDouble(_ x: Elements<Double>, _ y: Elements<Double>, into result: Tensor) throws {
        let double = double
        if result.dtype == .bool {
            try Self.loop(x, y, into: result) { double($0, $1) != 0 }
        } else {
            try Self.loop(x, y, into: result) { double($0, $1) }
        }
    }

    private static func loop<T: Scalar, R: Scalar>(
        _ x: Elements<T>, _ y: Elements<T>, into result: Tensor, _ f: (T, T) throws -> R
    ) throws {
        let planes = Planes(result.shape, x.strides, y.strides)
        try result.write(R.self) { z in
            try x.withPointer { x in
                try y.withPointer { y in
                    try planes.each(0..<planes.rows, 0..<planes.width) { p, i, j, k in
                        for row in 0..<p.rows {
                            let a = x + i + row * p.x_row, b = y + j + row * p.y_row, start = k + row * p.n
                            for first in stride(from: 0, to: p.n, by: 1 << 16) {
                                try Interrupt.check()
                                for n in first..<min(first + (1 << 16), p.n) {
                                    z[start + n] = try f(a[n * p.x_step], b[n * p.y_step])
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The elements of an operand seen under a broadcast shape: a tensor with strides, or one number with strides of 0.
struct Elements<T: Scalar> {
    private let tensor: Tensor?
    private let number: T
    let strides: [Int]

    init(_ operand: Operand, _ shape: [Int]) throws {
        switch operand {
        case .tensor(let source):
            let tensor = try source.converted(to: T.dtype).expanded(to: shape)
            (self.tensor, number, strides) = (tensor, T(converting: 0), try tensor.strided().strides)
        case .int(let int):
            (tensor, number, strides) = (nil, T.wrapping(Int64(int)), shape.map { _ in 0 })
        case .number(let value):
            (tensor, number, strides) = (nil, T(converting: value), shape.map { _ in 0 })
        }
    }

    func withPointer<R>(_ body: (UnsafePointer<T>) throws -> R) rethrows -> R {
        guard let tensor, let (storage, offset) = tensor.place else {
            return try withUnsafePointer(to: number, body)
        }
        return try withExtendedLifetime(storage) {
            try body(UnsafePointer(storage.base.assumingMemoryBound(to: T.self) + offset))
        }
    }
}

/// Two broadcast operands cut into planes of rows that C loops take in one call.
struct Planes: Sendable {
    private let sizes: [Int], x: [Int], y: [Int]
    let rows: Int, width: Int

    init(_ shape: [Int], _ xStrides: [Int], _ yStrides: [Int]) {
        let walk = StridedWalk(shape, xStrides, yStrides)
        (sizes, x, y) = (walk.sizes, walk.a, walk.b)
        width = shape.contains(0) ? 0 : sizes.last ?? 1
        rows = shape.contains(0) ? 0 : sizes.dropLast().reduce(1, *)
    }

    /// Calls the body for planes that together cover the given rows and columns, with the offsets of both operands and
    /// of the contiguous result.
    func each(
        _ rows: Range<Int>, _ columns: Range<Int>,
        _ body: (_ plane: ck_plane, _ x: Int, _ y: Int, _ z: Int) throws -> Void
    ) rethrows {
        let xStep = x.last ?? 0, yStep = y.last ?? 0
        let block = sizes.count > 1 ? sizes[sizes.count - 2] : 1
        let xRow = sizes.count > 1 ? x[x.count - 2] : 0, yRow = sizes.count > 1 ? y[y.count - 2] : 0
        var row = rows.lowerBound
        while row < rows.upperBound {
            let within = row % block, taken = min(block - within, rows.upperBound - row)
            var i = within * xRow + columns.lowerBound * xStep, j = within * yRow + columns.lowerBound * yStep
            var outer = row / block
            for axis in sizes.indices.dropLast(2).reversed() {
                i += outer % sizes[axis] * x[axis]
                j += outer % sizes[axis] * y[axis]
                outer /= sizes[axis]
            }
            let plane = ck_plane(
                rows: taken, n: columns.count, x_row: xRow, x_step: xStep, y_row: yRow, y_step: yStep)
            try body(plane, i, j, row * width + columns.lowerBound)
            row += taken
        }
    }

    /// The same over all elements, large work on several threads: by columns of one row after the other when rows are long,
    /// by rows otherwise.
    /// - Throws: `Interrupted`.
    func split(_ body: @Sendable (ck_plane, Int, Int, Int) -> Void) throws {
        if rows == 1 || width > Planes.piece {
            for row in 0..<rows {
                try Workers.splitPolling(width, grain: Planes.grain) { each(row..<row + 1, $0, body) }
            }
        } else {
            let width = max(width, 1)
            try Workers.splitPolling(rows, grain: Planes.grain / width, of: Planes.piece / width) {
                each($0, 0..<self.width, body)
            }
        }
    }
    /// Elements between two polls of Ctrl-C.
    static let piece = 1 << 23
    /// Elements per thread below which a second thread does not pay.
    static let grain = 32768
}

extension Tensor {
    /// A view that repeats axes of size 1 to the given shape. The caller has checked that it broadcasts.
    func expanded(to target: [Int]) throws -> Tensor {
        let (_, offset, strides) = try strided()
        if shape == target { return self }
        let lead = target.count - rank
        let stretched = target.indices.map { axis in
            axis < lead || (shape[axis - lead] == 1 && target[axis] != 1) ? 0 : strides[axis - lead]
        }
        return try view(target, strides: stretched, offset: offset)
    }

    /// The sum of two tensors; not recorded. What the backward pass adds gradients with.
    func adding(_ other: Tensor) throws -> Tensor { try BinaryOp.add.apply(self, other) }
}
