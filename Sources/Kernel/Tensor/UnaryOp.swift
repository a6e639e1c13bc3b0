import CKernels
import Glibc

/// A function of one operand with its derivative: C loops for float32, closures for Double and for integers.
struct UnaryOp: Sendable {
    typealias Loop = @convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Float, Float) -> Void
    typealias Slope =
        @convention(c) (
            UnsafePointer<Float>?, UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int, Float, Float
        ) -> Void
    /// The derivative: `keeps` says whether it is computed from the operand or from the result.
    struct Derivative: Sendable {
        let keeps: Primitive.Keeps
        let float: Slope
        let double: @Sendable (Double) -> Double
        /// The same loop with the gradient in place, when there is one.
        var overwriting: (@convention(c) (UnsafePointer<Float>?, UnsafeMutablePointer<Float>?, Int) -> Void)?
    }

    let name: String
    let float: Loop
    let double: @Sendable (Double) -> Double
    /// Nil: the derivative is zero everywhere, as for rounding.
    let derivative: Derivative?
    /// Nil when integers become float32 first; otherwise they keep their type.
    let integer: (@Sendable (Int64) -> Int64)?
    /// Settings: a slope, bounds, an exponent.
    let p: Double, q: Double

    init(
        _ name: String, _ float: Loop, p: Double = 0, q: Double = 0, _ derivative: Derivative? = nil,
        integer: (@Sendable (Int64) -> Int64)? = nil, _ double: @escaping @Sendable (Double) -> Double
    ) {
        (self.name, self.float, self.double, self.derivative) = (name, float, double, derivative)
        (self.integer, self.p, self.q) = (integer, p, q)
    }

    func resultType(_ type: DType) -> DType {
        if type.isFloat { return type }
        return integer == nil ? .float32 : type == .bool ? .int64 : type
    }

    /// Elementwise; not recorded. Float32 runs over the elements as they lie, in a native layout too.
    func apply(_ x: Tensor) throws -> Tensor {
        let source = try x.converted(to: resultType(x.dtype))
        if source.dtype == .float32 {
            let loop = float, (p, q) = (Float(self.p), Float(self.q))
            return try source.mappingFloats(keepsZero: double(0) == 0) { loop($0, $1, $2, p, q) }
        }
        let result = try Tensor(empty: x.shape, source.dtype)
        if source.dtype == .float64 {
            try source.read(Double.self) { x in
                try result.write(Double.self) { z in for i in z.indices { z[i] = double(x[i]) } }
            }
        } else {
            try runInteger(source, into: result)
        }
        return result
    }

    private func runInteger(_ source: Tensor, into result: Tensor) throws {
        guard let integer else { return }
        func run<T: Scalar>(_: T.Type) throws {
            try source.read(T.self) { x in
                try result.write(T.self) { z in for i in z.indices { z[i] = .wrapping(integer(x[i].asInt64)) } }
            }
        }
        switch result.dtype {
        case .int64: try run(Int64.self)
        case .int32: try run(Int32.self)
        case .uint8: try run(UInt8.self)
        case .int8: try run(Int8.self)
        default: break
        }
    }

    /// The gradient for the operand: one pass over the incoming gradient and what was kept.
    func vjp(_ g: Tensor, _ call: Primitive.Saved) throws -> Tensor {
        guard let derivative else { return try .zeros(g.shape, g.dtype) }
        let kept = derivative.keeps == .output ? call.y! : call.x[0]
        if call.ownsGradient, let loop = derivative.overwriting, try g.overwriteFloats(with: kept, { loop($0, $1, $2) })
        {
            return g
        }
        if g.dtype == .float32 {
            let loop = derivative.float, (p, q) = (Float(self.p), Float(self.q))
            let keepsZero = double(0) == 0 && derivative.double(0).isFinite
            return try g.zippingFloats(kept, keepsZero: keepsZero) { loop($0, $1, $2, $3, p, q) }
        }
        let result = try Tensor(empty: g.shape, g.dtype)
        try g.read(Double.self) { g in
            try kept.read(Double.self) { v in
                try result.write(Double.self) { z in for i in z.indices { z[i] = g[i] * derivative.double(v[i]) } }
            }
        }
        return result
    }
}
