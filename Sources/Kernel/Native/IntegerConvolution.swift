import COneDNN

// Convolution and pooling of bytes on oneDNN, channels-last from layer to layer.

/// A compiled integer convolution.
private final class IntegerConvolutionPlan: Sendable {
    let primitive: NativePrimitive
    let x: Layout, w: Layout, y: Layout
    private static let cache = NativeCache<IntegerConvolutionPlan>()

    static func plan(_ s: ConvolutionShape, _ type: DType, zeroPoint: Int) throws -> IntegerConvolutionPlan {
        let numbers = s.x + s.w + s.window.numbers + [s.groups, zeroPoint, type == .int8 ? 1 : 0]
        return try cache.entry(.init("integer conv2d", numbers)) {
            try IntegerConvolutionPlan(s, type, zeroPoint: zeroPoint)
        }
    }

    private init(_ s: ConvolutionShape, _ type: DType, zeroPoint: Int) throws {
        let op = "integer conv2d"
        x = try Layout(channelsLast: s.x, type, op: op)
        y = try Layout(channelsLast: s.y, .int32, op: op)
        var descriptor = dnnl_convolution_desc_t()
        let status = try Layout.pointers(to: x, Layout(any: s.nativeWeight, .int8, op: op), y) { md in
            dnnl_dilated_convolution_forward_desc_init(
                &descriptor, dnnl_forward_inference, dnnl_convolution_direct, md[0], md[1], nil, md[2],
                Layout.dims(s.window.stride), Layout.dims(s.window.dilation.map { $0 - 1 }),
                Layout.dims(s.window.padding), Layout.dims(s.window.trailing(s.x, Array(s.y[2...]))))
        }
        try OneDNN.check(status, op, s.detail)
        var attributes: dnnl_primitive_attr_t?
        try OneDNN.check(dnnl_primitive_attr_clone(&attributes, OneDNN.attributes), op)
        defer { dnnl_primitive_attr_destroy(attributes) }
        if zeroPoint != 0 {
            try OneDNN.check(
                dnnl_primitive_attr_set_zero_points(attributes, DNNL_ARG_SRC, 1, 0, [Int32(zeroPoint)]), op, s.detail)
        }
        primitive = try NativePrimitive(op, descriptor, attributes: attributes, detail: s.detail)
        w = primitive.layout(dnnl_query_weights_md)
    }
}

extension IntegerKernels {
    /// Sums of (x - zeroPoint) * w over the window: x [N, C, H, W] uint8 or int8, w [O, C/groups, kh, kw] int8 -> int32
    /// [N, O, oh, ow]. The border holds the zero point, so it adds nothing. The result stays channels-last until looked at.
    /// - Throws: `KernelError` when types, shapes or settings do not fit or a sum has more than 65793 products.
    public static func conv2d(
        _ x: Tensor, _ w: Tensor, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1,
        zeroPoint: Int = 0
    ) throws -> Tensor {
        try conv2d(
            x, w, stride: stride, padding: padding, dilation: dilation, groups: groups, zeroPoint: zeroPoint,
            splitting: !isExact)
    }

    static func conv2d(
        _ x: Tensor, _ w: Tensor, stride: [Int], padding: [Int], dilation: [Int], groups: Int, zeroPoint: Int,
        splitting: Bool
    ) throws -> Tensor {
        let op = "integer conv2d"
        try check(x, w, zeroPoint, op)
        let s = try ConvolutionShape(
            x.shape, w.shape, stride: stride, padding: padding, dilation: dilation, groups: groups, relu: false)
        try checkLength(s.w[1...].reduce(1) { min(longestSum + 1, $0 * $1) }, op)
        if s.x[0] == 0 { return try .zeros(s.y, .int32) }
        guard splitting else { return try sums(s, x, w, zeroPoint) }
        let (high, low, shift) = try halves(x)
        let twos = try sums(s, high, w, (zeroPoint + shift) >> 1), ones = try sums(s, low, w, (zeroPoint + shift) & 1)
        let result = try twos.copied()
        try combine(result, ones)
        return result
    }

    private static func sums(_ s: ConvolutionShape, _ x: Tensor, _ w: Tensor, _ zeroPoint: Int) throws -> Tensor {
        try s.inPieces(x, to: .int32, shape: s.y, work: 4 * ConvolutionShape.pieceWork) { s, x in
            try piece(s, x, w, zeroPoint)
        }
    }

    private static func piece(_ s: ConvolutionShape, _ x: Tensor, _ w: Tensor, _ zeroPoint: Int) throws -> Tensor {
        let plan = try IntegerConvolutionPlan.plan(s, x.dtype, zeroPoint: zeroPoint)
        let result = try NativeBlock(empty: plan.y)
        try plan.primitive.run([
            .init(DNNL_ARG_SRC, x.block(op: "integer conv2d").reordered(to: plan.x)),
            .init(DNNL_ARG_WEIGHTS, w.packed(s.nativeWeight, plan.w)), .init(DNNL_ARG_DST, result),
        ])
        return try Tensor(s.y, .int32, result, op: "integer conv2d")
    }

    /// The largest element of each window of x [N, C, H, W] of uint8 or int8, as it lies. Settings as in
    /// `Tensor.maxPool2d`.
    /// - Throws: `KernelError` when the type, the shape or the settings do not fit.
    public static func maxPool2d(
        _ x: Tensor, kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false
    ) throws -> Tensor {
        let op = "integer max_pool2d"
        guard x.dtype == .uint8 || x.dtype == .int8 else {
            throw KernelError.dtype(op: op, got: [x.dtype], expected: "uint8 or int8")
        }
        let window = try Window(kernel: kernel, stride: stride ?? kernel, padding: padding, op: op)
        let s = try PoolingShape(op, .max, x.shape, window, ceil: ceil)
        if s.x[0] == 0 { return try .zeros(s.y, x.dtype) }
        return try s.forward(x, training: false).y
    }
}
