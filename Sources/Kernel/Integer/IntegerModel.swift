/// A quantized model that computes with integers: codes in, int32 sums, requantised codes out.
///
/// Arithmetic is that of ONNX QLinearConv and QLinearMatMul, exactly: the first activation quantizer turns the input
/// into codes, sums of (x - zx)(w - zw) plus an int32 bias are int32, a code is clamp(rint(Float(sum) * m) + zy) with
/// m = sx sw / sy in float32, ties to even, and the last sums become float logits as Float(sum) * sx sw. Relu, max
/// pooling and flattening work on codes. An average pool sums codes and requantises with m = sx / (n sy).
public final class IntegerModel: @unchecked Sendable, ObjectParameter, CustomStringConvertible {
    public static var typeName: String { "IntegerModel" }

    /// The specification that "exact" refers to.
    public enum Spec: String, Choice {
        /// float32 multipliers, half to even.
        case onnx
    }
    public let spec: Spec
    public let layers: [IntegerLayer]
    /// The fake-quantized model that this one was made from.
    public let source: Module
    /// The differentiable twin: the same codes computed in float32, with straight-through gradients.
    public let twin: Module

    /// - Throws: `KernelError.state` for layers that have no integer form, or whose activations are not quantized.
    public init(_ module: Module, spec: Spec = .onnx) throws {
        self.spec = spec
        source = try module.copied()
        layers = try IntegerPlan(source).layers
        let list = layers
        twin = try Module(LayerKind("integer_twin") { _, x, _ in try IntegerTwin.run(list, x) })
        twin.record = Record("integer_twin", [("spec", .text(spec.rawValue)), ("model", .object(source))])
    }

    /// Whether float32 can hold every sum that can occur, so that the twin's codes equal these for every input. If not,
    /// they still do for every input whose partial sums stay below 2^24.
    public var twinIsExact: Bool {
        layers.allSatisfy { layer in
            switch layer.step {
            case .linear(let weight, _, _), .convolve(let weight, _, _, _, _): weight.bound < 1 << 24
            default: true
            }
        }
    }

    public var description: String {
        "IntegerModel (\(spec.rawValue))\n"
            + layers.map { "  \($0.path): \($0.text)" }.joined(separator: "\n")
    }
}

// MARK: - From a quantized module to integer layers

/// Turns the leaves of a quantized module into steps on codes.
struct IntegerPlan {
    private(set) var layers: [IntegerLayer] = []
    private let leaves: [(path: String, module: Module)]

    init(_ root: Module) throws {
        leaves = try Self.leaves(root, path: "")
        // Where the values are: nil in float, otherwise in codes.
        var grid: CodeGrid?
        for index in leaves.indices { grid = try add(index, grid) }
        let isInteger = layers.contains { if case .quantize = $0.step { true } else { false } }
        guard isInteger else {
            throw KernelError.state(
                op: "integer",
                reason: "no layer has quantized weights and activations; quantize with weights = quant.int8{}, "
                    + "activations = quant.uint8{}, calibrate = data")
        }
    }

    /// The layers in order; only sequences have an order.
    private static func leaves(_ module: Module, path: String) throws -> [(path: String, module: Module)] {
        var found: [(path: String, module: Module)] = []
        if module.quantization?.entry != nil { found.append((path, try Module.entryLayer(module))) }
        if module.kind.name == "sequential" {
            for (name, child) in module.children {
                found += try leaves(child, path: path.isEmpty ? name : "\(path).\(name)")
            }
            return found
        }
        guard module.children.isEmpty else {
            throw KernelError.state(
                op: "integer",
                reason: "layer \(path) '\(module.kind.name)' has no integer form; sequences of layers have")
        }
        return found + [(path, module)]
    }

