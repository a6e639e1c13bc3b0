extension Primitive {
    /// Cross-correlation of x [N, C, H, W] with w [O, C/groups, kh, kw], plus b [O] per channel when there is one, then
    /// max(0, y) when `relu`. Settings are pairs (height, width) or one number for both. With `exact` products of whole
    /// numbers add up without error below 2^24, which Winograd's way does not give.
    public static func conv2d(
        stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1, relu: Bool = false,
        exact: Bool = false
    ) -> Primitive {
        let shape: @Sendable ([TensorType]) throws -> ConvolutionShape = {
            try ConvolutionShape(
                $0[0].shape, $0[1].shape, stride: stride, padding: padding, dilation: dilation, groups: groups,
                relu: relu, exact: exact)
        }
        return Primitive("conv2d", keeps: relu ? [.factors, .output] : .factors) { types in
            let shape = try shape(types), dtypes = types.map(\.dtype)
            guard dtypes[0].isFloat, dtypes.allSatisfy({ $0 == dtypes[0] }) else {
                throw KernelError.dtype(
                    op: "conv2d", got: dtypes, expected: "operands of one type, float32 or float64,")
            }
            guard types.count < 3 || types[2].shape == [shape.w[0]] else {
                throw KernelError.shape(
                    op: "conv2d", shapes: [types[2].shape, shape.w], reason: "bias [out] for weight [out, ...] expected"
                )
            }
            return TensorType(shape.y, dtypes[0])
        } forward: { x, _ in
            let shape = try shape(x.map(\.type)), bias = x.count > 2 ? x[2] : nil
            if shape.x[0] == 0 { return try .zeros(shape.y, x[0].dtype) }
            return x[0].dtype == .float32
                ? try shape.forwardInPieces(x[0], x[1], bias) : try shape.plainForward(x[0], x[1], bias)
        } vjp: { g, call in
            let shape = try shape(call.types)
            if shape.x[0] == 0 { return try call.types.map { try .zeros($0.shape, $0.dtype) } }
            let g = try call.y.map { try g.passed(where: $0, overwriting: call.ownsGradient) } ?? g
            let isNative = g.dtype == .float32
            let wantsBias = call.needs.count > 2 && call.needs[2]
            var gradients = [Tensor?](repeating: nil, count: call.types.count)
            if call.needs[0] {
                gradients[0] =
                    isNative
                    ? try shape.inputGradientInPieces(g, call.x[1]) : try shape.plainInputGradient(g, call.x[1])
            }
            if call.needs[1] || wantsBias {
                let both =
                    isNative
                    ? try shape.weightGradientInPieces(g, call.x[0], bias: wantsBias)
                    : try shape.plainWeightGradient(g, call.x[0], bias: wantsBias)
                gradients[1] = both.w
                if wantsBias { gradients[2] = both.b }
            }
            return gradients
        }
    }

    static let convolutionSamples: [Sample] = [
        Sample(.conv2d()) { [try .ramp([1, 1, 3, 3], step: 0.1), try .ramp([1, 1, 2, 2])] },
        Sample(.conv2d(stride: [2, 1], padding: [1, 2], dilation: [1, 2])) {
            [try .ramp([2, 2, 4, 5], step: 0.05), try .ramp([3, 2, 3, 2], step: 0.1), try .ramp([3])]
        },
        Sample(.conv2d(padding: [1], groups: 2)) {
            [try .ramp([1, 4, 3, 3], step: 0.07), try .ramp([2, 2, 3, 3], step: 0.11), try .ramp([2])]
        },
        Sample(.conv2d(padding: [1], relu: true)) {
            [try .ramp([1, 2, 3, 3], step: 0.11), try .ramp([2, 2, 3, 3], step: 0.05), try .ramp([2])]
        },
    ]
}

extension Tensor {
    /// Convolution (cross-correlation, as in PyTorch) of images [N, C, H, W] with a weight [O, C/groups, kh, kw].
    ///
    /// Settings are pairs (height, width) or one number for both. `relu` applies max(0, y) in the same pass.
    /// Float32 runs on oneDNN, or where that is faster by Winograd's F(4x4, 3x3), whose results differ from the exact ones
    /// by some 1e-6 of the largest and whose infinities and nan spread over a tile of 4 x 4; `exact` forbids it. Float64
    /// runs in plain Swift.
    /// - Throws: `KernelError` when operands or settings do not fit.
    public func conv2d(
        _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1],
        groups: Int = 1, relu: Bool = false, exact: Bool = false
    ) throws -> Tensor {
        try Primitive.conv2d(
            stride: stride, padding: padding, dilation: dilation, groups: groups, relu: relu, exact: exact
        ).apply([self, weight] + (bias.map { [$0] } ?? []))
    }
}
