import CKernels

// Updates in place: what optimizers, averages and gradient clipping are made of. Targets are contiguous float32 (C) or
// float64 (here); nothing is recorded.

extension Tensor {
    /// y += a x.
    /// - Throws: `KernelError` when shapes or types differ, or this tensor is a view with gaps.
    public func accumulate(_ x: Tensor, times a: Double = 1) throws {
        try update("accumulate", reading: [x], writing: []) { y, x, n in
            ck_axpy_f32(Float(a), x[0], y[0], n)
        } double: { y, x, i in
            y[0][i] += a * x[0][i]
        }
    }

    /// y *= a.
    public func scale(by a: Double) throws {
        try update("scale", reading: [], writing: []) { y, _, n in
            ck_scale_f32(Float(a), y[0], n)
        } double: { y, _, i in
            y[0][i] *= a
        }
    }

    /// y = decay y + (1 - decay) x: a moving average.
    public func average(_ x: Tensor, decay: Double) throws {
        try update("average", reading: [x], writing: []) { y, x, n in
            ck_ema_f32(Float(decay), x[0], y[0], n)
        } double: { y, x, i in
            y[0][i] = decay * y[0][i] + (1 - decay) * x[0][i]
        }
    }

    /// Every element brought into [low, high]; nan stays.
    public func clamp(to low: Double, _ high: Double) throws {
        try update("clamp", reading: [], writing: []) { y, _, n in
            ck_confine_f32(Float(low), Float(high), y[0], n)
        } double: { y, _, i in
            y[0][i] = y[0][i] < low ? low : y[0][i] > high ? high : y[0][i]
        }
    }

    /// Every element set to one value.
    public func assign(_ value: Double) throws {
        func run<T: Scalar>(_: T.Type) throws {
            try checkUpdate("assign", [])
            try write(T.self) { $0.update(repeating: T(converting: value)) }
        }
        switch dtype {
        case .float32: try run(Float.self)
        case .float64: try run(Double.self)
        default: try run(dtype.scalar)
        }
    }

    /// One pass over this tensor and others of the same shape and type: `y[0]` is this one, the others of `writing`
    /// follow; `x` are only read.
    func update(
        _ op: String, reading: [Tensor], writing: [Tensor],
        float: @Sendable (_ y: UpdatedFloats, _ x: UpdatedFloats, _ n: Int) -> Void,
        double: (_ y: [UnsafeMutableBufferPointer<Double>], _ x: [UnsafeBufferPointer<Double>], _ i: Int) -> Void
    ) throws {
        try checkUpdate(op, reading)
        try checkUpdate(op, writing)
        guard dtype == .float32 else {
            return try withPointers(reading, Double.self) { x in
                try withWritable([self] + writing, Double.self) { y in for i in 0..<count { double(y, x, i) } }
            }
        }
        let sources = try reading.allSatisfy(\.isContiguous) ? reading : reading.map { try $0.contiguous() }
        let x = try UpdatedFloats(reading: sources), y = try UpdatedFloats(writing: self, writing)
        if count < 2 * Planes.grain {
            float(y, x, count)
        } else {
            Workers.split(count, grain: Planes.grain) { float(y + $0.lowerBound, x + $0.lowerBound, $0.count) }
        }
        withExtendedLifetime((sources, writing)) {}
    }

    private func checkUpdate(_ op: String, _ others: [Tensor]) throws {
        for other in others where other.shape != shape {
            throw KernelError.shape(op: op, shapes: [shape, other.shape], reason: "one shape expected")
        }
        guard others.allSatisfy({ $0.dtype == dtype }), dtype.isFloat || op == "assign" else {
            throw KernelError.dtype(
                op: op, got: [dtype] + others.map(\.dtype), expected: "one type, float32 or float64,")
        }
        guard isContiguous else {
            throw KernelError.state(op: op, reason: "a view with gaps cannot be updated in place; copy it first")
        }
    }
}

/// Where the elements of up to three float32 tensors lie: a list that costs nothing to make. Valid while the tensors live.
struct UpdatedFloats: @unchecked Sendable {
    private var first: UnsafeMutablePointer<Float>?, second: UnsafeMutablePointer<Float>?
    private var third: UnsafeMutablePointer<Float>?

    init(reading tensors: [Tensor]) throws {
        precondition(tensors.count <= 3)
        if tensors.count > 0 { first = try tensors[0].floats() }
        if tensors.count > 1 { second = try tensors[1].floats() }
        if tensors.count > 2 { third = try tensors[2].floats() }
    }
    init(writing tensor: Tensor, _ others: [Tensor]) throws {
        precondition(others.count <= 2)
        first = try tensor.floatsToWrite()
        if others.count > 0 { second = try others[0].floatsToWrite() }
        if others.count > 1 { third = try others[1].floatsToWrite() }
    }

    /// One of those that there are.
    subscript(index: Int) -> UnsafeMutablePointer<Float> { (index == 0 ? first : index == 1 ? second : third)! }
    /// The second, when there is one.
    var other: UnsafeMutablePointer<Float>? { second }

    static func + (floats: UpdatedFloats, offset: Int) -> UpdatedFloats {
        var moved = floats
        moved.first? += offset
        moved.second? += offset
        moved.third? += offset
        return moved
    }
}

extension Tensor {
    fileprivate func floats() throws -> UnsafeMutablePointer<Float> {
        let (storage, offset, _) = try strided()
        return storage.base.assumingMemoryBound(to: Float.self) + offset
    }
    fileprivate func floatsToWrite() throws -> UnsafeMutablePointer<Float> {
        precondition(isContiguous)
        let (storage, _, _) = try strided()
        storage.wasWritten()
        return try floats()
    }
}

/// The elements of several contiguous tensors at once, to be changed in place.
func withWritable<T: Scalar, R>(
    _ tensors: [Tensor], _: T.Type, _ body: ([UnsafeMutableBufferPointer<T>]) throws -> R
) throws -> R {
    func open(_ index: Int, _ found: [UnsafeMutableBufferPointer<T>]) throws -> R {
        if index == tensors.count { return try body(found) }
        return try tensors[index].write(T.self) { try open(index + 1, found + [$0]) }
    }
    return try open(0, [])
}