    /// Adds the steps of one leaf and says where the values are after it.
    private mutating func add(_ index: Int, _ grid: CodeGrid?) throws -> CodeGrid? {
        let (path, module) = leaves[index]
        switch module.kind.name {
        case "identity", "dropout": return grid
        case "flatten": append(path, .flatten)
        case "relu" where grid != nil: append(path, .relu(grid!))
        case "max_pool" where grid != nil: append(path, .maxPool(try module.poolWindow("max_pool")))
        case "batch_norm":
            throw KernelError.state(
                op: "integer", reason: "layer \(path) 'batch_norm' is not folded; quantize with fold = true")
        default:
            guard let input = module.quantization?.input else {
                if module.kind.hasWeight, module.quantization?.weight != nil {
                    throw KernelError.state(
                        op: "integer",
                        reason: "layer \(path) '\(module.kind.name)' has float activations; quantize with "
                            + "activations = quant.uint8{}, calibrate = data")
                }
                append(path, .float(module))
                return nil
            }
            return try addInteger(index, module, input, grid)
        }
        return grid
    }

    /// Adds a layer that computes new values from codes.
    private mutating func addInteger(_ index: Int, _ module: Module, _ input: Quantizer, _ before: CodeGrid?) throws
        -> CodeGrid?
    {
        let path = leaves[index].path
        let grid = try Self.grid(module, input, path)
        // The layer before requantised to this grid already, unless the values were in float.
        if before == nil { append(path, .quantize(try module.inputFit(input), grid)) }
        let next = try nextGrid(after: index)
        switch module.kind.name {
        case "avg_pool":
            let window = try module.poolWindow("avg_pool")
            let isWhole = window.padding == [0, 0] || module.record["count_include_pad"].flatMap { Bool($0) } != false
            guard isWhole else {
                throw KernelError.state(
                    op: "integer", reason: "layer \(path) 'avg_pool' has a border that does not count; no integer form")
            }
            let output = output([grid.scale / Float(window.kernel[0] * window.kernel[1])], next)
            append(path, .sum(window, grid, output))
        case "global_avg_pool":
            // The image's size is known when it comes: the step divides by it.
            append(path, .sum(nil, grid, output([grid.scale], next)))
        default:
            let weight = try module.integerWeight(grid, path)
            let output = output(weight.scales.map { grid.scale * $0 }, next)
            if module.kind.name == "conv2d" {
                let (window, groups) = try module.convolutionWindow()
                append(path, .convolve(weight, window, groups: groups, grid, output))
            } else {
                append(path, .linear(weight, grid, output))
            }
        }
        return next
    }

    private mutating func append(_ path: String, _ step: IntegerLayer.Step) {
        layers.append(IntegerLayer(path: path, step: step))
    }

    private func output(_ scales: [Float], _ next: CodeGrid?) -> IntegerOutput {
        next.map { next in .codes(scales.map { $0 / next.scale }, next) } ?? .values(scales)
    }

    /// The grid that the next computing layer takes its input in, when only relu, pools and the like lie between.
    private func nextGrid(after index: Int) throws -> CodeGrid? {
        for (path, module) in leaves[(index + 1)...] {
            if ["identity", "dropout", "flatten", "relu", "max_pool"].contains(module.kind.name) { continue }
            guard let input = module.quantization?.input else { return nil }
            return try Self.grid(module, input, path)
        }
        return nil
    }

    /// The codes of an activation quantizer.
    /// - Throws: `KernelError.state` for quantizers that the specification cannot express.
    private static func grid(_ module: Module, _ quantizer: Quantizer, _ path: String) throws -> CodeGrid {
        let step = try module.inputFit(quantizer).steps[0]
        let codes = quantizer.grid.codes
        guard case .integers = quantizer.grid, quantizer.bits <= 8, quantizer.rounding == .halfEven,
            quantizer.division == .divide, quantizer.transform == .none, step.zero == step.zero.rounded(),
            quantizer.zeroPoint == .outside
        else {
            throw KernelError.state(
                op: "integer",
                reason:
                    "the activations of layer \(path) are not what spec \"onnx\" computes (codes of at most 8 bits with "
                    + "a whole zero point, half_even of x/scale): \(quantizer)")
        }
        return CodeGrid(
            scale: Float(step.scale), zero: Int(step.zero), low: codes.lowerBound, high: codes.upperBound)
    }
}

extension Module {
    /// A layer that does what the entry quantizer of a module does.
    static func entryLayer(_ module: Module) throws -> Module {
        let layer = try Recipe<Module>.identity.build()
        let entry = try Module(LayerKind("bit_depth") { _, x, _ in try layer.entering(x, .evaluation) })
        layer.quantization = LayerQuantization(entry: module.quantization?.entry)
        return entry
    }

