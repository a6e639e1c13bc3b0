// Operations that pick elements by number; the derivative adds the gradient back to where the elements came from.

extension Primitive {
    /// Positions along an axis, numbered by the second operand (integers of any shape), whose shape replaces the axis.
    ///
    ///     x [n, k], index [m, p], axis 0 -> [m, p, k]
    public static func take(axis: Int) -> Primitive {
        Primitive("take", keeps: .inputs) { types in
            let (shape, axis) = (types[0].shape, try Shape.axis(axis, rank: types[0].shape.count, "take"))
            try requireIndices(types[1], "take")
            let target = Array(shape[..<axis]) + types[1].shape + Array(shape[(axis + 1)...])
            _ = try Shape.count(target, "take")
            return TensorType(target, types[0].dtype)
        } forward: { x, _ in
            let axis = try Shape.axis(axis, rank: x[0].rank, "take")
            let indices = try x[1].positions(below: x[0].shape[axis], "take")
            return try x[0].copyingRows(indices, axis, as: x[1].shape)
        } vjp: { g, call in
            let shape = call.types[0].shape, axis = try Shape.axis(axis, rank: shape.count, "take")
            let indices = try call.x[1].positions(below: shape[axis], "take")
            let (_, size, inner) = Shape.around(axis, shape)
            return [
                try g.accumulated(into: shape) { i in
                    let (outer, rest) = i.quotientAndRemainder(dividingBy: indices.count * inner)
                    let (row, column) = rest.quotientAndRemainder(dividingBy: inner)
                    return (outer * size + indices[row]) * inner + column
                }, nil,
            ]
        }
    }

    /// Element by element along an axis: `y[i][j] = x[i][index[i][j]]` for axis 1. The other sizes of the index must not
    /// exceed the operand's.
    public static func gather(axis: Int) -> Primitive {
        Primitive("gather", keeps: .inputs) { types in
            try requireAlong(types[0], types[1], axis, "gather")
            return TensorType(types[1].shape, types[0].dtype)
        } forward: { x, _ in
            let place = try Along(x[0].shape, x[1], axis, "gather")
            return try x[0].picking(place, shape: x[1].shape)
        } vjp: { g, call in
            let place = try Along(call.types[0].shape, call.x[1], axis, "gather")
            return [try g.accumulated(into: call.types[0].shape) { place.target($0) }, nil]
        }
    }

    /// Adds the third operand to a copy of the first at the places that `gather` would read.
    public static func scatterAdd(axis: Int) -> Primitive {
        Primitive("scatter_add", keeps: .inputs) { types in
            try requireAlong(types[0], types[1], axis, "scatter_add")
            guard types[1].shape == types[2].shape, types[0].dtype == types[2].dtype else {
                throw KernelError.shape(
                    op: "scatter_add", shapes: [types[1].shape, types[2].shape],
                    reason: "index and source of one shape, and a source of the target's type, expected")
            }
            return types[0]
        } forward: { x, _ in
            let place = try Along(x[0].shape, x[1], axis, "scatter_add")
            return try x[2].accumulated(into: x[0].shape, from: x[0]) { place.target($0) }
        } vjp: { g, call in
            let place = try Along(call.types[0].shape, call.x[1], axis, "scatter_add")
            return [g, nil, call.needs[2] ? try g.picking(place, shape: call.types[2].shape) : nil]
        }
    }

    private static func requireIndices(_ type: TensorType, _ op: String) throws {
        guard !type.dtype.isFloat, type.dtype != .bool else {
            throw KernelError.dtype(op: op, got: [type.dtype], expected: "an index of integers")
        }
    }

    private static func requireAlong(_ x: TensorType, _ index: TensorType, _ axis: Int, _ op: String) throws {
        try requireIndices(index, op)
        let axis = try Shape.axis(axis, rank: x.shape.count, op)
        guard x.shape.count == index.shape.count,
            x.shape.indices.allSatisfy({ $0 == axis || index.shape[$0] <= x.shape[$0] })
        else {
            throw KernelError.shape(
                op: op, shapes: [x.shape, index.shape], reason: "the index does not fit the tensor")
        }
    }

