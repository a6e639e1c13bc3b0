/// How far two computations of a quantized model are apart.
public struct IntegerComparison: ObjectParameter, CustomStringConvertible {
    public static var typeName: String { "IntegerComparison" }

    /// For the input of one quantized layer: the share of codes that differ, and by how many steps at most.
    public struct Layer: Sendable {
        public let path: String
        public let differing: Double
        public let largest: Int
    }
    /// Against the fake-quantized model that the integer model was made from.
    public let layers: [Layer]
    public let examples: Int
    /// Examples of which both predict the same class.
    public let agreeing: Int
    /// Codes, over all layers, on which the differentiable twin differs; 0 when it computes the same.
    public let twinDiffering: Int
    /// The largest difference between the logits of integers and of the fake-quantized model.
    public let largestLogit: Double

    /// The share of codes that differ, over all layers.
    public var differing: Double {
        layers.isEmpty ? 0 : layers.reduce(0) { $0 + $1.differing } / Double(layers.count)
    }

    public var description: String {
        "integer and fake-quantized model on \(examples) examples: same class for \(agreeing), logits within "
            + "\(numberText(largestLogit)); the differentiable twin differs in \(twinDiffering) codes\n"
            + layers.map {
                "  into \($0.path): \(numberText(100 * $0.differing)) % of codes differ, by at most \($0.largest)"
            }
            .joined(separator: "\n")
    }
}

extension IntegerModel {
    /// Compares codes layer by layer with the fake-quantized model (whose biases are float and whose sums round) and
    /// with the differentiable twin.
    public func compare(_ x: Tensor) throws -> IntegerComparison {
        guard let count = x.shape.first, count > 0 else {
            throw KernelError.shape(op: "compare", shapes: [x.shape], reason: "a batch [N, ...] expected")
        }
        return try Context.withoutGradients {
            let fake = try fakeCodes(x)
            let mine = try trace(x), logits = mine.last!.detached()
            var compared: [IntegerComparison.Layer] = []
            for (index, layer) in layers.enumerated() {
                guard let input = layer.step.isComputing ? (index == 0 ? x : mine[index - 1]) : nil,
                    let other = fake.first(where: { $0.path == layer.path })
                else { continue }
                compared.append(try Self.difference(layer.path, input, other.codes))
            }
            let expected = try source.logits(x)
            let agreeing = try zip(logits.argmax(1).array(Int64.self), expected.argmax(1).array(Int64.self)).count {
                $0 == $1
            }
            let apart = try zip(logits.array(Double.self), expected.array(Double.self)).reduce(0) {
                max($0, abs($1.0 - $1.1))
            }
            return IntegerComparison(
                layers: compared, examples: count, agreeing: agreeing, twinDiffering: try twinDifferences(x, mine),
                largestLogit: apart)
        }
    }

    /// The codes that the fake-quantized model's layers see.
    private func fakeCodes(_ x: Tensor) throws -> [(path: String, codes: Tensor)] {
        let paths = Dictionary(source.modules.map { (ObjectIdentifier($0.module), $0.path) }) { first, _ in first }
        let seen = Seen()
        var pass = Pass.evaluation
        pass.observe = { module, x in
            guard let input = module.quantization?.input, let path = paths[ObjectIdentifier(module)] else { return }
            seen.codes.append((path, try module.inputFit(input).codes(x, key: Key(seed: 0))))
        }
        _ = try source.forward(x, pass)
        return seen.codes
    }
    private final class Seen: @unchecked Sendable { var codes: [(path: String, codes: Tensor)] = [] }

    private static func difference(_ path: String, _ a: Tensor, _ b: Tensor) throws -> IntegerComparison.Layer {
        let steps = zip(try a.array(Int32.self), try b.array(Int32.self)).map { abs(Int($0) - Int($1)) }
        let differing = steps.count { $0 != 0 }
        return .init(
            path: path, differing: steps.isEmpty ? 0 : Double(differing) / Double(steps.count),
            largest: steps.max() ?? 0)
    }

    /// Codes (and final values) on which the float twin differs from the integers.
    func twinDifferences(_ x: Tensor, _ mine: [Tensor]) throws -> Int {
        var flow = x
        var differing = 0
        for (index, layer) in layers.enumerated() {
            flow = try IntegerTwin.apply(layer.step, flow)
            let grid = grid(after: index)
            let zero = Float(grid?.zero ?? 0)
            let other = try grid.map { try $0.rounded(flow) } ?? flow
            differing += zip(try mine[index].array(Float.self), try other.array(Float.self)).count { $0 - zero != $1 }
        }
        return differing
    }

    /// The grid of the codes after a layer.
    private func grid(after index: Int) -> CodeGrid? {
        for layer in layers[...index].reversed() {
            switch layer.step {
            case .quantize(_, let grid): return grid
            case .linear(_, _, .codes(_, let grid)), .convolve(_, _, _, _, .codes(_, let grid)),
                .sum(_, _, .codes(_, let grid)):
                return grid
            case .linear, .convolve, .sum, .float: return nil
            case .relu, .maxPool, .flatten: continue
            }
        }
        return nil
    }
}

extension IntegerLayer.Step {
    /// Whether the step computes sums from codes.
    var isComputing: Bool {
        switch self {
        case .linear, .convolve, .sum: true
        default: false
        }
    }
}

extension IntegerLayer.Step {
    var isRelu: Bool { if case .relu = self { true } else { false } }
}

// MARK: - Answers

extension IntegerModel {
    /// The class with the largest logit per example: int64 [N], from 0.
    public func predict(_ x: Tensor) throws -> Tensor {
        let logits = try logits(x)
        guard logits.rank == 2 else {
            throw KernelError.shape(op: "predict", shapes: [logits.shape], reason: "logits [N, classes] expected")
        }
        return try logits.argmax(1)
    }

    /// The share of examples whose predicted class is the label; nan for none.
    public func accuracy(_ examples: Examples) throws -> Double {
        var correct = 0
        try Interrupt.check()
        try inPieces(examples.count, of: examplesPerPass) { range in
            let (x, y) = try examples.batch(Array(range))
            correct += zip(try predict(x).array(Int64.self), try y.array(Int64.self)).count { $0 == $1 }
        }
        return Double(correct) / Double(examples.count)
    }
}
