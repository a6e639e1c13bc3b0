/// Accuracy against strength predicted from clean margins and their slopes.
///
/// The margin of an example is the logit of its label minus the largest other one. A perturbation of size eps lowers a
/// linear margin by eps times the dual norm of its gradient (L1 for L-inf). With normal margins of mean mu and spread
/// sigma, Acc(eps) = Phi((mu - drop(eps)) / sigma), where drop(eps) = eps * n for the mean dual norm n, or the mean drop
/// that was measured by taking the step, clipping included. Source: the project's derivation for Gorsline, Smith, Merkel
/// 2021; for two classes and a linear model without clipping it is exact.
public struct MarginModel: ObjectParameter {
    public static var typeName: String { "MarginModel" }

    public enum Drop: String, Choice {
        /// eps * the mean dual norm.
        case linear
        /// What a step along the margin's gradient took from the mean margin, linear between the measured strengths.
        case measured
    }
    public enum Norm: String, Choice { case linf, l2 }

    /// What the model was fitted to.
    public var name: String
    public var norm: Norm
    public var drop: Drop
    /// Clean margins, one per example.
    public let margins: [Double]
    /// The mean dual norm of the margin's gradient: L1 for L-inf, L2 for L2.
    public let dualNorm: Double
    /// Ascending strengths from 0 with the mean drop of the margin at each.
    public let measured: [(eps: Double, drop: Double)]
    /// Mean and standard deviation of the clean margins.
    public let mean: Double, deviation: Double

    public init(
        _ name: String, margins: [Double], dualNorm: Double, measured: [(eps: Double, drop: Double)],
        norm: Norm = .linf, drop: Drop = .measured
    ) {
        (self.name, self.margins, self.dualNorm, self.measured) = (name, margins, dualNorm, measured)
        (self.norm, self.drop) = (norm, drop)
        (mean, deviation) = (margins.mean, margins.deviation)
    }

    /// The mean drop of the margin at a strength.
    public func drop(at eps: Double) -> Double {
        guard drop == .measured, measured.count > 1 else { return eps * dualNorm }
        let above = min(max(1, measured.firstStrength(notBelow: eps)), measured.count - 1)
        let high = measured[above], low = measured[above - 1]  // beyond the last: its slope
        return low.drop + (high.drop - low.drop) * (eps - low.eps) / (high.eps - low.eps)
    }

    /// Phi((mu - drop(eps)) / sigma).
    public func accuracy(at eps: Double) -> Double {
        guard deviation > 0 else { return mean > drop(at: eps) ? 1 : 0 }
        return Normal.cumulative(score(at: eps))
    }
    private func score(at eps: Double) -> Double { (mean - drop(at: eps)) / deviation }

    /// The strength at which half the examples are lost; nil when it lies beyond what was measured.
    public var halfStrength: Double? { root { mean - drop(at: $0) } }

    /// The smallest strength above 0 at which the two predicted curves cross; nil when they do not.
    ///
    /// In the linear case (mu/sigma - mu'/sigma') / (n/sigma - n'/sigma').
    public func critical(_ other: MarginModel) -> Double? {
        guard deviation > 0, other.deviation > 0 else { return nil }
        if drop == .linear, other.drop == .linear {
            let eps =
                (mean / deviation - other.mean / other.deviation)
                / (dualNorm / deviation - other.dualNorm / other.deviation)
            return eps > 0 && eps.isFinite ? eps : nil
        }
        return root { score(at: $0) - other.score(at: $0) }
    }

