extension Module {
    /// The structure as a table: layer, output shape for one example, multiplications, parameters, quantization.
    /// - Parameter input: the shape of one example without the batch axis; without it shapes and multiplications are left
    ///   out, unless the first layer with a weight is a linear one, which says what it takes.
    public func summary(input: [Int]? = nil) throws -> String {
        let shapes = try input.map(outputShapes) ?? firstWidth.flatMap { try? outputShapes([$0]) } ?? [:]
        var rows = [["layer", "kind", "output", "macs", "parameters", "quantization"]], products = 0
        for (path, module) in modules where module.children.isEmpty {
            let shape = shapes[ObjectIdentifier(module)], macs = shape.flatMap(module.multiplications)
            products += macs ?? 0
            rows.append([
                path.isEmpty ? "-" : path, module.record.shortText, shape.map(shapeText) ?? "", macs.map(grouped) ?? "",
                grouped(module.parameters.reduce(0) { $0 + $1.tensor.count }), module.quantization?.shortText ?? "",
            ])
        }
        let cost = products > 0 ? ", \(grouped(products)) multiplications per example" : ""
        return columns(rows, numbers: [3, 4])
            + "\n\(grouped(parameterCount)) parameters, \(byteText(parameterCount * 4))\(cost)"
    }

    /// The inputs of the first layer with a weight when that is a linear one.
    private var firstWidth: Int? {
        guard let first = modules.first(where: { $0.module.kind.hasWeight })?.module, first.kind.name == "linear" else {
            return nil
        }
        return first[parameter: "weight"]?.shape.last
    }

    /// Products of weights and inputs for one example, from the shape of the result; nil without a weight.
    private func multiplications(_ output: [Int]) -> Int? {
        guard kind.hasWeight, let weight = self[parameter: "weight"] else { return nil }
        return output.dropFirst().reduce(weight.count) { $0.multipliedReportingOverflow(by: $1).partialValue }
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

/// Rows as text in columns, those of numbers to the right; empty columns are left out.
func columns(_ rows: [[String]], numbers: Set<Int> = []) -> String {
    let used = rows[0].indices.filter { column in rows.dropFirst().contains { !$0[column].isEmpty } }
    let widths = used.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
        let cells = zip(used, widths).map { column, width in
            let space = String(repeating: " ", count: width - row[column].count)
            return numbers.contains(column) ? space + row[column] : row[column] + space
        }
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
