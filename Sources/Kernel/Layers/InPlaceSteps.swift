// Optimizer steps over contiguous elements, in place.

extension Tensor {
    func clampInPlace(_ low: Double, _ high: Double) throws {
        func run<T: FloatScalar>(_: T.Type) throws {
            try write(T.self) { w in for i in w.indices { w[i] = min(max(w[i], T(low)), T(high)) } }
        }
        try dtype == .float32 ? run(Float.self) : run(Double.self)
    }

    func sgdStep(
        _ gradient: Tensor, velocity: Tensor?, rate: Double, momentum: Double, nesterov: Bool, weightDecay: Double,
        first: Bool
    ) throws {
        func run<T: FloatScalar>(_: T.Type) throws {
            let (a, m, d) = (T(rate), T(momentum), T(weightDecay))
            try gradient.read(T.self) { g in
                try write(T.self) { w in
                    guard let velocity else {
                        for i in w.indices { w[i] -= a * (g[i] + d * w[i]) }
                        return
                    }
                    try velocity.write(T.self) { v in
                        for i in w.indices {
                            let slope = g[i] + d * w[i]
                            v[i] = first ? slope : m * v[i] + slope
                            w[i] -= a * (nesterov ? slope + m * v[i] : v[i])
                        }
                    }
                }
            }
        }
        try dtype == .float32 ? run(Float.self) : run(Double.self)
    }

    func adamStep(
        _ gradient: Tensor, mean: Tensor, square: Tensor, step: Int, rate: Double, beta1: Double, beta2: Double,
        eps: Double, weightDecay: Double, decoupled: Bool
    ) throws {
        func power(_ base: Double) -> Double { (0..<min(step, 1 << 20)).reduce(1) { p, _ in p * base } }
        func run<T: FloatScalar>(_: T.Type) throws {
            let (b1, b2, e) = (T(beta1), T(beta2), T(eps))
            let shrink = decoupled ? T(1 - rate * weightDecay) : 1, l2 = decoupled ? 0 : T(weightDecay)
            let a = T(rate / (1 - power(beta1))), root = T((1 - power(beta2)).squareRoot())
            try gradient.read(T.self) { g in
                try write(T.self) { w in
                    try mean.write(T.self) { m in
                        try square.write(T.self) { v in
                            for i in w.indices {
                                let slope = g[i] + l2 * w[i]
                                m[i] = b1 * m[i] + (1 - b1) * slope
                                v[i] = b2 * v[i] + (1 - b2) * slope * slope
                                w[i] = shrink * w[i] - a * m[i] / (v[i].squareRoot() / root + e)
                            }
                        }
                    }
                }
            }
        }
        try dtype == .float32 ? run(Float.self) : run(Double.self)
    }
}