    static let indexSamples: [Sample] = [
        Sample(.take(axis: 1), active: [0]) { [try .ramp([2, 3, 2]), try Tensor([Int64](arrayLiteral: 2, 0, 2, 2))] },
        Sample(.take(axis: -1), active: [0]) {
            [try .ramp([2, 3]), try Tensor([Int32](arrayLiteral: 1, 0), [2, 1])]
        },
        Sample(.gather(axis: 1), active: [0]) {
            [try .ramp([2, 3]), try Tensor([Int64](arrayLiteral: 2, 2, 0, 1), [2, 2])]
        },
        Sample(.scatterAdd(axis: 0), active: [0, 2]) {
            [try .ramp([3, 2]), try Tensor([Int64](arrayLiteral: 1, 1, 1, 0), [2, 2]), try .ramp([2, 2], from: 3)]
        },
    ]
}

/// Where `gather` along an axis finds the element for each element of its index.
private struct Along {
    let indices: [Int]
    let inner: [Int]
    let strides: [Int]
    let axis: Int

    init(_ shape: [Int], _ index: Tensor, _ axis: Int, _ op: String) throws {
        self.axis = try Shape.axis(axis, rank: shape.count, op)
        indices = try index.positions(below: shape[self.axis], op)
        (inner, strides) = (index.shape, Shape.strides(shape))
    }

    /// The row-major place in the tensor for element i of the index.
    func target(_ i: Int) -> Int {
        var rest = i, place = indices[i] * strides[axis]
        for a in inner.indices.reversed() {
            let (quotient, position) = rest.quotientAndRemainder(dividingBy: inner[a])
            if a != axis { place += position * strides[a] }
            rest = quotient
        }
        return place
    }
}

extension Tensor {
    /// The elements of an index tensor, each checked to lie in 0 ..< size.
    func positions(below size: Int, _ op: String) throws -> [Int] {
        let source = try array(Int64.self)
        var indices: [Int] = []
        indices.reserveCapacity(source.count)
        try inPieces(source.count) { piece in
            for i in piece {
                guard source[i] >= 0, source[i] < size else {
                    throw KernelError.value(
                        op: op, name: "index", expected: "positions below \(size)", got: "\(source[i])")
                }
                indices.append(Int(source[i]))
            }
        }
        return indices
    }

    fileprivate func copyingRows(_ indices: [Int], _ axis: Int, as rows: [Int]) throws -> Tensor {
        let source = try contiguous(), (outer, size, inner) = Shape.around(axis, shape)
        let result = try Tensor(empty: Array(shape[..<axis]) + rows + Array(shape[(axis + 1)...]), dtype)
        if result.count == 0 { return result }
        let (from, offset, _) = try source.strided(), (to, _, _) = try result.strided()
        let row = inner * dtype.size
        try withExtendedLifetime((from, to)) {
            for block in 0..<outer {
                try Interrupt.check()
                let base = from.base + offset * dtype.size + block * size * row
                for (place, index) in indices.enumerated() {
                    (to.base + (block * indices.count + place) * row).copyMemory(
                        from: base + index * row, byteCount: row)
                }
            }
        }
        return result
    }

    fileprivate func picking(_ place: Along, shape: [Int]) throws -> Tensor {
        let result = try Tensor(empty: shape, dtype)
        @specialized(where T == Float) @specialized(where T == Double) @specialized(where T == Int64)
        func run<T: Scalar>(_: T.Type) throws {
            try read(T.self) { x in
                try result.write(T.self) { y in
                    try inPieces(y.count) { piece in for i in piece { y[i] = x[place.target(i)] } }
                }
            }
        }
        try run(dtype.scalar)
        return result
    }

    /// A tensor of the given shape, zero or a copy of `start`, with element i of this one added at place `target(i)`.
    fileprivate func accumulated(
        into shape: [Int], from start: Tensor? = nil, _ target: (Int) -> Int
    ) throws -> Tensor {
        let result = try start?.copied() ?? Tensor.zeros(shape, dtype)
        func run<T: FloatScalar>(_: T.Type) throws {
            try read(T.self) { x in
                try result.write(T.self) { y in
                    try inPieces(x.count) { piece in for i in piece { y[target(i)] += x[i] } }
                }
            }
        }
        func runInteger<T: FixedWidthInteger & Scalar>(_: T.Type) throws {
            try read(T.self) { x in
                try result.write(T.self) { y in
                    try inPieces(x.count) { piece in for i in piece { y[target(i)] &+= x[i] } }
                }
            }
        }
        switch dtype {
        case .float32: try run(Float.self)
        case .float64: try run(Double.self)
        case .int32: try runInteger(Int32.self)
        case .int64: try runInteger(Int64.self)
        case .uint8: try runInteger(UInt8.self)
        case .int8: try runInteger(Int8.self)
        case .bool: throw KernelError.dtype(op: "scatter_add", got: [.bool], expected: "numbers")
        }
        return result
    }
}
