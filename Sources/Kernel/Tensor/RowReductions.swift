import CKernels
import Glibc

// Reductions that are loops over the elements of one result. Float32 accumulates in double in a fixed order.

extension Tensor {
    /// The sum of squared deviations from the mean over count - correction; nan when that is not positive.
    func variance(_ axes: [Int], keepDims: Bool, correction: Double) throws -> Tensor {
        let layout = try ReducedShape(shape, axes, "var"), n = Double(layout.width)
        let divisor = n - correction > 0 ? n - correction : .nan
        guard dtype == .float64 else {
            return try reduceRows(layout, keepDims, Float.self, Float.self) {
                let mean = ck_sum_f32($0.baseAddress, $0.count) / n
                return Float(ck_sum_squares_f32($0.baseAddress, $0.count, mean) / divisor)
            }
        }
        return try reduceRows(layout, keepDims, Double.self, Double.self) { x in
            let mean = x.folded(0, +) / n
            return x.folded(0) { $0 + ($1 - mean) * ($1 - mean) } / divisor
        }
    }

    /// The product of elements; integers and booleans give int64 and wrap.
    func product(_ axes: [Int], keepDims: Bool) throws -> Tensor {
        let layout = try ReducedShape(shape, axes, "prod")
        switch dtype {
        case .float32:
            return try reduceRows(layout, keepDims, Float.self, Float.self) {
                Float($0.folded(1.0) { $0 * Double($1) })
            }
        case .float64: return try reduceRows(layout, keepDims, Double.self, Double.self) { $0.folded(1, *) }
        default: return try reduceRows(layout, keepDims, Int64.self, Int64.self) { $0.folded(1, &*) }
        }
    }

    /// For each element the product of the others of its result: the derivative of a product, right with zeros too.
    func productOfOthers(_ axes: [Int]) throws -> Tensor {
        try alongRows(axes, "prod") { x, z in
            var before = 1.0, after = 1.0
            for i in x.indices { z[i] = before; before *= x[i] }
            for i in x.indices.reversed() { z[i] *= after; after *= x[i] }
        }
    }

    /// Running sums along an axis, from the front or from the back.
    func runningSum(_ axis: Int, fromBack: Bool = false) throws -> Tensor {
        if !dtype.isFloat { return try runningIntegerSum(axis) }
        return try alongRows([axis], "cumsum") { x, z in
            var total = 0.0
            for k in x.indices {
                let i = fromBack ? x.count - 1 - k : k
                total += x[i]
                z[i] = total
            }
        }
    }
    private func runningIntegerSum(_ axis: Int) throws -> Tensor {
        let layout = try ReducedShape(shape, [axis], "cumsum")
        let result = try converted(to: .int64).rows(layout).copied()
        try result.write(Int64.self) { z in
            try inPieces(z.count) { piece in
                for i in piece where i % layout.width != 0 { z[i] &+= z[i - 1] }
            }
        }
        return try result.fromRows(layout, shape)
    }

    /// Rows in Double through a body that fills a row from a row.
    private func alongRows(
        _ axes: [Int], _ op: String,
        _ body: (UnsafeBufferPointer<Double>, UnsafeMutableBufferPointer<Double>) -> Void
    ) throws -> Tensor {
        let layout = try ReducedShape(shape, axes, op), width = layout.width
        let result = try Tensor(empty: [layout.results, width], .float64)
        try converted(to: .float64).rows(layout).read(Double.self) { x in
            try result.write(Double.self) { z in
                for row in 0..<layout.results {
                    try Interrupt.check()
                    let range = row * width..<(row + 1) * width
                    body(.init(rebasing: x[range]), .init(rebasing: z[range]))
                }
            }
        }
        return try result.fromRows(layout, shape).converted(to: dtype)
    }

    /// log sum exp, without overflow.
    func logOfSummedExponentials(_ axes: [Int], keepDims: Bool) throws -> Tensor {
        let layout = try ReducedShape(shape, axes, "logsumexp")
        func run<T: FloatScalar>(_: T.Type) throws -> Tensor {
            try reduceRows(layout, keepDims, T.self, T.self) { x in
                let top = x.folded(-T.infinity) { $1 > $0 || $1.isNaN ? $1 : $0 }
                if top.isInfinite || top.isNaN { return top }
                return T(Double(top) + logarithm(x.folded(0.0) { $0 + exponential(Double($1 - top)) }))
            }
        }
        return try dtype == .float64 ? run(Double.self) : run(Float.self)
    }

    /// The p-norm (p >= 0; infinity is the largest magnitude, 0 counts non-zero elements).
    func pNorm(_ p: Double, _ axes: [Int], keepDims: Bool) throws -> Tensor {
        let layout = try ReducedShape(shape, axes, "norm")
        if dtype == .float32, let loop = Tensor.normLoop(p) {
            return try reduceRows(layout, keepDims, Float.self, Float.self) { loop($0.baseAddress!, $0.count) }
        }
        func run<T: FloatScalar>(_: T.Type) throws -> Tensor {
            try reduceRows(layout, keepDims, T.self, T.self) { x in
                T(Tensor.pNorm(p, x))
            }
        }
        return try dtype == .float64 ? run(Double.self) : run(Float.self)
    }
    private static func normLoop(_ p: Double) -> (@Sendable (UnsafePointer<Float>, Int) -> Float)? {
        switch p {
        case 1: { Float(ck_sum_abs_f32($0, $1)) }
        case 2: { Float(ck_sum_squares_f32($0, $1, 0).squareRoot()) }
        case .infinity: { ck_max_abs_of_f32($0, $1) }
        default: nil
        }
    }
    private static func pNorm<T: FloatScalar>(_ p: Double, _ x: UnsafeBufferPointer<T>) -> Double {
        func fold(_ step: (Double, Double) -> Double) -> Double { x.folded(0) { step($0, Swift.abs(Double($1))) } }
        return switch p {
        case 0: fold { $0 + ($1 != 0 ? 1 : 0) }
        case 1: fold(+)
        case 2: fold { $0 + $1 * $1 }.squareRoot()
        case .infinity: fold { $1 > $0 || $1.isNaN ? $1 : $0 }
        default: Glibc.pow(fold { $0 + Glibc.pow($1, p) }, 1 / p)
        }
    }

    /// How many elements are not zero: int64.
    func nonZeroCount(_ axes: [Int], keepDims: Bool) throws -> Tensor {
        try BinaryOp.ne.apply(.tensor(self), 0).summed(axes, keepDims: keepDims, "count_nonzero")
    }
}
