/// Models as safetensors files: the tensors by name, the structure and what made it in the metadata.
public enum ModelFile {
    static let format = "assay-model"

    /// Writes parameters, buffers and structure, atomically: a reader sees the old file or the new one.
    /// - Throws: `KernelError.file` when the file cannot be written, `KernelError.state` for layers made of functions.
    public static func save(_ module: Module, _ path: String, notes: [(String, String)] = []) throws {
        let structure = try module.record.json("save")
        let quantization =
            try module.savedQuantization().map { [("assay.quantization", "\(try $0.json("save"))")] } ?? []
        let metadata = [("format", format), ("assay.structure", "\(structure)")] + quantization + notes
        try SafeTensors.write(path, tensors: module.state.map { ($0.name, $0.tensor.detached()) }, metadata: metadata)
    }

    /// Builds the structure and fills in the tensors.
    public static func load(_ path: String) throws -> Module {
        let file = try SafeTensors.read(path)
        guard let text = file.metadata.first(where: { $0.0 == "assay.structure" })?.1 else {
            throw KernelError.file(
                path: path, reason: "no model structure in the metadata; read its tensors with data.read")
        }
        func parsed(_ text: String) throws -> JSON {
            do { return try JSON(parsing: text) } catch {
                throw KernelError.file(path: path, reason: "the model structure is damaged: \(error)")
            }
        }
        let structure = try parsed(text)
        guard case .object(let object) = try Value(structure, Rebuilding()), let module = object as? Module else {
            throw KernelError.file(path: path, reason: "the file does not describe a model")
        }
        if let text = file.metadata.first(where: { $0.0 == "assay.quantization" })?.1 {
            try module.restoreQuantization(Value(parsed(text), Rebuilding()))
        }
        try module.load(file.tensors.map { (name: $0.0, tensor: $0.1) })
        return module
    }
}
