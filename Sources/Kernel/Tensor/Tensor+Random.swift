import CKernels

// Random fills beside `uniform` and `normal`. Element i depends on the key and on i alone.

extension Tensor {
    /// Whole numbers, each of low ... high equally likely.
    public static func integers(
        _ shape: [Int], _ low: Int, _ high: Int, key: Key, _ dtype: DType = .int64
    ) throws -> Tensor {
        guard low <= high else {
            throw KernelError.value(op: "randint", name: "high", expected: "at least \(low)", got: "\(high)")
        }
        let width = UInt64(bitPattern: Int64(high &- low)) &+ 1
        let result = try Tensor(empty: shape, .int64, op: "randint")
        try result.write(Int64.self) { out in
            key.forEachWord(out.count) { i, word in
                let draw = width == 0 ? word : word.multipliedFullWidth(by: width).high
                out[i] = Int64(low) &+ Int64(bitPattern: draw)
            }
        }
        return try result.converted(to: dtype)
    }

    /// 1 with the given probability, otherwise 0.
    public static func bernoulli(_ shape: [Int], _ p: Double, key: Key, _ dtype: DType = .float32) throws -> Tensor {
        try full(shape, p, .float64, op: "bernoulli").bernoulli(key: key).converted(to: dtype)
    }

    /// 1 with the probability that the element says, otherwise 0; in this tensor's type.
    /// - Throws: `KernelError.value` for an element outside 0 ... 1.
    public func bernoulli(key: Key) throws -> Tensor {
        let draws = try Tensor.uniform(shape, key: key, .float64)
        try converted(to: .float64).read(Double.self) { p in
            if let bad = p.first(where: { !(0...1).contains($0) }) {
                throw KernelError.value(
                    op: "bernoulli", name: "p", expected: "probabilities from 0 to 1", got: numberText(bad))
            }
            try draws.write(Double.self) { out in for i in out.indices { out[i] = out[i] < p[i] ? 1 : 0 } }
        }
        return try draws.converted(to: dtype)
    }

    /// The numbers 0 ..< count in a random order (int64); the same order as `Key.permutation`.
    public static func permutation(_ count: Int, key: Key) throws -> Tensor {
        let result = try Tensor(empty: [count], .int64, op: "randperm")
        try result.write(Int64.self) { order in
            for i in order.indices { order[i] = Int64(i) }
            key.forEachWord(count, backwards: true) { i, word in
                if i > 0 { order.swapAt(i, Int(word.multipliedFullWidth(by: UInt64(i + 1)).high)) }
            }
        }
        return result
    }
}

extension Key {
    /// Calls the body with 64 random bits for each of 0 ..< count: words 2i and 2i + 1 of the key's stream.
    fileprivate func forEachWord(_ count: Int, backwards: Bool = false, _ body: (Int, UInt64) -> Void) {
        let block = 2048
        var words = [UInt32](repeating: 0, count: 2 * block)
        let blocks = (count + block - 1) / block
        for turn in 0..<blocks {
            let first = (backwards ? blocks - 1 - turn : turn) * block, size = min(block, count - first)
            ck_random_bits(bits, UInt64(2 * first), &words, 2 * size)
            for place in 0..<size {
                let i = backwards ? size - 1 - place : place
                body(first + i, UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1]))
            }
        }
    }
}
