import COneDNN

// Convolution on oneDNN in float32. Activations, weights and gradients are in the layouts that the primitives choose.
// Shapes: x [N, C, H, W], w [O, C/groups, kh, kw], b [O], y [N, O, oh, ow].

/// The sizes of one convolution: what a compiled primitive depends on.
struct ConvolutionShape: Hashable, Sendable {
    let x: [Int], w: [Int], y: [Int]
    let window: Window
    let groups: Int
    let relu: Bool
    /// Whether whole numbers must add up exactly.
    let exact: Bool

    /// - Throws: `KernelError` when the operands do not fit.
    init(
        _ x: [Int], _ w: [Int], stride: [Int], padding: [Int], dilation: [Int], groups: Int, relu: Bool,
        exact: Bool = false
    ) throws {
        let op = "conv2d"
        try Window.checkImages(x, op: op)
        guard w.count == 4, w.allSatisfy({ $0 > 0 }) else {
            throw KernelError.shape(op: op, shapes: [w], reason: "weight [out, in/groups, height, width] expected")
        }
        guard groups > 0, x[1] % groups == 0, w[0] % groups == 0 else {
            throw KernelError.value(
                op: op, name: "groups", expected: "a divisor of \(x[1]) and \(w[0]) channels", got: "\(groups)")
        }
        guard w[1] == x[1] / groups else {
            throw KernelError.shape(op: op, shapes: [x, w], reason: "channels differ")
        }
        window = try Window(
            kernel: [w[2], w[3]], stride: stride, padding: padding, dilation: dilation, op: op)
        (self.x, self.w, self.groups, self.relu, self.exact) = (x, w, groups, relu, exact)
        y = [x[0], w[0]] + (try window.positions(x, op: op))
        try Window.checkImages(y, op: op)
        _ = try Shape.count(y, op)
    }

    /// Weights with the groups as an axis of their own, as oneDNN wants them.
    var nativeWeight: [Int] { groups == 1 ? w : [groups, w[0] / groups] + w[1...] }
    var detail: String { "\(shapeText(x)) with weight \(shapeText(w))" }
    func key(_ kind: String, _ flags: Bool...) -> NativeCache<ConvolutionPlan>.Key {
        .init(kind, x + w + window.numbers + [groups] + flags.map { $0 ? 1 : 0 })
    }
}

/// A compiled primitive with the layouts of x (or its gradient), w, b and y.
final class ConvolutionPlan: Sendable {
    let primitive: NativePrimitive
    let x: Layout, w: Layout, y: Layout, bias: Layout, plainWeight: Layout
    init(_ primitive: NativePrimitive, _ shape: ConvolutionShape, _ queries: (dnnl_query_t, dnnl_query_t, dnnl_query_t))
        throws
    {
        self.primitive = primitive
        x = primitive.layout(queries.0)
        w = primitive.layout(queries.1)
        y = primitive.layout(queries.2)
        bias = try Layout(rowMajor: [shape.w[0]], .float32, op: "conv2d")
        plainWeight = try Layout(rowMajor: shape.nativeWeight, .float32, op: "conv2d")
    }
    static let cache = NativeCache<ConvolutionPlan>()
}

/// Which layout the images of a primitive get.
///
/// By measurement, as a rule of the shape alone so that equal scripts give equal bits: oneDNN's own choice, except
/// channels-last where more than three channels do not fill blocks of 16 (blocks would be padded), and row-major, which
/// goes by matrix products, for the input gradient of a few channels, where the direct kernel would compute 16 (1
/// channel, 28x28, batch 128: 0.9 ms instead of 4.3).
private enum ImageLayout {
    case any, channelsLast, rowMajor

