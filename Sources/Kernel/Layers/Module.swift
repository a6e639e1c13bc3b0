/// A layer or a network: parameters, buffers and children under a kind that says how to compute with them.
///
/// One class serves all; what differs between kinds is the value `kind`. Class labels are 0 ..< outputs.
public final class Module: @unchecked Sendable, ObjectParameter, Recorded {
    public static var typeName: String { "Module" }

    public let kind: LayerKind
    /// The recipe and its parameters: enough to build the same structure again.
    public var record: Record
    /// Trained tensors of this module alone, leaves of the graph: `weight`, `bias`.
    public private(set) var parameters: [(name: String, tensor: Tensor)]
    /// Tensors that belong to the state and are not trained: running statistics.
    public internal(set) var buffers: [(name: String, tensor: Tensor)]
    public let children: [(name: String, module: Module)]
    /// How weights and inputs are quantized; nil computes in float. Set by `quantize`.
    public var quantization: LayerQuantization?

    public init(
        _ kind: LayerKind, parameters: [(name: String, tensor: Tensor)] = [],
        buffers: [(name: String, tensor: Tensor)] = [], children: [(name: String, module: Module)] = []
    ) throws {
        (self.kind, self.parameters, self.buffers, self.children) = (kind, parameters, buffers, children)
        record = Record("nn.\(kind.name)")
        for parameter in parameters { try parameter.tensor.requireGrad() }
    }

    public subscript(parameter name: String) -> Tensor? { parameters.first { $0.name == name }?.tensor }
    public subscript(buffer name: String) -> Tensor? { buffers.first { $0.name == name }?.tensor }

    /// The result for a batch (first axis N).
    /// - Throws: `KernelError.shape` when the batch does not fit.
    public func forward(_ x: Tensor, _ pass: Pass) throws -> Tensor {
        let y = try compute(x, pass, kind.forward)
        try pass.trace?(self, y)
        return y
    }

    /// This layer and a `next` one in one pass, when one of them is a plain relu and the other has such a pass; otherwise
    /// nil.
    func forward(_ x: Tensor, fusedWith next: Module, _ pass: Pass) throws -> Tensor? {
        guard pass.trace == nil, pass.observe == nil, let (layer, fused) = fusion(with: next) else { return nil }
        return try layer.compute(x, pass, fused)
    }
    /// The one of this layer and the next whose pass does the work of both, and that pass.
    private func fusion(with next: Module) -> (layer: Module, pass: LayerKind.Forward)? {
        if let fused = kind.withRelu, next.isPlainRelu { return (self, fused) }
        if next.takesRelu(from: self), let fused = next.kind.afterRelu { return (next, fused) }
        return nil
    }
    /// Whether a relu before this layer is done in this layer's pass rather than in that of the layer before it: behind a
    /// pooling there is less left to do.
    private func takesRelu(from before: Module) -> Bool {
        kind.afterRelu != nil && quantization == nil && before.isPlainRelu
    }
    private var isPlainRelu: Bool { kind.name == "relu" && quantization == nil }

    /// Whether of layers in a row the one at `index` and the next one run in one pass when nobody looks in between.
    static func isPair(_ layers: [Module], at index: Int) -> Bool {
        guard index + 1 < layers.count else { return false }
        let next = layers[index + 1], isTaken = index + 2 < layers.count && layers[index + 2].takesRelu(from: next)
        return !isTaken && layers[index].fusion(with: next) != nil
    }

    private func compute(_ x: Tensor, _ pass: Pass, _ forward: LayerKind.Forward) throws -> Tensor {
        guard quantization != nil else { return try forward(self, x, pass) }
        let x = try entering(x, pass)
        // Layers with a weight ask for their input themselves.
        return try forward(self, kind.hasWeight ? x : effectiveInput(x, pass), pass)
    }

    /// A deep copy: own parameters and buffers, the same structure and quantization.
    public func copied() throws -> Module {
        let copy = try Module(
            kind, parameters: parameters.map { ($0.name, try $0.tensor.copied()) },
            buffers: buffers.map { ($0.name, try $0.tensor.copied()) },
            children: children.map { ($0.name, try $0.module.copied()) })
        copy.record = record
        copy.quantization = quantization
        return copy
    }
}

