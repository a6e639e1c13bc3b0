// Tensors with a rule: numbers in a row, identity matrices, shapes taken from another tensor.

extension Tensor {
    /// start, start + step, start + 2 step ... up to `stop`, which is included when a step lands on it.
    /// Steps that miss it by rounding alone (0.1 + 0.1 + 0.1 against 0.3) count as landing.
    /// - Throws: `KernelError.value` for a step of zero and for numbers that are not finite.
    public static func arange(_ start: Double, through stop: Double, step: Double = 1, _ dtype: DType = .float32) throws
        -> Tensor
    {
        guard start.isFinite, stop.isFinite, step.isFinite, step != 0 else {
            throw KernelError.value(
                op: "arange", name: "step", expected: "finite bounds and a step other than 0", got: numberText(step))
        }
        let steps = (stop - start) / step
        guard steps < 0x1p48 else {
            throw KernelError.value(
                op: "arange", name: "step", expected: "fewer than 2^48 steps", got: numberText(step))
        }
        let count = steps < 0 ? 0 : Int((steps + 1e-9 * max(1, steps.magnitude)).rounded(.down)) + 1
        return try numbers(count, dtype, "arange") { start + Double($0) * step }
    }

    /// `count` numbers at equal distances; the first is `start`, the last `stop`, exactly.
    public static func linspace(_ start: Double, _ stop: Double, count: Int, _ dtype: DType = .float32) throws -> Tensor
    {
        guard count >= 0 else {
            throw KernelError.value(op: "linspace", name: "count", expected: "a count >= 0", got: "\(count)")
        }
        let step = count > 1 ? (stop - start) / Double(count - 1) : 0
        return try numbers(count, dtype, "linspace") { $0 == count - 1 && count > 1 ? stop : start + Double($0) * step }
    }

    /// `count` numbers whose logarithms to `base` lie at equal distances from `start` to `stop`.
    public static func logspace(
        _ start: Double, _ stop: Double, count: Int, base: Double = 10, _ dtype: DType = .float32
    ) throws -> Tensor {
        let exponents = try linspace(start, stop, count: count, .float64).array(Double.self)
        return try numbers(exponents.count, dtype, "logspace") { power(base, exponents[$0]) }
    }

    /// A matrix with ones on the main diagonal.
    public static func eye(_ rows: Int, _ columns: Int? = nil, _ dtype: DType = .float32) throws -> Tensor {
        let result = try zeros([rows, columns ?? rows], dtype, op: "eye")
        let length = min(rows, columns ?? rows)
        try result.view([length], strides: [(columns ?? rows) + 1], offset: 0).fill(from: full([length], 1, dtype))
        return result
    }

    public func zerosLike() throws -> Tensor { try .zeros(shape, dtype) }
    public func onesLike() throws -> Tensor { try .ones(shape, dtype) }
    public func fullLike(_ value: Double) throws -> Tensor { try .full(shape, value, dtype) }

    private static func numbers(_ count: Int, _ dtype: DType, _ op: String, _ value: (Int) -> Double) throws -> Tensor {
        let result = try Tensor(empty: [count], .float64, op: op)
        try result.write(Double.self) { out in
            try inPieces(out.count) { piece in for i in piece { out[i] = value(i) } }
        }
        return try result.converted(to: dtype)
    }
}
