import CKernels

// Convolutions of 3x3 kernels with step 1 by Winograd's F(4x4, 3x3): a quarter of the products. The loops and the error
// are in CKernels/winograd.h. The input gradient is such a convolution again, with the kernels turned and the roles of
// channels and outputs exchanged; the weight gradient is the transpose of the forward pass.

extension ConvolutionShape {
    /// Whether Winograd's way pays: a rule of the shape without the number of images, so that equal scripts give equal bits
    /// and an example's result does not depend on its batch.
    ///
    /// Both passes need whole blocks of 16 channels and tiles that are at least half full: 7x7 takes 4 tiles for 49
    /// results (12 each), 5x5 takes 4 for 25 (6 each).
    var usesWinograd: Bool {
        !exact && groups == 1 && window.kernel == [3, 3] && window.stride == [1, 1] && window.dilation == [1, 1]
            && window.padding.allSatisfy { $0 <= 2 } && x[1] % 16 == 0 && w[0] % 16 == 0
            && ConvolutionShape.fillsTiles(x) && ConvolutionShape.fillsTiles(y) && ck_has_wide_vectors()
    }
    private static func fillsTiles(_ images: [Int]) -> Bool {
        images[2] * images[3] >= 8 * ((images[2] + 3) / 4) * ((images[3] + 3) / 4)
    }
}

/// One convolution by Winograd's way.
///
/// Every result is a function of its own tile, and sums of a weight gradient are added up in one order, so the number of
/// threads does not change a bit.
struct Winograd {
    private let sizes: ck_winograd
    private let x: Layout, y: Layout
    private let shape: ConvolutionShape
    private let turned: Bool
    /// The most floats that transformed weights, or sums of their gradients, take at a time.
    private let most: Int

    /// The forward pass and the weight gradient.
    init(_ shape: ConvolutionShape, most: Int = 5 << 19) throws { try self.init(shape, turned: false, most) }
    /// The input gradient as a convolution from y to x.
    init(inputGradient shape: ConvolutionShape, most: Int = 5 << 19) throws { try self.init(shape, turned: true, most) }

    private init(_ shape: ConvolutionShape, turned: Bool, _ most: Int) throws {
        (self.shape, self.turned, self.most) = (shape, turned, most)
        let (from, to) = turned ? (shape.y, shape.x) : (shape.x, shape.y)
        let border = shape.window.padding.map { turned ? 2 - $0 : $0 }
        sizes = ck_winograd(
            images: from[0], channels: Int32(from[1]), height: Int32(from[2]), width: Int32(from[3]),
            outputs: Int32(to[1]), out_height: Int32(to[2]), out_width: Int32(to[3]), top: Int32(border[0]),
            left: Int32(border[1]), first_output: 0, all_outputs: Int32(to[1]))
        x = try .channelBlocks(from, op: "conv2d")
        y = try .channelBlocks(to, op: "conv2d")
    }

    /// The convolution of `source`, perhaps with a bias [outputs] and max(0, y).
    func forward(_ source: Tensor, _ weight: Tensor, bias: NativeBlock? = nil, relu: Bool = false) throws -> NativeBlock
    {
        try Interrupt.check()
        let source = try source.block(op: "conv2d").reordered(to: x), result = try NativeBlock(empty: y)
        let plain = Floats(
            try weight.block(op: "conv2d").reordered(to: Layout(rowMajor: shape.w, .float32, op: "conv2d")))
        let (from, to, shift) = (Floats(source), Floats(result), bias.map { Floats($0) })
        for group in groups { try addOutputs(group, from, plain, shift, relu, to) }
        return result
    }

    /// The outputs in groups whose transformed weights are not too many: whole 64, which the loops take at a time. They are
    /// transformed at every call, which costs as much as some tens of tiles.
    private var groups: [ck_winograd] {
        let outputs = Int(sizes.all_outputs), size = max(64, most / (36 * Int(sizes.channels)) / 64 * 64)
        return stride(from: 0, to: outputs, by: size).map { first in
            var group = sizes
            group.first_output = Int32(first)
            group.outputs = Int32(min(size, outputs - first))
            return group
        }
    }

