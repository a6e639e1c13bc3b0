import CKernels

/// A key of the counter-based random generator (Philox4x32-10, Salmon et al. 2011).
///
/// `key.fold(sample).fold(step)` names an independent stream, so a draw depends on what it is for and never on the
/// batch size, the number of threads or the order of calls.
public struct Key: Hashable, Sendable {
    public let bits: UInt64

    /// The root key of a seed.
    public init(seed: Int) { bits = Key.mix(0x6173_7361_795F_6B65, UInt64(bitPattern: Int64(seed))) }
    private init(bits: UInt64) { self.bits = bits }

    /// The key of a sub-stream; different numbers give independent streams.
    public func fold(_ number: Int) -> Key { Key(bits: Key.mix(bits, UInt64(bitPattern: Int64(number)))) }
    /// The key of a named sub-stream: `key.fold("shuffle")`.
    public func fold(_ name: String) -> Key {
        name.utf8.reduce(fold(0x6E61_6D65)) { $0.fold(Int($1)) }
    }

    /// A seed for others from the key: a whole number from 0 to 2^53 - 1.
    public var seed: Int { Int(bits >> 11) }

    /// Element `index` of the key's stream: a number in [0, 1) with 53 bits.
    public func uniform(_ index: Int = 0) -> Double {
        var value = 0.0
        ck_random_uniform_f64(bits, UInt64(index), &value, 1)
        return value
    }

    /// A permutation of 0 ..< count (Fisher-Yates on the key's stream).
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        guard count > 1 else { return order }
        var words = [UInt32](repeating: 0, count: 2 * count)
        ck_random_bits(bits, 0, &words, words.count)
        for i in stride(from: count - 1, to: 0, by: -1) {
            let word = UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1])
            order.swapAt(i, Int(word.multipliedFullWidth(by: UInt64(i + 1)).high))
        }
        return order
    }

    private static func mix(_ key: UInt64, _ number: UInt64) -> UInt64 {
        var out: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
        withUnsafeMutableBytes(of: &out) {
            ck_philox(key, number, 0x666F_6C64, $0.baseAddress!.assumingMemoryBound(to: UInt32.self))
        }
        return UInt64(out.0) | UInt64(out.1) << 32
    }
}
