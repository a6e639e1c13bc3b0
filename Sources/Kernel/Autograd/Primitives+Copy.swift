// Copies: the same elements in storage of their own, perhaps in another type.

extension Primitive {
    /// A row-major copy.
    public static let clone = Primitive("clone") { types in
        types[0]
    } forward: { x, _ in
        try x[0].copied()
    } vjp: { g, _ in
        [g]
    }

    /// Another floating-point type; the gradient comes back in the operand's type.
    public static func cast(_ dtype: DType) -> Primitive {
        Primitive("to") { types in
            TensorType(types[0].shape, dtype)
        } forward: { x, _ in
            try x[0].converted(to: dtype)
        } vjp: { g, call in
            [try g.converted(to: call.types[0].dtype)]
        }
    }

    static let copySamples: [Sample] = [
        Sample(.clone) { [try .ramp([2, 3])] },
        Sample(.cast(.float64)) { [try .ramp([3])] },
    ]
}

extension Tensor {
    /// A row-major copy with storage of its own; gradients pass through.
    public func clone() throws -> Tensor { try Primitive.clone(self) }

    /// The elements in another type (truncating, saturating; nan becomes 0 in integers). Gradients pass between
    /// floating-point types.
    public func to(_ dtype: DType) throws -> Tensor {
        if dtype == self.dtype { return self }
        return try dtype.isFloat && self.dtype.isFloat ? Primitive.cast(dtype)(self) : converted(to: dtype)
    }
}
