extension Module {
    /// A deep copy in which each batch normalisation right after a linear or convolution layer is part of that layer
    /// (an identity stands in its place): the same function in evaluation, up to rounding.
    ///
    ///     W' = gamma W / sqrt(var + eps),  b' = beta + gamma (b - mean) / sqrt(var + eps)
    public func foldingBatchNorm() throws -> Module {
        guard !children.isEmpty else { return try copied() }
        var folded: [(name: String, module: Module)] = []
        for (name, child) in children {
            if kind.name == "sequential", child.kind.name == "batch_norm", let last = folded.last?.module,
                last.kind.hasWeight
            {
                folded[folded.count - 1].module = try last.absorbing(child)
                folded.append((name, try Recipe<Module>.identity.build()))
            } else {
                folded.append((name, try child.foldingBatchNorm()))
            }
        }
        let copy = try Module(
            kind, parameters: parameters.map { ($0.name, try $0.tensor.copied()) },
            buffers: buffers.map { ($0.name, try $0.tensor.copied()) }, children: folded)
        copy.quantization = quantization
        copy.record =
            kind.name == "sequential"
            ? Record("nn.sequential", [("layers", .list(folded.map { .object($0.module) }))])
            : Record(record.name, folded.map { ($0.name, .object($0.module)) })
        return copy
    }

    /// This layer followed by the normalisation, as one layer.
    private func absorbing(_ norm: Module) throws -> Module {
        let weight = self[parameter: "weight"]!
        let channels = weight.shape[0]
        let (scale, shift) = try norm.evaluationAffine(channels)
        let size = channels == 0 ? 0 : weight.count / channels
        let old = try weight.array(Double.self)
        let bias = try self[parameter: "bias"]?.array(Double.self) ?? [Double](repeating: 0, count: channels)
        let newWeight = try Tensor(old.indices.map { Float(old[$0] * scale[$0 / size]) }, weight.shape)
        let newBias = try Tensor((0..<channels).map { Float(bias[$0] * scale[$0] + shift[$0]) })
        let layer = try Module(kind, parameters: [("weight", newWeight), ("bias", newBias)])
        layer.record = Record(
            record.name, record.parameters.map { ($0.name, $0.name == "bias" ? .flag(true) : $0.value) })
        layer.quantization = quantization
        return layer
    }

    /// y = scale x + shift: what the normalisation does in evaluation.
    private func evaluationAffine(_ channels: Int) throws -> (scale: [Double], shift: [Double]) {
        let eps = record["eps"].flatMap { Double($0) } ?? 1e-5
        let mean = try self[buffer: "running_mean"]!.array(Double.self)
        let variance = try self[buffer: "running_var"]!.array(Double.self)
        guard mean.count == channels else {
            throw KernelError.shape(op: "fold", shapes: [[channels], [mean.count]], reason: "channels differ")
        }
        let gamma = try self[parameter: "weight"]?.array(Double.self) ?? [Double](repeating: 1, count: channels)
        let beta = try self[parameter: "bias"]?.array(Double.self) ?? [Double](repeating: 0, count: channels)
        let scale = (0..<channels).map { gamma[$0] / (variance[$0] + eps).squareRoot() }
        return (scale, (0..<channels).map { beta[$0] - scale[$0] * mean[$0] })
    }
}