    static func forward(_ s: ConvolutionShape) -> ImageLayout {
        s.groups == 1 && s.x[1] > 3 && (s.x[1] % 16 != 0 || s.y[1] % 16 != 0) ? .channelsLast : .any
    }
    static func inputGradient(_ s: ConvolutionShape) -> ImageLayout {
        if s.groups == 1, s.x[1] == 1 || (s.x[1] <= 3 && s.y[1] >= 32) { return .rowMajor }
        return forward(s)
    }
    func layout(_ shape: [Int]) throws -> Layout {
        switch self {
        case .any: try Layout(any: shape, .float32, op: "conv2d")
        case .channelsLast: try Layout(channelsLast: shape, .float32, op: "conv2d")
        case .rowMajor: try Layout(rowMajor: shape, .float32, op: "conv2d")
        }
    }
}

extension ConvolutionShape {
    private var strides: [dnnl_dim_t] { Layout.dims(window.stride) }
    private var dilates: [dnnl_dim_t] { Layout.dims(window.dilation.map { $0 - 1 }) }
    private var before: [dnnl_dim_t] { Layout.dims(window.padding) }
    private var after: [dnnl_dim_t] { Layout.dims(window.trailing(x, Array(y[2...]))) }

    private typealias Pointer = UnsafePointer<dnnl_memory_desc_t>?

    /// Fills a descriptor with the layouts of x, w, b and y: free ones for w, as `images` says for x and y.
    private func describe(
        _ images: ImageLayout, bias: Bool, _ call: (inout dnnl_convolution_desc_t, [Pointer]) -> dnnl_status_t
    ) throws -> dnnl_convolution_desc_t {
        var descriptor = dnnl_convolution_desc_t()
        let status = try Layout.pointers(
            to: images.layout(x), Layout(any: nativeWeight, .float32, op: "conv2d"),
            bias ? Layout(rowMajor: [w[0]], .float32, op: "conv2d") : nil, images.layout(y)
        ) { call(&descriptor, $0) }
        try OneDNN.check(status, "conv2d", detail)
        return descriptor
    }

    private func forward(_ images: ImageLayout, bias: Bool) throws -> NativePrimitive {
        let descriptor = try describe(images, bias: bias) { d, md in
            dnnl_dilated_convolution_forward_desc_init(
                &d, dnnl_forward_training, dnnl_convolution_direct, md[0], md[1], md[2], md[3], strides, dilates,
                before,
                after)
        }
        return try NativePrimitive("conv2d", descriptor, detail: detail)
    }

    private func forwardPlan(bias: Bool) throws -> ConvolutionPlan {
        try ConvolutionPlan.cache.entry(key("forward", bias)) {
            try ConvolutionPlan(
                forward(ImageLayout.forward(self), bias: bias), self,
                (dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md))
        }
    }

    private func inputGradientPlan() throws -> ConvolutionPlan {
        try ConvolutionPlan.cache.entry(key("input gradient")) {
            let images = ImageLayout.inputGradient(self)
            let descriptor = try describe(images, bias: false) { d, md in
                dnnl_dilated_convolution_backward_data_desc_init(
                    &d, dnnl_convolution_direct, md[0], md[1], md[3], strides, dilates, before, after)
            }
            let hint = try forward(images, bias: false)
            return try ConvolutionPlan(
                NativePrimitive("conv2d", descriptor, hint: hint, detail: detail), self,
                (dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md))
        }
    }

    private func weightGradientPlan(bias: Bool) throws -> ConvolutionPlan {
        try ConvolutionPlan.cache.entry(key("weight gradient", bias)) {
            let images = ImageLayout.forward(self)
            let descriptor = try describe(images, bias: bias) { d, md in
                dnnl_dilated_convolution_backward_weights_desc_init(
                    &d, dnnl_convolution_direct, md[0], md[1], md[2], md[3], strides, dilates, before, after)
            }
            let hint = try forward(images, bias: bias)
            return try ConvolutionPlan(
                NativePrimitive("conv2d", descriptor, hint: hint, detail: detail), self,
                (dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md))
        }
    }

    /// The same for another number of images.
    func part(_ images: Int) -> ConvolutionShape { ConvolutionShape(self, images) }
    private init(_ other: ConvolutionShape, _ images: Int) {
        (w, window, groups, relu, exact) = (other.w, other.window, other.groups, other.relu, other.exact)
        (x, y) = ([images] + other.x[1...], [images] + other.y[1...])
    }

