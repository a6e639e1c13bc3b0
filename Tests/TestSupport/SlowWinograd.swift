import Kernel

extension Slow {
    /// Bounds for the rounding errors of Winograd's F(4x4, 3x3) at the points 0, ±5/8, ±3/2 and infinity.
    ///
    /// y = Aᵀ [Σ (G w Gᵀ) ∘ (Bᵀ x B)] A in float32 passes every number through at most 2·4 roundings in Bᵀ x B, 2·6 in
    /// G w Gᵀ, 2·5 on the way back, and those of a product, a sum of n terms and a bias. With all matrices and numbers
    /// replaced by their absolute values, nothing cancels, so the error is at most (n + 32) 2⁻²⁴ times the same formula.
    public struct WinogradBound {
        public let sizes: Convolution
        public init(_ sizes: Convolution) { self.sizes = sizes }

        private typealias Matrix = [[Double]]
        private static let (p, q) = (0.625, 1.5)
        private static let points = [0, p, -p, q, -q]
        private static let input: Matrix = {
            let (p2, q2) = (p * p, q * q)
            func row(_ point: Double, _ other: Double) -> [Double] { [0, point * other, other, point, 1, 0] }
            return [
                [p2 * q2, 0, p2 + q2, 0, 1, 0], row(p, q2), row(p, q2), row(q, p2), row(q, p2),
                [0, p2 * q2, 0, p2 + q2, 0, 1],
            ]
        }()
        private static let weight: Matrix = {
            let (p2, q2) = (p * p, q * q)
            let norms = [p2 * q2, 2 * p2 * (q2 - p2), 2 * p2 * (q2 - p2), 2 * q2 * (q2 - p2), 2 * q2 * (q2 - p2)]
            return zip(points, norms).map { point, norm in [1 / norm, abs(point) / norm, point * point / norm] }
                + [[0, 0, 1]]
        }()
        private static let output: Matrix = (0..<4).map { k in
            points.map { point in (0..<k).reduce(1.0) { power, _ in power * abs(point) } } + [k == 3 ? 1 : 0]
        }

        private static func transposed(_ a: Matrix) -> Matrix { a[0].indices.map { j in a.map { $0[j] } } }
        private static func times(_ a: Matrix, _ b: Matrix) -> Matrix {
            a.map { row in b[0].indices.map { j in row.indices.reduce(0) { $0 + row[$1] * b[$1][j] } } }
        }
        /// a m aᵀ.
        private static func around(_ a: Matrix, _ m: Matrix) -> Matrix { times(times(a, m), transposed(a)) }

        /// A square of the absolute numbers of a plane, zero outside.
        private func square(
            _ x: [Double], _ plane: Int, _ height: Int, _ width: Int, _ row: Int, _ column: Int, _ n: Int
        )
            -> Matrix
        {
            (row..<row + n).map { i in
                (column..<column + n).map { j in
                    let isInside = i >= 0 && i < height && j >= 0 && j < width
                    return isInside ? abs(x[(plane * height + i) * width + j]) : 0
                }
            }
        }
        private func inputTile(_ x: [Double], _ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Matrix {
            let s = sizes, (top, left) = (row - s.padding[0], column - s.padding[1])
            return Self.around(Self.input, square(x, image * s.c + channel, s.h, s.w, top, left, 6))
        }
        private func eachTile(_ body: (_ image: Int, _ row: Int, _ column: Int) -> Void) {
            for image in 0..<sizes.n {
                for row in stride(from: 0, to: sizes.oh, by: 4) {
                    for column in stride(from: 0, to: sizes.ow, by: 4) { body(image, row, column) }
                }
            }
        }

        /// The bound for every element of y.
        public func forward(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
            let s = sizes, factor = Double(s.c + 32) * 0x1p-24
            let kernels = (0..<s.o * s.c).map { Self.around(Self.weight, square(weight, $0, 3, 3, 0, 0, 3)) }
            var bound = [Double](repeating: 0, count: s.n * s.o * s.oh * s.ow)
            eachTile { image, row, column in
                let tiles = (0..<s.c).map { inputTile(x, image, $0, row, column) }
                for out in 0..<s.o {
                    var sum = Matrix(repeating: [Double](repeating: 0, count: 6), count: 6)
                    for c in 0..<s.c { Self.add(tiles[c], kernels[out * s.c + c], to: &sum) }
                    let back = Self.around(Self.output, sum)
                    for i in row..<min(row + 4, s.oh) {
                        for j in column..<min(column + 4, s.ow) {
                            bound[((image * s.o + out) * s.oh + i) * s.ow + j] =
                                factor * (back[i - row][j - column] + abs(bias[out]))
                        }
                    }
                }
            }
            return bound
        }

        /// The bound for every element of the weight gradient.
        public func weightGradient(_ x: [Double], _ g: [Double]) -> [Double] {
            let s = sizes, tiles = s.n * ((s.oh + 3) / 4) * ((s.ow + 3) / 4), factor = Double(tiles + 32) * 0x1p-24
            var sums = [Matrix](
                repeating: Matrix(repeating: [Double](repeating: 0, count: 6), count: 6), count: s.o * s.c)
            let spread = Self.transposed(Self.output)
            eachTile { image, row, column in
                let inputs = (0..<s.c).map { inputTile(x, image, $0, row, column) }
                for out in 0..<s.o {
                    let tile = square(g, image * s.o + out, s.oh, s.ow, row, column, 4)
                    let gradient = Self.around(spread, tile)
                    for c in 0..<s.c { Self.add(inputs[c], gradient, to: &sums[out * s.c + c]) }
                }
            }
            let back = Self.transposed(Self.weight)
            return sums.flatMap { Self.around(back, $0).flatMap { $0.map { $0 * factor } } }
        }

        private static func add(_ a: Matrix, _ b: Matrix, to sum: inout Matrix) {
            for i in 0..<6 { for j in 0..<6 { sum[i][j] += a[i][j] * b[i][j] } }
        }
    }
}
