extension Primitive {
    /// Fake quantization: values on the grid, in one pass; the derivative is the quantizer's gradient rule, the scale
    /// being a constant. `coversOperand` says that no value can lie outside the range, so that a clipped gradient clips
    /// nothing and needs no pass of its own.
    public static func fakeQuantize(
        _ fitted: FittedQuantizer, key: Key = Key(seed: 0), coversOperand: Bool = false
    ) -> Primitive {
        let needsInput =
            !coversOperand && fitted.quantizer.gradient != .none
            && (fitted.quantizer.gradient != .ste || fitted.quantizer.transform != .none)
        return Primitive("quantize", keeps: needsInput ? .inputs : []) { types in
            guard types[0].dtype.isFloat else {
                throw KernelError.dtype(op: "quantize", got: [types[0].dtype], expected: "float32 or float64")
            }
            return types[0]
        } forward: { x, _ in
            try fitted.quantized(x[0], key: key)
        } vjp: { g, call in
            [coversOperand ? g : try fitted.gradient(g, at: call.x.first, key: key)]
        }
    }

    /// Codes minus the zero point: the gradient is divided by the scale of 0.5.
    private static var centredSample: Sample {
        let quantizer = try! Quantizer(.integers(low: 0, high: 7), range: .fixed(-1.5, 2), scale: .affine)
        return Sample(
            .centredCodes(quantizer.fitted()), .surrogate { _ in [try Tensor([0, 2, 2, 2, 0] as [Double])] }
        ) { [try Tensor([-1.6, -1.4, 0.1, 1.9, 2.1])] }
    }

    /// The straight-through rules with what they must give for a gradient of ones.
    static let quantizeSamples: [Sample] = {
        func sample(_ gradient: GradientRule, _ expected: [Double]?) -> Sample {
            let grid = Grid.integers(low: -2, high: 1)
            let quantizer = try! Quantizer(grid, range: .fixed(-1, 1), scale: .qmin, gradient: gradient)
            // Codes before clamping: -3, -2, -1, 0, 1, 2, 3.
            return Sample(
                .fakeQuantize(quantizer.fitted(ranges: [ObservedRange(low: -1, high: 1)])),
                .surrogate { _ in [try expected.map { try Tensor($0) }] }
            ) { [try Tensor([-1.5, -0.9, -0.4, 0.1, 0.6, 0.9, 1.5])] }
        }
        return [
            sample(.ste, [1, 1, 1, 1, 1, 1, 1]), sample(.clipped, [0, 1, 1, 1, 1, 1, 0]),
            sample(.saturating, [0, 1, 1, 1, 1, 0, 0]), sample(.none, nil), centredSample,
        ]
    }()
}
