/// Activations that presets know by name.
public enum ActivationName: String, Choice {
    case relu, tanh, sigmoid, gelu, silu
    case leakyRelu = "leaky_relu"
    case identity

    func module() throws -> Module {
        switch self {
        case .relu: try Recipe<Module>.relu.build()
        case .tanh: try Recipe<Module>.tanh.build()
        case .sigmoid: try Recipe<Module>.sigmoid.build()
        case .gelu: try Recipe<Module>.gelu.build()
        case .silu: try Recipe<Module>.silu.build()
        case .leakyRelu: try Recipe<Module>.leakyRelu.build()
        case .identity: try Recipe<Module>.identity.build()
        }
    }
}

/// Layers of a preset, each with its own seed drawn from the preset's key.
struct Stack {
    private(set) var layers: [Module] = []
    private let key: Key
    private let initialization: Initialization

    init(seed: Int?, _ initialization: Initialization) {
        (key, self.initialization) = (Session.key(seed: seed), initialization)
    }
    mutating func add(_ layer: Module) { layers.append(layer) }
    mutating func linear(_ inputs: Int, _ outputs: Int) throws {
        add(
            try Recipe<Module>.linear.build([
                .int(inputs), .int(outputs), .flag(true), .text(initialization.rawValue), seed,
            ]))
    }
    mutating func conv(_ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int, bias: Bool = true)
        throws
    {
        add(
            try Recipe<Module>.conv2d.build([
                .int(inputs), .int(outputs), .int(kernel), .int(stride), .int(padding), .int(1), .int(1), .flag(bias),
                .text(initialization.rawValue), seed,
            ]))
    }
    /// A seed of its own for the next layer.
    private var seed: Value { .int(Int(truncatingIfNeeded: nextSeed)) }
    var nextSeed: UInt64 { key.fold(layers.count).bits >> 12 }
}

private let initialization = Parameter("init", Initialization.fanIn, "how weights begin")
private let seed = Parameter<Int?>("seed", .none, "seed of the initial weights; none draws from the session")
private let classes = Parameter<Int>("classes", 10, "outputs", .within(1...65536))

extension Recipe where Product == Module {
    static let mlp = Recipe(
        "nn", "mlp", "Fully connected network: flatten, then linear layers with an activation between them.",
        example: "nn.mlp{784, 100, 10}",
        Parameter<[Int]>(
            "sizes", "inputs, hidden sizes, outputs",
            Constraint("at least two sizes from 1 to 16777216") {
                $0.count >= 2 && $0.allSatisfy { (1...sizeLimit).contains($0) }
            }, variadic: true),
        Parameter("activation", ActivationName.relu, "between the layers"), initialization, seed
    ) { sizes, activation, initialization, seed in
        var stack = Stack(seed: seed, initialization)
        stack.add(try Module(.flatten))
        for (index, size) in sizes.dropLast().enumerated() {
            if index > 0 { stack.add(try activation.module()) }
            try stack.linear(size, sizes[index + 1])
        }
        return try .sequential(stack.layers)
    }

    static let lenet = Recipe(
        "nn", "lenet", "LeNet-5 with ReLU and max pooling for 28x28 or 32x32 images.", source: "LeCun et al. 1998",
        example: "nn.lenet{}",
        Parameter<Int>("channels", 1, "channels of the images", .within(1...1024)), classes,
        Parameter<Int>("size", 28, "height and width of the images", .within(12...1024)), initialization, seed
    ) { channels, classes, size, initialization, seed in
        var stack = Stack(seed: seed, initialization)
        let padding = size == 28 ? 2 : 0
        let side = ((size + 2 * padding - 4) / 2 - 4) / 2
        try stack.conv(channels, 6, kernel: 5, padding: padding)
        try stack.activateAndPool()
        try stack.conv(6, 16, kernel: 5, padding: 0)
        try stack.activateAndPool()
        stack.add(try Module(.flatten))
        try stack.linear(16 * side * side, 120)
        stack.add(try Recipe<Module>.relu.build())
        try stack.linear(120, 84)
        stack.add(try Recipe<Module>.relu.build())
        try stack.linear(84, classes)
        return try .sequential(stack.layers)
    }

    static let cnn = Recipe(
        "nn", "cnn", "Two 3x3 convolutions, each with ReLU and 2x2 max pooling, then two linear layers.",
        example: "nn.cnn{channels = 1, width = 32}",
        Parameter<Int>("channels", 1, "channels of the images", .within(1...1024)), classes,
        Parameter<Int>("size", 28, "height and width of the images", .within(4...1024)),
        Parameter<Int>(
            "width", 32, "channels of the first convolution; the second has twice as many", .within(1...4096)),
        Parameter<Int>("hidden", 128, "size of the hidden linear layer", .within(1...65536)), initialization, seed
    ) { channels, classes, size, width, hidden, initialization, seed in
        var stack = Stack(seed: seed, initialization)
        try stack.conv(channels, width, kernel: 3, padding: 1)
        try stack.activateAndPool()
        try stack.conv(width, 2 * width, kernel: 3, padding: 1)
        try stack.activateAndPool()
        stack.add(try Module(.flatten))
        try stack.linear(2 * width * (size / 4) * (size / 4), hidden)
        stack.add(try Recipe<Module>.relu.build())
        try stack.linear(hidden, classes)
        return try .sequential(stack.layers)
    }
}

extension Stack {
    fileprivate mutating func activateAndPool() throws {
        add(try Recipe<Module>.relu.build())
        add(try Recipe<Module>.maxPool.build())
    }
}
