import COneDNN

// Pooling on oneDNN in float32. The result and the gradients lie as x lies, so a pool between two convolutions converts
// nothing. Shapes: x [N, C, H, W], y [N, C, oh, ow].

/// How the elements of a window become one.
enum PoolingKind: Int, Sendable {
    case max
    /// The mean over the pixels inside the image, or over the whole window with zeros in the border.
    case averageInside, averageAll

    var algorithm: dnnl_alg_kind_t {
        switch self {
        case .max: dnnl_pooling_max
        case .averageInside: dnnl_pooling_avg_exclude_padding
        case .averageAll: dnnl_pooling_avg_include_padding
        }
    }
}

/// The sizes of one pooling.
struct PoolingShape: Sendable {
    let op: String
    let kind: PoolingKind
    let x: [Int], y: [Int]
    let window: Window
    /// Whether max(0, y) follows.
    let relu: Bool

    /// - Throws: `KernelError` when x is no batch of images or is smaller than the window.
    init(_ op: String, _ kind: PoolingKind, _ x: [Int], _ window: Window, ceil: Bool, relu: Bool = false)
        throws
    {
        try Window.checkImages(x, op: op)
        guard window.padding[0] <= window.kernel[0] / 2, window.padding[1] <= window.kernel[1] / 2 else {
            throw KernelError.value(
                op: op, name: "padding", expected: "at most half of kernel \(shapeText(window.kernel))",
                got: shapeText(window.padding))
        }
        (self.op, self.kind, self.x, self.window, self.relu) = (op, kind, x, window, relu)
        y = [x[0], x[1]] + (try window.positions(x, ceil: ceil, op: op))
        _ = try Shape.count(y, op)
    }

    /// A rough count of multiply-adds that take as long: pooling is bound by memory.
    var work: Double { x.reduce(16) { $0 * Double($1) } }

    /// Whether oneDNN would be wrong: it counts the whole border of a mean over a window that hangs over the end, where
    /// PyTorch counts up to the padding, and its maximum drops nan.
    func needsPlain(_ x: Tensor) throws -> Bool {
        if kind == .max { return try channelBlocks(x) == nil && x.block(op: op).hasNaN() }
        let after = window.trailing(self.x, Array(y[2...]))
        return kind == .averageAll && (after[0] > window.padding[0] || after[1] > window.padding[1])
    }
}

/// A compiled pooling for one layout of x, forward and backward.
final class PoolingPlan: Sendable {
    let forward: NativePrimitive, backward: NativePrimitive?
    let x: Layout, y: Layout, workspace: Layout?

    private static let cache = NativeCache<PoolingPlan>()

    static func plan(_ s: PoolingShape, _ x: Layout, _ type: DType, training: Bool) throws -> PoolingPlan {
        let numbers = s.x + s.y + s.window.numbers + [s.kind.rawValue, training ? 1 : 0]
        return try cache.entry(.init("pooling", numbers, [x])) { try PoolingPlan(s, x, type, training) }
    }

    private init(_ s: PoolingShape, _ x: Layout, _ type: DType, _ training: Bool) throws {
        let (stride, kernel) = (Layout.dims(s.window.stride), Layout.dims(s.window.kernel))
        let before = Layout.dims(s.window.padding), after = Layout.dims(s.window.trailing(s.x, Array(s.y[2...])))
        var descriptor = dnnl_pooling_desc_t()
        let status = try Layout.pointers(to: x, Layout(any: s.y, type, op: s.op)) { md in
            dnnl_pooling_forward_desc_init(
                &descriptor, training ? dnnl_forward_training : dnnl_forward_inference, s.kind.algorithm, md[0], md[1],
                stride, kernel, before, after)
        }
        try OneDNN.check(status, s.op, shapeText(s.x))
        forward = try NativePrimitive(s.op, descriptor, detail: shapeText(s.x))
        let y = forward.layout(dnnl_query_dst_md)
        (self.x, self.y) = (x, y)
        workspace = training && s.kind == .max ? forward.layout(dnnl_query_workspace_md) : nil
        guard training else { backward = nil; return }
        var gradient = dnnl_pooling_desc_t()
        let created = Layout.pointers(to: x, y) { md in
            dnnl_pooling_backward_desc_init(
                &gradient, s.kind.algorithm, md[0], md[1], stride, kernel, before, after)
        }
        try OneDNN.check(created, s.op, shapeText(s.x))
        backward = try NativePrimitive(s.op, gradient, hint: forward, detail: shapeText(s.x))
    }
}