/// How a forward pass is to be run.
public struct Pass: Sendable {
    /// Batch statistics, dropout and running averages as in training.
    public var training = false
    /// Whether gradients with respect to the parameters are wanted. Off for evaluation and attacks: parameters are
    /// constants, so quantized and packed forms can be kept from call to call.
    public var learning = false
    /// Random numbers for dropout and stochastic rounding.
    public var key = Key(seed: 0)
    /// Sees the input of every layer with a weight: calibration.
    public var observe: (@Sendable (Module, Tensor) throws -> Void)?
    /// Sees the result of every module: summaries and diagnostics.
    public var trace: (@Sendable (Module, Tensor) throws -> Void)?

    public static let evaluation = Pass()
    public static func training(_ key: Key) -> Pass { Pass(training: true, learning: true, key: key) }
    public init(training: Bool = false, learning: Bool = false, key: Key = Key(seed: 0)) {
        (self.training, self.learning, self.key) = (training, learning, key)
    }
    /// The pass as the child number `index` sees it: its own random stream.
    func child(_ index: Int) -> Pass {
        guard training else { return self }
        var pass = self
        pass.key = key.fold(index)
        return pass
    }
}

/// What a module of some kind does.
public struct LayerKind: Sendable {
    /// The recipe's name: `conv2d`.
    public let name: String
    /// The role in an integer model and in weight quantization: which layers have a weight to quantize.
    public let hasWeight: Bool
    public typealias Forward = @Sendable (_ module: Module, _ x: Tensor, _ pass: Pass) throws -> Tensor
    public let forward: Forward
    /// The same followed by max(0, y) in one pass; nil when there is no such pass.
    public let withRelu: Forward?
    /// The same of max(0, x) in one pass; nil when there is no such pass.
    public let afterRelu: Forward?

    public init(
        _ name: String, hasWeight: Bool = false, withRelu: Forward? = nil, afterRelu: Forward? = nil,
        forward: @escaping Forward
    ) {
        (self.name, self.hasWeight, self.forward) = (name, hasWeight, forward)
        (self.withRelu, self.afterRelu) = (withRelu, afterRelu)
    }
}

// MARK: - Walking the tree

extension Module {
    /// This module and everything below it, with dotted paths (`1.weight` belongs to path `1`); the root's path is "".
    public var modules: [(path: String, module: Module)] {
        [("", self)]
            + children.flatMap { name, child in
                child.modules.map { (path: $0.path.isEmpty ? name : "\(name).\($0.path)", module: $0.module) }
            }
    }
    /// All trained tensors with their paths.
    public var namedParameters: [(name: String, tensor: Tensor)] {
        modules.flatMap { path, module in
            module.parameters.map { (path.isEmpty ? $0.name : "\(path).\($0.name)", $0.tensor) }
        }
    }
    public var namedBuffers: [(name: String, tensor: Tensor)] {
        modules.flatMap { path, module in
            module.buffers.map { (path.isEmpty ? $0.name : "\(path).\($0.name)", $0.tensor) }
        }
    }
    /// Everything that training changes: parameters and buffers.
    public var state: [(name: String, tensor: Tensor)] { namedParameters + namedBuffers }
    public var parameterCount: Int { namedParameters.reduce(0) { $0 + $1.tensor.count } }

    /// Overwrites parameters and buffers by name, in place.
    /// - Throws: `KernelError` when a name is missing or a shape differs.
    public func load(_ values: [(name: String, tensor: Tensor)]) throws {
        for (name, tensor) in state {
            guard let value = values.first(where: { $0.name == name })?.tensor else {
                throw KernelError.state(op: "load", reason: "no tensor named '\(name)'")
            }
            guard value.shape == tensor.shape else {
                throw KernelError.shape(
                    op: "load", shapes: [tensor.shape, value.shape], reason: "'\(name)' does not fit")
            }
            try tensor.fill(from: value.converted(to: tensor.dtype))
        }
    }
}
