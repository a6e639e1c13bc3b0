extension LayerKind {
    /// Batch normalisation (Ioffe and Szegedy 2015) over all axes but the second.
    static func batchNorm(eps: Double, momentum: Double) -> LayerKind {
        func forward(relu: Bool) -> LayerKind.Forward {
            { module, x, pass in
                let weight = module[parameter: "weight"].map { module.constant($0, pass) }
                let bias = module[parameter: "bias"].map { module.constant($0, pass) }
                return try x.batchNorm(
                    weight: weight, bias: bias, runningMean: module[buffer: "running_mean"]!,
                    runningVar: module[buffer: "running_var"]!, training: pass.training, momentum: momentum, eps: eps,
                    relu: relu)
            }
        }
        return LayerKind("batch_norm", withRelu: forward(relu: true), forward: forward(relu: false))
    }
    /// (x - mean) / std per channel: the normalisation that belongs to the model.
    static let normalize = LayerKind("normalize") { module, x, _ in
        let channels = module[buffer: "mean"]!.count
        guard x.rank >= 2, channels == 1 || x.shape[1] == channels else {
            throw KernelError.shape(op: "normalize", shapes: [x.shape, [channels]], reason: "channels differ")
        }
        let shape = [channels] + [Int](repeating: 1, count: x.rank - 2)
        let scale = try module[buffer: "scale"]!.withShape(shape), shift = try module[buffer: "shift"]!.withShape(shape)
        return try Primitive.add(Primitive.mul(x, scale), shift)
    }
}

extension Recipe where Product == Module {
    static let batchNorm = Recipe(
        "nn", "batch_norm", "Normalises each channel by the batch in training, by running statistics in evaluation.",
        source: "Ioffe and Szegedy 2015; running variance unbiased, momentum as in PyTorch",
        example: "nn.batch_norm{64}",
        Parameter<Int>("channels", "size of the second axis", .within(1...65536)),
        Parameter("eps", 1e-5, "added to the variance", .within(0...1)),
        Parameter("momentum", 0.1, "share of the new batch in the running statistics", .within(0...1)),
        Parameter("affine", true, "whether to learn a scale and a shift per channel")
    ) { channels, eps, momentum, affine in
        try Module(
            .batchNorm(eps: eps, momentum: momentum),
            parameters: affine ? [("weight", .ones([channels])), ("bias", .zeros([channels]))] : [],
            buffers: [("running_mean", .zeros([channels])), ("running_var", .ones([channels]))])
    }

    static let normalize = Recipe(
        "nn", "normalize", "Subtracts a mean and divides by a deviation per channel, inside the model.",
        source: "attacks see pixels in the declared range; normalisation belongs to the model",
        example: "nn.normalize{mean = {0.2860}, std = {0.3530}}",
        Parameter<[Double]>("mean", "mean per channel"),
        Parameter<[Double]>("std", "standard deviation per channel, positive")
    ) { mean, std in
        guard !mean.isEmpty, mean.count == std.count, std.allSatisfy({ $0 > 0 && $0.isFinite }),
            mean.allSatisfy(\.isFinite)
        else {
            throw KernelError.value(
                op: "nn.normalize", name: "std", expected: "one positive number per mean",
                got: "\(mean.count) means and {\(std.map { numberText($0) }.joined(separator: ", "))}")
        }
        return try Module(
            .normalize,
            buffers: [
                ("mean", Tensor(mean.map { Float($0) })),
                ("scale", Tensor(std.map { Float(1 / $0) })),
                ("shift", Tensor(zip(mean, std).map { Float(-$0 / $1) })),
            ])
    }
}
