/// The order of many 64-bit keys by counting: one stable pass per group of 11 bits, from the lowest, groups that are
/// the same in all keys left out. Small whole numbers take one pass, float32 values three or four.
enum RadixOrder {
    private static let digits = 1 << 11

    /// The places of the keys, at most 2^32 - 1, in ascending order, equal ones in their own.
    /// - Throws: `Interrupted`.
    static func of(_ keys: [UInt64]) throws -> [UInt32] {
        let differing = try differingBits(keys)
        var places = try arrayInPieces(keys.count) { UInt32($0) }
        for shift in stride(from: 0, to: 64, by: 11) where (differing >> UInt64(shift)) & UInt64(digits - 1) != 0 {
            places = try pass(keys, places, UInt64(shift))
        }
        return places
    }

    /// The bits in which not all keys agree.
    private static func differingBits(_ keys: [UInt64]) throws -> UInt64 {
        var differing: UInt64 = 0
        try inPieces(keys.count) { piece in for i in piece { differing |= keys[i] ^ keys[0] } }
        return differing
    }

    private static func pass(_ keys: [UInt64], _ places: [UInt32], _ shift: UInt64) throws -> [UInt32] {
        var starts = [Int](repeating: 0, count: digits + 1)
        try inPieces(keys.count) { piece in
            for i in piece { starts[Int((keys[i] >> shift) & UInt64(digits - 1)) + 1] += 1 }
        }
        for digit in 0..<digits { starts[digit + 1] += starts[digit] }
        return try [UInt32](unsafeUninitializedCapacity: places.count) { next, made in
            try inPieces(places.count) { piece in
                for i in piece {
                    let digit = Int((keys[Int(places[i])] >> shift) & UInt64(digits - 1))
                    next[starts[digit]] = places[i]
                    starts[digit] += 1
                }
            }
            made = places.count
        }
    }
}
