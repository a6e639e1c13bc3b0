import CKernels
import Glibc

/// Softmax and its logarithm over rows, with their derivatives. Float32 in C, Double here.
enum Softmax: Sendable {
    case plain, logarithm

    var name: String { self == .plain ? "softmax" : "log_softmax" }

    /// Over one axis; not recorded.
    func apply(_ x: Tensor, _ axis: Int) throws -> Tensor {
        try alongAxis([x], axis) { x, z, rows, width in
            let loop = self == .plain ? ck_softmax_f32 : ck_log_softmax_f32
            loop(x[0], z, rows, width)
        } double: { x, z in
            row(x[0], z)
        }
    }

    /// From the incoming gradient and the result.
    func vjp(_ g: Tensor, _ y: Tensor, _ axis: Int) throws -> Tensor {
        try alongAxis([g, y], axis) { x, z, rows, width in
            let loop = self == .plain ? ck_softmax_vjp_f32 : ck_log_softmax_vjp_f32
            loop(x[0], x[1], z, rows, width)
        } double: { x, z in
            slope(x[0], x[1], z)
        }
    }

    private typealias Row = UnsafeBufferPointer<Double>

    private func row(_ x: Row, _ z: UnsafeMutableBufferPointer<Double>) {
        let top = x.contains { $0.isNaN } ? .nan : x.max() ?? 0
        let sum = x.reduce(0) { $0 + exp($1 - top) }, logarithm = log(sum)
        for j in x.indices { z[j] = self == .plain ? exp(x[j] - top) / sum : x[j] - top - logarithm }
    }
    private func slope(_ g: Row, _ y: Row, _ z: UnsafeMutableBufferPointer<Double>) {
        let total = self == .plain ? zip(g, y).reduce(0) { $0 + $1.0 * $1.1 } : g.reduce(0, +)
        for j in g.indices { z[j] = self == .plain ? y[j] * (g[j] - total) : g[j] - exp(y[j]) * total }
    }

    /// Brings the axis to the end, runs over rows, and puts it back.
    private func alongAxis(
        _ x: [Tensor], _ axis: Int,
        float: @Sendable ([UnsafePointer<Float>], UnsafeMutablePointer<Float>, Int, Int) -> Void,
        double: ([Row], UnsafeMutableBufferPointer<Double>) -> Void
    ) throws -> Tensor {
        let layout = try ReducedShape(x[0].shape, [axis], name)
        let sources = try x.map { try $0.rows(layout) }
        let result = try Tensor(empty: [layout.results, layout.width], x[0].dtype)
        let width = layout.width
        if x[0].dtype == .float32 {
            try withPointers(sources, Float.self) { x in
                try result.write(Float.self) { z in
                    nonisolated(unsafe) let x = x.map { $0.baseAddress! }, z = z.baseAddress!
                    let grain = max(1, Planes.grain / 8 / max(1, width)), piece = Planes.piece / 8 / max(1, width)
                    try Workers.splitPolling(layout.results, grain: grain, of: piece) { range in
                        float(x.map { $0 + range.lowerBound * width }, z + range.lowerBound * width, range.count, width)
                    }
                }
            }
        } else {
            try withPointers(sources, Double.self) { x in
                try result.write(Double.self) { z in
                    for row in 0..<layout.results {
                        let range = row * width..<(row + 1) * width
                        double(x.map { Row(rebasing: $0[range]) }, .init(rebasing: z[range]))
                    }
                }
            }
        }
        return try result.fromRows(layout, x[0].shape)
    }
}

/// The elements of several tensors at once.
func withPointers<T: Scalar, R>(
    _ tensors: [Tensor], _: T.Type, _ body: ([UnsafeBufferPointer<T>]) throws -> R
) throws -> R {
    func open(_ index: Int, _ found: [UnsafeBufferPointer<T>]) throws -> R {
        if index == tensors.count { return try body(found) }
        return try tensors[index].read(T.self) { try open(index + 1, found + [$0]) }
    }
    return try open(0, [])
}