    // MARK: Running

    func forward(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws -> Tensor {
        if usesWinograd {
            let result = try Winograd(self).forward(x, w, bias: b?.block(op: "conv2d"), relu: relu)
            return try Tensor(y, .float32, result, op: "conv2d")
        }
        return try directForward(x, w, b)
    }

    /// The same by the definition, as are the other two below: what oneDNN compiles, for any shape.
    func directForward(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws -> Tensor {
        let plan = try forwardPlan(bias: b != nil)
        let source = try x.block(op: "conv2d").reordered(to: plan.x), weight = try w.packed(nativeWeight, plan.w)
        let result = try NativeBlock(empty: plan.y)
        var arguments: [NativePrimitive.Argument] = [
            .init(DNNL_ARG_SRC, source), .init(DNNL_ARG_WEIGHTS, weight), .init(DNNL_ARG_DST, result),
        ]
        let bias = try b?.block(op: "conv2d")
        if let bias { arguments.append(.init(DNNL_ARG_BIAS, bias)) }
        try plan.primitive.run(arguments)
        if relu { result.clearNegative() }
        return try Tensor(y, .float32, result, op: "conv2d")
    }

    func inputGradient(_ g: Tensor, _ w: Tensor) throws -> Tensor {
        guard usesWinograd else { return try directInputGradient(g, w) }
        return try Tensor(x, .float32, Winograd(inputGradient: self).forward(g, w), op: "conv2d")
    }

    func directInputGradient(_ g: Tensor, _ w: Tensor) throws -> Tensor {
        let plan = try inputGradientPlan()
        let gradient = try g.block(op: "conv2d").reordered(to: plan.y), weight = try w.packed(nativeWeight, plan.w)
        let result = try NativeBlock(empty: plan.x)
        try plan.primitive.run([
            .init(DNNL_ARG_DIFF_DST, gradient), .init(DNNL_ARG_WEIGHTS, weight), .init(DNNL_ARG_DIFF_SRC, result),
        ])
        return try Tensor(x, .float32, result, op: "conv2d")
    }

    /// The gradients of w and, when wanted, of b: one pass.
    func weightGradient(_ g: Tensor, _ x: Tensor, bias: Bool) throws -> (w: Tensor, b: Tensor?) {
        guard usesWinograd else { return try directWeightGradient(g, x, bias: bias) }
        let (weight, shift) = try Winograd(self).weightGradient(g, x, bias: bias)
        return (plainWeight(weight), try shift.map { try Tensor([w[0]], .float32, $0, op: "conv2d") })
    }

    func directWeightGradient(_ g: Tensor, _ x: Tensor, bias: Bool) throws -> (w: Tensor, b: Tensor?) {
        let plan = try weightGradientPlan(bias: bias)
        let gradient = try g.block(op: "conv2d").reordered(to: plan.y)
        let source = try x.block(op: "conv2d").reordered(to: plan.x)
        let result = try NativeBlock(empty: plan.w), biasResult = bias ? try NativeBlock(empty: plan.bias) : nil
        var arguments: [NativePrimitive.Argument] = [
            .init(DNNL_ARG_SRC, source), .init(DNNL_ARG_DIFF_DST, gradient), .init(DNNL_ARG_DIFF_WEIGHTS, result),
        ]
        if let biasResult { arguments.append(.init(DNNL_ARG_DIFF_BIAS, biasResult)) }
        try plan.primitive.run(arguments)
        let plain = plainWeight(try result.reordered(to: plan.plainWeight))
        return (plain, try biasResult.map { try Tensor([w[0]], .float32, $0, op: "conv2d") })
    }

    /// A row-major block, groups split or not, as a tensor of the weight's shape.
    private func plainWeight(_ block: NativeBlock) -> Tensor {
        Tensor(
            shape: w, dtype: .float32, count: w.reduce(1, *),
            contents: .strided(block.storage, offset: 0, strides: Shape.strides(w)))
    }
}