/// What a native pooling leaves for its derivative: how it was compiled, and for a maximum where it was found.
private final class PoolingRecord: NativeContents {
    let plan: PoolingPlan
    let places: NativeBlock?
    init(_ plan: PoolingPlan, _ places: NativeBlock?) { (self.plan, self.places) = (plan, places) }
    func rowMajor() throws -> Storage { try places?.storage ?? Storage(bytes: 0) }
}

/// What a pooling in pieces leaves: the records of the pieces.
private final class PoolingPieces: NativeContents {
    let records: [Tensor?]
    init(_ records: [Tensor?]) { self.records = records }
    func rowMajor() throws -> Storage { try Storage(bytes: 0) }
}

extension PoolingShape {
    /// The result, and when training what `inputGradient` needs. A batch that would take long is done in pieces, with a
    /// poll of Ctrl-C between them.
    func forward(_ x: Tensor, training: Bool) throws -> (y: Tensor, record: Tensor?) {
        guard let pieces else { return try forwardAtOnce(x, training: training) }
        let result = try Tensor(empty: y, x.dtype, op: op)
        var records: [Tensor?] = []
        for range in pieces {
            let (y, record) = try part(range.count).forwardAtOnce(x.images(range), training: training)
            try result.images(range).fill(from: y)
            records.append(record)
        }
        guard training else { return (result, nil) }
        return (result, Tensor(shape: [0], dtype: .uint8, count: 0, contents: .native(PoolingPieces(records))))
    }

    /// The gradient after a native forward pass; nil after a plain one.
    func inputGradient(_ g: Tensor, _ record: Tensor?) throws -> Tensor? {
        guard case .native(let contents)? = record?.contents, let whole = contents as? PoolingPieces, let pieces else {
            return try inputGradientAtOnce(g, record)
        }
        let result = try Tensor(empty: x, .float32, op: op)
        for (range, record) in zip(pieces, whole.records) {
            guard let part = try part(range.count).inputGradientAtOnce(g.images(range), record) else { return nil }
            try result.images(range).fill(from: part)
        }
        return result
    }

    /// The images of each piece; nil when one piece holds them all.
    private var pieces: [Range<Int>]? { batchPieces(from: x, to: y) }
    private func part(_ count: Int) -> PoolingShape {
        PoolingShape(self, x: [count] + x[1...], y: [count] + y[1...])
    }
    private init(_ whole: PoolingShape, x: [Int], y: [Int]) {
        (op, kind, window, relu) = (whole.op, whole.kind, whole.window, whole.relu)
        (self.x, self.y) = (x, y)
    }

    private func forwardAtOnce(_ x: Tensor, training: Bool) throws -> (y: Tensor, record: Tensor?) {
        if let blocks = try channelBlocks(x) { return try blockedForward(blocks, training: training) }
        let source = try x.block(op: op), plan = try PoolingPlan.plan(self, source.layout, x.dtype, training: training)
        let result = try NativeBlock(empty: plan.y)
        var arguments: [NativePrimitive.Argument] = [.init(DNNL_ARG_SRC, source), .init(DNNL_ARG_DST, result)]
        let places = try plan.workspace.map { try NativeBlock(empty: $0) }
        if let places { arguments.append(.init(DNNL_ARG_WORKSPACE, places)) }
        try plan.forward.run(arguments)
        if relu { result.clearNegative() }
        let y = try Tensor(y, x.dtype, result, op: op)
        guard training else { return (y, nil) }
        return (y, Tensor(shape: [0], dtype: .uint8, count: 0, contents: .native(PoolingRecord(plan, places))))
    }

    private func inputGradientAtOnce(_ g: Tensor, _ record: Tensor?) throws -> Tensor? {
        if case .native(let contents)? = record?.contents, let places = contents as? PoolingPlaces {
            return try blockedInputGradient(g, places.storage)
        }
        guard case .native(let contents)? = record?.contents, let record = contents as? PoolingRecord,
            let backward = record.plan.backward
        else { return nil }
        let gradient = try g.block(op: op).reordered(to: record.plan.y), result = try NativeBlock(empty: record.plan.x)
        var arguments: [NativePrimitive.Argument] = [
            .init(DNNL_ARG_DIFF_DST, gradient), .init(DNNL_ARG_DIFF_SRC, result),
        ]
        if let places = record.places { arguments.append(.init(DNNL_ARG_WORKSPACE, places)) }
        try backward.run(arguments)
        return try Tensor(x, .float32, result, op: op)
    }
}
