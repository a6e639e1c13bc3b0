extension Slow {
    /// Sums of (x - zeroPoint) * w in Int64: x [n, k], w [o, k] -> [n, o].
    public static func integerLinear(_ x: [Int64], _ w: [Int64], n: Int, k: Int, o: Int, zeroPoint: Int64) -> [Int64] {
        var y = [Int64](repeating: 0, count: n * o)
        for i in 0..<n {
            for j in 0..<o { for l in 0..<k { y[i * o + j] += (x[i * k + l] - zeroPoint) * w[j * k + l] } }
        }
        return y
    }
    /// One sum to its code, as the documentation of `requantize` says it.
    public static func requantized(
        _ sum: Int32, bias: Int32, multiplier: Float, zeroPoint: Int32, low: Int32, high: Int32
    ) -> Int32 {
        let product = Float(Int64(sum) + Int64(bias)) * multiplier
        let value = product.rounded(.toNearestOrEven) + Float(zeroPoint)
        return value > Float(low) ? (value < Float(high) ? Int32(value) : high) : low
    }
}
