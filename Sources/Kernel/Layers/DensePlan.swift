/// Training steps of linear layers in a row, with or without max(0, y) between them, on batches of one size: the work is
/// laid out once and every step writes into the same tensors.
///
/// Recording a graph costs about 20 us a step, whatever its size. On small networks that is a seventh to a fifth of the
/// time. The loops are those of the recorded way, called in its order, so that both give the same bits.
final class DensePlan {
    private let layers: [Layer]
    private let rows: Int, loss: CrossEntropy
    private let probabilities: Tensor, losses: Tensor, logitsGradient: Tensor
    private let one: Tensor
    private var sharing = StepSharing()

    /// Nil for networks and losses of another kind.
    init?(_ module: Module, _ loss: Loss, rows: Int) throws {
        guard let loss = loss.crossEntropy, loss.reduction == .mean, rows > 0,
            let parts = DensePlan.parts(of: module), let last = parts.last?.module[parameter: "weight"]
        else { return nil }
        let classes = last.shape[0]
        layers = try parts.enumerated().map { try Layer($1, isFirst: $0 == 0, rows: rows) }
        (self.loss, self.rows) = (loss, rows)
        probabilities = try Tensor(empty: [rows, classes])
        logitsGradient = try Tensor(empty: [rows, classes])
        losses = try Tensor(empty: [rows])
        one = try Tensor.ones([], .float32)
        sharing = StepSharing.lately(work)
    }

    /// What tells plans of equal steps from others.
    private var work: [Int] { [rows] + layers.map(\.inputs) + [probabilities.shape[1]] }

    /// What one step takes, on all threads or on one; nil for a batch that was not planned for. The loops give the same bits
    /// either way.
    func sharing<R>(rows: Int, _ step: () throws -> R) rethrows -> R? {
        rows == self.rows ? try sharing.run(step) : nil
    }
    /// For the next plan of equal steps.
    func rememberSharing() { StepSharing.remember(sharing, work) }

    /// A linear layer by its place among the children, and whether max(0, y) follows.
    struct Part {
        let module: Module, index: Int
        var relu = false
    }

    /// The layers, first to last; nil unless each takes what the one before gives.
    private static func parts(of module: Module) -> [Part]? {
        guard module.kind.name == "sequential", module.quantization == nil else { return nil }
        var parts: [Part] = []
        for (index, child) in module.children.map(\.module).enumerated() {
            switch child.kind.name {
            case "flatten" where parts.isEmpty && child.quantization == nil: continue
            case "linear" where isPlain(child): parts.append(Part(module: child, index: index))
            case "relu" where !parts.isEmpty && !parts[parts.count - 1].relu && child.quantization == nil:
                parts[parts.count - 1].relu = true
            default: return nil
            }
        }
        let sizes = parts.map { $0.module[parameter: "weight"]!.shape }
        let isChain = zip(sizes, sizes.dropFirst()).allSatisfy { $0[0] == $1[1] }
        let isDistinct = Set(parts.map { ObjectIdentifier($0.module) }).count == parts.count
        return isChain && isDistinct ? parts : nil
    }

    /// Whether all parameters are leaves of float32 that are being learned.
    private static func isPlain(_ layer: Module) -> Bool {
        layer.quantization?.entry == nil
            && layer.parameters.allSatisfy {
                $0.tensor.dtype == .float32 && $0.tensor.isContiguous && $0.tensor.node?.primitive == nil
                    && $0.tensor.requiresGrad
            }
    }

    /// The mean loss and the number of correct predictions before the step, and the gradients of all parameters in the
    /// model's order, which are valid until the next call. Nil for a batch that was not planned for.
    /// - Throws: what the recorded way throws.
    func gradients(_ x: Tensor, _ labels: Tensor, _ pass: Pass) throws -> (
        loss: Double, correct: Int, gradients: [Tensor?]
    )? {
        guard x.dtype == .float32, x.rank >= 2, x.shape[0] == rows, x.count == rows * layers[0].inputs else {
            return nil
        }
        return try Context.withoutGradients {
            var y = x.rank == 2 ? x : try x.withShape([rows, layers[0].inputs])
            for layer in layers { y = try layer.forward(y, pass) }
            let known = try Labels(labels, for: y.type, "cross_entropy")
            let mean = try Operations.run("cross_entropy", elements: 2 * y.count) {
                _ = try loss.forward(y, known, into: (probabilities, losses))
                return try loss.reduced(losses).array(Float.self)[0]
            }
            try propagate(known)
            return (Double(mean), try y.countCorrect(labels), try layers.flatMap { try $0.finished() })
        }
    }

    private func propagate(_ labels: Labels) throws {
        try Operations.run("cross_entropy backward", elements: 2 * probabilities.count) {
            _ = try loss.vjp(one, probabilities, labels.tensor, into: logitsGradient)
        }
        var g: Tensor? = logitsGradient
        for layer in layers.reversed() {
            guard let gradient = g else { return }
            g = try layer.backward(gradient)
        }
    }
}

