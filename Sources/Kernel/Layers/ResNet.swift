// Residual networks (He et al. 2016): CIFAR style of depth 6n+2, and ResNet-18 with the small-image stem.

extension Recipe where Product == Module {
    static let resnet = Recipe(
        "nn", "resnet", "Residual network for small images: depth 6n+2 (20, 32, 44, 56, 110 ...), or 18.",
        source:
            "He et al. 2016, section 4.2: three stages of n blocks at 16, 32, 64 channels, shortcuts by 1x1 convolution; "
            + "18: four stages of two blocks at 64 ... 512 channels behind a 3x3 stem",
        example: "nn.resnet{20, channels = 3}",
        Parameter<Int>(
            "depth", 20, "6n+2, or 18",
            Constraint("6n+2 from 8 to 1202, or 18") {
                $0 == 18 || ((8...1202).contains($0) && ($0 - 2) % 6 == 0)
            }),
        Parameter<Int>("channels", 3, "channels of the images", .within(1...1024)),
        Parameter<Int>("classes", 10, "outputs", .within(1...65536)),
        Parameter<Int?>("width", .none, "channels of the first stage; 16, or 64 for depth 18"),
        Parameter("init", Initialization.kaimingNormal, "how weights begin"),
        Parameter<Int?>("seed", .none, "seed of the initial weights; none draws from the session")
    ) { depth, channels, classes, width, initialization, seed in
        let blocks = depth == 18 ? [2, 2, 2, 2] : [Int](repeating: (depth - 2) / 6, count: 3)
        let width = width ?? (depth == 18 ? 64 : 16)
        guard (1...4096).contains(width) else {
            throw KernelError.value(op: "nn.resnet", name: "width", expected: "integer from 1 to 4096", got: "\(width)")
        }
        var stack = Stack(seed: seed, initialization)
        try stack.convNorm(channels, width, stride: 1)
        stack.add(try Recipe<Module>.relu.build())
        var inputs = width
        for (stage, count) in blocks.enumerated() {
            for block in 0..<count {
                let outputs = width << stage
                try stack.block(inputs, outputs, stride: stage > 0 && block == 0 ? 2 : 1, initialization)
                inputs = outputs
            }
        }
        stack.add(try Recipe<Module>.globalAveragePool.build())
        try stack.linear(inputs, classes)
        return try .sequential(stack.layers)
    }
}

extension Stack {
    fileprivate mutating func convNorm(_ inputs: Int, _ outputs: Int, kernel: Int = 3, stride: Int) throws {
        try conv(inputs, outputs, kernel: kernel, stride: stride, padding: kernel / 2, bias: false)
        add(try Recipe<Module>.batchNorm.build([.int(outputs)]))
    }
    /// relu(x + conv-norm-relu-conv-norm(x)), the shortcut projected when sizes change.
    fileprivate mutating func block(_ inputs: Int, _ outputs: Int, stride: Int, _ initialization: Initialization) throws
    {
        var main = Stack(seed: Int(truncatingIfNeeded: nextSeed), initialization)
        try main.convNorm(inputs, outputs, stride: stride)
        main.add(try Recipe<Module>.relu.build())
        try main.convNorm(outputs, outputs, stride: 1)
        var branches = [("main", try Module.sequential(main.layers))]
        if stride != 1 || inputs != outputs {
            var shortcut = Stack(seed: Int(truncatingIfNeeded: nextSeed &+ 1), initialization)
            try shortcut.convNorm(inputs, outputs, kernel: 1, stride: stride)
            branches.append(("shortcut", try .sequential(shortcut.layers)))
        }
        add(try Module(.residual, children: branches))
        add(try Recipe<Module>.relu.build())
    }
}
