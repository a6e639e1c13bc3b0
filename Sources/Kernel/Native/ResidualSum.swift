import CKernels

// max(0, a + b) at the end of a residual block. Where both operands are computed again when they are wanted, so is the sum,
// and its derivative goes by one bit per element.

/// Which elements of a native block of vectors of 16 are positive, one bit each.
private final class PositiveMarks: NativeContents {
    let layout: Layout
    let storage: Storage

    init(for layout: Layout) throws {
        self.layout = layout
        storage = try Storage(bytes: layout.bytes / 32)
    }
    func rowMajor() throws -> Storage { storage }

    var bits: UnsafeMutablePointer<UInt16> { storage.base.assumingMemoryBound(to: UInt16.self) }
    /// Vectors of 16 elements.
    var count: Int { layout.bytes / 64 }
}

extension Primitive {
    /// max(0, a + b) in one pass over operands of one shape; of any other operands the same in two.
    public static let addThenRelu = Primitive("add", result: add.result) { x, extra in
        if let (y, marks) = try x[0].markedSumThenRelu(x[1]) {
            extra = [marks]
            return y
        }
        let y = try x[0].sumThenRelu(x[1])
        extra = [y.detached()]
        return y
    } recomputation: { x, _, y in
        try Recomputation(of: y, sumOf: x[0], x[1])
            ?? Recomputation(of: y, from: x, onlyRecipes: true) { x in try x[0].sumThenRelu(x[1]) }
    } vjp: { g, call in
        let gate = call.extra[0], overwriting = call.ownsGradient
        if case .native(let marks as PositiveMarks) = gate.contents {
            return try add.vjp(g.passed(where: marks, overwriting: overwriting), call)
        }
        return try add.vjp(g.passed(where: gate, overwriting: overwriting), call)
    }
}

extension Tensor {
    fileprivate func sumThenRelu(_ other: Tensor) throws -> Tensor {
        guard dtype == .float32, type == other.type else {
            let sum = try BinaryOp.add.apply(.tensor(self), .tensor(other))
            return try UnaryOp.relu.apply(sum)
        }
        return try zippingFloats(other, keepsZero: true) { x, y, z, n in ck_add_then_relu_f32(x, y, z, n) }
    }

    /// The same with its marks, when the sum will be computed again from these operands; nil when it will be kept, and
    /// serves the derivative itself.
    fileprivate func markedSumThenRelu(_ other: Tensor) throws -> (y: Tensor, marks: Tensor)? {
        guard type == other.type, recipe != nil, other.recipe != nil, let x = nativeBlock, let y = other.nativeBlock,
            x.layout == y.layout, x.layout.bytes % 64 == 0,
            ck_has_wide_vectors()
        else { return nil }
        let result = try NativeBlock(empty: x.layout), marks = try PositiveMarks(for: x.layout)
        nonisolated(unsafe) let (a, b, z, bits) = (x.floats, y.floats, result.floats, marks.bits)
        Workers.split(marks.count, grain: Planes.grain / 16) {
            ck_add_then_relu_marked_f32(a, b, z, bits, $0.lowerBound, $0.upperBound)
        }
        withExtendedLifetime((x, y)) {}
        let size = marks.storage.bytes
        return (
            try Tensor(shape, .float32, result, op: "add"),
            Tensor(Extents([size], count: size), .uint8, .native(marks))
        )
    }

    /// These elements where the marks are set, 0 elsewhere; in place when `overwriting`.
    fileprivate func passed(where marks: PositiveMarks, overwriting: Bool) throws -> Tensor {
        let given = try block(op: "add"), source = try given.reordered(to: marks.layout)
        let isInPlace = source !== given || overwriting
        let result = isInPlace ? source : try NativeBlock(empty: marks.layout)
        result.storage.wasWritten()
        nonisolated(unsafe) let (g, z, bits) = (source.floats, result.floats, marks.bits)
        Workers.split(marks.count, grain: Planes.grain / 16) {
            ck_pass_marked_f32(g, bits, z, $0.lowerBound, $0.upperBound)
        }
        withExtendedLifetime((source, marks)) {}
        return try Tensor(shape, .float32, result, op: "add")
    }
}
