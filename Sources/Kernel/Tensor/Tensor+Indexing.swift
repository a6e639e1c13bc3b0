// Picking parts of a tensor. Recorded for gradients; numbers and ranges give views.

extension Tensor {
    /// The part of each axis that its slice shows, as a view; axes without a slice stay whole.
    public func index(_ slices: [Slice]) throws -> Tensor {
        guard slices.count <= rank else {
            throw KernelError.shape(op: "index", shapes: [shape], reason: "\(slices.count) indices for \(rank) axes")
        }
        return try Primitive.slice(slices + shape[slices.count...].map(Slice.all))(self)
    }

    /// `count` positions from `start` along an axis, as a view.
    public func narrow(_ axis: Int, _ start: Int, _ count: Int) throws -> Tensor {
        let axis = try Shape.axis(axis, rank: rank, "narrow")
        var slices = shape.map(Slice.all)
        slices[axis] = Slice(start: start, count: count)
        return try Primitive.slice(slices)(self)
    }

    /// One position along an axis, without the axis, as a view.
    public func select(_ axis: Int, _ position: Int) throws -> Tensor {
        let axis = try Shape.axis(axis, rank: rank, "select")
        var slices = shape.map(Slice.all)
        slices[axis] = .at(position)
        return try Primitive.slice(slices)(self)
    }

    /// Positions along an axis in the order of an index tensor, whose shape replaces the axis.
    public func take(_ index: Tensor, axis: Int = 0) throws -> Tensor { try Primitive.take(axis: axis)(self, index) }
    public func take(_ indices: [Int], axis: Int = 0) throws -> Tensor {
        try take(Tensor(indices.map { Int64($0) }), axis: axis)
    }

    /// The elements where a boolean mask over the leading axes is true: a vector of them, or of rows.
    public func masked(_ mask: Tensor) throws -> Tensor {
        let positions = try maskPositions(mask)
        let rest = Array(shape[mask.rank...])
        return try reshape([mask.count] + rest).take(positions, axis: 0)
    }

    /// Row-major positions of the true elements of a mask that covers the leading axes.
    func maskPositions(_ mask: Tensor) throws -> [Int] {
        guard mask.dtype == .bool else {
            throw KernelError.dtype(op: "index", got: [mask.dtype], expected: "a bool mask")
        }
        guard mask.rank <= rank, Array(shape[..<mask.rank]) == mask.shape else {
            throw KernelError.shape(
                op: "index", shapes: [shape, mask.shape], reason: "the mask must have the shape of the leading axes")
        }
        return try mask.truePositions()
    }

    /// Element by element along an axis: `y[i][j] = x[i][index[i][j]]` for axis 1.
    public func gather(axis: Int, _ index: Tensor) throws -> Tensor { try Primitive.gather(axis: axis)(self, index) }

    /// A copy with `source` added at the places that `gather` would read.
    public func scatterAdd(axis: Int, _ index: Tensor, _ source: Tensor) throws -> Tensor {
        try Primitive.scatterAdd(axis: axis)(self, index, source)
    }

    /// The diagonal of a matrix (a view), or the square matrix with this vector on its diagonal.
    public func diag(_ offset: Int = 0) throws -> Tensor {
        try rank == 1 ? Primitive.diagonalMatrix(offset: offset)(self) : Primitive.diagonal(offset: offset)(self)
    }
    /// The part on and above a diagonal of the last two axes; the rest is 0.
    public func triu(_ offset: Int = 0) throws -> Tensor { try Primitive.triangle(upper: true, offset: offset)(self) }
    /// The part on and below a diagonal of the last two axes; the rest is 0.
    public func tril(_ offset: Int = 0) throws -> Tensor { try Primitive.triangle(upper: false, offset: offset)(self) }

