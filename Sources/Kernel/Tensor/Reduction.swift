import CKernels

/// How a tensor's axes fall apart when some of them are reduced: neighbouring axes of one fate are merged.
struct ReducedShape {
    /// Sizes of the result, reduced axes dropped.
    let kept: [Int]
    /// The same with reduced axes as 1.
    let keptDims: [Int]
    /// Elements per result, and results.
    let width: Int, results: Int
    /// Merged axes in order.
    let groups: [(size: Int, isReduced: Bool)]
    let axes: [Int]

    /// Empty axes mean all of them.
    init(_ shape: [Int], _ axes: [Int], _ op: String) throws {
        let axes = try Shape.axes(axes, rank: shape.count, op), reduced = Set(axes)
        self.axes = axes
        kept = shape.indices.filter { !reduced.contains($0) }.map { shape[$0] }
        keptDims = shape.indices.map { reduced.contains($0) ? 1 : shape[$0] }
        width = axes.reduce(1) { $0 * shape[$1] }
        results = kept.reduce(1, *)
        var groups: [(size: Int, isReduced: Bool)] = []
        for axis in shape.indices where shape[axis] != 1 {
            if let last = groups.last, last.isReduced == reduced.contains(axis) {
                groups[groups.count - 1].size *= shape[axis]
            } else {
                groups.append((shape[axis], reduced.contains(axis)))
            }
        }
        self.groups = groups
    }

    func result(_ keepDims: Bool) -> [Int] { keepDims ? keptDims : kept }
}

extension Tensor {
    /// The elements as a contiguous [results, width]: one row per result. Copies only when reduced axes come first.
    func rows(_ layout: ReducedShape) throws -> Tensor {
        let order = shape.indices.filter { !layout.axes.contains($0) } + layout.axes
        if order == Array(shape.indices) { return try contiguous().withShape([layout.results, layout.width]) }
        let (_, offset, strides) = try strided()
        let turned = try view(order.map { shape[$0] }, strides: order.map { strides[$0] }, offset: offset)
        return try turned.contiguous().withShape([layout.results, layout.width])
    }

    /// Puts rows [results, width] back in the place of `rows`.
    func fromRows(_ layout: ReducedShape, _ shape: [Int]) throws -> Tensor {
        let order = shape.indices.filter { !layout.axes.contains($0) } + layout.axes
        let turned = try withShape(order.map { shape[$0] })
        if order == Array(shape.indices) { return turned }
        let (_, offset, strides) = try turned.strided()
        var back = [Int](repeating: 0, count: shape.count)
        for (place, axis) in order.enumerated() { back[axis] = strides[place] }
        return try view(shape, strides: back, offset: offset).contiguous()
    }

    /// One value per row from a loop over the row's elements. Not recorded. The work stops early when the user asks to.
    /// - Throws: `Interrupted`.
    func reduceRows<T: Scalar, R: Scalar>(
        _ layout: ReducedShape, _ keepDims: Bool, _: T.Type, _: R.Type,
        _ body: @Sendable (UnsafeBufferPointer<T>) -> R
    ) throws -> Tensor {
        let result = try Tensor(empty: layout.result(keepDims), R.dtype)
        let width = layout.width
        try converted(to: T.dtype).rows(layout).read(T.self) { x in
            try result.write(R.self) { z in
                nonisolated(unsafe) let x = x.baseAddress!, z = z.baseAddress!
                Workers.split(layout.results, grain: max(1, Planes.grain / max(1, width))) { range in
                    for row in range where !Interrupt.isRequested {
                        z[row] = body(UnsafeBufferPointer(start: x + row * width, count: width))
                    }
                }
            }
        }
        try Interrupt.check()
        return result
    }
}

extension UnsafeBufferPointer {
    /// `reduce` for rows of any length in `reduceRows`: ends early, with a result that nobody reads, when the user asked to
    /// stop.
    @inline(__always) func folded<R>(_ first: R, _ step: (R, Element) -> R) -> R {
        var result = first
        for start in stride(from: 0, to: count, by: 1 << 16) where !Interrupt.isRequested {
            for i in start..<Swift.min(start + (1 << 16), count) { result = step(result, self[i]) }
        }
        return result
    }
}
