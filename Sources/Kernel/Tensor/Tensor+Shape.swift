// Shapes: the same elements under other sizes, in other orders, side by side. Recorded for gradients; views where possible.

extension Tensor {
    /// The same elements in row-major order under another shape; one size may be -1 and is worked out.
    /// Shares storage when contiguous.
    public func reshape(_ shape: [Int]) throws -> Tensor { try Primitive.reshape(shape)(self) }

    /// The axes `first` to `last` as one: `[2, 3, 4]` from 1 is `[2, 12]`. A scalar becomes a vector of one element.
    public func flatten(from first: Int = 0, to last: Int = -1) throws -> Tensor {
        if rank == 0 { return try reshape([1]) }
        let a = try Shape.axis(first, rank: rank, "flatten"), b = try Shape.axis(last, rank: rank, "flatten")
        guard a <= b else {
            throw KernelError.value(
                op: "flatten", name: "last", expected: "an axis after the first", got: "axis \(last)")
        }
        return try reshape(Array(shape[..<a]) + [shape[a...b].reduce(1, *)] + Array(shape[(b + 1)...]))
    }

    /// Without the given axes of size 1 (or all such axes).
    /// - Throws: `KernelError.shape` when a named axis has another size.
    public func squeeze(_ axes: [Int] = []) throws -> Tensor {
        let named = try Shape.axes(axes, rank: rank, "squeeze")
        guard axes.isEmpty || named.allSatisfy({ shape[$0] == 1 }) else {
            throw KernelError.shape(op: "squeeze", shapes: [shape], reason: "only axes of size 1 can go")
        }
        return try reshape(shape.indices.filter { !(named.contains($0) && shape[$0] == 1) }.map { shape[$0] })
    }

    /// With a new axis of size 1 at the given place; -1 is after the last.
    public func unsqueeze(_ axis: Int) throws -> Tensor {
        let axis = try Shape.axis(axis, rank: rank + 1, "unsqueeze")
        return try reshape(Array(shape[..<axis]) + [1] + Array(shape[axis...]))
    }

    /// The axes in the given order, as a view.
    public func permute(_ axes: [Int]) throws -> Tensor { try Primitive.permute(axes)(self) }

    /// Two axes exchanged, as a view.
    public func transpose(_ a: Int, _ b: Int) throws -> Tensor {
        var order = Array(0..<rank)
        order.swapAt(try Shape.axis(a, rank: rank, "transpose"), try Shape.axis(b, rank: rank, "transpose"))
        return try permute(order)
    }

    /// A matrix transposed; vectors and scalars stay.
    public func t() throws -> Tensor {
        guard rank <= 2 else {
            throw KernelError.shape(
                op: "t", shapes: [shape], reason: "at most 2 axes expected; use transpose or permute")
        }
        return rank == 2 ? try transpose(0, 1) : self
    }

    /// One axis moved to another place, the others in order.
    public func movedim(_ from: Int, _ to: Int) throws -> Tensor {
        var order = Array(0..<rank)
        let axis = order.remove(at: try Shape.axis(from, rank: rank, "movedim"))
        order.insert(axis, at: try Shape.axis(to, rank: rank, "movedim"))
        return try permute(order)
    }

    /// Axes of size 1 repeated to the given sizes, and new axes in front, as a view; -1 keeps a size.
    public func expand(_ shape: [Int]) throws -> Tensor { try Primitive.expand(shape)(self) }

    /// Tensors one after the other along an existing axis.
    public static func concat(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
        try Primitive.concat(axis: axis).apply(tensors)
    }

    /// Tensors of one shape side by side along a new axis.
    public static func stack(_ tensors: [Tensor], axis: Int = 0) throws -> Tensor {
        for tensor in tensors.dropFirst() where tensor.shape != tensors[0].shape {
            throw KernelError.shape(
                op: "stack", shapes: [tensors[0].shape, tensor.shape], reason: "tensors of one shape expected")
        }
        return try concat(tensors.map { try $0.unsqueeze(axis) }, axis: axis)
    }

    /// Consecutive parts with the given sizes along an axis, as views; the sizes must add up to the axis.
    public func split(_ sizes: [Int], axis: Int = 0) throws -> [Tensor] {
        let axis = try Shape.axis(axis, rank: rank, "split")
        var start = 0
        guard sizes.allSatisfy({ $0 >= 0 && $0 <= shape[axis] }), sizes.reduce(0, { $0 &+ $1 }) == shape[axis] else {
            throw KernelError.value(
                op: "split", name: "sizes", expected: "sizes that add up to \(shape[axis])", got: shapeText(sizes))
        }
        return try sizes.map { size in
            defer { start += size }
            return try narrow(axis, start, size)
        }
    }

    /// Parts of `size` positions along an axis, the last one perhaps smaller.
    public func split(size: Int, axis: Int = 0) throws -> [Tensor] {
        let length = shape[try Shape.axis(axis, rank: rank, "split")]
        guard size > 0 else {
            throw KernelError.value(op: "split", name: "size", expected: "a positive size", got: "\(size)")
        }
        guard length > 0 else { return [self] }
        guard length / size < 1 << 20 else {
            throw KernelError.value(
                op: "split", name: "size", expected: "a size that gives fewer parts", got: "\(size)")
        }
        return try split(stride(from: 0, to: length, by: size).map { min(size, length - $0) }, axis: axis)
    }

