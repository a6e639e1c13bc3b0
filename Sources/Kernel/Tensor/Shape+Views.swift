/// The part of one axis that a view shows: `count` positions from `start`, `step` apart (negative steps run backwards).
public struct Slice: Equatable, Sendable {
    public var start: Int, count: Int, step: Int
    /// Whether the axis disappears from the shape; `count` is 1 then.
    public var drops: Bool

    public init(start: Int, count: Int, step: Int = 1, drops: Bool = false) {
        (self.start, self.count, self.step, self.drops) = (start, count, step, drops)
    }
    /// The whole of an axis.
    public static func all(_ size: Int) -> Slice { Slice(start: 0, count: size) }
    /// One position, without its axis.
    public static func at(_ position: Int) -> Slice { Slice(start: position, count: 1, drops: true) }

    /// Whether every position lies on an axis of the given size.
    func fits(_ size: Int) -> Bool {
        guard count > 0 else { return count == 0 && step != 0 }
        let (reach, overflow) = step.multipliedReportingOverflow(by: count - 1)
        guard step != 0, !overflow, start >= 0, start < size else { return false }
        let (last, beyond) = start.addingReportingOverflow(reach)
        return !beyond && last >= 0 && last < size
    }
}

extension Shape {
    /// A target shape for `reshape` with a single -1 replaced by what is left: `[6, 4]` to `[-1, 8]` is `[3, 8]`.
    /// - Throws: `KernelError.shape` when the element counts differ or the free size is not determined.
    public static func completed(_ target: [Int], from source: [Int], _ op: String = "reshape") throws -> [Int] {
        func mismatch(_ reason: String) -> KernelError { .shape(op: op, shapes: [source, target], reason: reason) }
        let total = try count(source, op)
        let free = target.indices.filter { target[$0] == -1 }
        guard free.count <= 1 else { throw mismatch("at most one size may be -1") }
        var shape = target
        if let axis = free.first {
            shape[axis] = 1
            let rest = try count(shape, op)
            guard rest > 0, total % rest == 0 else { throw mismatch("the size for -1 is not a whole number") }
            shape[axis] = total / rest
        }
        guard try count(shape, op) == total else { throw mismatch("element counts differ") }
        return shape
    }

    /// A permutation of all axes, resolved and checked.
    public static func permutation(_ axes: [Int], rank: Int, _ op: String = "permute") throws -> [Int] {
        let resolved = try axes.map { try axis($0, rank: rank, op) }
        guard resolved.sorted() == Array(0..<rank) else {
            throw KernelError.value(
                op: op, name: "axes", expected: "each of \(rank) axes once", got: "\(axes.count) axes \(axes)")
        }
        return resolved
    }

    /// A target for `expand`: sizes of -1 keep the source's.
    static func expanded(_ source: [Int], to target: [Int]) throws -> [Int] {
        let lead = target.count - source.count
        let wanted = target.indices.map { target[$0] == -1 && $0 >= lead ? source[$0 - lead] : target[$0] }
        _ = try count(wanted, "expand")
        guard lead >= 0, try broadcast(source, wanted, "expand") == wanted else {
            throw KernelError.shape(op: "expand", shapes: [source, target], reason: "the shape does not stretch to it")
        }
        return wanted
    }

    /// Elements before, on and after an axis: a contiguous tensor is `outer` blocks of `size` rows of `inner` elements.
    static func around(_ axis: Int, _ shape: [Int]) -> (outer: Int, size: Int, inner: Int) {
        (shape[..<axis].reduce(1, *), shape[axis], shape[(axis + 1)...].reduce(1, *))
    }

    /// The shape that a list of slices, one per axis, leaves; throws when one leaves its axis.
    static func sliced(_ shape: [Int], _ slices: [Slice], _ op: String = "index") throws -> [Int] {
        guard slices.count == shape.count else {
            throw KernelError.shape(op: op, shapes: [shape], reason: "\(slices.count) indices for \(shape.count) axes")
        }
        for (slice, size) in zip(slices, shape) where !slice.fits(size) {
            throw KernelError.shape(op: op, shapes: [shape], reason: "position outside the tensor")
        }
        return slices.filter { !$0.drops }.map(\.count)
    }
}

extension Tensor {
    /// A view of the given part of each axis; not recorded.
    func sliced(_ slices: [Slice]) throws -> Tensor {
        let target = try Shape.sliced(shape, slices)
        let (_, offset, strides) = try strided()
        let start = zip(slices, strides).reduce(offset) { $0 + ($1.0.count > 0 ? $1.0.start * $1.1 : 0) }
        let kept = zip(slices, strides).filter { !$0.0.drops }.map { $0.0.step &* $0.1 }
        return try view(target, strides: kept, offset: start)
    }

    /// A view with the axes in another order; not recorded. The axes have been checked.
    func permuted(_ axes: [Int]) throws -> Tensor {
        let (_, offset, strides) = try strided()
        return try view(axes.map { shape[$0] }, strides: axes.map { strides[$0] }, offset: offset)
    }
}
