// The differentiable twin of an integer model: the same layers on Float tensors that hold whole numbers.
//
// A layer takes codes minus their zero point. Sums of products of such numbers are exact in Float below 2^24,
// multipliers are the same Floats, and rounding is the same, so the codes are the same. Relu and max pooling keep order
// and zero, so rounding may follow them here: then gradients are those of the fake-quantized model, which rounds there.
// They go straight through and are of real values: quantizing divides by the scale, the last layer multiplies.

enum IntegerTwin {
    static func run(_ layers: [IntegerLayer], _ x: Tensor) throws -> Tensor {
        var x = x
        for layer in layers {
            try Interrupt.check()
            x = try apply(layer.step, x)
        }
        return x
    }

    static func apply(_ step: IntegerLayer.Step, _ x: Tensor) throws -> Tensor {
        switch step {
        case .quantize(let fitted, _): return try Primitive.centredCodes(fitted)(x)
        case .linear(let weight, let grid, let output):
            return try output.finish(
                grid.rounded(x).linear(weight.floatCodes(x.dtype), weight.floatBias(x.dtype)), axis: 1)
        case .convolve(let weight, let window, let groups, let grid, let output):
            let sums = try grid.rounded(x).conv2d(
                weight.floatCodes(x.dtype), weight.floatBias(x.dtype), stride: window.stride, padding: window.padding,
                dilation: window.dilation, groups: groups, exact: true)
            return try output.finish(sums, axis: 1)
        case .sum(let window, let grid, let output):
            guard x.rank == 4 else {
                throw KernelError.shape(
                    op: "integer avg_pool", shapes: [x.shape], reason: "images [N, C, H, W] expected")
            }
            let count = window.map { $0.kernel[0] * $0.kernel[1] } ?? x.shape[2] * x.shape[3]
            let x = try grid.rounded(x)
            let mean = try window.map { try Primitive.avgPool2d($0)(x) } ?? x.globalAvgPool2d()
            // A mean of whole numbers, times their count, is a whole number again up to rounding.
            let sums = try Primitive.wholeNumber(times: count)(mean)
            return try output.dividing(by: window == nil ? count : 1).finish(sums, axis: 1)
        case .relu: return try x.relu()
        case .maxPool(let window): return try Primitive.maxPool2d(window)(x)
        case .flatten: return x.rank > 2 ? try x.reshape([x.shape[0], x.shape[1...].reduce(1, *)]) : x
        case .float(let module): return try module.forward(x, .evaluation)
        }
    }
}

extension IntegerWeight {
    fileprivate func floatCodes(_ dtype: DType) throws -> Tensor { try float.converted(to: dtype) }
    fileprivate func floatBias(_ dtype: DType) throws -> Tensor { try floatBias.converted(to: dtype) }
}

extension IntegerOutput {
    /// Sums times multipliers: in steps of the next grid, not yet rounded, or values.
    fileprivate func finish(_ sums: Tensor, axis: Int) throws -> Tensor {
        let m = multipliers
        let shape = m.count == 1 ? [] : [m.count] + [Int](repeating: 1, count: sums.rank - 1 - axis)
        return try Primitive.mul(sums, Tensor(m, shape).converted(to: sums.dtype))
    }
}

extension CodeGrid {
    /// Steps of this grid rounded to its codes, minus the zero point. Codes stay as they are.
    func rounded(_ x: Tensor) throws -> Tensor { try Primitive.centredCodes(unitQuantizer)(x) }

    /// Rounds multiples of the scale: scale 1, this zero point, these codes.
    private var unitQuantizer: FittedQuantizer {
        get throws {
            let quantizer = try Quantizer(
                .integers(low: low, high: high), range: .fixed(-1, 1), scale: .affine, gradient: .saturating)
            let step = FittedQuantizer.Step(
                scale: 1, zero: Double(zero), levels: 1, low: Double(low - zero), high: Double(high - zero))
            return FittedQuantizer(quantizer, steps: [step])
        }
    }
}

extension Primitive {
    /// code - zero point, as a number of x's type; the gradient is the quantizer's rule divided by its scale.
    static func centredCodes(_ fitted: FittedQuantizer) -> Primitive {
        let step = fitted.steps[0]
        let unit = FittedQuantizer(
            fitted.quantizer,
            steps: [.init(scale: 1, zero: step.zero, levels: 1, low: step.low, high: step.high)])
        return Primitive("centred_codes", keeps: .inputs) { types in
            guard types[0].dtype.isFloat else {
                throw KernelError.dtype(op: "quantize", got: [types[0].dtype], expected: "float32 or float64")
            }
            return types[0]
        } forward: { x, _ in
            // The same division and rounding as for codes; with a scale of 1 code - zero is exact.
            let steps = step.scale == 1 ? x[0] : try BinaryOp.div.apply(.tensor(x[0]), .number(step.scale))
            return try unit.quantized(steps, key: Key(seed: 0))
        } vjp: { g, call in
            let passed = try fitted.gradient(g, at: call.x[0], key: Key(seed: 0))
            return [
                step.scale == 1 ? passed : try passed.map { try BinaryOp.div.apply(.tensor($0), .number(step.scale)) }
            ]
        }
    }

    /// round(count x), with the gradient of count x.
    static func wholeNumber(times count: Int) -> Primitive {
        Primitive("whole_number") {
            $0[0]
        } forward: { x, _ in
            try BinaryOp.mul.apply(.tensor(x[0]), .number(Double(count))).round()
        } vjp: { g, _ in
            [try BinaryOp.mul.apply(.tensor(g), .number(Double(count)))]
        }
    }
}