    /// At most `count` parts of equal size along an axis, the last one perhaps smaller.
    public func chunk(_ count: Int, axis: Int = 0) throws -> [Tensor] {
        let length = shape[try Shape.axis(axis, rank: rank, "chunk")]
        guard count > 0 else {
            throw KernelError.value(op: "chunk", name: "count", expected: "a positive count", got: "\(count)")
        }
        return try split(size: max(1, length / count + (length % count == 0 ? 0 : 1)), axis: axis)
    }

    /// The whole tensor repeated `counts[a]` times along each axis; more counts than axes add axes in front.
    public func tile(_ counts: [Int]) throws -> Tensor {
        let lead = max(0, counts.count - rank)
        let counts = [Int](repeating: 1, count: max(0, rank - counts.count)) + counts
        let sizes = [Int](repeating: 1, count: lead) + shape
        guard counts.allSatisfy({ $0 >= 0 }) else {
            throw KernelError.value(op: "tile", name: "counts", expected: "counts >= 0", got: shapeText(counts))
        }
        guard 2 * counts.count <= Shape.maxRank else {
            throw KernelError.shape(
                op: "tile", shapes: [shape], reason: "at most \(Shape.maxRank / 2) axes are possible")
        }
        let target = zip(counts, sizes).map { $0.multipliedReportingOverflow(by: $1) }
        guard !target.contains(where: \.overflow) else {
            throw KernelError.shape(op: "tile", shapes: [shape, counts], reason: "too many elements")
        }
        _ = try Shape.count(target.map(\.partialValue), "tile")
        let spread = try reshape(sizes.flatMap { [1, $0] }).expand(zip(counts, sizes).flatMap { [$0, $1] })
        return try spread.reshape(target.map(\.partialValue))
    }

    /// Each position along an axis repeated `count` times in a row.
    public func repeatInterleave(_ count: Int, axis: Int) throws -> Tensor {
        let axis = try Shape.axis(axis, rank: rank, "repeat_interleave")
        guard count >= 0, count < 1 << 40 else {
            throw KernelError.value(op: "repeat_interleave", name: "count", expected: "a count >= 0", got: "\(count)")
        }
        var wide = shape, target = shape
        wide.insert(count, at: axis + 1)
        _ = try Shape.count(wide, "repeat_interleave")
        target[axis] *= count
        return try unsqueeze(axis + 1).expand(wide).reshape(target)
    }

    /// Positions along the given axes (all by default) in reverse order, as a view.
    public func flip(_ axes: [Int] = []) throws -> Tensor {
        let axes = try Shape.axes(axes, rank: rank, "flip")
        return try Primitive.slice(
            shape.enumerated().map { axis, size in
                axes.contains(axis) && size > 0 ? Slice(start: size - 1, count: size, step: -1) : .all(size)
            })(self)
    }

    /// Positions shifted by `shift` along an axis, those that leave coming back at the other end.
    public func roll(_ shift: Int, axis: Int) throws -> Tensor {
        let axis = try Shape.axis(axis, rank: rank, "roll"), size = shape[axis]
        guard size > 1 else { return self }
        let moved = (shift % size + size) % size
        if moved == 0 { return self }
        return try .concat([narrow(axis, size - moved, moved), narrow(axis, 0, size - moved)], axis: axis)
    }

    /// How `pad` fills the border.
    public enum PadMode: String, Choice { case constant, reflect, replicate, circular }

    /// A border of `before[a]` and `after[a]` positions around each axis.
    /// - Throws: `KernelError` when `reflect` or `circular` would need more positions than there are.
    public func pad(before: [Int], after: [Int], value: Double = 0, mode: PadMode = .constant) throws -> Tensor {
        if mode == .constant { return try Primitive.pad(before: before, after: after, value: value)(self) }
        let padded = try Primitive.pad(before: before, after: after, value: value).result([type])
        _ = try Storage(bytes: padded.shape.reduce(1) { max($0, $1) } * 32)  // room for the list of positions
        var result = self
        for axis in shape.indices where before[axis] + after[axis] > 0 {
            let size = shape[axis], limit = mode == .reflect ? size - 1 : mode == .circular ? size : .max
            guard size > 0, max(before[axis], after[axis]) <= limit else {
                throw KernelError.shape(op: "pad", shapes: [shape], reason: "the \(mode.rawValue) border is too wide")
            }
            let indices = (-before[axis]..<(size + after[axis])).map { mode.source($0, size) }
            result = try result.take(indices, axis: axis)
        }
        return result
    }
}

extension Tensor.PadMode {
    /// The position inside 0 ..< size that a position outside repeats.
    fileprivate func source(_ position: Int, _ size: Int) -> Int {
        switch self {
        case .constant, .replicate: min(max(position, 0), size - 1)
        case .reflect: position < 0 ? -position : position >= size ? 2 * (size - 1) - position : position
        case .circular: (position + size) % size
        }
    }
}
