// What a model file keeps of quantization: the recipes of the quantizers by layer. Ranges are buffers and kept as such.

extension Module {
    /// The quantizers by layer path; nil in float.
    /// - Throws: `KernelError.state` for quantizers that no recipe made.
    func savedQuantization() throws -> Value? {
        var layers: [(name: String, value: Value)] = []
        for (path, module) in modules {
            guard let settings = module.quantization else { continue }
            let quantizers = settings.named.compactMap { name, quantizer in quantizer.map { (name, $0) } }
            guard quantizers.allSatisfy({ $0.1.record.name.hasPrefix("quant.") }) else {
                throw KernelError.state(op: "save", reason: "layer \(path) has a quantizer that no recipe made")
            }
            if !quantizers.isEmpty {
                layers.append((path, .table(.init(named: quantizers.map { ($0.0, .object($0.1)) }))))
            }
        }
        return layers.isEmpty ? nil : .table(.init(named: layers))
    }

    /// Puts quantizers back where they were; ranges come with the buffers.
    /// - Throws: `KernelError.state` for layers that are not there.
    func restoreQuantization(_ saved: Value) throws {
        guard case .table(let layers) = saved else {
            throw KernelError.state(op: "load", reason: "the file's quantization is damaged")
        }
        let known = modules
        for (path, value) in layers.named {
            guard let module = known.first(where: { $0.path == path })?.module, case .table(let fields) = value else {
                throw KernelError.state(op: "load", reason: "the file quantizes a layer '\(path)' that is not there")
            }
            func quantizer(_ name: String) throws -> Quantizer? { try fields[name].flatMap { try Quantizer($0) } }
            module.quantization = LayerQuantization(
                weight: try quantizer("weight"), bias: try quantizer("bias"), input: try quantizer("input"),
                entry: try quantizer("entry"))
            if let input = module.quantization?.input, !input.isFixed { try module.setInputRange(nil) }
        }
    }
}

extension LayerQuantization {
    fileprivate var named: [(String, Quantizer?)] {
        [("weight", weight), ("bias", bias), ("input", input), ("entry", entry)]
    }
}