    func poolWindow(_ op: String) throws -> Window {
        let kernel = try record["kernel"].flatMap { try Pair($0) } ?? Pair(2)
        let stride = try record["stride"].flatMap { try Pair($0) } ?? kernel
        let padding = try record["padding"].flatMap { try Pair($0) } ?? Pair(0)
        return try Window(kernel: kernel.list, stride: stride.list, padding: padding.list, op: op)
    }

    func convolutionWindow() throws -> (Window, groups: Int) {
        let shape = self[parameter: "weight"]!.shape
        func pair(_ name: String, _ fallback: Int) throws -> [Int] {
            try (record[name].flatMap { try Pair($0) } ?? Pair(fallback)).list
        }
        let window = try Window(
            kernel: [shape[2], shape[3]], stride: pair("stride", 1), padding: pair("padding", 0),
            dilation: pair("dilation", 1), op: "conv2d")
        return (window, record["groups"].flatMap { Int($0) } ?? 1)
    }

    /// The weight as whole numbers and the bias at the scale of the sums.
    func integerWeight(_ grid: CodeGrid, _ path: String) throws -> IntegerWeight {
        guard let quantizer = quantization?.weight else {
            throw KernelError.state(
                op: "integer",
                reason: "layer \(path) '\(kind.name)' has float weights; quantize with weights = quant.int8{}")
        }
        let weight = self[parameter: "weight"]!.detached()
        let fitted = try quantizer.fitted(to: weight)
        // Grids without a zero level have half-integer levels: twice the level, half the scale.
        let factor =
            fitted.steps.allSatisfy { $0.zero == $0.zero.rounded() } || quantizer.grid.hasThresholds ? 1.0 : 2.0
        let isFraction = fitted.steps.contains { (factor * $0.zero).rounded() != factor * $0.zero }
        guard quantizer.grid.hasThresholds || !isFraction else {
            throw KernelError.state(
                op: "integer", reason: "the weights of layer \(path) have a fractional zero point: \(quantizer)")
        }
        let outputs = weight.shape[0], size = weight.shape.dropFirst().reduce(1, *)
        let codes = try fitted.codes(weight, key: Key(seed: quantizer.seed)).array(Int32.self)
        let zeros = (0..<outputs).map { quantizer.grid.hasThresholds ? 0 : fitted.step($0).zero }
        let levels = codes.indices.map { factor * (Double(codes[$0]) - zeros[$0 / max(size, 1)]) }
        let scales = (0..<outputs).map { Float(fitted.step($0).scale / factor) }
        let bias = try integerBias(scales.map { grid.scale * $0 }, path)
        let most = Double(max(grid.high - grid.zero, grid.zero - grid.low))
        var bound = 0.0
        for output in 0..<outputs {
            var sum = abs(Double(bias[output]))
            for level in levels[output * size..<(output + 1) * size] { sum += abs(level) * most }
            bound = max(bound, sum)
        }
        guard bound < 0x1p31, levels.allSatisfy({ abs($0) <= 32767 }) else {
            throw KernelError.state(
                op: "integer",
                reason: "the sums of layer \(path) can exceed 32 bits; quantize its weights with fewer bits")
        }
        return try IntegerWeight(
            codes: levels.map { Int16($0) }, shape: weight.shape, scales: scales, bias: bias, bound: Int(bound))
    }

    private func integerBias(_ scales: [Float], _ path: String) throws -> [Int32] {
        guard let bias = self[parameter: "bias"] else { return [Int32](repeating: 0, count: scales.count) }
        return try zip(bias.detached().array(Float.self), scales).map { value, scale in
            let code = (value / scale).rounded(.toNearestOrEven)
            guard abs(code) < 0x1p30 else {
                throw KernelError.state(op: "integer", reason: "the bias of layer \(path) does not fit 32 bits")
            }
            return Int32(code)
        }
    }
}

extension FittedQuantizer {
    /// The step of a channel.
    func step(_ channel: Int) -> Step { steps.count == 1 ? steps[0] : steps[channel] }
}
