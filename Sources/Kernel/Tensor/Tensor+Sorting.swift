// Order along an axis. Elements are compared through 64-bit keys whose unsigned order is theirs, so one loop serves
// every type: nan counts as the largest number, -0 equals 0, and equal elements keep their order.

extension Tensor {
    /// Positions (int64) that put the elements along an axis in order; stable.
    public func argsort(axis: Int = -1, descending: Bool = false) throws -> Tensor {
        try order(axis, descending, keep: .max, "argsort")
    }

    /// The elements along an axis in order, and the positions they come from. Gradients follow the elements.
    public func sort(axis: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        if rank == 0 { return (self, try .zeros([], .int64)) }
        let indices = try order(axis, descending, keep: .max, "sort")
        return (try gather(axis: axis, indices), indices)
    }

    /// The k largest (or smallest) elements along an axis in order, and their positions.
    /// - Throws: `KernelError.value` unless 0 <= k <= the axis' size.
    public func topk(_ k: Int, axis: Int = -1, largest: Bool = true) throws -> (values: Tensor, indices: Tensor) {
        let size = shape[try Shape.axis(axis, rank: rank, "topk")]
        guard k >= 0, k <= size else {
            throw KernelError.value(op: "topk", name: "k", expected: "0 to \(size)", got: "\(k)")
        }
        let indices = try order(axis, largest, keep: k, "topk")
        return (try gather(axis: axis, indices), indices)
    }

    /// The distinct elements in ascending order, how often each occurs, and for each element which it is (int64).
    public func unique() throws -> (values: Tensor, counts: Tensor, inverse: Tensor) {
        let keys = try detached().sortKeys(), order = try Tensor.stableOrder(keys)
        var first: [Int64] = [], counts: [Int64] = [], inverse = [Int64](repeating: 0, count: count)
        try inPieces(order.count) { piece in
            for place in piece {
                let i = order[place]
                if place == 0 || keys[order[place - 1]] != keys[i] {
                    first.append(Int64(i))
                    counts.append(0)
                }
                counts[counts.count - 1] += 1
                inverse[i] = Int64(counts.count - 1)
            }
        }
        let values = try detached().reshape([count]).take(Tensor(first), axis: 0)
        return (values, try Tensor(counts), try Tensor(inverse, shape))
    }

    /// For each value the position (int64) at which it would go into this ascending vector: before equal elements, or
    /// after them with `right`.
    public func searchsorted(_ values: Tensor, right: Bool = false) throws -> Tensor {
        guard rank == 1 else {
            throw KernelError.shape(op: "searchsorted", shapes: [shape], reason: "a vector expected")
        }
        let common = DType.promoted(dtype, values.dtype)
        let sorted = try converted(to: common).sortKeys(), wanted = try values.converted(to: common).sortKeys()
        return try Tensor(
            wanted.map { key in
                var low = 0, high = sorted.count
                while low < high {
                    let middle = (low + high) / 2
                    if sorted[middle] < key || (right && sorted[middle] == key) {
                        low = middle + 1
                    } else {
                        high = middle
                    }
                }
                return Int64(low)
            }, values.shape)
    }

    /// One key per element in row-major order.
    private func sortKeys() throws -> [UInt64] {
        let sign: UInt64 = 1 << 63
        if dtype == .int64 {
            return try read(Int64.self) { numbers in
                var keys = [UInt64](repeating: 0, count: numbers.count)
                try inPieces(numbers.count) { for i in $0 { keys[i] = UInt64(bitPattern: numbers[i]) ^ sign } }
                return keys
            }
        }
        return try converted(to: .float64).read(Double.self) { numbers in
            var keys = [UInt64](repeating: .max, count: numbers.count)  // nan
            try inPieces(numbers.count) { piece in
                for i in piece where !numbers[i].isNaN {
                    let bits = (numbers[i] + 0).bitPattern
                    keys[i] = bits & sign == 0 ? bits | sign : ~bits
                }
            }
            return keys
        }
    }

    private func order(_ axis: Int, _ descending: Bool, keep: Int, _ op: String) throws -> Tensor {
        let axis = try Shape.axis(axis, rank: rank, op)
        let (outer, size, inner) = Shape.around(axis, shape), kept = min(keep, size)
        var target = shape
        target[axis] = kept
        let keys = try sortKeys(), result = try Tensor(empty: target, .int64, op: op)
        if result.count == 0 { return result }
        try result.write(Int64.self) { out in
            for block in 0..<outer {
                for column in 0..<inner {
                    let row = (0..<size).map { keys[(block * size + $0) * inner + column] }
                    let order = try Tensor.stableOrder(descending ? row.map { ~$0 } : row, first: kept)
                    for place in 0..<kept { out[(block * kept + place) * inner + column] = Int64(order[place]) }
                }
            }
        }
        return result
    }

    /// The places of the `first` smallest keys in order.
    private static func stableOrder(_ keys: [UInt64], first: Int = .max) throws -> [Int] {
        if first < keys.count / 8 { return try smallest(first, of: keys) }
        if keys.count >= 1 << 11 { return try RadixOrder.of(keys) }
        var pairs = keys.enumerated().map { (key: $0.element, place: $0.offset) }
        try pairs.sort {
            try Interrupt.check()
            return $0.key < $1.key || ($0.key == $1.key && $0.place < $1.place)
        }
        return pairs.map(\.place)
    }

    /// Keeps the best so far in order: most keys are turned away by one comparison.
    private static func smallest(_ count: Int, of keys: [UInt64]) throws -> [Int] {
        try Interrupt.check()
        guard count > 0 else { return [] }
        var best: [Int] = []
        best.reserveCapacity(count + 1)
        for (place, key) in keys.enumerated() where best.count < count || key < keys[best[count - 1]] {
            var low = 0, high = best.count
            while low < high {
                let middle = (low + high) / 2
                if keys[best[middle]] <= key { low = middle + 1 } else { high = middle }
            }
            best.insert(place, at: low)
            if best.count > count { best.removeLast() }
        }
        return best
    }
}
