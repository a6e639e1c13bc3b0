/// The element at one rank of many 64-bit keys without ordering them: the keys are counted by 11 bits at a time from
/// the highest, each time only those that begin as the wanted one does. Needs no memory beside the counts.
enum RankSelection {
    private static let digits = 1 << 11

    /// The place of the key that stands at `rank` (0 the smallest) in ascending order, equal ones in their own order.
    /// The 9, 4, 7, 4 have at rank 1 the place 3.
    /// - Throws: `Interrupted`.
    static func place(of rank: Int, in keys: [UInt64]) throws -> Int {
        var wanted: UInt64 = 0, left = rank
        for shift in [53, 42, 31, 20, 9, 0] as [UInt64] {
            let counts = try counts(of: keys, beginningAs: wanted, shift)
            var digit = 0
            while counts[digit] <= left {
                left -= counts[digit]
                digit += 1
            }
            wanted |= UInt64(digit) << shift
            if counts[digit] == 1 { return try occurrence(0, in: keys) { $0 >> shift == wanted >> shift } }
        }
        return try occurrence(left, in: keys) { $0 == wanted }
    }

    /// How many keys that agree with `wanted` above the digit at `shift` have each value of that digit. The lowest digit
    /// has 9 bits.
    private static func counts(of keys: [UInt64], beginningAs wanted: UInt64, _ shift: UInt64) throws -> [Int] {
        var counts = [Int](repeating: 0, count: digits)
        let width: UInt64 = shift == 0 ? 9 : 11, above = shift + width, mask: UInt64 = 1 << width - 1
        try inPieces(keys.count) { piece in
            for i in piece where (keys[i] ^ wanted) >> above == 0 { counts[Int((keys[i] >> shift) & mask)] += 1 }
        }
        return counts
    }

    /// The place of the key number `number` (from 0) of those that fit.
    private static func occurrence(_ number: Int, in keys: [UInt64], _ fits: (UInt64) -> Bool) throws -> Int {
        var seen = 0, found = keys.count
        try inPieces(keys.count) { piece in
            guard found == keys.count else { return }
            for i in piece where fits(keys[i]) {
                if seen == number { found = min(found, i) }
                seen += 1
            }
        }
        return found
    }
}
