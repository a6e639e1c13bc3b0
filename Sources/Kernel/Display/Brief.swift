/// A value whose own text takes several lines and that has a shorter one for lists of values.
public protocol Brief {
    /// One line: what it is and its sizes.
    var brief: String { get }
}

extension Tensor: Brief {
    public var brief: String { rank == 0 ? description : header }
}

extension Module: Brief {
    /// `sequential of 5 layers, 79,510 parameters, quantized`.
    public var brief: String {
        let layers = modules.count { $0.module.children.isEmpty }
        let isQuantized = modules.contains { $0.module.quantization != nil }
        return (children.isEmpty ? record.shortText : "\(kind.name) of \(layers) layers")
            + ", \(grouped(parameterCount)) parameters" + (isQuantized ? ", quantized" : "")
    }
}

extension IntegerModel: Brief {
    public var brief: String { "IntegerModel (\(spec.rawValue)) of \(layers.count) steps" }
}

extension AttackResult: Brief {
    /// `attack.pgd on 1000 examples: accuracy 0.8810 -> 0.0440`.
    public var brief: String {
        "\(attack.name) on \(outcomes.count) examples: accuracy \(fixedText(cleanAccuracy.value, 4)) -> "
            + fixedText(robustAccuracy.value, 4)
    }
}

extension Sweep: Brief {
    public var brief: String {
        "sweep of \(curves.count) model\(curves.count == 1 ? "" : "s") over \(eps.count) strengths, \(examples) examples"
    }
}

extension History: Brief {
    public var brief: String {
        guard let last = epochs.last else { return "history of no epochs" }
        let accuracy =
            last.holdoutAccuracy.map { "holdout accuracy \(percent($0))" } ?? "accuracy \(percent(last.accuracy))"
        return "history of \(epochs.count) epochs, loss \(fixed(last.loss, 4)), \(accuracy)"
    }
}

extension Table: Brief {
    public var brief: String { "table of \(rows.count) rows: \(columns.joined(separator: ", "))" }
}
