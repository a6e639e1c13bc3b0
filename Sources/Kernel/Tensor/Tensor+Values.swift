// Tensors as plain values.

extension Tensor: Listable {
    /// The elements of a vector of at most 2^20.
    public var elements: [Value]? {
        get throws { rank == 1 && count <= 1 << 20 ? try list().elements : nil }
    }
}

extension Tensor {
    /// The only element.
    /// - Throws: `KernelError.shape` unless there is exactly one.
    public func item() throws -> Value {
        guard count == 1 else {
            throw KernelError.shape(op: "item", shapes: [shape], reason: "a tensor with one element expected")
        }
        if dtype == .bool { return .flag(try array(Bool.self)[0]) }
        return dtype.isFloat ? .number(try array(Double.self)[0]) : .int(Int(try array(Int64.self)[0]))
    }

    /// The elements as nested lists.
    /// - Throws: `KernelError.value` beyond 2^25 elements: a list takes four times the memory.
    public func list() throws -> Value {
        let places = shape.reduce(1) { $0 * max($1, 1) }  // an empty tensor may still be many empty lists
        guard places <= 1 << 25 else {
            throw KernelError.value(
                op: "totable", name: "self", expected: "at most \(1 << 25) elements", got: "shape \(shapeText(shape))")
        }
        if rank == 0 { return try item() }
        if dtype == .bool { return try nested(array(Bool.self).map(Value.flag), Value.list) }
        if dtype.isFloat { return try nested(array(Double.self), Value.numbers) }
        return try nested(array(Int64.self).map { Int($0) }, Value.integers)
    }

    private func nested<T>(_ elements: [T], _ row: ([T]) -> Value) throws -> Value {
        func level(_ axis: Int, _ first: Int) throws -> Value {
            try Interrupt.check()
            let step = shape[(axis + 1)...].reduce(1, *)
            if axis == rank - 1 { return row(Array(elements[first..<(first + shape[axis])])) }
            return .list(try (0..<shape[axis]).map { try level(axis + 1, first + $0 * step) })
        }
        return try level(0, 0)
    }

    /// Whether shape, type and all elements are equal; nan equals nothing.
    public func equals(_ other: Tensor) throws -> Bool {
        func same<T: Scalar & Equatable>(_: T.Type) throws -> Bool {
            try read(T.self) { x in try other.read(T.self) { y in x.elementsEqual(y) } }
        }
        guard type == other.type else { return false }
        switch dtype {
        case .float32: return try same(Float.self)
        case .float64: return try same(Double.self)
        case .int32: return try same(Int32.self)
        case .int64: return try same(Int64.self)
        case .uint8: return try same(UInt8.self)
        case .int8: return try same(Int8.self)
        case .bool: return try same(Bool.self)
        }
    }
}
