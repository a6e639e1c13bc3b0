import CKernels

// A product whose left operand is mostly zeros: the gradient that a ReLU let through. Zeros are skipped, row by row.

extension Tensor {
    /// This matrix [n, k] times the dense weight [k, m], without the multiplications by the zeros of rows that have many.
    ///
    /// Which way a row goes is decided by its own elements, so it does not depend on its neighbours in the batch. A zero
    /// times an infinite or nan weight counts as zero. Not recorded.
    func productSkippingZeros(_ weight: Tensor, op: String) throws -> Tensor {
        guard dtype == .float32, rank == 2, weight.rank == 2, isContiguous, weight.isContiguous,
            shape[1] >= SparseRows.leastInner, weight.shape[1] >= SparseRows.leastColumns, shape[1] < 1 << 20
        else { return try product(weight, op: op) }
        let (n, k, m) = (shape[0], shape[1], weight.shape[1])
        let g = try rowPointer()
        let isSparse = (0..<n).map { 2 * ck_count_nonzero_f32(g + $0 * k, k) <= k }
        let sparse = isSparse.indices.filter { isSparse[$0] }
        guard !sparse.isEmpty else { return try product(weight, op: op) }
        let result = try Tensor(empty: [n, m])
        if sparse.count < n {
            try result.setRows(isSparse.indices.filter { !isSparse[$0] }) { try gatherRows($0).product(weight, op: op) }
        }
        let rows = sparse.map { Int32($0) }, size = max(16, SparseRows.elements / k)
        for first in stride(from: 0, to: rows.count, by: size) {
            try Interrupt.check()
            try SparseRows(self, Array(rows[first..<min(first + size, rows.count)])).times(weight, into: result)
        }
        return result
    }

    private func setRows(_ rows: [Int], to make: ([Int]) throws -> Tensor) throws {
        let source = try make(rows), width = shape[1], from = try source.rowPointer(), to = try rowPointer()
        for (place, row) in rows.enumerated() { (to + row * width).update(from: from + place * width, count: width) }
        withExtendedLifetime(source) {}
    }
}

/// The elements of some rows of a matrix that are not zero.
private struct SparseRows {
    /// Below these sizes, and for rows with more than half of the elements not zero, the dense product is as
    /// fast: the list has to be made, and an element of it costs two of the dense product's.
    static let leastInner = 64, leastColumns = 384
    /// Elements of the matrix that are listed at a time.
    static let elements = 1 << 17

    let rows: [Int32]
    let columns: Int
    private let items: Storage, starts: Storage

    init(_ matrix: Tensor, _ rows: [Int32]) throws {
        (self.rows, columns) = (rows, matrix.shape[1])
        let blocks = (columns + Int(CK_SPARSE_BLOCK) - 1) / Int(CK_SPARSE_BLOCK)
        items = try Storage(bytes: (rows.count * columns + 1) * MemoryLayout<ck_sparse_item>.stride)
        starts = try Storage(bytes: rows.count * (blocks + 1) * MemoryLayout<Int32>.stride)
        ck_sparse_list_f32(
            try matrix.rowPointer(), columns, rows, rows.count, items.base.assumingMemoryBound(to: ck_sparse_item.self),
            starts.base.assumingMemoryBound(to: Int32.self))
    }

    /// Writes the same rows of the result.
    func times(_ weight: Tensor, into result: Tensor) throws {
        let strip = Int(CK_SPARSE_STRIP), m = weight.shape[1], strips = (m + strip - 1) / strip, k = columns
        nonisolated(unsafe) let (w, out) = (try weight.rowPointer(), try result.rowPointer())
        nonisolated(unsafe) let items = self.items.base.assumingMemoryBound(to: ck_sparse_item.self)
        nonisolated(unsafe) let starts = self.starts.base.assumingMemoryBound(to: Int32.self)
        rows.withUnsafeBufferPointer { rows in
            nonisolated(unsafe) let rows = rows
            Workers.split(strips, grain: max(1, 2_000_000 / (strip * max(1, k) * rows.count))) { part in
                ck_sparse_product_f32(
                    items, starts, rows.baseAddress!, rows.count, k, w, m, part.lowerBound * strip,
                    min(m, part.upperBound * strip), out)
            }
        }
        withExtendedLifetime((self, weight, result)) {}
    }
}
