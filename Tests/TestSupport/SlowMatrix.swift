import Kernel

/// Naive twins of the linear-algebra kernels: loops in Double over arrays in row-major order.
public enum Slow {
    /// [n, k] x [k, m].
    public static func matmul(_ a: [Double], _ b: [Double], n: Int, k: Int, m: Int) -> [Double] {
        var c = [Double](repeating: 0, count: n * m)
        for i in 0..<n { for j in 0..<m { for l in 0..<k { c[i * m + j] += a[i * k + l] * b[l * m + j] } } }
        return c
    }
    /// [rows, columns] -> [columns, rows].
    public static func transposed(_ a: [Double], rows: Int, columns: Int) -> [Double] {
        (0..<rows * columns).map { a[($0 % rows) * columns + $0 / rows] }
    }
}

/// The largest difference of two arrays, relative to the largest absolute value of the second (at least 1).
public func worstError(_ a: [Double], _ b: [Double]) -> Double {
    guard a.count == b.count else { return .infinity }
    let scale = b.reduce(1) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { worst, pair in
        let error = abs(pair.0 - pair.1) / scale
        return error.isNaN ? .infinity : max(worst, error)
    }
}
