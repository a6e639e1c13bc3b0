extension Recipe where Product == Module {
    static let maxPool = Recipe(
        "nn", "max_pool", "The largest element of each window of x [N, C, H, W].", example: "nn.max_pool{2}",
        Parameter("kernel", Pair(2), "size of the window", .sizes(1...1024)),
        Parameter<Pair?>("stride", .none, "step between windows; the kernel when not given"),
        Parameter("padding", Pair(0), "border that never wins, at most half the kernel", .sizes(0...512))
    ) { kernel, stride, padding in
        let stride = try checked(stride ?? kernel, "nn.max_pool")
        func forward(relu: Bool) -> LayerKind.Forward {
            { _, x, _ in
                try x.maxPool2d(kernel: kernel.list, stride: stride.list, padding: padding.list, relu: relu)
            }
        }
        return try Module(LayerKind("max_pool", afterRelu: forward(relu: true), forward: forward(relu: false)))
    }
    static let averagePool = Recipe(
        "nn", "avg_pool", "The mean of each window of x [N, C, H, W].", example: "nn.avg_pool{2}",
        Parameter("kernel", Pair(2), "size of the window", .sizes(1...1024)),
        Parameter<Pair?>("stride", .none, "step between windows; the kernel when not given"),
        Parameter("padding", Pair(0), "zeros added at each border", .sizes(0...512)),
        Parameter("count_include_pad", true, "whether padding counts in the mean")
    ) { kernel, stride, padding, include in
        let stride = try checked(stride ?? kernel, "nn.avg_pool")
        return try Module.function("avg_pool") {
            try $0.avgPool2d(kernel: kernel.list, stride: stride.list, padding: padding.list, countIncludePad: include)
        }
    }
    static let globalAveragePool = Recipe(
        "nn", "global_avg_pool", "The mean over height and width: [N, C, H, W] to [N, C].",
        source: "Lin et al. 2014", example: "nn.global_avg_pool{}"
    ) { try Module.function("global_avg_pool") { try $0.globalAvgPool2d() } }

    private static func checked(_ stride: Pair, _ op: String) throws -> Pair {
        guard stride.within(1...1024) else {
            throw KernelError.value(
                op: op, name: "stride", expected: "integers from 1 to 1024", got: stride.recorded.literal)
        }
        return stride
    }
}
