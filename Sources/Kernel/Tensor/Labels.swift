/// Class labels checked against the number of classes, contiguous int64.
struct Labels {
    let tensor: Tensor

    /// - Throws: `KernelError.shape` unless logits are [N, C] with N labels, `.dtype` for labels that are no integers,
    ///   `.value` for labels outside 0 ..< C.
    init(_ labels: Tensor, for logits: TensorType, _ op: String) throws {
        try Labels.check(logits, labels.type, op)
        tensor = try labels.converted(to: .int64).contiguous()
        let classes = logits.shape[1]
        try tensor.read(Int64.self) { labels in
            for label in labels where label < 0 || label >= classes {
                throw KernelError.value(
                    op: op, name: "labels", expected: classes == 0 ? "no labels" : "labels from 0 to \(classes - 1)",
                    got: "\(label)")
            }
        }
    }

    /// The part that shapes and types decide.
    static func check(_ logits: TensorType, _ labels: TensorType, _ op: String) throws {
        guard logits.shape.count == 2, labels.shape == [logits.shape[0]] else {
            throw KernelError.shape(
                op: op, shapes: [logits.shape, labels.shape], reason: "logits [N, C] and labels [N] expected")
        }
        guard logits.dtype.isFloat else {
            throw KernelError.dtype(op: op, got: [logits.dtype], expected: "float32 or float64 logits")
        }
        guard !labels.dtype.isFloat, labels.dtype != .bool else {
            throw KernelError.dtype(op: op, got: [labels.dtype], expected: "integer labels")
        }
    }
}
