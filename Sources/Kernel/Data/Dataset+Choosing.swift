// Smaller data sets from larger ones. No example is copied; every step is remembered.

extension Dataset {
    /// The first n examples, or all when there are fewer.
    /// - Throws: `KernelError.value` for a negative n.
    public func head(_ n: Int) throws -> Dataset {
        guard n >= 0 else {
            throw KernelError.value(op: "head", name: "n", expected: "integer >= 0", got: "number \(n)")
        }
        return choosing(Array(0..<min(n, count)), "head(\(n))")
    }

    /// The given examples, counted from 0, in the given order.
    public func take(_ indices: [Int]) throws -> Dataset {
        if let bad = indices.first(where: { $0 < 0 || $0 >= count }) {
            throw KernelError.value(
                op: "take", name: "indices", expected: "1 to \(count)", got: "index \(bad &+ 1)")
        }
        return choosing(indices, "take(\(indices.count) examples, sha256 \(try Self.digest(of: indices)))")
    }

    /// All examples in an order that depends on the seed alone.
    public func shuffle(_ key: Key, seed: Int? = nil) -> Dataset {
        let step = seed.map { "shuffle(seed = \($0))" } ?? "shuffle(key \(String(key.bits, radix: 16)))"
        return choosing(key.fold("shuffle").permutation(count), step)
    }

    /// The examples of one class.
    public func byClass(_ label: Int) throws -> Dataset {
        guard label >= 0, label < classNames.count else {
            throw KernelError.value(
                op: "by_class", name: "class", expected: "integer from 0 to \(classNames.count - 1)",
                got: "number \(label)")
        }
        return choosing((0..<count).filter { self.label($0) == label }, "by_class(\(label))")
    }

    /// The numbers of examples of every class.
    public var classCounts: [Int] {
        var counts = [Int](repeating: 0, count: classNames.count)
        for index in 0..<count { counts[label(index)] += 1 }
        return counts
    }

    /// Disjoint parts: of given sizes (whole numbers), or of given fractions that sum to at most 1. With a key the
    /// examples are shuffled first; without one the parts are consecutive.
    ///
    /// Fractions round at the boundaries, so `{0.9, 0.1}` leaves nothing out: 10 examples give 9 and 1.
    public func split(_ parts: [Double], key: Key? = nil, seed: Int? = nil) throws -> [Dataset] {
        let sizes = try partSizes(parts)
        let order = key?.fold("split").permutation(count) ?? Array(0..<count)
        let list = parts.map(numberText).joined(separator: ", ")
        let seedText = seed.map { ", seed = \($0)" } ?? key.map { ", key \(String($0.bits, radix: 16))" } ?? ""
        var start = 0
        return sizes.enumerated().map { part, size in
            defer { start += size }
            return choosing(Array(order[start..<start + size]), "split({\(list)}\(seedText))[\(part + 1)]")
        }
    }

    private func partSizes(_ parts: [Double]) throws -> [Int] {
        func wrong() -> KernelError {
            .value(
                op: "split", name: "parts", expected: "fractions that sum to at most 1, or counts to at most \(count)",
                got: "{" + parts.map(numberText).joined(separator: ", ") + "}")
        }
        guard !parts.isEmpty, parts.allSatisfy({ $0 >= 0 && $0 < 1e15 }) else { throw wrong() }
        let total = parts.reduce(0, +)
        if total <= 1 + 1e-9, parts.contains(where: { $0 != $0.rounded() }) {
            var sum = 0.0, start = 0
            return parts.map { part in
                sum += part
                let end = min(count, Int((sum * Double(count)).rounded()))
                defer { start = end }
                return end - start
            }
        }
        guard parts.allSatisfy({ $0 == $0.rounded() }), total <= Double(count) else { throw wrong() }
        return parts.map { Int($0) }
    }

    private static func digest(of indices: [Int]) throws -> String {
        var digest = Digest()
        try indices.withUnsafeBytes { try digest.add($0) }
        return String(digest.finish().prefix(8))
    }
}

// MARK: - Describing

extension Dataset {
    /// Source, shape, range, digest, and the number of examples of every class.
    public func describe() throws -> String {
        let limits = range.map { "\(numberText($0.lowerBound)) to \(numberText($0.upperBound))" } ?? "no limits"
        var classes = Kernel.Table("", ["label", "class", "examples"])
        for (label, count) in classCounts.enumerated().prefix(100) {
            classes.add([.int(label), .text(classNames[label]), .int(count)])
        }
        if classNames.count > 100 { classes.note = "... \(classNames.count - 100) more classes" }
        let bytes = exampleShape.reduce(count * table.images.dtype.size, *)
        return """
            \(self)
            values \(limits), \(byteText(bytes)), sha256 \(try digest())
            \(classes)
            """
    }
}

// MARK: - Batches

extension Dataset {
    /// Runs of examples, the last one perhaps shorter.
    public struct Batches: Sequence, IteratorProtocol {
        private let data: Dataset
        private let order: [Int]
        private let size: Int
        private var start = 0

        init(_ data: Dataset, _ order: [Int], size: Int) {
            (self.data, self.order, self.size) = (data, order, Swift.min(size, Swift.max(1, order.count)))
        }

        /// Number of batches.
        public var count: Int { (order.count + size - 1) / size }
        /// Positions of the next batch in the data set; nil at the end.
        public mutating func next() -> [Int]? {
            guard start < order.count else { return nil }
            defer { start = Swift.min(start + size, order.count) }
            return Array(order[start..<Swift.min(start + size, order.count)])
        }
    }

    /// The examples' positions in batches, shuffled when a key is given.
    public func batches(_ size: Int, key: Key? = nil) throws -> Batches {
        guard size > 0 else {
            throw KernelError.value(op: "batches", name: "size", expected: "integer > 0", got: "number \(size)")
        }
        return Batches(self, key?.fold("shuffle").permutation(count) ?? Array(0..<count), size: size)
    }

    /// A data set of what the function makes of every example; all results must have one shape. Held as float32.
    public func map(_ step: String = "map", _ function: (_ image: Tensor, _ label: Int) throws -> Tensor) throws
        -> Dataset
    {
        var images: Tensor?
        for index in 0..<count {
            try Interrupt.check()
            let input = try self.images(CollectionOfOne(index)).withShape(exampleShape)
            let made = try function(input, label(index)).converted(to: .float32)
            if images == nil { images = try Tensor(empty: [count] + made.shape, .float32, op: "map") }
            guard let all = images, Array(all.shape.dropFirst()) == made.shape, made.rank > 0 else {
                throw KernelError.shape(
                    op: "map", shapes: [images.map { Array($0.shape.dropFirst()) } ?? [], made.shape],
                    reason: "every example must become the same shape")
            }
            try made.read(Float.self) { from in
                try all.write(Float.self) { to in
                    guard let start = from.baseAddress, let target = to.baseAddress else { return }
                    (target + index * made.count).update(from: start, count: made.count)
                }
            }
        }
        let table = try Table(
            images: images ?? .zeros([0] + exampleShape), labels: (0..<count).map { label($0) },
            classNames: classNames, range: range)
        return Dataset(table, provenance: provenance + [step])
    }
}