    private func addOutputs(
        _ s: ck_winograd, _ from: Floats, _ plain: Floats, _ shift: Floats?, _ relu: Bool, _ to: Floats
    ) throws {
        let points = try s.floats(ck_winograd_weights_size), turned = turned
        s.splitOutputs {
            ck_winograd_weights($0, plain.base, turned, Int32($1.lowerBound), Int32($1.upperBound), points.base)
        }
        let tiles = s.with(ck_winograd_tiles), block = Int(s.with(ck_winograd_forward_block))
        let blocks = (tiles + block - 1) / block, parts = max(1, min(Workers.count, blocks))
        let scratch = try (0..<parts).map { _ in try s.floats(ck_winograd_forward_scratch) }
        Workers.split(parts, grain: 1) { range in
            for part in range {
                let low = blocks * part / parts * block, high = min(tiles, blocks * (part + 1) / parts * block)
                s.with {
                    ck_winograd_forward(
                        $0, from.base, points.base, shift?.base, relu, to.base, low, high, scratch[part].base)
                }
            }
        }
    }

    /// The gradients of w, row-major, and of b for a gradient `g` of y.
    func weightGradient(_ g: Tensor, _ source: Tensor, bias: Bool) throws -> (w: NativeBlock, b: NativeBlock?) {
        try Interrupt.check()
        let gradient = try g.block(op: "conv2d").reordered(to: y)
        let source = try source.block(op: "conv2d").reordered(to: x)
        let result = try NativeBlock(empty: Layout(rowMajor: shape.w, .float32, op: "conv2d"))
        let shift = bias ? try NativeBlock(empty: Layout(rowMajor: [shape.w[0]], .float32, op: "conv2d")) : nil
        shift?.storage.base.initializeMemory(as: UInt8.self, repeating: 0, count: shape.w[0] * 4)
        for group in groups {
            let sums = try group.floats(ck_winograd_weights_size)
            try addProducts(group, Floats(source), Floats(gradient), shift.map { Floats($0) }, to: sums)
            let gradients = Floats(result)
            group.splitOutputs {
                ck_winograd_gradient_weights($0, sums.base, Int32($1.lowerBound), Int32($1.upperBound), gradients.base)
            }
        }
        return (result, shift)
    }

    private func addProducts(_ s: ck_winograd, _ x: Floats, _ g: Floats, _ bias: Floats?, to sums: Floats) throws {
        let tiles = s.with(ck_winograd_tiles), block = Int(s.with(ck_winograd_gradient_block))
        let scratch = try s.floats(ck_winograd_gradient_scratch)
        for first in stride(from: 0, to: tiles, by: block) {
            try Interrupt.check()
            let count = Int32(min(block, tiles - first))
            Workers.split(Int(s.channels + s.outputs) / 16, grain: 1) { part in
                s.with {
                    ck_winograd_gradient_transform(
                        $0, x.base, g.base, bias?.base, first, count, Int32(part.lowerBound), Int32(part.upperBound),
                        scratch.base)
                }
            }
            Workers.split(36, grain: 1) { part in
                s.with {
                    ck_winograd_gradient_multiply(
                        $0, count, first == 0, Int32(part.lowerBound), Int32(part.upperBound), scratch.base, sums.base)
                }
            }
        }
    }
}

extension ck_winograd {
    fileprivate func with<R>(_ body: (UnsafePointer<ck_winograd>) -> R) -> R { withUnsafePointer(to: self, body) }
    /// Calls the loop for runs of blocks of 16 outputs, perhaps on several threads.
    fileprivate func splitOutputs(_ loop: @Sendable (UnsafePointer<ck_winograd>, Range<Int>) -> Void) {
        let grain = max(1, 512 / Int(channels))
        Workers.split(Int(outputs) / 16, grain: grain) { range in with { loop($0, range) } }
    }
    /// As many fresh floats as a function says, undefined.
    fileprivate func floats(_ count: (UnsafePointer<ck_winograd>) -> Int) throws -> Floats { try Floats(with(count)) }
}

/// Floats for a loop in C, kept alive as long as this value.
private struct Floats: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
    private let owner: AnyObject
    init(_ block: NativeBlock) {
        (base, owner) = (block.base.assumingMemoryBound(to: Float.self), block)
    }
    /// Fresh ones, undefined.
    init(_ count: Int) throws {
        let storage = try Storage(bytes: count * 4)
        (base, owner) = (storage.base.assumingMemoryBound(to: Float.self), storage)
    }
}
