// A tensor as text: a header with what one wants to know first, then as many elements as the screen has room for.
// The cost does not depend on the size: at most 2^20 elements are looked at for the header (2^16 of larger tensors, which
// `~` says) and 4096 for the rest.

extension Tensor: CustomStringConvertible {
    public var description: String { text(on: Screen.current) }

    /// The header and the elements, clipped to a screen: a tensor of more than 1000 elements, or one that does not fit,
    /// shows three positions (or fewer) at each end of an axis. Scalars are plain numbers.
    /// - Parameter full: every element, whatever the screen.
    public func text(on screen: Screen, full: Bool = false) -> String {
        do {
            if rank == 0 { return try scalarText() }
            let header = wrapped(try headerParts(), screen.width)
            if count == 0 { return header.joined(separator: "\n") }
            let body = try TensorText(self, width: full ? .max : max(20, screen.width)).lines(
                atMost: full ? nil : max(6, screen.height - header.count - 1))
            return (header + body).joined(separator: "\n")
        } catch {
            return "Tensor \(shapeText(shape)) \(dtype.name) (\(error))"
        }
    }

    /// The header alone, on one line.
    public var header: String {
        (try? headerParts().joined(separator: ", ")) ?? "Tensor \(shapeText(shape)) \(dtype.name)"
    }

    private func scalarText() throws -> String {
        let text =
            switch dtype {
            case .float32: try array(Float.self).map { $0 == $0.rounded() ? numberText(Double($0)) : "\($0)" }[0]
            default: try item().literal
            }
        return ([text] + (gradientMark.map { ["(\($0))"] } ?? [])).joined(separator: "  ")
    }

    private var gradientMark: String? {
        node.map { $0.primitive.map { "grad_fn \($0.name)" } ?? (grad == nil ? "requires_grad" : "has grad") }
    }

    /// What the header says: type, statistics, strides of views with gaps, the place in a graph.
    func headerParts() throws -> [String] {
        var parts = ["Tensor \(shapeText(shape)) \(dtype.name)"]
        if count == 0 {
            parts.append("empty")
        } else {
            parts += try statisticsParts()
        }
        if !isContiguous { parts.append("strides \(shapeText(try strided().strides))") }
        return parts + (gradientMark.map { [$0] } ?? [])
    }

    private func statisticsParts() throws -> [String] {
        let statistics = try Statistics(self, limits: quantized?.limits)
        let isSample = statistics.count < count
        func text(_ number: Double) -> String { dtype.isFloat ? generalText(number, 4) : numberText(number) }
        var parts: [String] = []
        if dtype == .bool {
            parts.append("\(Int(statistics.sum)) true")
        } else if statistics.finite > 0 {
            let (low, high) = (text(statistics.lowest), text(statistics.highest))
            parts.append(low == high && statistics.lowest == statistics.highest ? "all \(low)" : "\(low) to \(high)")
            if statistics.lowest != statistics.highest {
                parts.append("mean \(generalText(statistics.mean, 4))")
                parts.append("std \(generalText(statistics.deviation, 4))")
            }
        }
        if statistics.nan > 0 { parts.append("\(statistics.nan) nan") }
        if statistics.infinite > 0 { parts.append("\(statistics.infinite) inf") }
        if let quantized {
            parts += quantized.parts
            if quantized.limits != nil {
                let share = 100 * Double(statistics.extreme) / Double(max(1, statistics.count))
                parts.append("\(generalText(share, 3)) % saturated")
            }
        }
        if isSample {
            parts[0] = "~ " + parts[0]
            parts[parts.count - 1] += " (of \(statistics.count) elements)"
        }
        return parts
    }

    /// The parts with commas, broken into lines where they get too long.
    private func wrapped(_ parts: [String], _ width: Int) -> [String] {
        var lines = [""]
        for (place, part) in parts.enumerated() {
            let piece = part + (place < parts.count - 1 ? "," : "")
            let line = lines[lines.count - 1]
            if line.isEmpty {
                lines[0] = piece
            } else if line.count + 1 + piece.count <= width {
                lines[lines.count - 1] += " " + piece
            } else {
                lines.append("  " + piece)
            }
        }
        return lines
    }
}
