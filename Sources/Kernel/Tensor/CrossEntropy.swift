import CKernels
import Glibc

/// How a loss per example becomes the loss of a batch.
public enum LossReduction: String, Choice { case mean, sum, none }

/// Softmax cross-entropy against (1 - smoothing) onehot(label) + smoothing / C, in one pass per direction.
struct CrossEntropy: Sendable {
    let smoothing: Double
    let reduction: LossReduction

    /// Probabilities [N, C], for the derivative, and the loss of each example [N]; in fresh tensors unless there are
    /// targets.
    func forward(
        _ logits: Tensor, _ labels: Labels, into targets: (probabilities: Tensor, losses: Tensor)? = nil
    ) throws -> (probabilities: Tensor, losses: Tensor) {
        let probabilities = try targets?.probabilities ?? Tensor(empty: logits.shape, logits.dtype)
        let losses = try targets?.losses ?? Tensor(empty: [logits.shape[0]], logits.dtype)
        try logits.dtype == .float32
            ? forwardFloat(logits, labels, probabilities, losses) : forwardDouble(logits, labels, probabilities, losses)
        return (probabilities, losses)
    }

    private func forwardFloat(_ x: Tensor, _ labels: Labels, _ p: Tensor, _ losses: Tensor) throws {
        let classes = x.shape[1], smoothing = Float(self.smoothing)
        try x.read(Float.self) { x in
            try labels.tensor.read(Int64.self) { y in
                try p.write(Float.self) { p in
                    try losses.write(Float.self) { loss in
                        nonisolated(unsafe) let x = x.baseAddress!, y = y.baseAddress!, p = p.baseAddress!
                        nonisolated(unsafe) let loss = loss.baseAddress!
                        Workers.split(losses.count, grain: rowGrain(classes)) {
                            let n = $0.lowerBound, at = n * classes
                            ck_cross_entropy_f32(x + at, y + n, smoothing, p + at, loss + n, $0.count, classes)
                        }
                    }
                }
            }
        }
    }

    private func forwardDouble(_ x: Tensor, _ labels: Labels, _ p: Tensor, _ losses: Tensor) throws {
        let logarithms = try Softmax.logarithm.apply(x, 1).array(Double.self)
        let y = try labels.tensor.array(Int64.self), classes = x.shape[1]
        try p.write(Double.self) { p in for i in p.indices { p[i] = exp(logarithms[i]) } }
        try losses.write(Double.self) { losses in
            for n in losses.indices {
                let row = logarithms[n * classes..<(n + 1) * classes]
                let own = row[row.startIndex + Int(y[n])]
                losses[n] =
                    -(1 - smoothing) * own - (smoothing == 0 ? 0 : smoothing * row.reduce(0, +) / Double(classes))
            }
        }
    }

    /// One loss for the batch, or one per example.
    func reduced(_ losses: Tensor) throws -> Tensor {
        switch reduction {
        case .none: losses
        case .sum: try losses.summed([], keepDims: false)
        case .mean: try losses.averaged([], keepDims: false)
        }
    }

    /// g (p - target), g being one number for the batch or one per example.
    func vjp(_ g: Tensor, _ probabilities: Tensor, _ labels: Tensor, into target: Tensor? = nil) throws -> Tensor {
        let scale = reduction == .mean ? 1 / Double(max(1, labels.count)) : 1, step = reduction == .none ? 1 : 0
        let result = try target ?? Tensor(empty: probabilities.shape, probabilities.dtype)
        let classes = result.shape[1]
        if result.dtype == .float32 { try vjpFloat(g, probabilities, labels, scale, step, result); return result }
        let rest = smoothing / Double(classes)
        let p = try probabilities.array(Double.self), y = try labels.array(Int64.self), g = try g.array(Double.self)
        try result.write(Double.self) { z in
            for i in z.indices {
                let n = i / classes, target = (i % classes == Int(y[n]) ? 1 - smoothing : 0) + rest
                z[i] = g[n * step] * scale * (p[i] - target)
            }
        }
        return result
    }

    private func vjpFloat(
        _ g: Tensor, _ p: Tensor, _ labels: Tensor, _ scale: Double, _ step: Int, _ result: Tensor
    ) throws {
        let classes = result.shape[1], smoothing = Float(self.smoothing), scale = Float(scale)
        try g.read(Float.self) { g in
            try p.read(Float.self) { p in
                try labels.read(Int64.self) { y in
                    try result.write(Float.self) { z in
                        nonisolated(unsafe) let g = g.baseAddress!, p = p.baseAddress!, y = y.baseAddress!
                        nonisolated(unsafe) let z = z.baseAddress!
                        Workers.split(labels.count, grain: rowGrain(classes)) {
                            let n = $0.lowerBound, at = n * classes
                            ck_cross_entropy_vjp_f32(
                                p + at, y + n, smoothing, g + n * step, step, scale, z + at, $0.count, classes)
                        }
                    }
                }
            }
        }
    }
}

/// Rows of exponentials per thread below which a second thread does not pay.
func rowGrain(_ classes: Int) -> Int { max(1, Planes.grain / 8 / max(1, classes)) }
