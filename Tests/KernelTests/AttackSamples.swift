import Testing

@testable import Kernel

/// Small models with known answers, as targets.
enum AttackSamples {
    static let classes = 4, width = 12
    static let key = Key(seed: 11)

    /// Logits W x + b; labels are its own predictions, so that every example starts correct.
    struct Affine {
        let w: [[Double]], b: [Double]
        let weight: Tensor, bias: Tensor

        init(_ w: [[Double]], _ b: [Double]) throws {
            (self.w, self.b) = (w, b)
            weight = try Tensor(w.flatMap { $0 }.map { Float($0) }, [w.count, w[0].count])
            bias = try Tensor(b.map { Float($0) })
        }
        init(classes: Int = AttackSamples.classes, width: Int = AttackSamples.width, seed: Int = 1) throws {
            let values = try Tensor.normal([classes, width + 1], key: Key(seed: seed)).array(Double.self)
            let rows = (0..<classes).map { Array(values[$0 * (width + 1)..<($0 + 1) * (width + 1)]) }
            try self.init(rows.map { Array($0.dropLast()) }, rows.map { $0.last! })
        }
        func target(_ range: ClosedRange<Double> = -1000...1000) -> Target {
            let (weight, bias) = (weight, bias)
            return Target("affine", range: range) { try Primitive.linear($0, weight, bias) }
        }
        func logits(_ x: [Double]) -> [Double] {
            zip(w, b).map { row, b in zip(row, x).reduce(b) { $0 + $1.0 * $1.1 } }
        }

        /// min over k of (z_y - z_k) / |w_y - w_k| in the dual norm.
        func distance(_ x: [Double], _ y: Int, _ norm: Norm) -> Double {
            let z = logits(x)
            return w.indices.filter { $0 != y }.map { k in
                let d = zip(w[y], w[k]).map { abs($0 - $1) }
                let dual =
                    switch norm {
                    case .linf: d.reduce(0, +)
                    case .l2: d.reduce(0) { $0 + $1 * $1 }.squareRoot()
                    case .l1: d.max()!
                    }
                return (z[y] - z[k]) / dual
            }.min()!
        }
    }

    /// W2 (W1 x + b)^2: curved, without special operations. Row by row: the native engine rounds differently for different
    /// batch sizes.
    static func curved(_ range: ClosedRange<Double> = 0...1, rowwise: Bool = false) throws -> Target {
        let w1 = try Tensor.normal([16, width], std: 0.4, key: Key(seed: 5))
        let w2 = try Tensor.normal([classes, 16], std: 0.5, key: Key(seed: 6))
        let b1 = try Tensor.normal([16], key: Key(seed: 7)), b2 = try Tensor.zeros([classes])
        @Sendable func forward(_ x: Tensor) throws -> Tensor {
            let hidden = try Primitive.linear(x, w1, b1)
            return try Primitive.linear(Primitive.mul(hidden, hidden), w2, b2)
        }
        guard rowwise else { return Target("curved", range: range, forward: forward) }
        return Target("curved, row by row", range: range) { x in
            let rows = try (0..<x.shape[0]).map { row in
                try forward(Primitive.take(axis: 0)(x, Tensor([Int64(row)])))
            }
            return try Primitive.concat(axis: 0).apply(rows)
        }
    }

    /// Points uniform in the unit cube, labelled by the target itself.
    static func examples(_ target: Target, count: Int = 40, seed: Int = 3) throws -> Examples {
        let x = try Tensor.uniform([count, width], key: Key(seed: seed))
        return try Examples(x, Tensor(target.logits(x).predictions().map(Int64.init)))
    }

    static func build(_ recipe: Recipe<Attack>, _ options: [(name: String, value: Value)]) throws -> Attack {
        let known = options.filter { option in recipe.signature.parameters.contains { $0.name == option.name } }
        return try recipe.build([.table(.init(named: known))])
    }
}

extension Recipe: CustomTestStringConvertible {
    public var testDescription: String { name }
}
