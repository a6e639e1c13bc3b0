import CKernels

/// One step of stochastic gradient descent as PyTorch's `SGD` (without dampening): d = g + decay p,
/// v = momentum v + d, p -= rate v, or rate (d + momentum v) with Nesterov's look ahead.
public struct SGDStep: Sendable {
    public var rate: Double, momentum: Double, weightDecay: Double
    public var nesterov: Bool

    public init(rate: Double, momentum: Double = 0, weightDecay: Double = 0, nesterov: Bool = false) {
        (self.rate, self.momentum, self.weightDecay, self.nesterov) = (rate, momentum, weightDecay, nesterov)
    }

    /// Changes the parameter, and the velocity (zeros before the first step; needed when there is momentum).
    public func apply(_ parameter: Tensor, gradient: Tensor, velocity: Tensor?) throws {
        let settings = ck_sgd(
            rate: Float(rate), momentum: Float(momentum), decay: Float(weightDecay), nesterov: nesterov ? 1 : 0)
        try parameter.update("sgd", reading: [gradient], writing: velocity.map { [$0] } ?? []) { y, x, n in
            ck_sgd_f32(y[0], x[0], y.other, n, settings)
        } double: { y, x, i in
            let d = x[0][i] + weightDecay * y[0][i]
            guard y.count > 1 else { y[0][i] -= rate * d; return }
            y[1][i] = momentum * y[1][i] + d
            y[0][i] -= rate * (nesterov ? d + momentum * y[1][i] : y[1][i])
        }
    }
}

/// One step of Adam (Kingma and Ba 2015) with bias correction as PyTorch computes it, or of AdamW (Loshchilov and
/// Hutter 2019) when weight decay is decoupled: m and v are the running means of g and g^2, and
/// p -= rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps).
public struct AdamStep: Sendable {
    public var rate: Double, beta1: Double, beta2: Double, eps: Double, weightDecay: Double
    /// Whether decay shrinks the parameter itself (AdamW) instead of joining the gradient (Adam).
    public var decoupled: Bool

    public init(
        rate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8, weightDecay: Double = 0,
        decoupled: Bool = false
    ) {
        (self.rate, self.beta1, self.beta2, self.eps) = (rate, beta1, beta2, eps)
        (self.weightDecay, self.decoupled) = (weightDecay, decoupled)
    }

    /// Step number `step` (the first is 1); changes the parameter and both means (zeros before the first step).
    public func apply(_ parameter: Tensor, gradient: Tensor, mean m: Tensor, square v: Tensor, step: Int) throws {
        let rate = rate / (1 - power(beta1, Double(step))), root = 1 / (1 - power(beta2, Double(step))).squareRoot()
        let coupled = decoupled ? 0 : weightDecay, keep = decoupled ? 1 - self.rate * weightDecay : 1
        let settings = ck_adam(
            rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), rest2: Float(1 - beta2), root: Float(root),
            eps: Float(eps), coupled: Float(coupled), keep: Float(keep))
        try parameter.update("adam", reading: [gradient], writing: [m, v]) { y, x, n in
            ck_adam_f32(y[0], x[0], y[1], y[2], n, settings)
        } double: { y, x, i in
            let d = x[0][i] + coupled * y[0][i]
            y[1][i] += (1 - beta1) * (d - y[1][i])
            y[2][i] = beta2 * y[2][i] + (1 - beta2) * d * d
            y[0][i] = y[0][i] * keep - rate * y[1][i] / (y[2][i].squareRoot() * root + eps)
        }
    }
}
