/// Sizes and row-major strides of a tensor, held once: what is computed elementwise shares its operand's, which costs one
/// reference instead of two lists.
final class Extents: Sendable {
    /// Sizes of the axes; empty for a scalar.
    let sizes: [Int]
    /// Strides in elements of a row-major tensor of these sizes.
    let strides: [Int]
    /// Number of elements.
    let count: Int

    /// The caller has checked the sizes and counted the elements.
    init(_ sizes: [Int], count: Int) {
        (self.sizes, self.count, strides) = (sizes, count, Shape.strides(sizes))
    }
    /// - Throws: `KernelError` for sizes that no tensor can have.
    convenience init(_ sizes: [Int], _ op: String) throws { self.init(sizes, count: try Shape.count(sizes, op)) }

    /// Whether both are of the same sizes.
    @inline(__always)
    func agree(with other: Extents) -> Bool { self === other || sizes == other.sizes }
}