    /// Positions of the elements that are not zero, one row of `rank` numbers each (int64).
    public func nonzero() throws -> Tensor {
        let hits = try converted(to: .bool).truePositions()
        let result = try Tensor(empty: [hits.count, rank], .int64, op: "nonzero"), strides = Shape.strides(shape)
        let (shape, rank) = (shape, rank)
        try result.write(Int64.self) { out in
            try inPieces(hits.count) { piece in
                for row in piece {
                    for axis in 0..<rank { out[row * rank + axis] = Int64(hits[row] / strides[axis] % shape[axis]) }
                }
            }
        }
        return result
    }

    /// Row-major positions of the true elements of a bool tensor.
    private func truePositions() throws -> [Int] {
        try read(Bool.self) { flags in
            var hits: [Int] = []
            try inPieces(flags.count) { piece in for i in piece where flags[i] { hits.append(i) } }
            return hits
        }
    }
}

// MARK: - Changing elements in place

extension Tensor {
    /// Overwrites the part that the slices show; the value is converted and broadcast.
    /// - Throws: `KernelError.state` for tensors in a gradient graph and for broadcast views.
    public func assign(_ value: Tensor, at slices: [Slice]) throws {
        try requireWritable()
        guard slices.count <= rank else {
            throw KernelError.shape(op: "assign", shapes: [shape], reason: "\(slices.count) indices for \(rank) axes")
        }
        let target = try sliced(slices + shape[slices.count...].map(Slice.all))
        try target.fill(from: value.fitted(to: target, sharing: self))
    }

    /// Overwrites positions along the first axis; with equal positions the last one counts.
    public func assign(_ value: Tensor, positions: [Int]) throws {
        try requireWritable()
        guard rank > 0, positions.allSatisfy({ $0 >= 0 && $0 < shape[0] }) else {
            throw KernelError.shape(op: "assign", shapes: [shape], reason: "position outside the tensor")
        }
        let rest = shape.dropFirst().map(Slice.all)
        let rows = TensorType([positions.count] + shape.dropFirst(), dtype)
        let value = try value.fitted(to: rows, sharing: self)
        for (place, position) in positions.enumerated() {
            try sliced([.at(position)] + rest).fill(from: value.sliced([.at(place)] + rest))
        }
    }

    /// Overwrites the elements (or rows) where a mask over the leading axes is true.
    public func assign(_ value: Tensor, mask: Tensor) throws {
        try requireWritable()
        let positions = try maskPositions(mask)
        let strides = Shape.strides(mask.shape), rest = shape[mask.rank...].map(Slice.all)
        let rows = TensorType([positions.count] + shape[mask.rank...], dtype)
        let value = try value.fitted(to: rows, sharing: self)
        for (place, hit) in positions.enumerated() {
            let path = mask.shape.indices.map { Slice.at(hit / strides[$0] % mask.shape[$0]) }
            try sliced(path + rest).fill(from: value.sliced([.at(place)] + rest))
        }
    }

    /// Overwrites every element.
    public func assign(_ value: Tensor) throws { try assign(value, at: []) }

    private func requireWritable() throws {
        guard !requiresGrad || !Context.current.recordsGradients else {
            throw KernelError.state(
                op: "assign",
                reason: "a tensor that requires a gradient cannot be changed in place; use no_grad or detach")
        }
        let (_, _, strides) = try strided()
        guard !zip(shape, strides).contains(where: { $0 > 1 && $1 == 0 }) else {
            throw KernelError.state(op: "assign", reason: "a broadcast view cannot be changed in place; clone it first")
        }
    }

    /// The value in the target's type, broadcast to its shape, copied when it shares the storage that is written.
    private func fitted(to target: Tensor, sharing owner: Tensor) throws -> Tensor {
        try fitted(to: target.type, sharing: owner)
    }
    private func fitted(to target: TensorType, sharing owner: Tensor) throws -> Tensor {
        guard try Shape.broadcast(shape, target.shape, "assign") == target.shape else {
            throw KernelError.shape(op: "assign", shapes: [target.shape, shape], reason: "the value does not fit")
        }
        let value = try converted(to: target.dtype)
        let aliased = try value.strided().storage === owner.strided().storage
        return try (aliased ? value.copied() : value).expanded(to: target.shape)
    }
}
