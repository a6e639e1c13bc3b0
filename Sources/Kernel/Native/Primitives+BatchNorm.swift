extension Primitive {
    /// Operands x [N, C, ...], w [C], b [C]. `relu` takes max(0, y) in the same pass.
    public static func batchNorm(_ statistics: BatchStatistics, eps: Double = 1e-5, relu: Bool = false) -> Primitive {
        Primitive("batch_norm", keeps: .inputs) { types in
            let s = try Normalization(types, eps: eps)
            guard statistics.isFixed || s.samples != 1 else {
                throw KernelError.shape(
                    op: "batch_norm", shapes: [types[0].shape], reason: "more than one number per channel expected")
            }
            return types[0]
        } forward: { x, extra in
            let s = try Normalization(x.map(\.type), eps: eps, relu: relu)
            if s.isEmpty { return try .zeros(x[0].shape, x[0].dtype) }
            let (y, mean, variance) =
                x[0].dtype == .float32
                ? try Workers.sized(s.work) { try nativeBatchNorm(s, x, statistics) }
                : try plainBatchNorm(s, x, statistics)
            extra = [mean, variance]
            if relu, try s.channelBlocks(x[0]) == nil { extra.append(y.detached()) }
            try statistics.move(mean, variance, s.samples)
            return y
        } recomputation: { x, extra, y in
            let s = try Normalization(x.map(\.type), eps: eps, relu: relu)
            return s.isEmpty ? nil : try s.recomputation(of: y, x, mean: extra[0], variance: extra[1])
        } vjp: { g, call in
            let s = try Normalization(call.types, eps: eps, relu: relu)
            if s.isEmpty { return try call.types.map { try .zeros($0.shape, $0.dtype) } }
            return try Workers.sized(s.work) { try batchNormGradients(s, g, call, fixed: statistics.isFixed) }
        }
    }

    private static func nativeBatchNorm(_ s: Normalization, _ x: [Tensor], _ statistics: BatchStatistics) throws
        -> (y: Tensor, Tensor, Tensor)
    {
        let fixed = try statistics.constants(.float32)
        guard let blocks = try s.channelBlocks(x[0]) else {
            return try s.forward(x[0], scaleShift: pair(x[1], x[2]), fixed: fixed)
        }
        return try s.blockedForward(blocks, x[1].array(Float.self), x[2].array(Float.self), fixed: fixed)
    }

    private static func batchNormGradients(_ s: Normalization, _ g: Tensor, _ call: Saved, fixed: Bool) throws
        -> [Tensor]
    {
        let x = call.x, (mean, variance) = (call.extra[0], call.extra[1])
        if let blocks = try s.channelBlocks(x[0]) {
            return try s.blockedBackward(
                g, blocks, x[1].array(Float.self), x[2].array(Float.self), mean, variance, fixed: fixed,
                overwriting: call.ownsGradient)
        }
        let gate = call.extra.count > 2 ? call.extra[2] : nil
        let g = try gate.map { try g.passed(where: $0, overwriting: call.ownsGradient) } ?? g
        guard g.dtype == .float32 else {
            return try s.plainBackward(g, x[0], x[1].array(Double.self), mean, variance, fixed: fixed)
        }
        let (dx, both) = try s.backward(g, x[0], scaleShift: pair(x[1], x[2]), mean, variance, fixed: fixed)
        let c = s.images[1]
        return [dx, try both.view([c], strides: [1], offset: 0), try both.view([c], strides: [1], offset: c)]
    }

    private static func plainBatchNorm(_ s: Normalization, _ x: [Tensor], _ statistics: BatchStatistics) throws
        -> (Tensor, Tensor, Tensor)
    {
        let (mean, variance) = try statistics.constants(.float64) ?? s.plainStatistics(x[0])
        let y = try s.plainForward(x[0], x[1].array(Double.self), x[2].array(Double.self), mean, variance)
        return (y, mean, variance)
    }

    /// Scale and shift in one buffer [2, C], as oneDNN takes them.
    private static func pair(_ w: Tensor, _ b: Tensor) throws -> Tensor {
        try Tensor(try w.array(Float.self) + b.array(Float.self), [2, w.count])
    }

    static let batchNormSamples: [Sample] = {
        func constants(_ count: Int) -> BatchStatistics {
            .fixed(mean: try! .ramp([count], from: 0.1), variance: try! .ramp([count], from: 0.5))
        }
        let operands: @Sendable () throws -> [Tensor] = {
            let x = try Tensor.ramp([2, 2, 2, 3]).array(Double.self).enumerated().map { $0 % 3 == 0 ? -$1 : $1 }
            return [try Tensor(x, [2, 2, 2, 3]), try .ramp([2], from: 0.5), try .ramp([2])]
        }
        return [
            Sample(.batchNorm(.batch(running: nil, momentum: 0))) { try operands() },
            Sample(.batchNorm(constants(2))) { try operands() },
            Sample(.batchNorm(.batch(running: nil, momentum: 0), relu: true)) { try operands() },
            Sample(.batchNorm(.batch(running: nil, momentum: 0))) {
                [try Tensor([1.0, 2, -1, 0.5, 3, -2], [3, 2]), try .ramp([2], from: 0.5), try .ramp([2])]
            },
        ]
    }()
}

