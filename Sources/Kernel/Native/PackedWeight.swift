import CKernels
import Synchronization

// Weights are re-ordered once per change for the loops that read them: packed forms hang on the storage that holds the
// weights.

/// A packed form of weights with the version of the storage that it was made from.
struct PackedWeight: Sendable {
    /// What it is made for: a layout of oneDNN's, or the panels of a matrix for our products.
    enum Form: Equatable, Sendable { case native(Layout), panels(Panels.Form) }
    enum Contents: Sendable { case native(NativeBlock), panels(Panels?) }
    let version: Int
    let offset: Int
    let form: Form
    let contents: Contents
}

private let packing = Mutex(())
/// A weight has a form for the forward pass and one for the input gradient, for few batch sizes.
private let formsKept = 4

extension Storage {
    /// What is known of this form of the contents as they are.
    fileprivate func packed(_ form: PackedWeight.Form, offset: Int) -> PackedWeight.Contents? {
        let version = version
        return packing.withLock { _ in
            packed.first { $0.version == version && $0.offset == offset && $0.form == form }?.contents
        }
    }

    /// Keeps a form of the contents as they were in that version.
    fileprivate func keep(_ contents: PackedWeight.Contents, _ form: PackedWeight.Form, offset: Int, version: Int) {
        packing.withLock { _ in
            packed.removeAll { $0.version != version || $0.form == form && $0.offset == offset }
            if packed.count >= formsKept { packed.removeFirst() }
            packed.append(PackedWeight(version: version, offset: offset, form: form, contents: contents))
        }
    }
}

extension Tensor {
    /// This weight, seen as `shape` (its groups split), in the layout; packed anew only when the elements changed.
    func packed(_ shape: [Int], _ layout: Layout) throws -> NativeBlock {
        let plain = try contiguous()
        let (storage, offset, _) = try plain.strided()
        let version = storage.version
        if case .native(let block)? = storage.packed(.native(layout), offset: offset) { return block }
        let source = try plain.block(shape, op: "conv2d"), block = try source.reordered(to: layout)
        if block !== source { storage.keep(.native(block), .native(layout), offset: offset, version: version) }
        return block
    }

    /// This contiguous matrix, or its transpose, in panels, from the second time on that somebody asks for it unchanged:
    /// what is wanted once is packed faster on the way. Nil before, and for one that is larger than panels should be.
    func panels(turned: Bool) throws -> Panels? {
        guard count <= Panels.mostElements else { return nil }
        let form = Panels.Form(rows: shape[turned ? 1 : 0], columns: shape[turned ? 0 : 1], isTurned: turned)
        let (storage, offset, _) = try strided()
        let version = storage.version
        guard case .panels(let known)? = storage.packed(.panels(form), offset: offset) else {
            storage.keep(.panels(nil), .panels(form), offset: offset, version: version)
            return nil
        }
        if let known { return known }
        let panels = try Panels(self, form)
        storage.keep(.panels(panels), .panels(form), offset: offset, version: version)
        return panels
    }
}

/// A matrix as the products that skip zeros read it as their right operand, strip by strip of its columns.
struct Panels: Sendable {
    /// Larger ones would double what a model takes of the memory.
    static let mostElements = 1 << 21

    /// Rows and columns of the operand, and whether it is the transpose of what is stored.
    struct Form: Equatable, Sendable { var rows: Int, columns: Int, isTurned: Bool }
    let elements: Storage
    /// Whether all elements are finite; only known of a transpose.
    let isFinite: Bool

    fileprivate init(_ matrix: Tensor, _ form: Form) throws {
        elements = try Storage(bytes: ck_sparse_panels(form.rows, form.columns) * MemoryLayout<Float>.stride)
        isFinite = ck_sparse_panels_f32(
            try matrix.rowPointer(), form.rows, form.columns, form.isTurned,
            elements.base.assumingMemoryBound(to: Float.self))
    }
}
