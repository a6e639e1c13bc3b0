import CKernels
import Glibc

// Every operation is one pass over the elements: float32 in C, float64 in the generic loop below.

extension FittedQuantizer {
    /// The values on the grid nearest to x by the quantizer's rules; nan stays nan. Not recorded. In a fresh tensor, unless
    /// there is a target for those of a row-major x.
    public func quantized(_ x: Tensor, key: Key, into target: Tensor? = nil) throws -> Tensor {
        let settings = settings(key)
        if target == nil, let result = try nativeQuantized(x, settings) { return result }
        let source = try transformed(x).contiguous()
        let result = try target ?? Tensor(empty: x.shape, x.dtype)
        if x.dtype == .float32 {
            try rows(source, into: result) { x, y, step, first in
                var (settings, step) = (settings, step.single)
                ck_fake_quantize_f32(&settings, &step, x.baseAddress, y.baseAddress, x.count, UInt64(first))
            }
        } else {
            let loop = QuantizeLoop(quantizer, key)
            try rows(source, into: result) { (x: UnsafeBufferPointer<Double>, y, step, first) in
                for i in x.indices { y[i] = x[i].isNaN ? x[i] : loop.value(loop.code(x[i], step, first + i), step) }
            }
        }
        return result
    }

    /// The integer codes: int8 or uint8 when they fit, otherwise int32.
    /// - Throws: `KernelError.value` for nan, which has no code.
    public func codes(_ x: Tensor, key: Key) throws -> Tensor {
        let source = try transformed(x).converted(to: .float32).contiguous()
        let result = try Tensor(empty: x.shape, .int32)
        let settings = settings(key)
        let good = Flag()
        try rows(source, into: result) {
            (x: UnsafeBufferPointer<Float>, y: UnsafeMutableBufferPointer<Int32>, step, first) in
            var (settings, step) = (settings, step.single)
            if !ck_quantize_f32(&settings, &step, x.baseAddress, y.baseAddress, x.count, UInt64(first)) { good.lower() }
        }
        guard good.isUp else {
            throw KernelError.value(op: "codes", name: "x", expected: "numbers, each of which has a code", got: "nan")
        }
        guard quantizer.grid.dtype != .int32 else { return result }
        let narrow = try Tensor(empty: x.shape, quantizer.grid.dtype)
        let (wide, _, _) = try result.strided(), (bytes, _, _) = try narrow.strided()
        ck_narrow_codes(
            wide.base.assumingMemoryBound(to: Int32.self), bytes.base.assumingMemoryBound(to: UInt8.self), x.count)
        return withExtendedLifetime((wide, bytes)) { narrow }
    }

    /// The values that codes stand for, float32.
    /// - Throws: `KernelError` for codes that do not fit the channels.
    public func dequantized(_ codes: Tensor) throws -> Tensor {
        guard !codes.dtype.isFloat, codes.dtype != .bool else {
            throw KernelError.dtype(op: "dequantize", got: [codes.dtype], expected: "integer codes")
        }
        let source = try codes.converted(to: .int32).contiguous()
        let result = try Tensor(empty: codes.shape, .float32)
        let settings = settings(Key(seed: 0))
        try rows(source, into: result) {
            (x: UnsafeBufferPointer<Int32>, y: UnsafeMutableBufferPointer<Float>, step, _) in
            var (settings, step) = (settings, step.single)
            ck_dequantize_f32(&settings, &step, x.baseAddress, y.baseAddress, x.count)
        }
        return result
    }

    /// The gradient with respect to x for the gradient g of the quantized values; nil when none passes.
    func gradient(_ g: Tensor, at x: Tensor?, key: Key) throws -> Tensor? {
        switch quantizer.gradient {
        case .none: return nil
        case .ste: return try throughTransform(g, x)
        case .clipped, .saturating:
            let source = try transformed(x!).contiguous()
            return try throughTransform(masked(g.contiguous(), source, settings(key), key), x)
        }
    }

