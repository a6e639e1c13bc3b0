import COneDNN
import Synchronization

// C = A·B or C += A·B over strided matrices. Transposed views are used as they are: oneDNN's sgemm takes them.
// Float32 runs on oneDNN, float64 in plain Swift (it is the reference for gradient checks), integers exactly in Int64.

/// A matrix somewhere in memory, by strides in elements.
struct Matrix<T> {
    var base: UnsafePointer<T>
    var rows: Int, columns: Int
    var rowStep: Int, columnStep: Int

    func part(_ row: Int, _ column: Int, rows: Int, columns: Int) -> Matrix {
        Matrix(
            base: base + row * rowStep + column * columnStep, rows: rows, columns: columns, rowStep: rowStep,
            columnStep: columnStep)
    }
}

enum Gemm {
    /// Work between two polls of Ctrl-C in multiply-adds: about 20 ms on one core.
    private static let budget = 2 << 30

    /// Whether a matrix of these sizes and strides needs no copy: one axis dense, the other at least as far apart.
    static func isDirect(rows: Int, columns: Int, rowStep: Int, columnStep: Int) -> Bool {
        leading(rows, columns, rowStep, columnStep) != nil
    }

    private static func leading(_ rows: Int, _ columns: Int, _ rowStep: Int, _ columnStep: Int) -> (CChar, Int)? {
        if columnStep == 1 || columns == 1, rows == 1 || rowStep >= max(1, columns) {
            return (CChar(UInt8(ascii: "N")), rows == 1 ? max(1, columns) : rowStep)
        }
        if rowStep == 1 || rows == 1, columns == 1 || columnStep >= max(1, rows) {
            return (CChar(UInt8(ascii: "T")), columns == 1 ? max(1, rows) : columnStep)
        }
        return nil
    }

    /// a [n, k] times b [k, m] into the row-major c [n, m], on oneDNN, in pieces between which Ctrl-C is polled.
    static func float(
        _ a: Matrix<Float>, _ b: Matrix<Float>, into c: UnsafeMutablePointer<Float>, adding: Bool, op: String
    ) throws {
        let n = a.rows, m = b.columns, k = max(1, a.columns)
        let columns = min(m, max(256, budget / k / 256)), rows = min(n, max(64, budget / k / max(1, columns)))
        for j in stride(from: 0, to: m, by: max(1, columns)) {
            for i in stride(from: 0, to: n, by: max(1, rows)) {
                try Interrupt.check()
                let height = min(rows, n - i), width = min(columns, m - j)
                try piece(
                    a.part(i, 0, rows: height, columns: a.columns), b.part(0, j, rows: b.rows, columns: width),
                    c + i * m + j, m, adding, op)
            }
        }
    }

    /// Up to this many multiply-adds the threads share a product in strips of its longer side, each packing what it
    /// needs, which wastes less than oneDNN's own division; beyond it both are alike.
    private static let shared = 1 << 28
    /// Rows or columns of a strip are a multiple of this.
    private static let unit = 16

    private static func piece(
        _ a: Matrix<Float>, _ b: Matrix<Float>, _ c: UnsafeMutablePointer<Float>, _ step: Int, _ adding: Bool,
        _ op: String
    ) throws {
        let byRows = a.rows >= b.columns, length = byRows ? a.rows : b.columns
        let width = a.rows * a.columns * b.columns > shared ? length : unit
        let failure = Atomic<UInt32>(dnnl_success.rawValue)
        nonisolated(unsafe) let (a, b, c) = (a, b, c)
        Workers.split((length + width - 1) / width, grain: 1) { part in
            let low = part.lowerBound * width, count = min(length, part.upperBound * width) - low
            let status =
                byRows
                ? sgemm(a.part(low, 0, rows: count, columns: a.columns), b, c + low * step, step, adding)
                : sgemm(a, b.part(0, low, rows: b.rows, columns: count), c + low, step, adding)
            if status != dnnl_success { failure.store(status.rawValue, ordering: .relaxed) }
        }
        let status = failure.load(ordering: .relaxed)
        guard status == dnnl_success.rawValue else {
            throw KernelError.state(
                op: op,
                reason: "oneDNN's sgemm failed with status \(status) for "
                    + "\(shapeText([a.rows, a.columns])) and \(shapeText([b.rows, b.columns]))")
        }
    }

    private static func sgemm(
        _ a: Matrix<Float>, _ b: Matrix<Float>, _ c: UnsafeMutablePointer<Float>, _ step: Int, _ adding: Bool
    ) -> dnnl_status_t {
        guard let (ta, lda) = leading(a.rows, a.columns, a.rowStep, a.columnStep),
            let (tb, ldb) = leading(b.rows, b.columns, b.rowStep, b.columnStep)
        else { preconditionFailure("a matrix that sgemm cannot read") }
        return dnnl_sgemm(
            ta, tb, dnnl_dim_t(a.rows), dnnl_dim_t(b.columns), dnnl_dim_t(a.columns), 1, a.base, dnnl_dim_t(lda),
            b.base, dnnl_dim_t(ldb), adding ? 1 : 0, c, dnnl_dim_t(step))
    }

