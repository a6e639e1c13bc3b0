extension Module {
    /// The structure as a table: layer, output shape for one example, parameters, quantization.
    /// - Parameter input: the shape of one example without the batch axis; without it output shapes are left out.
    public func summary(input: [Int]? = nil) throws -> String {
        let shapes = try input.map(outputShapes) ?? [:]
        var rows = [["layer", "kind", "output", "parameters", "quantization"]]
        for (path, module) in modules where module.children.isEmpty || path.isEmpty {
            guard !(path.isEmpty && !module.children.isEmpty) else { continue }
            rows.append([
                path.isEmpty ? "-" : path, module.record.shortText,
                shapes[ObjectIdentifier(module)].map(shapeText) ?? "",
                "\(module.parameters.reduce(0) { $0 + $1.tensor.count })", module.quantization.map { "\($0)" } ?? "",
            ])
        }
        return columns(rows) + "\n\(grouped(parameterCount)) parameters, \(byteText(parameterCount * 4))"
    }

    /// The output shape of every layer for a batch of one, without the batch axis.
    private func outputShapes(_ input: [Int]) throws -> [ObjectIdentifier: [Int]] {
        let trace = Trace()
        var pass = Pass.evaluation
        pass.trace = { module, y in trace.shapes[ObjectIdentifier(module)] = Array(y.shape.dropFirst()) }
        try Context.withoutGradients { _ = try forward(.zeros([1] + input), pass) }
        return trace.shapes
    }
    private final class Trace: @unchecked Sendable { var shapes: [ObjectIdentifier: [Int]] = [:] }
}

extension Record {
    /// The name without its group, with the parameters that are plain numbers: `conv2d(1, 32, 3)`.
    var shortText: String {
        let kind = name.split(separator: ".").last.map(String.init) ?? name
        let numbers = parameters.prefix(3).compactMap { parameter -> String? in
            if case .int(let int) = parameter.value {
                "\(int)"
            } else if case .number(let n) = parameter.value {
                numberText(n)
            } else {
                nil
            }
        }
        return numbers.isEmpty ? kind : "\(kind)(\(numbers.joined(separator: ", ")))"
    }
}

/// Rows as text in left-aligned columns; empty columns are left out.
func columns(_ rows: [[String]]) -> String {
    let used = rows[0].indices.filter { column in rows.dropFirst().contains { !$0[column].isEmpty } }
    let widths = used.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = zip(used, widths).map { row[$0] + String(repeating: " ", count: $1 - row[$0].count) }
        var line = cells.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }.joined(separator: "\n")
}

/// 79510 as `79,510`.
public func grouped(_ number: Int) -> String {
    var text = "\(number.magnitude)", out = ""
    while text.count > 3 {
        out = "," + text.suffix(3) + out
        text.removeLast(3)
    }
    return (number < 0 ? "-" : "") + text + out
}
