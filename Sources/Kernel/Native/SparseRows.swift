import CKernels
import Synchronization

/// Where the rows of a contiguous matrix of float32 are not zero, and products that skip the rest.
struct SparseRows {
    /// Below these sizes a product is too small for masks and packing to pay; above the last it would not hear Ctrl-C.
    static let leastInner = 8, leastColumns = 96, mostInner = 1 << 18
    /// Fewer inputs of a layer are as fast by the dense product.
    static let leastInputs = 64
    /// Rows with more hundredths of their elements not zero than that are as fast by the dense product.
    static let mostPercent = 95
    /// With factors of so few elements, and products of so few multiply-adds, our loops are done before oneDNN's product
    /// has its buffers (about 8 us a call), whatever the zeros.
    static let smallFactor = 1 << 14, smallProduct = 1 << 20
    /// Work between two polls of Ctrl-C in multiply-adds, and elements of the matrix that are worked off at a time.
    private static let budget = 1 << 30, elements = 1 << 18
    /// Multiply-adds that are worth a thread.
    private static let share = 250_000

    private let matrix: Tensor
    /// Words of masks of every row, then how many elements of each are not zero.
    private let masks: Storage
    private var counts: UnsafeBufferPointer<Int32> {
        let words = matrix.shape[0] * SparseRows.words(columns)
        let start = masks.base + words * MemoryLayout<UInt64>.stride
        return UnsafeBufferPointer(start: start.assumingMemoryBound(to: Int32.self), count: matrix.shape[0])
    }
    private static func words(_ columns: Int) -> Int { (columns + Int(CK_SPARSE_BLOCK) - 1) / Int(CK_SPARSE_BLOCK) }
    private var columns: Int { matrix.shape[1] }

    /// Nil for a matrix of another kind, and for products of a size that skipping does not suit.
    init?(_ matrix: Tensor, columnsOfProduct m: Int) throws {
        guard matrix.dtype == .float32, matrix.rank == 2, matrix.isContiguous, m >= SparseRows.leastColumns,
            matrix.shape[0] > 0, (SparseRows.leastInner...SparseRows.mostInner).contains(matrix.shape[1])
        else { return nil }
        let (n, k) = (matrix.shape[0], matrix.shape[1]), words = n * SparseRows.words(k) * MemoryLayout<UInt64>.stride
        (self.matrix, masks) = (matrix, try Storage(bytes: words + n * MemoryLayout<Int32>.stride))
        ck_sparse_masks_f32(
            try matrix.rowPointer(), n, k, masks.base.assumingMemoryBound(to: UInt64.self),
            (masks.base + words).assumingMemoryBound(to: Int32.self))
    }

    /// Rows with at most so many hundredths of their elements not zero.
    func rows(upTo percent: Int) -> [Int32] {
        let most = percent * columns
        return withExtendedLifetime(masks) {
            var rows: [Int32] = []
            rows.reserveCapacity(counts.count)
            for (row, count) in counts.enumerated() where 100 * Int(count) <= most { rows.append(Int32(row)) }
            return rows
        }
    }

    /// The contiguous right operand [k, m], or [m, k] when transposed, and what becomes of the sums.
    struct Factor {
        let tensor: Tensor
        var isTransposed = false, bias: Tensor?, relu = false
        /// Whether threads share rows of the result rather than columns, although each then packs the factor.
        var sharesRows = false
        /// Whether the factor is likely to be asked for again as it is, so that it is worth packing once for all.
        var isFixed = false
        /// Whether the product is added to what stands in the result, instead of to the bias.
        var adds = false
    }

    /// Writes these rows of the product into the same rows of `result`; the bits of a row depend on nothing else.
    ///
    /// Zeros times infinite or nan elements count as zero where the factor is not transposed. Where it is, the answer is
    /// false when it has such elements, and the rows are undefined.
    func multiply(_ rows: [Int32], by factor: Factor, into result: Tensor) throws -> Bool {
        let k = columns, m = result.shape[1], strips = max(1, m / max(256, SparseRows.budget / k / 256))
        let height = max(64, SparseRows.elements / k)
        let panels = factor.isFixed && strips == 1 ? try factor.tensor.panels(turned: factor.isTransposed) : nil
        if let panels, !panels.isFinite { return false }
        for strip in 0..<strips {
            let part = SparseRows.columns(m, strip..<strip + 1, of: strips)
            for row in stride(from: 0, to: rows.count, by: height) {
                try Interrupt.check()
                let list = rows[row..<min(row + height, rows.count)]
                guard try multiply(list, part, factor, panels, result) else { return false }
            }
        }
        return true
    }

    /// Parts of 0 ..< m, which is at least 16 times `count`, that begin at multiples of 16.
    private static func columns(_ m: Int, _ parts: Range<Int>, of count: Int) -> Range<Int> {
        let low = m / 16 * parts.lowerBound / count * 16
        return low..<(parts.upperBound == count ? m : m / 16 * parts.upperBound / count * 16)
    }

    /// The same for some columns, on threads that have columns each, or rows where there are few columns.
    private func multiply(
        _ rows: ArraySlice<Int32>, _ columns: Range<Int>, _ factor: Factor, _ panels: Panels?, _ result: Tensor
    ) throws -> Bool {
        let counts = counts, work = rows.reduce(0) { $0 + Int(counts[Int($1)]) } * columns.count
        let byColumns = columns.count >= 256 && !factor.sharesRows && panels == nil
        let units = byColumns ? columns.count / 16 : rows.count, product = try self.product(factor, panels, result)
        return withExtendedLifetime((self, factor.tensor, factor.bias, panels, result)) {
            rows.withUnsafeBufferPointer { rows in
                nonisolated(unsafe) let (product, list) = (product, rows.baseAddress!)
                let count = rows.count, first = columns.lowerBound
                return Workers.splitAll(units, grain: max(1, units * SparseRows.share / max(1, work))) { part in
                    let inner = byColumns ? SparseRows.columns(columns.count, part, of: units) : 0..<columns.count
                    let (low, high) = byColumns ? (0, count) : (part.lowerBound, part.upperBound)
                    return withUnsafePointer(to: product) {
                        ck_sparse_product_f32(
                            $0, list + low, high - low, first + inner.lowerBound, first + inner.upperBound)
                    }
                }
            }
        }
    }

    private func product(_ factor: Factor, _ panels: Panels?, _ result: Tensor) throws -> ck_sparse_product {
        ck_sparse_product(
            a: try matrix.rowPointer(), masks: masks.base.assumingMemoryBound(to: UInt64.self),
            b: try factor.tensor.rowPointer(),
            panels: panels.map { UnsafePointer($0.elements.base.assumingMemoryBound(to: Float.self)) },
            bias: try factor.bias.map { UnsafePointer(try $0.rowPointer()) },
            out: try result.rowPointer(), k: columns, m: result.shape[1], transposed: factor.isTransposed,
            relu: factor.relu, adds: factor.adds)
    }
}

extension Workers {
    /// Splits as `split` does; whether the body said yes for every run.
    fileprivate static func splitAll(_ count: Int, grain: Int, _ body: @Sendable (Range<Int>) -> Bool) -> Bool {
        let failed = Atomic<Bool>(false)
        split(count, grain: grain) { if !body($0) { failed.store(true, ordering: .relaxed) } }
        return !failed.load(ordering: .relaxed)
    }
}