    /// The same in Double: rows of b scaled and added, so that the inner loop runs over dense memory.
    static func double(_ a: Matrix<Double>, _ b: Matrix<Double>, into c: UnsafeMutablePointer<Double>, adding: Bool)
        throws
    {
        let m = b.columns
        for i in 0..<a.rows {
            if i % 16 == 0 { try Interrupt.check() }
            let row = c + i * m
            if !adding { row.update(repeating: 0, count: m) }
            for k in 0..<a.columns {
                let factor = a.base[i * a.rowStep + k * a.columnStep]
                let other = b.base + k * b.rowStep
                if b.columnStep == 1 {
                    for j in 0..<m { row[j] += factor * other[j] }
                } else {
                    for j in 0..<m { row[j] += factor * other[j * b.columnStep] }
                }
            }
        }
    }

    /// Integers: exact sums modulo 2^64.
    static func integer(_ a: Matrix<Int64>, _ b: Matrix<Int64>, into c: UnsafeMutablePointer<Int64>) throws {
        let m = b.columns
        for i in 0..<a.rows {
            try Interrupt.check()
            let row = c + i * m
            row.update(repeating: 0, count: m)
            for k in 0..<a.columns {
                let factor = a.base[i * a.rowStep + k * a.columnStep]
                for j in 0..<m { row[j] &+= factor &* b.base[k * b.rowStep + j * b.columnStep] }
            }
        }
    }
}

extension Tensor {
    /// The last two axes in an order that `Gemm` can read, copied when they are not.
    private func gemmReady() throws -> Tensor {
        let (_, _, strides) = try strided()
        let r = rank - 2
        let direct = Gemm.isDirect(
            rows: shape[r], columns: shape[r + 1], rowStep: strides[r], columnStep: strides[r + 1])
        return direct ? self : try copied()
    }

    /// This tensor with its last two axes exchanged; shares storage.
    func matrixTransposed() throws -> Tensor {
        var (_, offset, strides) = try strided()
        var shape = shape
        shape.swapAt(rank - 1, rank - 2)
        strides.swapAt(rank - 1, rank - 2)
        return try view(shape, strides: strides, offset: offset)
    }

    /// The product over the last two axes of operands of one type, other axes broadcasting: [..., n, k] x [..., k, m].
    /// `sum`, a row-major tensor of the result's shape, is added to in place when given; `target`, another one, is written.
    /// Not recorded.
    func product(_ other: Tensor, addedTo sum: Tensor? = nil, into target: Tensor? = nil, op: String) throws -> Tensor {
        let (n, k, m) = (shape[rank - 2], shape[rank - 1], other.shape[other.rank - 1])
        // One matrix for the whole batch: one product of all rows.
        if other.rank == 2, rank > 2, sum == nil, target == nil {
            let lead = Array(shape.dropLast(2))
            let rows = try Shape.count(lead + [n], op)
            return try withShape([rows, k]).product(other, op: op).withShape(lead + [n, m])
        }
        let batch = try Shape.broadcast(Array(shape.dropLast(2)), Array(other.shape.dropLast(2)), op)
        if k == 0 { return try sum ?? Tensor.zeros(batch + [n, m], dtype, op: op) }
        let a = try gemmReady().expanded(to: batch + [n, k]), b = try other.gemmReady().expanded(to: batch + [k, m])
        let result = try sum ?? target ?? Tensor(empty: batch + [n, m], dtype, op: op)
        guard result.count > 0 else { return result }
        switch dtype {
        case .float32:
            try Workers.sized(Double(n) * Double(k) * Double(m), least: 1e6) {
                try result.eachProduct(a, b, Float.self) {
                    try Gemm.float($0, $1, into: $2, adding: sum != nil, op: op)
                }
            }
        case .float64:
            try result.eachProduct(a, b, Double.self) { try Gemm.double($0, $1, into: $2, adding: sum != nil) }
        default: try result.eachProduct(a, b, Int64.self) { try Gemm.integer($0, $1, into: $2) }
        }
        return result
    }

    /// Calls the body with the matrices of a and b and the place for their product, for every index of the batch.
    private func eachProduct<T: Scalar>(
        _ a: Tensor, _ b: Tensor, _: T.Type, _ body: (Matrix<T>, Matrix<T>, UnsafeMutablePointer<T>) throws -> Void
    ) throws {
        let (x, xOffset, xStrides) = try a.strided(), (y, yOffset, yStrides) = try b.strided()
        let batch = Array(shape.dropLast(2)), size = shape[rank - 2] * shape[rank - 1]
        let offsets = BatchOffsets(batch, xStrides, yStrides)
        try write(T.self) { c in
            for index in 0..<batch.reduce(1, *) {
                let (i, j) = offsets[index]
                try body(
                    a.matrix(x.base.assumingMemoryBound(to: T.self) + xOffset + i, xStrides),
                    b.matrix(y.base.assumingMemoryBound(to: T.self) + yOffset + j, yStrides),
                    c.baseAddress! + index * size)
            }
        }
        withExtendedLifetime((x, y)) {}
    }

    private func matrix<T>(_ base: UnsafePointer<T>, _ strides: [Int]) -> Matrix<T> {
        Matrix(
            base: base, rows: shape[rank - 2], columns: shape[rank - 1], rowStep: strides[rank - 2],
            columnStep: strides[rank - 1])
    }
}

/// Where the matrices of a batch start in two strided operands.
private struct BatchOffsets {
    let shape: [Int], a: [Int], b: [Int]
    init(_ batch: [Int], _ a: [Int], _ b: [Int]) { (shape, self.a, self.b) = (batch, a, b) }

    subscript(index: Int) -> (Int, Int) {
        var rest = index, i = 0, j = 0
        for axis in shape.indices.reversed() {
            let place = rest % shape[axis]
            rest /= shape[axis]
            i += place * a[axis]
            j += place * b[axis]
        }
        return (i, j)
    }
}