    /// g where x lies in the range (or its code was not clamped), otherwise 0.
    private func masked(_ g: Tensor, _ x: Tensor, _ settings: ck_quantizer, _ key: Key) throws -> Tensor {
        let byCode = quantizer.gradient == .saturating && !quantizer.grid.hasThresholds
        if let result = try nativeMasked(g, x, settings, byCode: byCode) { return result }
        let result = try Tensor(empty: x.shape, x.dtype)
        if x.dtype == .float32 {
            let gradient = try Elements<Float>(g)
            try rows(x, into: result) {
                (x: UnsafeBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>, step, first) in
                var (settings, step) = (settings, step.single)
                let g = gradient.start + first
                if byCode {
                    ck_saturating_gradient_f32(
                        &settings, &step, x.baseAddress, g, y.baseAddress, x.count, UInt64(first))
                } else {
                    ck_clipped_gradient_f32(&step, x.baseAddress, g, y.baseAddress, x.count)
                }
            }
        } else {
            let loop = QuantizeLoop(quantizer, key)
            let gradient = try Elements<Double>(g)
            try rows(x, into: result) { (x: UnsafeBufferPointer<Double>, y, step, first) in
                for i in x.indices {
                    let passes = byCode ? loop.isInside(x[i], step, first + i) : x[i] >= step.low && x[i] <= step.high
                    y[i] = passes ? gradient.start[first + i] : 0
                }
            }
        }
        return result
    }
}

// MARK: - Slices

extension FittedQuantizer {
    /// Elements between two polls of Ctrl-C: some 10 ms of the slowest loop here, float64's.
    private static var piece: Int { 1 << 19 }

    /// Calls the body for runs of elements that share a step, on several threads when there are many.
    private func rows<T: Scalar, U: Scalar>(
        _ x: Tensor, into y: Tensor,
        _ body:
            @escaping @Sendable (
                _ x: UnsafeBufferPointer<T>, _ y: UnsafeMutableBufferPointer<U>, _ step: Step, _ first: Int
            ) -> Void
    ) throws {
        guard steps.count == 1 || steps.count == x.shape.first ?? -1 else {
            throw KernelError.shape(
                op: "quantizer", shapes: [x.shape], reason: "fitted to \(steps.count) channels")
        }
        guard x.count > 0 else { return }
        let source = try Elements<T>(x)
        let size = x.count / steps.count
        try y.write(U.self) { out in
            let target = Target(start: out.baseAddress!)
            try Workers.splitPolling(x.count, grain: 1 << 17, of: Self.piece) { part in
                var i = part.lowerBound
                while i < part.upperBound {
                    let slice = i / size
                    let end = min(part.upperBound, (slice + 1) * size)
                    body(
                        UnsafeBufferPointer(start: source.start + i, count: end - i),
                        UnsafeMutableBufferPointer(start: target.start + i, count: end - i), steps[slice], i)
                    i = end
                }
            }
        }
    }

    private struct Target<U>: @unchecked Sendable { let start: UnsafeMutablePointer<U> }
    /// The elements of a contiguous tensor, kept alive.
    private final class Elements<T: Scalar>: @unchecked Sendable {
        let start: UnsafePointer<T>
        private let storage: Storage
        init(_ tensor: Tensor) throws {
            let (storage, offset, _) = try tensor.contiguous().strided()
            self.storage = storage
            start = UnsafePointer(storage.base.assumingMemoryBound(to: T.self) + offset)
        }
    }
    /// Lowered by any thread.
    private final class Flag: @unchecked Sendable {
        private(set) var isUp = true
        func lower() { isUp = false }
    }

    /// The settings as the C loops take them.
    private func settings(_ key: Key) -> ck_quantizer {
        let codes = quantizer.grid.codes
        return ck_quantizer(
            rounding: quantizer.rounding.code, thresholds: quantizer.grid.hasThresholds ? 1 : 0,
            inside: quantizer.zeroPoint.isInside ? 1 : 0, division: quantizer.division.code,
            qmin: Float(codes.lowerBound), qmax: Float(codes.upperBound), between: Float(quantizer.grid.codeBetween),
            key: key.bits)
    }
}

extension FittedQuantizer.Step {
    var single: ck_step {
        ck_step(
            scale: Float(scale), zero: Float(zero), levels: Float(levels), low: Float(low), high: Float(high))
    }
}

extension Grid {
    /// The code of what lies between two thresholds.
    var codeBetween: Int {
        if case .binary(_, let zero) = self { zero == .plus ? 1 : zero == .minus ? -1 : 0 } else { 0 }
    }
}

// MARK: - The same rules in Double

