import CKernels

// The three products of a linear layer without the multiplications by zeros: forward by those of the images, which are
// half black, or of what a ReLU let through; back by those of the gradient that a ReLU let through.

extension Tensor {
    /// This gradient [n, k] times the weight [k, m]. Zeros of rows that have some are skipped.
    ///
    /// Which way a row goes is decided by its own elements, so it does not depend on its neighbours in the batch. A zero
    /// times an infinite or nan weight counts as zero. Not recorded.
    ///
    /// - Parameter isFixed: whether the weight is likely to be asked for again as it is.
    func productSkippingZeros(
        _ weight: Tensor, isFixed: Bool = false, into target: Tensor? = nil, op: String
    ) throws -> Tensor {
        guard weight.rank == 2, weight.isContiguous, let map = try SparseRows(self, columnsOfProduct: weight.shape[1])
        else { return try product(weight, into: target, op: op) }
        let sparse = map.rows(upTo: weight.count <= SparseRows.smallFactor ? 100 : SparseRows.mostPercent)
        guard !sparse.isEmpty else { return try product(weight, into: target, op: op) }
        let result = try target ?? Tensor(empty: [shape[0], weight.shape[1]])
        _ = try map.multiply(sparse, by: .init(tensor: weight, isFixed: isFixed), into: result)
        try result.setRows(except: sparse) { try gatherRows($0).product(weight, op: op) }
        return result
    }

    /// This gradient [n, out] transposed times the inputs [n, in]: the gradient of a weight. Zeros of this gradient are
    /// skipped when it has many, and so are stretches of an input that are all zero. What is skipped counts as zero, even if
    /// the other factor is infinite or nan. Not recorded.
    func weightGradient(_ x: Tensor, into target: Tensor? = nil, op: String) throws -> Tensor {
        let (n, out) = (shape[0], shape[1])
        if dtype == .float32, isContiguous, x.isContiguous, n >= SparseRows.leastInner,
            try out * x.count <= SparseRows.smallProduct || 10 * ck_count_nonzero_f32(rowPointer(), count) <= 7 * count
        {
            let turned = try Tensor(empty: [out, n])
            ck_transpose_f32(try rowPointer(), n, out, try turned.rowPointer())
            if let map = try SparseRows(turned, columnsOfProduct: x.shape[1]) {
                let result = try target ?? Tensor(empty: [out, x.shape[1]])
                // The optimizer shares rows too, and finds each thread's in its own cache.
                let factor = SparseRows.Factor(tensor: x, sharesRows: true)
                _ = try map.multiply(Array(0..<Int32(out)), by: factor, into: result)
                return result
            }
        }
        return try matrixTransposed().product(x, into: target, op: op)
    }

    /// x·Wᵀ + b, then max(0, y) when `relu`, of contiguous rows; those without enough zeros come from `dense`. Nil when there
    /// are no others, when the sizes do not suit, and when an element of the weight is not finite.
    ///
    /// Of a weight that is being learned, the packing is to be saved by one batch, which is asked as a whole; otherwise each
    /// row is asked alone, whatever its neighbours are.
    func linearSkippingZeros(
        _ weight: Tensor, _ bias: Tensor?, relu: Bool, isLearned: Bool, into target: Tensor?,
        dense: (Tensor) throws -> Tensor
    ) throws -> Tensor? {
        let (n, k, m) = (shape[0], shape[1], weight.shape[0])
        guard k >= SparseRows.leastInputs, weight.isContiguous, bias?.isContiguous ?? true,
            try !isLearned || isSparse(forOutputs: m),
            let map = try SparseRows(self, columnsOfProduct: m)
        else { return nil }
        let sparse = map.rows(upTo: isLearned || weight.count <= Panels.mostElements ? 100 : SparseRows.mostPercent)
        guard !sparse.isEmpty else { return nil }
        let y = try target ?? Tensor(empty: [n, m])
        let factor = SparseRows.Factor(
            tensor: weight, isTransposed: true, bias: bias, relu: relu, isFixed: !isLearned)
        guard try map.multiply(sparse, by: factor, into: y) else { return nil }
        try y.setRows(except: sparse) { try dense(gatherRows($0)) }
        return y
    }

    /// Whether these rows have enough zeros to save the packing of a weight, which costs as much as about six rows.
    private func isSparse(forOutputs m: Int) throws -> Bool {
        guard dtype == .float32, isContiguous else { return false }
        let packing = 6 * shape[1], most = m < 128 ? 60 : 75
        return 100 * (ck_count_nonzero_f32(try rowPointer(), count) + packing) <= most * count
    }

    /// Calls `make` for the rows that are not in the ascending list, and puts its rows in their place.
    private func setRows(except listed: [Int32], to make: ([Int]) throws -> Tensor) throws {
        guard listed.count < shape[0] else { return }
        var rest = listed[...]
        let rows = (0..<shape[0]).filter { row in
            guard let next = rest.first, next == row else { return true }
            rest.removeFirst()
            return false
        }
        let source = try make(rows), width = shape[1], from = try source.rowPointer(), to = try rowPointer()
        for (place, row) in rows.enumerated() { (to + row * width).update(from: from + place * width, count: width) }
        withExtendedLifetime(source) {}
    }
}
