import Kernel

extension LuaClass {
    static func addAutograd(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("gradients")
        c.method(
            "requires_grad", "Marks this tensor to receive a gradient in `grad`, and returns it.",
            example: "w = tensor.randn(3, 2):requires_grad()"
        ) { try $0.requireGrad() }
        c.method(
            "backward", "Adds the gradient of this tensor to `grad` of every leaf that it depends on.",
            example: "tensor.randn(3):requires_grad():square():sum():backward()",
            Parameter<Tensor?>("gradient", nil, "weights of the elements; a scalar needs none"),
            Parameter("retain", false, "keep the graph for another backward pass")
        ) { y, gradient, retain in
            if let gradient, gradient.type != y.type {
                throw KernelError.shape(
                    op: "backward", shapes: [y.shape, gradient.shape], reason: "weights like the tensor expected")
            }
            try Autograd.backward(y, seed: gradient, retain: retain)
        }
        c.method("zero_grad", "Forgets the gradient.") { $0.grad = nil }
    }

    /// What `grad(f)` gives.
    static let gradientFunction = LuaClass(GradientFunction.self, "A function that gives the gradients of another.") {
        c in
        c.example = "f = grad(function(x) return (x * x):sum() end)"
        c.operators.append(
            .operation(GradientFunction.typeName, .call, "The gradients at the given arguments.") { arguments in
                .several(
                    try (receiver(arguments, "grad") as GradientFunction).gradients(at: Array(arguments.dropFirst())))
            })
    }
}

/// The gradients of a function written in Lua with respect to its tensor arguments.
final class GradientFunction: TypeNamed, HoldsCallbacks, Sendable {
    static let typeName = "GradientFunction"
    private let f: any Callback
    init(_ f: any Callback) { self.f = f }
    var callbacks: [any Callback] { [f] }

    /// One gradient per floating-point tensor among the arguments, zero where the result does not depend on it.
    func gradients(at arguments: [Value]) throws -> [Value] {
        var leaves: [Tensor] = []
        let inputs = try arguments.map { argument -> Value in
            guard case .object(let object) = argument, let tensor = object as? Tensor, tensor.dtype.isFloat else {
                return argument
            }
            let leaf = try tensor.detached().requireGrad()
            leaves.append(leaf)
            return .object(leaf)
        }
        guard !leaves.isEmpty else { throw CallError("grad: at least one tensor of floats expected as argument") }
        let y = try Context.withGradients { try resultTensor(f.call(inputs), "grad") }
        guard y.requiresGrad else { return try leaves.map { .object(try $0.zerosLike()) } }
        return try zip(leaves, Autograd.gradients(of: y, wrt: leaves)).map { leaf, gradient in
            .object(try gradient ?? leaf.zerosLike())
        }
    }
}

/// The tensor that a function of the user's gave.
private func resultTensor(_ results: [Value], _ function: String) throws -> Tensor {
    if case .object(let object)? = results.first, let tensor = object as? Tensor { return tensor }
    throw CallError(
        "\(function): the function must return a Tensor, it returned \(results.first?.errorText ?? "nothing")")
}

extension LuaModule {
    /// Global functions around gradients.
    static func addGradients(_ m: inout LuaModuleBuilder) {
        m.function(
            "grad", "The function that gives the gradients of f with respect to its tensor arguments.",
            example: "grad(function(x) return (x * x):sum() end)(tensor.ones(3))",
            Parameter<Function>("f", "returns a scalar tensor")
        ) { GradientFunction($0.callback) }
        m.function(
            "no_grad", "Calls a function without recording gradients, and returns its results.",
            example: "no_grad(function() return net(d.images) end)",
            Parameter<Function>("f", "the function")
        ) { f in Several(try Context.withoutGradients { try f.callback.call([]) }) }
        m.function(
            "check_gradient",
            "The largest difference between the gradients of f and central differences in float64, relative to max(1, |difference|).",
            example: "check_gradient(function(x) return x:tanh() end, tensor.randn(3))",
            Parameter<Function>("f", "returns a tensor"),
            Parameter<AnyValue>("inputs", "a tensor or a list of tensors, which become float64"),
            Parameter("step", 1e-5, "how far each element is moved", .positive)
        ) { f, inputs, step in
            let values = inputs.value.elements ?? [inputs.value]
            let tensors = try values.map { try resultTensor([$0], "check_gradient").detached().to(.float64) }
            return try GradientCheck.error(
                of: { try resultTensor(f.callback.call($0.map { .object($0) }), "check_gradient").to(.float64) },
                at: tensors,
                step: step)
        }
    }
}