    /// The first change of sign on a fine grid up to the last measured strength, then bisection.
    private func root(_ f: (Double) -> Double) -> Double? {
        guard let last = measured.last?.eps, last > 0 else { return nil }
        let grid = (0...1000).map { last * Double($0) / 1000 }, values = grid.map(f)
        guard let found = Crossing.first(grid, values) else { return nil }
        guard let place = grid.lastIndex(where: { $0 < found.eps }), place + 1 < grid.count else { return found.eps }
        var (low, high) = (grid[place], grid[place + 1])
        for _ in 0..<50 {
            let middle = (low + high) / 2
            if (f(middle) < 0) == (f(low) < 0) { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

extension Array<(eps: Double, drop: Double)> {
    /// The place of the first strength that is at least `eps`, by bisection; the count when there is none.
    fileprivate func firstStrength(notBelow eps: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].eps < eps { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension MarginModel: CustomStringConvertible {
    public var description: String {
        let half =
            halfStrength.map { "half at ε = \(fixedText($0, 4))" }
            ?? "half beyond ε = \(numberText(measured.last?.eps ?? 0))"
        let dual = norm == .linf ? "L1" : "L2"
        return
            "MarginModel \(name): margin \(fixedText(mean, 3)) ± \(fixedText(deviation, 3)), mean \(dual) norm of its gradient "
            + "\(fixedText(dualNorm, 3)), \(half) (\(margins.count) examples, \(drop.rawValue) drop)"
    }
}

// MARK: - Fitting

extension MarginModel {
    /// Measures margins, gradients and drops on a data set.
    ///
    /// - Parameter forward: logits [N, classes >= 2] of a batch; recorded when gradients are wanted.
    /// - Throws: `KernelError` when the model gives no gradient or the data is empty; `Interrupted`.
    public static func fit(
        _ name: String, _ data: Dataset, eps: [Double], norm: Norm = .linf, drop: Drop = .measured, batch: Int = 500,
        forward: @Sendable (Tensor) throws -> Tensor
    ) throws -> MarginModel {
        let strengths = try ascending(eps + [0])
        guard strengths.allSatisfy({ $0 >= 0 && $0.isFinite }), data.count > 0, batch > 0 else {
            throw KernelError.value(
                op: "study.margin_model", name: data.count > 0 ? "eps" : "data",
                expected: data.count > 0 ? "finite strengths >= 0" : "at least one example",
                got: data.count > 0 ? eps.first { !($0 >= 0 && $0.isFinite) }.map { numberText($0) } ?? "none" : "none")
        }
        var margins: [Double] = [], dual = 0.0, drops = [Double](repeating: 0, count: strengths.count)
        try Progress.track("margins", total: data.count, unit: "images") { step in
            for places in try data.batches(batch) {
                let (x, labels) = (try data.images(places), places.map { data.label($0) })
                let slope = try MarginSlope(x, labels, forward)
                margins += slope.margins
                dual += slope.dualNorms(norm).reduce(0, +)
                for (place, eps) in strengths.enumerated().dropFirst() where drop == .measured {
                    let moved = try slope.moved(x, by: eps, norm, data.range)
                    let after = try cleanMargins(moved, labels, forward)
                    drops[place] += zip(slope.margins, after).reduce(0) { $0 + $1.0 - $1.1 }
                }
                try step(margins.count, "")
            }
        }
        let count = Double(margins.count)
        let measured = zip(strengths, drops).map { (eps: $0, drop: drop == .measured ? $1 / count : $0 * dual / count) }
        return MarginModel(name, margins: margins, dualNorm: dual / count, measured: measured, norm: norm, drop: drop)
    }

    /// Strengths without repetitions, smallest first.
    private static func ascending(_ strengths: [Double]) throws -> [Double] {
        var distinct: [Double] = []
        for eps in try strengths.sorted(by: {
            try Interrupt.check()
            return $0 < $1
        }) where eps != distinct.last { distinct.append(eps) }
        return distinct
    }

    fileprivate static func cleanMargins(_ x: Tensor, _ labels: [Int], _ forward: (Tensor) throws -> Tensor) throws
        -> [Double]
    {
        let logits = try Context.withoutGradients { try forward(x) }
        return try logits.rivals(labels).map(\.margin)
    }
}

/// Margins of a batch and their gradients with respect to the inputs.
private struct MarginSlope {
    let margins: [Double]
    /// Row-major, the shape of the inputs.
    let gradient: [Float]
    private var width: Int { gradient.count / max(1, margins.count) }

    init(_ x: Tensor, _ labels: [Int], _ forward: (Tensor) throws -> Tensor) throws {
        let leaf = try x.detached().requireGrad()
        let logits = try Context.withGradients { try forward(leaf) }
        let rivals = try logits.rivals(labels)
        margins = rivals.map(\.margin)
        let classes = logits.shape[1]
        var seed = [Float](repeating: 0, count: logits.count)
        for (row, rival) in rivals.enumerated() {
            seed[row * classes + labels[row]] = 1
            seed[row * classes + rival.place] = -1
        }
        guard logits.requiresGrad,
            let found = try Autograd.gradients(of: logits, wrt: [leaf], seed: Tensor(seed, logits.shape))[0]
        else {
            throw KernelError.state(op: "study.margin_model", reason: "the model gives no gradient of its input")
        }
        gradient = try found.array(Float.self)
    }

    func dualNorms(_ norm: MarginModel.Norm) -> [Double] {
        margins.indices.map { row in
            let own = gradient[row * width..<(row + 1) * width]
            return norm == .linf
                ? own.reduce(0) { $0 + Double(abs($1)) } : own.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
        }
    }

    /// The inputs after the step that lowers the margin the most, clipped to the range.
    func moved(_ x: Tensor, by eps: Double, _ norm: MarginModel.Norm, _ range: ClosedRange<Double>?) throws -> Tensor {
        let moved = try x.copied(), scales = norm == .l2 ? dualNorms(.l2) : []
        let low = Float(range?.lowerBound ?? -.infinity), high = Float(range?.upperBound ?? .infinity)
        try moved.write(Float.self) { out in
            for i in out.indices {
                let g = gradient[i]
                let step: Float
                switch norm {
                case .linf: step = g > 0 ? Float(eps) : g < 0 ? -Float(eps) : 0
                case .l2: step = scales[i / width] > 0 ? Float(eps / scales[i / width]) * g : 0
                }
                out[i] = min(max(out[i] - step, low), high)
            }
        }
        return moved
    }
}

extension Tensor {
    /// Per row of logits the strongest other class and the margin of the label over it.
    fileprivate func rivals(_ labels: [Int]) throws -> [(place: Int, margin: Double)] {
        guard rank == 2, shape[0] == labels.count, shape[1] >= 2, dtype == .float32,
            labels.allSatisfy({ $0 < shape[1] })
        else {
            throw KernelError.shape(
                op: "study.margin_model", shapes: [shape],
                reason: "float32 logits [N, classes] for every label expected")
        }
        let classes = shape[1]
        return try detached().read(Float.self) { logits in
            labels.enumerated().map { row, label in
                var best = label == 0 ? 1 : 0
                for k in 0..<classes where k != label && logits[row * classes + k] > logits[row * classes + best] {
                    best = k
                }
                return (best, Double(logits[row * classes + label]) - Double(logits[row * classes + best]))
            }
        }
    }
}
