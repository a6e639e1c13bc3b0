import CKernels

// Sums over axes. Float32 accumulates in double in a fixed order: rows sixteen lanes wide, columns from the top, large
// totals in blocks; the number of threads never changes a bit.

extension Tensor {
    /// The sum over axes (none named: all) over a divisor. Integers and booleans sum exactly to int64 and wrap;
    /// with a divisor other than 1 they become float32. Not recorded.
    func summed(_ axes: [Int], keepDims: Bool, divisor: Double = 1, _ op: String = "sum") throws -> Tensor {
        if dtype == .float32, axes.isEmpty, count > 0 { return try total(keepDims, divisor) }
        let layout = try ReducedShape(shape, axes, op)
        switch dtype {
        case .float32: return try sumFloat(layout, keepDims, divisor)
        case .float64:
            return try reduceRows(layout, keepDims, Double.self, Double.self) { $0.folded(0, +) / divisor }
        default:
            if divisor != 1 { return try converted(to: .float32).sumFloat(layout, keepDims, divisor) }
            return try reduceRows(layout, keepDims, Int64.self, Int64.self) { $0.folded(0, &+) }
        }
    }

    private func sumFloat(_ layout: ReducedShape, _ keepDims: Bool, _ divisor: Double) throws -> Tensor {
        let result = try Tensor(empty: layout.result(keepDims), .float32)
        let groups = layout.groups, pattern = groups.map(\.isReduced)
        let isNatural = pattern == [true, false] || pattern == [true, false, true]
        let source = try count == 0 || isNatural ? contiguous() : rows(layout)
        try source.read(Float.self) { x in
            try result.write(Float.self) { z in
                nonisolated(unsafe) let x = x.baseAddress!, z = z.baseAddress!
                if count == 0 {
                    for i in 0..<result.count { z[i] = 0 }
                } else if isNatural {
                    Tensor.sumChannels(x, groups.map(\.size), divisor, z)
                } else {
                    Tensor.sumRows(x, layout.results, layout.width, divisor, z)
                }
            }
        }
        return result
    }

    /// The sum of all elements.
    private func total(_ keepDims: Bool, _ divisor: Double) throws -> Tensor {
        let result = try Tensor(empty: keepDims ? shape.map { _ in 1 } : [], .float32)
        try read(Float.self) { x in
            try result.write(Float.self) { Tensor.sumRows(x.baseAddress!, 1, x.count, divisor, $0.baseAddress!) }
        }
        return result
    }

    /// [n, inner] over n, or [outer, n, inner] over outer and inner.
    private static func sumChannels(
        _ x: UnsafePointer<Float>, _ sizes: [Int], _ divisor: Double, _ z: UnsafeMutablePointer<Float>
    ) {
        nonisolated(unsafe) let x = x, z = z
        let grain = max(1, Planes.grain / (sizes[0] * (sizes.count == 3 ? sizes[2] : 1)))
        Workers.split(sizes[1], grain: grain) {
            if sizes.count == 2 {
                ck_sum_columns_f32(x, sizes[0], sizes[1], divisor, $0.lowerBound, $0.upperBound, z)
            } else {
                ck_sum_channels_f32(x, sizes[0], sizes[1], sizes[2], divisor, $0.lowerBound, $0.upperBound, z)
            }
        }
    }

    private static func sumRows(
        _ x: UnsafePointer<Float>, _ rows: Int, _ width: Int, _ divisor: Double, _ z: UnsafeMutablePointer<Float>
    ) {
        nonisolated(unsafe) let x = x, z = z
        if rows == 1, width > Planes.grain {
            z[0] = Float(blockSum(x, width) / divisor)
        } else {
            Workers.split(rows, grain: max(1, Planes.grain / max(1, width))) {
                ck_sum_rows_f32(x + $0.lowerBound * width, $0.count, width, divisor, z + $0.lowerBound)
            }
        }
    }

    /// Blocks of fixed size, added in order.
    private static func blockSum(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
        let block = 1 << 16, blocks = (count + block - 1) / block
        var partial = [Double](repeating: 0, count: blocks)
        partial.withUnsafeMutableBufferPointer { partial in
            nonisolated(unsafe) let x = x, partial = partial.baseAddress!
            Workers.split(blocks, grain: 1) { range in
                for b in range { partial[b] = ck_sum_f32(x + b * block, min(block, count - b * block)) }
            }
        }
        return partial.reduce(0, +)
    }

    /// The sums of the columns of a matrix of float32, as `summed` makes them; the gradient of every bias is one.
    func columnSums(into target: Tensor? = nil) throws -> Tensor {
        let sizes = shape, result = try target ?? Tensor(empty: [sizes[1]])
        try read(Float.self) { x in
            try result.write(Float.self) { Tensor.sumChannels(x.baseAddress!, sizes, 1, $0.baseAddress!) }
        }
        return result
    }

    /// Sums over the axes that broadcasting stretched, back to the operand's shape. Not recorded.
    func summed(to target: [Int]) throws -> Tensor {
        if shape == target { return self }
        if dtype == .float32, rank == 2, target.count == 1, target[0] == shape[1], count > 0 { return try columnSums() }
        let lead = rank - target.count
        let stretched = shape.indices.filter { $0 < lead || (target[$0 - lead] == 1 && shape[$0] != 1) }
        if stretched.isEmpty { return try withShape(target) }
        return try summed(stretched, keepDims: true).withShape(target)
    }
}
