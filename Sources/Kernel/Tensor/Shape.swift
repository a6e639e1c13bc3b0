/// Rules about shapes: plain arrays of non-negative sizes, row-major.
public enum Shape {
    /// The most dimensions a tensor may have.
    public static let maxRank = 16

    /// The number of elements.
    /// - Throws: `KernelError` for negative sizes, too many dimensions and products beyond what memory can address.
    public static func count(_ shape: [Int], _ op: String) throws -> Int {
        guard shape.count <= maxRank else {
            throw KernelError.shape(op: op, shapes: [shape], reason: "at most \(maxRank) dimensions are possible")
        }
        var total = 1
        for size in shape {
            guard size >= 0 else {
                throw KernelError.shape(op: op, shapes: [shape], reason: "sizes must not be negative")
            }
            let (product, overflow) = total.multipliedReportingOverflow(by: max(size, 1))
            guard !overflow, product < 1 << 48 else {
                throw KernelError.shape(op: op, shapes: [shape], reason: "too many elements")
            }
            total = product
        }
        guard shape.contains(0) else { return total }
        // Loops over rows need not ask whether rows are empty: there are never more than a loop can take.
        guard total <= 1 << 28 else {
            throw KernelError.shape(op: op, shapes: [shape], reason: "too many rows without elements")
        }
        return 0
    }

    /// Strides in elements of a row-major tensor.
    public static func strides(_ shape: [Int]) -> [Int] {
        // Lists of a length that is known are made in half the time of others, and nearly every tensor needs one.
        switch shape.count {
        case 0: return []
        case 1: return [1]
        case 2: return [max(shape[1], 1), 1]
        case 4:
            let row = max(shape[3], 1), plane = row * max(shape[2], 1)
            return [plane * max(shape[1], 1), plane, row, 1]
        default: break
        }
        var strides = [Int](repeating: 1, count: shape.count)
        var step = 1
        for axis in shape.indices.reversed() {
            strides[axis] = step
            step *= max(shape[axis], 1)
        }
        return strides
    }

    /// The common shape of two operands, aligned at the last axis; sizes of 1 stretch.
    public static func broadcast(_ a: [Int], _ b: [Int], _ op: String) throws -> [Int] {
        if a == b { return a }
        let rank = max(a.count, b.count)
        return try (0..<rank).map { axis in
            let i = axis - (rank - a.count), j = axis - (rank - b.count)
            let x = i < 0 ? 1 : a[i], y = j < 0 ? 1 : b[j]
            guard x == y || x == 1 || y == 1 else {
                throw KernelError.shape(op: op, shapes: [a, b], reason: "operands do not broadcast")
            }
            return x == 1 ? y : x
        }
    }

    /// An axis counted from the end when negative, checked.
    public static func axis(_ axis: Int, rank: Int, _ op: String) throws -> Int {
        let resolved = axis < 0 ? axis &+ rank : axis
        guard resolved >= 0, resolved < rank else {
            throw KernelError.value(
                op: op, name: "axis", expected: rank == 0 ? "a tensor with axes" : "an axis of \(rank)",
                got: "axis \(axis)")
        }
        return resolved
    }

    /// Distinct axes in ascending order; an empty list means all of them.
    public static func axes(_ axes: [Int], rank: Int, _ op: String) throws -> [Int] {
        if axes.isEmpty { return Array(0..<rank) }
        let resolved = try axes.map { try axis($0, rank: rank, op) }.sorted()
        for (a, b) in zip(resolved, resolved.dropFirst()) where a == b {
            throw KernelError.value(op: op, name: "axis", expected: "distinct axes", got: "axis \(a) twice")
        }
        return resolved
    }
}
