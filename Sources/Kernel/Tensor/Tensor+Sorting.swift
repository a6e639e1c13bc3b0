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
        var first: [Int64] = [], counts: [Int64] = [], inverse = try arrayInPieces(count) { _ in Int64(0) }
        try inPieces(order.count) { piece in
            for place in piece {
                let i = Int(order[place])
                if place == 0 || keys[Int(order[place - 1])] != keys[i] {
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
        let places = try arrayInPieces(wanted.count) { i in
            Int64(sorted.partition { right ? $0 > wanted[i] : $0 >= wanted[i] })
        }
        return try Tensor(places, values.shape)
    }

    /// The place (int64) along an axis of the element that stands at each of the ranks in ascending order, equal ones
    /// counted in their own order; the axis has one position per rank. Costs no sorting.
    func places(ofRanks ranks: [Int], axis: Int) throws -> Tensor {
        let (outer, size, inner) = Shape.around(axis, shape)
        var target = shape
        target[axis] = ranks.count
        let keys = try sortKeys(), result = try Tensor(empty: target, .int64, op: "quantile")
        if result.count == 0 { return result }
        try result.write(Int64.self) { out in
            for block in 0..<outer {
                for column in 0..<inner {
                    let row = try Tensor.row(of: keys, from: block * size * inner + column, size, by: inner)
                    let order = size < 1 << 11 ? try Tensor.stableOrder(row) : []
                    for (number, rank) in ranks.enumerated() {
                        let place = try order.isEmpty ? RankSelection.place(of: rank, in: row) : Int(order[rank])
                        out[(block * ranks.count + number) * inner + column] = Int64(place)
                    }
                }
            }
        }
        return result
    }

    /// One key per element in row-major order.
    private func sortKeys() throws -> [UInt64] {
        switch dtype {
        case .int64:
            return try read(Int64.self) { numbers in
                try arrayInPieces(numbers.count) { UInt64(bitPattern: numbers[$0]) ^ 1 << 63 }
            }
        case .float32:
            return try read(Float.self) { numbers in try arrayInPieces(numbers.count) { sortKey(Double(numbers[$0])) } }
        default:
            return try converted(to: .float64).read(Double.self) { numbers in
                try arrayInPieces(numbers.count) { sortKey(numbers[$0]) }
            }
        }
    }

    /// Elements of row-major keys at equal distances.
    private static func row(of keys: [UInt64], from first: Int, _ count: Int, by step: Int) throws -> [UInt64] {
        if count == keys.count { return keys }
        return try arrayInPieces(count) { keys[first + $0 * step] }
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
                    var row = try Tensor.row(of: keys, from: block * size * inner + column, size, by: inner)
                    if descending { row = try arrayInPieces(size) { ~row[$0] } }
                    let order = try Tensor.stableOrder(row, first: kept)
                    try inPieces(kept) { piece in
                        for place in piece { out[(block * kept + place) * inner + column] = Int64(order[place]) }
                    }
                }
            }
        }
        return result
    }

    /// The places of the `first` smallest keys in order.
    private static func stableOrder(_ keys: [UInt64], first: Int = .max) throws -> [UInt32] {
        guard keys.count <= UInt32.max else { throw KernelError.memory(bytes: keys.count * 24) }
        if first < keys.count / 8 { return try smallest(first, of: keys) }
        if keys.count >= 1 << 11 { return try RadixOrder.of(keys) }
        try Interrupt.check()
        let pairs = keys.enumerated().map { (key: $0.element, place: UInt32($0.offset)) }
        return pairs.sorted { $0.key < $1.key || ($0.key == $1.key && $0.place < $1.place) }.map(\.place)
    }

    /// Keeps the best so far in order: most keys are turned away by one comparison.
    private static func smallest(_ count: Int, of keys: [UInt64]) throws -> [UInt32] {
        guard count > 0 else { return [] }
        var best: [UInt32] = []
        best.reserveCapacity(count + 1)
        try inPieces(keys.count) { piece in
            for place in piece where best.count < count || keys[place] < keys[Int(best[count - 1])] {
                best.insert(UInt32(place), at: best.partition { keys[Int($0)] > keys[place] })
                if best.count > count { best.removeLast() }
            }
        }
        return best
    }
}

/// A key whose unsigned order is that of the numbers: nan the largest, -0 equal to 0.
@inline(__always) private func sortKey(_ number: Double) -> UInt64 {
    if number.isNaN { return .max }
    let bits = (number + 0).bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
}

extension Array {
    /// The first place whose element belongs to the second part, when all that do stand after all that do not.
    @inline(__always) fileprivate func partition(_ isSecond: (Element) -> Bool) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if isSecond(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
