import COneDNN

// Batch normalisation (Ioffe and Szegedy 2015): y = (x - mean) / sqrt(var + eps) * w + b per channel, over all axes but the
// second. Float32 on oneDNN in the layout of x, float64 in plain Swift. Shapes: x [N, C, ...]; mean, var, w, b [C].

/// Where mean and variance come from.
public enum BatchStatistics: Sendable {
    /// From x itself. The running estimates, when there are some, move towards them by `momentum`, in place; the running
    /// variance is the unbiased one, as in PyTorch.
    case batch(running: (mean: Tensor, variance: Tensor)?, momentum: Double)
    /// Constants.
    case fixed(mean: Tensor, variance: Tensor)

    var isFixed: Bool { if case .fixed = self { true } else { false } }
}

/// A compiled normalisation for one layout of x.
private final class NormalizationPlan: Sendable {
    let forward: NativePrimitive, backward: NativePrimitive?
    let pair: Layout, channel: Layout
    private static let cache = NativeCache<NormalizationPlan>()

    static func plan(_ shape: [Int], _ x: Layout, eps: Double, fixed: Bool, backward: Bool) throws -> NormalizationPlan
    {
        let numbers = [Int(truncatingIfNeeded: Float(eps).bitPattern), fixed ? 1 : 0, backward ? 1 : 0]
        return try cache.entry(.init("batch_norm", numbers, [x])) {
            try NormalizationPlan(shape, x, Float(eps), fixed, backward)
        }
    }

    private init(_ shape: [Int], _ x: Layout, _ eps: Float, _ fixed: Bool, _ hasBackward: Bool) throws {
        let flags = dnnl_use_scaleshift.rawValue | (fixed ? dnnl_use_global_stats.rawValue : 0)
        var descriptor = dnnl_batch_normalization_desc_t(), gradient = dnnl_batch_normalization_desc_t()
        let status = Layout.pointers(to: x) {
            dnnl_batch_normalization_forward_desc_init(&descriptor, dnnl_forward_training, $0[0], eps, flags)
        }
        try OneDNN.check(status, "batch_norm", shapeText(shape))
        forward = try NativePrimitive("batch_norm", descriptor, detail: shapeText(shape))
        pair = try Layout(rowMajor: [2, shape[1]], .float32, op: "batch_norm")
        channel = try Layout(rowMajor: [shape[1]], .float32, op: "batch_norm")
        guard hasBackward else { backward = nil; return }
        let created = Layout.pointers(to: x) {
            dnnl_batch_normalization_backward_desc_init(&gradient, dnnl_backward, $0[0], $0[0], eps, flags)
        }
        try OneDNN.check(created, "batch_norm", shapeText(shape))
        backward = try NativePrimitive("batch_norm", gradient, hint: forward, detail: shapeText(shape))
    }
}

/// One normalisation: the operands' shape as images, and eps.
struct Normalization {
    /// x as [N, C, H, W].
    let images: [Int]
    let shape: [Int]
    let eps: Double
    /// Whether max(0, y) follows.
    let relu: Bool

    /// - Throws: `KernelError.shape` unless x is [N, C, ...] and the others are [C].
    init(_ types: [TensorType], eps: Double, relu: Bool = false) throws {
        let x = types[0].shape, op = "batch_norm"
        guard x.count >= 2, x.count <= Shape.maxRank, x[1] > 0 else {
            throw KernelError.shape(op: op, shapes: [x], reason: "[N, C] or [N, C, H, W] expected")
        }
        for other in types.dropFirst() where other.shape != [x[1]] {
            throw KernelError.shape(op: op, shapes: [x, other.shape], reason: "one number per channel expected")
        }
        guard types.allSatisfy({ $0.dtype == types[0].dtype && $0.dtype.isFloat }) else {
            throw KernelError.dtype(
                op: op, got: types.map(\.dtype), expected: "operands of one type, float32 or float64,")
        }
        (shape, self.eps, self.relu) = (x, eps, relu)
        images = x.count == 4 ? x : [x[0], x[1], x.dropFirst(2).reduce(1, *), 1]
        if images[2] > 0, images[3] > 0 { try Window.checkImages(images, op: op) }
    }

    var isEmpty: Bool { images.contains(0) }
    /// A rough count of multiply-adds that take as long: the work is bound by memory.
    var work: Double { images.reduce(32) { $0 * Double($1) } }
    /// Elements per channel.
    var samples: Int { images[0] * images[2] * images[3] }

    func forward(_ x: Tensor, scaleShift: Tensor, fixed: (Tensor, Tensor)?) throws -> (y: Tensor, Tensor, Tensor) {
        let source = try x.block(images, op: "batch_norm")
        let plan = try NormalizationPlan.plan(images, source.layout, eps: eps, fixed: fixed != nil, backward: false)
        let result = try NativeBlock(empty: source.layout)
        let mean = try fixed?.0 ?? Tensor(empty: [images[1]]), variance = try fixed?.1 ?? Tensor(empty: [images[1]])
        try plan.forward.run([
            .init(DNNL_ARG_SRC, source), .init(DNNL_ARG_DST, result),
            .init(DNNL_ARG_SCALE_SHIFT, scaleShift.block(op: "batch_norm")),
            .init(DNNL_ARG_MEAN, mean.block(op: "batch_norm")),
            .init(DNNL_ARG_VARIANCE, variance.block(op: "batch_norm")),
        ])
        if relu { result.clearNegative() }
        return (try tensor(result), mean, variance)
    }

    /// The gradient of x, and of scale and shift as [2, C]: oneDNN gives all or none.
    func backward(
        _ g: Tensor, _ x: Tensor, scaleShift: Tensor, _ mean: Tensor, _ variance: Tensor, fixed: Bool
    ) throws -> (x: Tensor, scaleShift: Tensor) {
        let source = try x.block(images, op: "batch_norm")
        let plan = try NormalizationPlan.plan(
            images, source.layout, eps: eps, fixed: fixed, backward: true)
        let gradient = try g.block(images, op: "batch_norm").reordered(to: source.layout)
        let result = try NativeBlock(empty: source.layout), pair = try Tensor(empty: [2, images[1]])
        try plan.backward!.run([
            .init(DNNL_ARG_SRC, source), .init(DNNL_ARG_DIFF_DST, gradient), .init(DNNL_ARG_DIFF_SRC, result),
            .init(DNNL_ARG_SCALE_SHIFT, try scaleShift.block(op: "batch_norm")),
            .init(DNNL_ARG_MEAN, try mean.block(op: "batch_norm")),
            .init(DNNL_ARG_VARIANCE, try variance.block(op: "batch_norm")),
            .init(DNNL_ARG_DIFF_SCALE_SHIFT, try pair.block(op: "batch_norm")),
        ])
        return (try tensor(result), pair)
    }

    /// A result in the layout of the images under x's own shape.
    private func tensor(_ block: NativeBlock) throws -> Tensor {
        if images == shape { return try Tensor(shape, .float32, block, op: "batch_norm") }
        return Tensor(
            shape: shape, dtype: .float32, count: images.reduce(1, *),
            contents: .strided(block.storage, offset: 0, strides: Shape.strides(shape)))
    }
}