extension DensePlan {
    /// One linear layer with the places for its results.
    fileprivate final class Layer {
        let inputs: Int
        private let part: Part
        private let weight: Learned, bias: Learned?
        private let output: Tensor
        /// The gradient of the input; the first layer's is not wanted.
        private let inputGradient: Tensor?
        /// The input before and after its quantizer, of the step at work.
        private var entered: Tensor?, taken: Tensor?
        private var effectiveWeight: Tensor?
        private var pass = Pass()
        /// Whether a gradient came this far: a quantizer behind this layer may let none through.
        private var isReached = false

        init(_ part: Part, isFirst: Bool, rows: Int) throws {
            let quantization = part.module.quantization
            self.part = part
            weight = try Learned(part.module, "weight", quantization?.weight)!
            bias = try Learned(part.module, "bias", quantization?.bias)
            inputs = weight.tensor.shape[1]
            output = try Tensor(empty: [rows, weight.tensor.shape[0]])
            inputGradient = isFirst ? nil : try Tensor(empty: [rows, inputs])
        }

        func forward(_ x: Tensor, _ pass: Pass) throws -> Tensor {
            try Interrupt.check()
            let pass = pass.child(part.index)
            let input = try part.module.effectiveInput(x, pass)
            let weight = try weight.effective(pass), bias = try bias?.effective(pass)
            (entered, taken, effectiveWeight, isReached) = (x, input, weight, false)
            self.pass = pass
            return try Operations.run("linear", elements: input.count + weight.count + output.count) {
                try input.linearForward(weight, bias, relu: part.relu, isLearned: true, into: output)
            }
        }

        /// The gradient of the input from that of the result, which is overwritten; nil when none is wanted.
        func backward(_ gradient: Tensor) throws -> Tensor? {
            try Interrupt.check()
            defer { (entered, taken, effectiveWeight, isReached) = (nil, nil, nil, true) }
            let x = taken!, weight = effectiveWeight!
            let result = try Operations.run(
                "linear backward", elements: gradient.count + x.count + weight.count + (bias?.tensor.count ?? 0)
            ) {
                let g = part.relu ? try gradient.passed(where: output, overwriting: true) : gradient
                let result = try inputGradient.map { try g.productSkippingZeros(weight, into: $0, op: "linear") }
                _ = try g.weightGradient(x, into: self.weight.gradient, op: "linear")
                if let bias { _ = try g.columnSums(into: bias.gradient) }
                return result
            }
            guard let result, let quantizer = part.module.quantization?.input else { return result }
            return try throughInput(quantizer, result)
        }

        private func throughInput(_ quantizer: Quantizer, _ gradient: Tensor) throws -> Tensor? {
            try Operations.run("quantize backward", elements: 2 * gradient.count) {
                let key = quantizer.draw(pass, "input") ?? pass.key
                return try part.module.inputFit(quantizer).gradient(gradient, at: entered!, key: key)
            }
        }

        /// The gradients of the weight and of the bias, when there is one.
        func finished() throws -> [Tensor?] {
            guard isReached else { return bias == nil ? [nil] : [nil, nil] }
            return try bias.map { [try weight.finished(), try $0.finished()] } ?? [try weight.finished()]
        }
    }

    /// A parameter with its quantizer and the place for its gradient.
    fileprivate final class Learned {
        let tensor: Tensor
        let gradient: Tensor
        private let name: String
        private let quantizer: Quantizer?
        private let quantized: Tensor?
        /// What the quantizer took from the parameter in this step, when its gradient asks for it.
        private var fit: (FittedQuantizer, Key)?

        init?(_ module: Module, _ name: String, _ quantizer: Quantizer?) throws {
            guard let tensor = module[parameter: name] else { return nil }
            (self.tensor, self.name, self.quantizer) = (tensor, name, quantizer)
            gradient = try Tensor(empty: tensor.shape)
            quantized = quantizer == nil ? nil : try Tensor(empty: tensor.shape)
        }

        /// What the layer computes with.
        func effective(_ pass: Pass) throws -> Tensor {
            guard let quantizer else { return tensor }
            let fitted = try quantizer.fitted(to: tensor), key = quantizer.draw(pass, name) ?? Key(seed: quantizer.seed)
            if !quantizer.coversWhatItIsFittedTo { fit = (fitted, key) }
            return try Operations.run("quantize", elements: 2 * tensor.count) {
                try fitted.quantized(tensor, key: key, into: quantized)
            }
        }

        /// The gradient of the parameter itself; nil when the quantizer lets none through.
        func finished() throws -> Tensor? {
            guard let (fitted, key) = fit else { return gradient }
            return try Operations.run("quantize backward", elements: 2 * tensor.count) {
                try fitted.gradient(gradient, at: tensor, key: key)
            }
        }
    }
}
