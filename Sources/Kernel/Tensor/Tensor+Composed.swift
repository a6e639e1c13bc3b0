// What users of the field expect and other operations give together. Gradients pass as those say.

extension Tensor {
    public func log2() throws -> Tensor { try log().mul(.number(1 / 0.6931471805599453)) }
    public func log10() throws -> Tensor { try log().mul(.number(1 / 2.302585092994046)) }
    /// Where elements are infinite (bool).
    public func isInf() throws -> Tensor { try isFinite().logicalOr(isNaN()).logicalNot() }

    /// A copy with a value where a bool mask, which broadcasts, is true.
    public func maskedFill(_ mask: Tensor, _ value: Operand) throws -> Tensor { try mask.choose(value, .tensor(self)) }

    /// The value below which a share q of the elements lies, along an axis or of all; between two elements it is
    /// interpolated. Of 1, 2, 3, 4 the quantile 0.5 is 2.5.
    /// - Throws: `KernelError` when q lies outside 0 ... 1 or there are no elements.
    public func quantile(_ q: Double, axis: Int? = nil, keepDims: Bool = false) throws -> Tensor {
        guard let axis else {
            let whole = try reshape([count]).quantile(q, axis: 0)
            return try keepDims ? whole.reshape([Int](repeating: 1, count: rank)) : whole
        }
        let place = try Shape.axis(axis, rank: rank, "quantile"), size = shape[place]
        guard q >= 0, q <= 1 else {
            throw KernelError.value(op: "quantile", name: "q", expected: "number from 0 to 1", got: numberText(q))
        }
        guard size > 0 else {
            throw KernelError.shape(op: "quantile", shapes: [shape], reason: "at least one element expected")
        }
        let x = try dtype.isFloat ? self : converted(to: .float32)
        let position = q * Double(size - 1), below = Int(position), above = min(below + 1, size - 1)
        let ends = try x.gather(axis: place, x.detached().places(ofRanks: [below, above], axis: place))
        let low = try ends.narrow(place, 0, 1), high = try ends.narrow(place, 1, 1)
        let result = try below == above ? low : low.lerp(high, .number(position - Double(below)))
        return try keepDims ? result : result.squeeze([place])
    }
    /// The middle element, or the mean of the two in the middle.
    public func median(axis: Int? = nil, keepDims: Bool = false) throws -> Tensor {
        try quantile(0.5, axis: axis, keepDims: keepDims)
    }

    /// Every product of an element of this vector with one of another: [n] and [m] give [n, m].
    public func outer(_ other: Tensor) throws -> Tensor {
        guard rank == 1, other.rank == 1 else {
            throw KernelError.shape(op: "outer", shapes: [shape, other.shape], reason: "two vectors expected")
        }
        return try unsqueeze(1).mul(.tensor(other.unsqueeze(0)))
    }

    /// The positions along an axis, each without the axis, as views.
    public func unbind(axis: Int = 0) throws -> [Tensor] {
        let axis = try Shape.axis(axis, rank: rank, "unbind")
        if shape[axis] == 0 { return [] }
        return try split(size: 1, axis: axis).map { try $0.squeeze([axis]) }
    }

    /// Whether all elements agree within `absolute + relative * |other|`; nan agrees with nothing.
    public func allClose(_ other: Tensor, relative: Double = 1e-5, absolute: Double = 1e-8) throws -> Bool {
        let wide = try Shape.broadcast(shape, other.shape, "allclose")
        let x = try converted(to: .float64).expanded(to: wide).array(Double.self)
        let y = try other.converted(to: .float64).expanded(to: wide).array(Double.self)
        var agree = true
        try inPieces(x.count) { piece in
            for i in piece where x[i] != y[i] {
                if !(abs(x[i] - y[i]) <= absolute + relative * abs(y[i])) { agree = false }
            }
        }
        return agree
    }
}
