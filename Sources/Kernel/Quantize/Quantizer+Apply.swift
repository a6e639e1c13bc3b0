import Glibc

extension Quantizer {
    /// Fits the quantizer to x and quantizes it, recorded when a gradient is wanted of x.
    public func apply(_ x: Tensor, key: Key? = nil) throws -> Tensor {
        let fitted = try fitted(to: x), covers = x.dtype == .float32 && coversWhatItIsFittedTo
        let result = try Primitive.fakeQuantize(fitted, key: key ?? Key(seed: seed), coversOperand: covers)(x)
        if result !== x, transform == .none { result.quantized = QuantizedElements(fitted, codes: false) }
        return result
    }

    /// Whether a gradient that is clipped to the range passes for every float32 value that the range was taken from: the
    /// largest absolute value on both sides.
    var coversWhatItIsFittedTo: Bool {
        gradient == .clipped && transform == .none && !isFixed && range.kind == .absmax && scale != .affine && !usesMean
            && (grid.codes.lowerBound < 0 || hasHalfZero)
    }

    /// The integer codes of x, fitted to x.
    public func codes(_ x: Tensor) throws -> Tensor {
        let fitted = try fitted(to: x), result = try fitted.codes(x, key: Key(seed: seed))
        result.quantized = QuantizedElements(fitted, codes: true)
        return result
    }

    /// The quantizer with its fixed range. Ask `isFixed` first.
    public func fitted() -> FittedQuantizer { fitted(ranges: [fixedRange]) }

    /// Every value on the grid, ascending: [levels], or [channels, levels] for several steps.
    public func levels(_ fitted: FittedQuantizer) throws -> Tensor {
        var codes = grid.codes.map { Int32($0) }
        if case .binary(_, let zero) = grid, zero != .zero { codes = [-1, 1] }
        let isSingle = granularity == .tensor || fitted.steps.count == 1 && isFixed
        let rows = isSingle ? 1 : fitted.steps.count
        let all = try Tensor((0..<rows).flatMap { _ in codes }, isSingle ? [codes.count] : [rows, codes.count])
        return try fitted.dequantized(all)
    }

    /// 10 log10(sum x^2 / sum (q(x) - x)^2) in dB; infinite without error, nan for zeros alone.
    public func signalToNoise(_ x: Tensor) throws -> Double {
        var signal = 0.0, noise = 0.0
        try eachDifference(x) { x, difference in
            signal += x * x
            noise += difference * difference
        }
        return 10 * Glibc.log10(signal / noise)
    }

    /// How far q(x) is from x; zero for no elements.
    public func error(_ x: Tensor) throws -> (rootMeanSquare: Double, largest: Double) {
        var squares = 0.0, largest = 0.0
        try eachDifference(x) { _, difference in
            squares += difference * difference
            largest = max(largest, abs(difference))
        }
        return x.count == 0 ? (0, 0) : ((squares / Double(x.count)).squareRoot(), largest)
    }

    /// Calls the body with every x and q(x) - x. Ctrl-C is polled between.
    private func eachDifference(_ x: Tensor, _ body: (_ x: Double, _ difference: Double) -> Void) throws {
        let values = try x.detached().reshape([x.count]), quantized = try apply(x.detached()).reshape([x.count])
        try inPieces(x.count, of: 1 << 20) { piece in
            let q = try quantized.narrow(0, piece.lowerBound, piece.count).array(Double.self)
            let x = try values.narrow(0, piece.lowerBound, piece.count).array(Double.self)
            for i in x.indices { body(x[i], q[i] - x[i]) }
        }
    }
}
