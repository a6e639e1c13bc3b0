/// A numerical check of derivatives: central differences in Double.
public enum GradientCheck {
    /// The largest difference between the analytic and the numerical gradient of `sum(w * f(x))` over all active inputs,
    /// relative to max(1, |numerical|). The weights w = 1 + i/10 tell permuted elements apart.
    public static func error(
        of f: ([Tensor]) throws -> Tensor, at inputs: [Tensor], active: [Int]? = nil, step: Double = 1e-5
    ) throws -> Double {
        let active = active ?? Array(inputs.indices)
        let leaves = try inputs.enumerated().map { index, x in
            try active.contains(index) ? x.copied().requireGrad() : x
        }
        let y = try Context.withGradients { try f(leaves) }
        let weights = try Tensor((0..<y.count).map { 1 + 0.1 * Double($0) }, y.shape)
        let gradients = try Autograd.gradients(of: y, wrt: active.map { leaves[$0] }, seed: weights)
        var worst = 0.0
        for (gradient, k) in zip(gradients, active) {
            let analytic = try gradient?.array(Double.self) ?? [Double](repeating: 0, count: inputs[k].count)
            for element in 0..<inputs[k].count {
                try Interrupt.check()
                let up = try value(f, inputs, k, element, step, weights)
                let down = try value(f, inputs, k, element, -step, weights)
                let numerical = (up - down) / (2 * step)
                let error = abs(numerical - analytic[element]) / max(1, abs(numerical))
                if error.isNaN { return .nan }
                worst = max(worst, error)
            }
        }
        return worst
    }

    private static func value(
        _ f: ([Tensor]) throws -> Tensor, _ inputs: [Tensor], _ k: Int, _ element: Int, _ step: Double,
        _ weights: Tensor
    ) throws -> Double {
        var moved = inputs
        moved[k] = try inputs[k].copied()
        try moved[k].write(Double.self) { $0[element] += step }
        let y = try Context.withoutGradients { try f(moved) }.array(Double.self)
        return zip(y, try weights.array(Double.self)).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
