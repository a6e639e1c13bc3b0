// The same in Double, by the formulas.

extension Normalization {
    /// Calls the body with the channel of every run of elements that share one.
    private func eachRun(_ body: (_ channel: Int, _ range: Range<Int>) -> Void) throws {
        let plane = images[2] * images[3]
        for run in 0..<images[0] * images[1] {
            if run % 64 == 0 { try Interrupt.check() }
            body(run % images[1], run * plane..<(run + 1) * plane)
        }
    }

    /// Mean and biased variance per channel.
    func plainStatistics(_ x: Tensor) throws -> (mean: Tensor, variance: Tensor) {
        let mean = try Tensor.zeros([images[1]], .float64), variance = try Tensor.zeros([images[1]], .float64)
        let scale = 1 / Double(samples)
        try x.read(Double.self) { x in
            try mean.write(Double.self) { m in
                try eachRun { c, range in for i in range { m[c] += x[i] * scale } }
                try variance.write(Double.self) { v in
                    try eachRun { c, range in for i in range { v[c] += (x[i] - m[c]) * (x[i] - m[c]) * scale } }
                }
            }
        }
        return (mean, variance)
    }

    func plainForward(_ x: Tensor, _ w: [Double], _ b: [Double], _ mean: Tensor, _ variance: Tensor) throws -> Tensor {
        let result = try Tensor(empty: shape, .float64), m = try mean.array(Double.self)
        let scale = try variance.array(Double.self).map { 1 / ($0 + eps).squareRoot() }
        try x.read(Double.self) { x in
            try result.write(Double.self) { z in
                try eachRun { c, range in
                    for i in range {
                        let y = (x[i] - m[c]) * scale[c] * w[c] + b[c]
                        z[i] = relu && y < 0 ? 0 : y
                    }
                }
            }
        }
        return result
    }

    /// The gradients of x, w and b.
    func plainBackward(_ g: Tensor, _ x: Tensor, _ w: [Double], _ mean: Tensor, _ variance: Tensor, fixed: Bool) throws
        -> [Tensor]
    {
        let dx = try Tensor(empty: shape, .float64), n = Double(samples), m = try mean.array(Double.self)
        let scale = try variance.array(Double.self).map { 1 / ($0 + eps).squareRoot() }
        var dw = [Double](repeating: 0, count: m.count), db = dw
        try g.read(Double.self) { g in
            try x.read(Double.self) { x in
                try eachRun { c, range in
                    for i in range {
                        dw[c] += g[i] * (x[i] - m[c]) * scale[c]
                        db[c] += g[i]
                    }
                }
                try dx.write(Double.self) { z in
                    try eachRun { c, range in
                        for i in range {
                            let xhat = (x[i] - m[c]) * scale[c], through = fixed ? 0 : (db[c] + xhat * dw[c]) / n
                            z[i] = w[c] * scale[c] * (g[i] - through)
                        }
                    }
                }
            }
        }
        return [dx, try Tensor(dw), try Tensor(db)]
    }
}
