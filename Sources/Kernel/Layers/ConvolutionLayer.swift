/// One number for both axes, or {height, width}.
public struct Pair: ParameterValue, Equatable {
    public var height: Int, width: Int
    public static var typeName: String { "integer|integer[]" }
    public static var takesList: Bool { true }
    public init(_ size: Int) { (height, width) = (size, size) }
    public init(_ height: Int, _ width: Int) { (self.height, self.width) = (height, width) }
    public init?(_ value: Value) throws {
        if let size = Int(value) { self.init(size); return }
        // One number in a list comes from nn.max_pool{2, stride = 1}: the list part of the options.
        guard let sizes = try [Int](value), (1...2).contains(sizes.count) else { return nil }
        self.init(sizes[0], sizes[sizes.count - 1])
    }
    public var recorded: Value { height == width ? .int(height) : .integers([height, width]) }
    var list: [Int] { [height, width] }
    func within(_ range: ClosedRange<Int>) -> Bool { range.contains(height) && range.contains(width) }
}
extension Constraint where V == Pair {
    static func sizes(_ range: ClosedRange<Int>) -> Constraint {
        Constraint("integer from \(range.lowerBound) to \(range.upperBound), or two of them") { $0.within(range) }
    }
}

extension LayerKind {
    /// Cross-correlation of x [N, C, H, W] with W [O, C/groups, kh, kw], as PyTorch's Conv2d.
    static func conv2d(stride: Pair, padding: Pair, dilation: Pair, groups: Int) -> LayerKind {
        func forward(relu: Bool) -> LayerKind.Forward {
            { module, x, pass in
                let x = try module.effectiveInput(x, pass)
                return try x.conv2d(
                    module.effectiveWeight(pass), module.effectiveBias(pass), stride: stride.list,
                    padding: padding.list, dilation: dilation.list, groups: groups, relu: relu)
            }
        }
        return LayerKind("conv2d", hasWeight: true, withRelu: forward(relu: true), forward: forward(relu: false))
    }
}

extension Recipe where Product == Module {
    static let conv2d = Recipe(
        "nn", "conv2d", "Two-dimensional convolution of x [N, C, H, W].",
        source: "cross-correlation, weight [out_channels, in_channels / groups, kh, kw] as in PyTorch",
        example: "nn.conv2d{1, 32, kernel = 3, padding = 1}",
        Parameter<Int>("in_channels", "channels of the input", .within(1...65536)),
        Parameter<Int>("out_channels", "channels of the result", .within(1...65536)),
        Parameter("kernel", Pair(3), "size of the window", .sizes(1...1024)),
        Parameter("stride", Pair(1), "step between windows", .sizes(1...1024)),
        Parameter("padding", Pair(0), "zeros added at each border", .sizes(0...1024)),
        Parameter("dilation", Pair(1), "distance between the window's elements", .sizes(1...1024)),
        Parameter("groups", 1, "independent groups of channels", .within(1...65536)),
        Parameter("bias", true, "whether to add a bias per channel"),
        Parameter("init", Initialization.fanIn, "how weights begin"),
        Parameter<Int?>("seed", .none, "seed of the initial weights; none draws from the session")
    ) { inputs, outputs, kernel, stride, padding, dilation, groups, bias, initialization, seed in
        guard inputs % groups == 0, outputs % groups == 0 else {
            throw KernelError.value(
                op: "nn.conv2d", name: "groups", expected: "a divisor of \(inputs) and \(outputs) channels",
                got: "\(groups)")
        }
        let shape = [outputs, inputs / groups, kernel.height, kernel.width]
        return try Module(
            .conv2d(stride: stride, padding: padding, dilation: dilation, groups: groups),
            parameters: weights(shape, bias: bias, initialization, seed: seed))
    }
}
