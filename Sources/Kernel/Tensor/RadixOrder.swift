/// The order of many 64-bit keys by counting: one stable pass per group of 11 bits, from the lowest, groups that are
/// the same in all keys left out. Small whole numbers take one pass, float32 values three or four.
enum RadixOrder {
    private static let digits = 1 << 11

    /// The places of the keys in ascending order, equal ones in their own.
    /// - Throws: `Interrupted`.
    static func of(_ keys: [UInt64]) throws -> [Int] {
        let differing = keys.reduce(0) { $0 | ($1 ^ keys[0]) }
        var places = Array(0..<keys.count), next = [Int](repeating: 0, count: keys.count)
        for shift in stride(from: 0, to: 64, by: 11) where (differing >> UInt64(shift)) & UInt64(digits - 1) != 0 {
            try pass(keys, places, &next, UInt64(shift))
            swap(&places, &next)
        }
        return places
    }

    private static func pass(_ keys: [UInt64], _ places: [Int], _ next: inout [Int], _ shift: UInt64) throws {
        var starts = [Int](repeating: 0, count: digits + 1)
        try inPieces(keys.count) { piece in
            for i in piece { starts[Int((keys[i] >> shift) & UInt64(digits - 1)) + 1] += 1 }
        }
        for digit in 0..<digits { starts[digit + 1] += starts[digit] }
        try inPieces(places.count) { piece in
            for i in piece {
                let digit = Int((keys[places[i]] >> shift) & UInt64(digits - 1))
                next[starts[digit]] = places[i]
                starts[digit] += 1
            }
        }
    }
}
