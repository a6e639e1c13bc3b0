extension Primitive {
    /// The largest element of each window of x [N, C, H, W]; the border never wins. The gradient goes to the first of
    /// equal elements. `relu` takes max(0, y) in the same pass: max_pool(relu(x)) and relu(max_pool(x)) are the same.
    public static func maxPool2d(_ window: Window, ceil: Bool = false, relu: Bool = false) -> Primitive {
        pooling("max_pool2d", .max, ceil: ceil, relu: relu) { _ in window }
    }
    /// The mean of each window of x [N, C, H, W]; zeros of the border count when `countIncludePad`.
    public static func avgPool2d(_ window: Window, ceil: Bool = false, countIncludePad: Bool = true) -> Primitive {
        pooling("avg_pool2d", countIncludePad ? .averageAll : .averageInside, ceil: ceil) { _ in window }
    }
    /// The mean over height and width: [N, C, H, W] -> [N, C].
    public static let globalAvgPool2d = pooling("global_avg_pool2d", .averageAll, ceil: false, dropsAxes: true) {
        shape in
        try Window(kernel: [shape[2], shape[3]], stride: [1], op: "global_avg_pool2d")
    }

    private static func pooling(
        _ op: String, _ kind: PoolingKind, ceil: Bool, relu: Bool = false, dropsAxes: Bool = false,
        _ window: @escaping @Sendable ([Int]) throws -> Window
    ) -> Primitive {
        let shape: @Sendable (TensorType) throws -> PoolingShape = { type in
            guard type.dtype.isFloat else {
                throw KernelError.dtype(op: op, got: [type.dtype], expected: "float32 or float64")
            }
            try Window.checkImages(type.shape, op: op)
            return try PoolingShape(op, kind, type.shape, window(type.shape), ceil: ceil, relu: relu)
        }
        @Sendable func result(_ shape: PoolingShape) -> [Int] { dropsAxes ? Array(shape.y[..<2]) : shape.y }
        return Primitive(op, keeps: relu ? .output : []) { types in
            TensorType(result(try shape(types[0])), types[0].dtype)
        } forward: { x, extra in
            let s = try shape(x[0].type), training = Context.current.recordsGradients && x[0].requiresGrad
            if s.x[0] == 0 { return try .zeros(result(s), x[0].dtype) }
            let (y, record) =
                x[0].dtype == .float64
                ? try s.plainForward(x[0], Double.self)
                : try s.needsPlain(x[0])
                    ? try s.plainForward(x[0], Float.self)
                    : try Workers.sized(s.work) { try s.forward(x[0], training: training) }
            if let record { extra.append(record) }
            return dropsAxes ? try y.withShape(result(s)) : y
        } vjp: { g, call in
            let s = try shape(call.types[0])
            if s.x[0] == 0 { return [try .zeros(s.x, g.dtype)] }
            let g = try call.y.map { try g.passed(where: $0, overwriting: call.ownsGradient) } ?? g
            return [try inputGradient(dropsAxes ? g.withShape(s.y) : g, s, call.extra.first)]
        }
    }

    private static func inputGradient(_ g: Tensor, _ s: PoolingShape, _ record: Tensor?) throws -> Tensor {
        if g.dtype == .float64 { return try s.plainInputGradient(g, record, Double.self) }
        return try Workers.sized(s.work) { try s.inputGradient(g, record) }
            ?? s.plainInputGradient(g, record, Float.self)
    }

    static let poolingSamples: [Sample] = {
        func window(_ kernel: [Int], _ stride: [Int], _ padding: [Int]) -> Window {
            try! Window(kernel: kernel, stride: stride, padding: padding, op: "sample")
        }
        return [
            Sample(.maxPool2d(window([2], [2], [0]))) { [try .ramp([2, 2, 4, 4])] },
            Sample(.maxPool2d(window([3, 2], [2, 1], [1, 0]), ceil: true)) { [try .ramp([1, 2, 4, 3], step: -0.3)] },
            Sample(.maxPool2d(window([2], [1], [0]), relu: true)) { [try .ramp([1, 2, 3, 4], from: -1, step: 0.17)] },
            Sample(.avgPool2d(window([2], [2], [0]))) { [try .ramp([2, 2, 4, 4])] },
            Sample(.avgPool2d(window([3], [2], [1]), ceil: true)) { [try .ramp([1, 2, 4, 4])] },
            Sample(.avgPool2d(window([3], [2], [1]), countIncludePad: false)) { [try .ramp([1, 2, 5, 4])] },
            Sample(.globalAvgPool2d) { [try .ramp([2, 3, 3, 2])] },
        ]
    }()
}

extension Tensor {
    /// The largest element of each window of images [N, C, H, W]. Settings are pairs (height, width) or one number for both;
    /// the stride is the kernel when not given; the border is at most half the kernel and never wins. `relu` takes
    /// max(0, y) in the same pass.
    /// - Throws: `KernelError` when this is no batch of images, smaller than the window, or settings are out of range.
    public func maxPool2d(
        kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false, relu: Bool = false
    ) throws -> Tensor {
        let window = try Window(kernel: kernel, stride: stride ?? kernel, padding: padding, op: "max_pool2d")
        return try Primitive.maxPool2d(window, ceil: ceil, relu: relu)(self)
    }

    /// The mean of each window of images [N, C, H, W]; settings as in `maxPool2d`. Zeros of the border count in the mean
    /// unless `countIncludePad` is false.
    /// - Throws: `KernelError` as `maxPool2d`.
    public func avgPool2d(
        kernel: [Int], stride: [Int]? = nil, padding: [Int] = [0], ceil: Bool = false, countIncludePad: Bool = true
    ) throws -> Tensor {
        let window = try Window(kernel: kernel, stride: stride ?? kernel, padding: padding, op: "avg_pool2d")
        return try Primitive.avgPool2d(window, ceil: ceil, countIncludePad: countIncludePad)(self)
    }

    /// The mean over height and width of images [N, C, H, W]: [N, C].
    /// - Throws: `KernelError` when this is no batch of images.
    public func globalAvgPool2d() throws -> Tensor { try Primitive.globalAvgPool2d(self) }
}