/// The quantizer's rules for one Double at a time: float64 tensors.
struct QuantizeLoop: Sendable {
    let quantizer: Quantizer
    let key: Key
    private let low: Double, high: Double, between: Double

    init(_ quantizer: Quantizer, _ key: Key) {
        (self.quantizer, self.key) = (quantizer, key)
        (low, high) = (Double(quantizer.grid.codes.lowerBound), Double(quantizer.grid.codes.upperBound))
        between = Double(quantizer.grid.codeBetween)
    }

    func code(_ x: Double, _ step: FittedQuantizer.Step, _ index: Int) -> Double {
        if quantizer.grid.hasThresholds { return x > step.zero ? 1 : x < -step.zero ? -1 : between }
        return min(max(raw(x, step, index), low), high)
    }

    func isInside(_ x: Double, _ step: FittedQuantizer.Step, _ index: Int) -> Bool {
        let code = raw(x, step, index)
        return code >= low && code <= high
    }

    func value(_ code: Double, _ step: FittedQuantizer.Step) -> Double {
        if quantizer.grid.hasThresholds { return code * step.scale }
        return quantizer.division == .levels ? (code - step.zero) / step.levels : (code - step.zero) * step.scale
    }

    private func raw(_ x: Double, _ step: FittedQuantizer.Step, _ index: Int) -> Double {
        let t: Double =
            switch quantizer.division {
            case .divide: x / step.scale
            case .reciprocal: x * (1 / step.scale)
            case .levels: x * step.levels
            }
        return quantizer.zeroPoint.isInside ? rounded(t + step.zero, index) : rounded(t, index) + step.zero
    }

    private func rounded(_ t: Double, _ index: Int) -> Double {
        switch quantizer.rounding {
        case .halfEven: return t.rounded(.toNearestOrEven)
        case .halfAway: return t.rounded(.toNearestOrAwayFromZero)
        case .floor: return t.rounded(.down)
        case .ceil: return t.rounded(.up)
        case .trunc: return t.rounded(.towardZero)
        case .stochastic:
            var draw: Float = 0
            ck_random_uniform_f32(key.bits, UInt64(index), &draw, 1)
            let below = t.rounded(.down)
            return below + (Double(draw) < t - below ? 1 : 0)
        }
    }
}

// MARK: - The tanh transform

extension FittedQuantizer {
    /// tanh(x) / max|tanh(x)| when the quantizer asks for it, otherwise x.
    private func transformed(_ x: Tensor) throws -> Tensor {
        quantizer.transform == .tanh ? try Quantizer.tanhUnit(x, unit) : x
    }

    /// g (1 - tanh(x)^2) / max|tanh(x)|, the maximum being a constant.
    private func throughTransform(_ g: Tensor, _ x: Tensor?) throws -> Tensor {
        guard quantizer.transform == .tanh, let x else { return g }
        func run<T: FloatScalar>(_: T.Type) throws -> Tensor {
            let result = try Tensor(empty: x.shape, x.dtype)
            let unit = T(unit)
            try x.read(T.self) { x in
                try g.read(T.self) { g in
                    try result.write(T.self) { out in
                        for i in x.indices {
                            let t = T(Glibc.tanh(Double(x[i])))
                            out[i] = g[i] * (1 - t * t) / unit
                        }
                    }
                }
            }
            return result
        }
        return try x.dtype == .float64 ? run(Double.self) : run(Float.self)
    }
}

extension Quantizer {
    static func tanhUnit(_ x: Tensor, _ unit: Double) throws -> Tensor {
        func run<T: FloatScalar>(_: T.Type) throws -> Tensor {
            let result = try Tensor(empty: x.shape, x.dtype)
            let unit = T(unit)
            try x.read(T.self) { x in
                try result.write(T.self) { out in
                    for i in x.indices { out[i] = T(Glibc.tanh(Double(x[i]))) / unit }
                }
            }
            return result
        }
        return try x.dtype == .float64 ? run(Double.self) : run(Float.self)
    }

    /// max|tanh(x)|, 1 when all are zero.
    static func largestTanh(_ x: Tensor) throws -> Double {
        let most = try x.read(Float.self) { try RangeRule.extremes(of: $0) }
        let largest = Double(Float(Glibc.tanh(max(abs(most.low), abs(most.high)))))
        return largest > 0 ? largest : 1
    }
}
