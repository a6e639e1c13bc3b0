// Operations that move elements without changing them. Most give views; the derivative moves the gradient back.

extension Primitive {
    /// The same elements in row-major order under another shape; one size may be -1.
    public static func reshape(_ shape: [Int]) -> Primitive {
        Primitive("reshape") { types in
            TensorType(try Shape.completed(shape, from: types[0].shape), types[0].dtype)
        } forward: { x, _ in
            try x[0].withShape(try Shape.completed(shape, from: x[0].shape))
        } vjp: { g, call in
            [try g.withShape(call.types[0].shape)]
        }
    }

    /// The axes in another order.
    public static func permute(_ axes: [Int]) -> Primitive {
        Primitive("permute") { types in
            let order = try Shape.permutation(axes, rank: types[0].shape.count)
            return TensorType(order.map { types[0].shape[$0] }, types[0].dtype)
        } forward: { x, _ in
            try x[0].permuted(try Shape.permutation(axes, rank: x[0].rank))
        } vjp: { g, _ in
            let order = try Shape.permutation(axes, rank: g.rank)
            return [try g.permuted(order.indices.map { order.firstIndex(of: $0)! })]
        }
    }

    /// Axes of size 1 repeated, and new axes in front; sizes of -1 keep the operand's.
    public static func expand(_ shape: [Int]) -> Primitive {
        Primitive("expand") { types in
            TensorType(try Shape.expanded(types[0].shape, to: shape), types[0].dtype)
        } forward: { x, _ in
            try x[0].expanded(to: try Shape.expanded(x[0].shape, to: shape))
        } vjp: { g, call in
            [try g.summed(to: call.types[0].shape)]
        }
    }

    /// A part of each axis, as a view.
    public static func slice(_ slices: [Slice]) -> Primitive {
        Primitive("index") { types in
            TensorType(try Shape.sliced(types[0].shape, slices), types[0].dtype)
        } forward: { x, _ in
            try x[0].sliced(slices)
        } vjp: { g, call in
            let whole = try Tensor.zeros(call.types[0].shape, g.dtype)
            try whole.sliced(slices).fill(from: g)
            return [whole]
        }
    }

    /// Operands one after the other along an axis. Types are promoted to a common one.
    public static func concat(axis: Int) -> Primitive {
        Primitive("concat") { types in
            try concatenated(types, axis)
        } forward: { x, _ in
            let type = try concatenated(x.map(\.type), axis)
            let result = try Tensor(empty: type.shape, type.dtype)
            for (part, slices) in zip(x, try placesOf(x.map(\.type), type, axis)) {
                try result.sliced(slices).fill(from: part.converted(to: type.dtype))
            }
            return result
        } vjp: { g, call in
            try zip(try placesOf(call.types, g.type, axis), call.types).enumerated().map { index, part in
                call.needs[index] ? try g.sliced(part.0).converted(to: part.1.dtype) : nil
            }
        }
    }

    private static func concatenated(_ types: [TensorType], _ axis: Int) throws -> TensorType {
        guard let first = types.first else {
            throw KernelError.value(op: "concat", name: "tensors", expected: "at least one tensor", got: "none")
        }
        let axis = try Shape.axis(axis, rank: first.shape.count, "concat")
        var result = first
        for type in types.dropFirst() {
            var fitting = type.shape
            if type.shape.count == first.shape.count { fitting[axis] = first.shape[axis] }
            guard fitting == first.shape else {
                throw KernelError.shape(
                    op: "concat", shapes: [first.shape, type.shape], reason: "sizes of the other axes must be equal")
            }
            result.shape[axis] += type.shape[axis]
            _ = try Shape.count(result.shape, "concat")
            result.dtype = .promoted(result.dtype, type.dtype)
        }
        return result
    }

    /// Where each operand lies in the result.
    private static func placesOf(_ types: [TensorType], _ result: TensorType, _ axis: Int) throws -> [[Slice]] {
        let axis = try Shape.axis(axis, rank: result.shape.count, "concat")
        var start = 0
        return types.map { type in
            var slices = result.shape.map(Slice.all)
            slices[axis] = Slice(start: start, count: type.shape[axis])
            start += type.shape[axis]
            return slices
        }
    }

    /// A constant border: `before[a]` and `after[a]` positions of `value` around axis a.
    public static func pad(before: [Int], after: [Int], value: Double) -> Primitive {
        Primitive("pad") { types in
            let shape = types[0].shape
            guard before.count == shape.count, after.count == shape.count, (before + after).allSatisfy({ $0 >= 0 })
            else {
                throw KernelError.shape(op: "pad", shapes: [shape], reason: "a non-negative width per side expected")
            }
            let padded = try shape.indices.map { axis in
                let (size, overflow) = shape[axis].addingReportingOverflow(before[axis])
                let (total, beyond) = size.addingReportingOverflow(after[axis])
                guard !overflow, !beyond else {
                    throw KernelError.shape(op: "pad", shapes: [shape], reason: "too many elements")
                }
                return total
            }
            _ = try Shape.count(padded, "pad")
            return TensorType(padded, types[0].dtype)
        } forward: { x, _ in
            let shape = zip(x[0].shape, zip(before, after)).map { $0 + $1.0 + $1.1 }
            let result = try Tensor.full(shape, value, x[0].dtype, op: "pad")
            try result.sliced(zip(before, x[0].shape).map { Slice(start: $0, count: $1) }).fill(from: x[0])
            return result
        } vjp: { g, call in
            [try g.sliced(zip(before, call.types[0].shape).map { Slice(start: $0, count: $1) })]
        }
    }

    static let shapeSamples: [Sample] = [
        Sample(.reshape([3, -1])) { [try .ramp([2, 6])] },
        Sample(.permute([2, 0, -2])) { [try .ramp([2, 3, 4])] },
        Sample(.expand([2, 3, -1])) { [try .ramp([3, 1])] },
        Sample(.slice([Slice(start: 3, count: 2, step: -2), .at(1)])) { [try .ramp([4, 3])] },
        Sample(.concat(axis: -1)) { [try .ramp([2, 1]), try .ramp([2, 3])] },
        Sample(.pad(before: [1, 0], after: [0, 2], value: 7)) { [try .ramp([2, 3])] },
        Sample(.triangle(upper: true, offset: 1)) { [try .ramp([2, 3, 3])] },
        Sample(.triangle(upper: false, offset: 0)) { [try .ramp([3, 2])] },
        Sample(.diagonal(offset: -1)) { [try .ramp([3, 3])] },
        Sample(.diagonalMatrix(offset: 1)) { [try .ramp([3])] },
    ]
}
