/// Several models asked about the same inputs: what they begin with in common is computed once per batch.
///
/// Variants of one network that differ in a late layer (its bits, its range, its weights) share the activations before it.
/// Two layers are the same when everything that decides their results is (`contentDigest`); their results then have the
/// same bits, because the same operations run on the same batch. The activations that wait for a sibling are those of
/// one path through the tree, however many models there are.
public struct Cascade: Sendable {
    /// One step of a model: a layer, or two that run as one.
    private struct Step {
        let identity: String
        let run: @Sendable (Tensor) throws -> Tensor
    }
    /// The steps of each model.
    private let chains: [[Step]]
    private let examplesPerPass: Int

    /// - Throws: what hashing the contents of a layer throws.
    public init(_ models: [any Attackable]) throws {
        examplesPerPass = models.map(\.examplesPerPass).min() ?? Target.usualExamplesPerPass
        chains = try models.enumerated().map { place, model in
            guard let module = model as? Module, let steps = try Self.steps(module) else {
                return [Step(identity: "model \(place)", run: model.verdict)]
            }
            return steps
        }
    }

    /// A network of layers as steps, as its own forward pass takes them; nil when it is none.
    private static func steps(_ module: Module) throws -> [Step]? {
        guard module.kind.name == LayerKind.sequential.name, module.quantization?.input == nil else { return nil }
        var steps: [Step] = []
        if let entry = module.quantization?.entry {
            steps.append(Step(identity: "entry \(entry)") { try module.entering($0, .evaluation) })
        }
        let layers = module.children.map(\.module)
        var index = 0
        while index < layers.count {
            let layer = layers[index], digest = try layer.contentDigest()
            if Module.isPair(layers, at: index) {
                let next = layers[index + 1]
                steps.append(
                    Step(identity: "\(digest) \(try next.contentDigest())") { x in
                        try layer.forward(x, fusedWith: next, .evaluation)
                            ?? next.forward(layer.forward(x, .evaluation), .evaluation)
                    })
                index += 2
            } else {
                steps.append(Step(identity: digest) { try layer.forward($0, .evaluation) })
                index += 1
            }
        }
        return steps
    }

    /// The logits of every model for one batch: bit for bit what each gives by itself.
    public func logits(_ x: Tensor) throws -> [Tensor] {
        var results = [Tensor?](repeating: nil, count: chains.count)
        try Context.withoutGradients { try run(Array(chains.indices), from: 0, x, &results) }
        return results.map { $0! }
    }

    /// Goes on from step `depth` with models that have had the same steps so far.
    private func run(_ models: [Int], from depth: Int, _ x: Tensor, _ results: inout [Tensor?]) throws {
        try Interrupt.check()
        for model in models where chains[model].count == depth { results[model] = x }
        let open = models.filter { chains[$0].count > depth }
        var branches: [(identity: String, models: [Int])] = []
        for model in open {
            let identity = chains[model][depth].identity
            if let place = branches.firstIndex(where: { $0.identity == identity }) {
                branches[place].models.append(model)
            } else {
                branches.append((identity, [model]))
            }
        }
        for branch in branches {
            try run(branch.models, from: depth + 1, chains[branch.models[0]][depth].run(x), &results)
        }
    }

    /// For every model, for every example, whether the predicted class is the label: `correct[model][example]`.
    public func correct(_ examples: Examples) throws -> [[Bool]] {
        var correct = chains.map { _ in [Bool]() }
        try Progress.track("accuracies", total: examples.count, unit: "images") { step in
            try inPieces(examples.count, of: examplesPerPass) { range in
                try step(range.lowerBound, "")
                let (x, labels) = try examples.floats(range)
                for (model, logits) in try logits(x).enumerated() {
                    guard logits.rank == 2, logits.shape[0] == range.count else {
                        throw KernelError.shape(
                            op: "accuracies", shapes: [logits.shape], reason: "logits [N, classes] expected")
                    }
                    correct[model] += zip(try logits.predictions(), labels).map { $0 == $1 }
                }
            }
        }
        return correct
    }
}
