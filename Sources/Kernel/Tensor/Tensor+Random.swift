import CKernels

// Random fills. Element i depends on the key and on i alone, never on threads or on the order of work.

extension Tensor {
    /// Uniform in [low, high), element i of the stream `key` in row-major order.
    public static func uniform(
        _ shape: [Int], _ low: Double = 0, _ high: Double = 1, key: Key, _ dtype: DType = .float32
    ) throws -> Tensor {
        let tensor = try Tensor(empty: shape, dtype, op: "rand")
        switch dtype {
        case .float32: try tensor.draw(key, ck_random_uniform_f32, shift: Float(low), scale: Float(high - low))
        case .float64: try tensor.draw(key, ck_random_uniform_f64, shift: low, scale: high - low)
        default: throw KernelError.dtype(op: "rand", got: [dtype], expected: "float32 or float64")
        }
        return tensor
    }

    /// Normal with the given mean and standard deviation.
    public static func normal(
        _ shape: [Int], mean: Double = 0, std: Double = 1, key: Key, _ dtype: DType = .float32
    ) throws -> Tensor {
        let tensor = try Tensor(empty: shape, dtype, op: "randn")
        switch dtype {
        case .float32: try tensor.draw(key, ck_random_normal_f32, shift: Float(mean), scale: Float(std))
        case .float64: try tensor.draw(key, ck_random_normal_f64, shift: mean, scale: std)
        default: throw KernelError.dtype(op: "randn", got: [dtype], expected: "float32 or float64")
        }
        return tensor
    }

    /// Fills with shift + scale times a stream, in pieces on all threads; Ctrl-C is polled between pieces.
    private func draw<T: FloatScalar>(
        _ key: Key, _ stream: @Sendable (UInt64, UInt64, UnsafeMutablePointer<T>?, Int) -> Void, shift: T, scale: T
    ) throws {
        let piece = 1 << 19
        try write(T.self) { out in
            guard let base = out.baseAddress else { return }
            for first in Swift.stride(from: 0, to: out.count, by: piece) {
                try Interrupt.check()
                nonisolated(unsafe) let start = base + first
                Workers.split(min(piece, out.count - first), grain: 1 << 15) { part in
                    let place = start + part.lowerBound
                    stream(key.bits, UInt64(first + part.lowerBound), place, part.count)
                    if shift != 0 || scale != 1 { for i in 0..<part.count { place[i] = shift + scale * place[i] } }
                }
            }
        }
    }

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
            try key.forEachWord(out.count) { i, word in
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
            try key.forEachWord(count, backwards: true) { i, word in
                if i > 0 { order.swapAt(i, Int(word.multipliedFullWidth(by: UInt64(i + 1)).high)) }
            }
        }
        return result
    }
}

extension Key {
    /// Calls the body with 64 random bits for each of 0 ..< count: words 2i and 2i + 1 of the key's stream.
    fileprivate func forEachWord(_ count: Int, backwards: Bool = false, _ body: (Int, UInt64) -> Void) throws {
        let block = 2048
        var words = [UInt32](repeating: 0, count: 2 * block)
        let blocks = (count + block - 1) / block
        for turn in 0..<blocks {
            try Interrupt.check()
            let first = (backwards ? blocks - 1 - turn : turn) * block, size = min(block, count - first)
            ck_random_bits(bits, UInt64(2 * first), &words, 2 * size)
            for place in 0..<size {
                let i = backwards ? size - 1 - place : place
                body(first + i, UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1]))
            }
        }
    }
}