extension BatchStatistics {
    /// Copies of the constants, which may change before the backward pass; nil for batch statistics.
    fileprivate func constants(_ dtype: DType) throws -> (Tensor, Tensor)? {
        guard case .fixed(let mean, let variance) = self else { return nil }
        return (try mean.converted(to: dtype).copied(), try variance.converted(to: dtype).copied())
    }

    /// Moves the running estimates towards the statistics of a batch.
    fileprivate func move(_ mean: Tensor, _ variance: Tensor, _ samples: Int) throws {
        guard case .batch(let running?, let momentum) = self else { return }
        let unbiased = Double(samples) / Double(max(1, samples - 1))
        try running.mean.move(towards: mean.array(Double.self), momentum)
        try running.variance.move(towards: variance.array(Double.self).map { $0 * unbiased }, momentum)
    }
}

extension Tensor {
    fileprivate func move(towards target: [Double], _ momentum: Double) throws {
        func run<T: FloatScalar>(_: T.Type) throws {
            try write(T.self) { z in
                for i in z.indices { z[i] = T((1 - momentum) * Double(z[i]) + momentum * target[i]) }
            }
        }
        try dtype == .float64 ? run(Double.self) : run(Float.self)
    }

    /// Batch normalisation of x [N, C] or [N, C, H, W] with scale and shift [C] (1 and 0 when not given).
    ///
    /// `training` uses the statistics of x and moves the running estimates, in place:
    /// running = (1 - momentum) * running + momentum * statistic, with the unbiased variance. Otherwise the running
    /// estimates are the statistics. (PyTorch's conventions, momentum included.) `relu` takes max(0, y) in the same pass.
    /// - Throws: `KernelError` when shapes or types do not fit, or a training batch has one number per channel.
    public func batchNorm(
        weight: Tensor? = nil, bias: Tensor? = nil, runningMean: Tensor, runningVar: Tensor, training: Bool,
        momentum: Double = 0.1, eps: Double = 1e-5, relu: Bool = false
    ) throws -> Tensor {
        guard rank >= 2 else {
            throw KernelError.shape(op: "batch_norm", shapes: [shape], reason: "[N, C] or [N, C, H, W] expected")
        }
        for running in [runningMean, runningVar] where running.shape != [shape[1]] || !running.dtype.isFloat {
            throw KernelError.shape(
                op: "batch_norm", shapes: [shape, running.shape], reason: "one number per channel expected")
        }
        guard !training || (runningMean.isContiguous && runningVar.isContiguous) else {
            throw KernelError.state(op: "batch_norm", reason: "running estimates are views with gaps")
        }
        let statistics: BatchStatistics =
            training
            ? .batch(running: (runningMean, runningVar), momentum: momentum)
            : .fixed(mean: runningMean, variance: runningVar)
        let w = try weight ?? .ones([shape[1]], dtype), b = try bias ?? .zeros([shape[1]], dtype)
        return try Primitive.batchNorm(statistics, eps: eps, relu: relu)(self, w, b)
    }
}
