import CKernels

// Batch normalisation of float32 images that lie in blocks of 16 channels, with max(0, y) in the same pass when wanted. Its
// derivative finds the sign of y from x again, so nothing but x and the statistics is kept, and may write over g.

extension Normalization {
    /// The images in blocks of 16 channels when they lie so already and our own loops can take them; nil otherwise.
    func channelBlocks(_ x: Tensor) throws -> NativeBlock? {
        guard images == shape, images[1] % 16 == 0, x.dtype == .float32, ck_has_wide_vectors(),
            let block = x.nativeBlock, try block.layout == .channelBlocks(images, op: "batch_norm")
        else { return nil }
        return block
    }

    func blockedForward(_ source: NativeBlock, _ w: [Float], _ b: [Float], fixed: (Tensor, Tensor)?) throws
        -> (y: Tensor, Tensor, Tensor)
    {
        let (mean, variance) = try fixed ?? moments(source)
        return (try normalized(source, BlockedNormalization(self, mean, variance, w, b)), mean, variance)
    }

    /// The normalised images; with another block, max(0, y + other) in the same pass.
    private func normalized(
        _ source: NativeBlock, _ job: BlockedNormalization, plus other: NativeBlock? = nil
    ) throws -> Tensor {
        try Interrupt.check()
        let result = try NativeBlock(empty: source.layout), other = try other?.reordered(to: source.layout)
        nonisolated(unsafe) let (x, o, y) = (source.floats, other?.floats, result.floats)
        job.split {
            if let o {
                ck_normalize_then_add($0, x, o, $1.lowerBound, $1.upperBound, y)
            } else {
                ck_normalize($0, x, $1.lowerBound, $1.upperBound, y)
            }
        }
        withExtendedLifetime((source, other)) {}
        return try Tensor(shape, .float32, result, op: "batch_norm")
    }

    /// The same result from the same images once more: x is kept for the derivative, and the constants are copied, which
    /// training may change before they are wanted. Nil when the images do not lie in blocks.
    func recomputation(of y: Tensor, _ x: [Tensor], mean: Tensor, variance: Tensor) throws -> Recomputation? {
        guard try channelBlocks(x[0]) != nil else { return nil }
        let job = try BlockedNormalization(self, mean, variance, x[1].array(Float.self), x[2].array(Float.self))
        let recipe = Recomputation(of: y, from: [x[0]]) { operands in
            try Workers.sized(work) { try normalized(operands[0].block(op: "batch_norm"), job) }
        }
        guard !relu else { return recipe }
        recipe?.sumThenRelu = { operands, other in
            try Workers.sized(work) {
                try normalized(operands[0].block(op: "batch_norm"), job, plus: other.block(op: "batch_norm"))
            }
        }
        return recipe
    }

    /// Mean and biased variance of each channel.
    private func moments(_ source: NativeBlock) throws -> (Tensor, Tensor) {
        let job = try BlockedNormalization(self)
        let planes = try Storage(bytes: images[0] * images[1] * 8)
        let mean = try Tensor(empty: [images[1]]), variance = try Tensor(empty: [images[1]])
        nonisolated(unsafe) let x = source.floats, sums = planes.base.assumingMemoryBound(to: Float.self)
        job.split { ck_plane_moments($0, x, $1.lowerBound, $1.upperBound, sums) }
        try mean.write(Float.self) { m in
            try variance.write(Float.self) { v in
                withUnsafePointer(to: job.sizes) { ck_channel_moments($0, sums, m.baseAddress, v.baseAddress) }
            }
        }
        withExtendedLifetime((planes, source)) {}
        return (mean, variance)
    }

    /// The gradients of x, w and b; that of x in the place of g when it may be overwritten.
    func blockedBackward(
        _ g: Tensor, _ source: NativeBlock, _ w: [Float], _ b: [Float], _ mean: Tensor, _ variance: Tensor, fixed: Bool,
        overwriting: Bool
    ) throws -> [Tensor] {
        try Interrupt.check()
        let job = try BlockedNormalization(self, mean, variance, w, b), channels = images[1]
        let given = try g.block(op: "batch_norm"), gradient = try given.reordered(to: source.layout)
        let (dw, db, slopes) = try parameterGradients(job, gradient, source, variance, fixed: fixed)
        let inPlace = gradient !== given || overwriting
        let result = inPlace ? gradient : try NativeBlock(empty: source.layout)
        result.storage.wasWritten()
        nonisolated(unsafe) let (x, from, to) = (source.floats, gradient.floats, result.floats)
        slopes.withUnsafeBufferPointer { slopes in
            nonisolated(unsafe) let (a, b) = (slopes.baseAddress!, slopes.baseAddress! + channels)
            job.split { ck_normalization_gradient($0, from, x, a, b, $1.lowerBound, $1.upperBound, to) }
        }
        withExtendedLifetime((gradient, source)) {}
        return [try Tensor(shape, .float32, result, op: "batch_norm"), try Tensor(dw), try Tensor(db)]
    }

    /// The gradients of w and b, and what the gradient of x loses because x moves the statistics: a and b of
    /// `ck_normalization_gradient`.
    private func parameterGradients(
        _ job: BlockedNormalization, _ g: NativeBlock, _ source: NativeBlock, _ variance: Tensor, fixed: Bool
    ) throws -> (w: [Float], b: [Float], slopes: [Float]) {
        let channels = images[1], planes = try Storage(bytes: images[0] * channels * 8)
        nonisolated(unsafe) let x = source.floats, from = g.floats
        nonisolated(unsafe) let sums = planes.base.assumingMemoryBound(to: Float.self)
        job.split { ck_plane_gradients($0, from, x, $1.lowerBound, $1.upperBound, sums) }
        var totals = [Float](repeating: 0, count: 2 * channels)
        withUnsafePointer(to: job.sizes) { ck_channel_gradients($0, sums, &totals) }
        withExtendedLifetime((planes, g, source)) {}
        let inverse = try inverseDeviations(variance), n = Float(samples)
        let dw = (0..<channels).map { totals[channels + $0] * inverse[$0] }
        guard !fixed else { return (dw, Array(totals[..<channels]), [Float](repeating: 0, count: 2 * channels)) }
        let slopes = totals[..<channels].map { $0 / n } + (0..<channels).map { dw[$0] * inverse[$0] / n }
        return (dw, Array(totals[..<channels]), slopes)
    }

    /// 1 / sqrt(variance + eps).
    fileprivate func inverseDeviations(_ variance: Tensor) throws -> [Float] {
        try variance.array(Float.self).map { 1 / ($0 + Float(eps)).squareRoot() }
    }
}

/// The sizes and constants of one normalisation for the loops in C.
private struct BlockedNormalization: @unchecked Sendable {
    let sizes: ck_normalization
    private let constants: Storage

    /// - Parameters: mean and variance [C]; w and b, the scale and shift of the layer. None are needed for statistics.
    init(
        _ s: Normalization, _ mean: Tensor? = nil, _ variance: Tensor? = nil, _ w: [Float] = [], _ b: [Float] = []
    ) throws {
        let channels = s.images[1]
        constants = try Storage(bytes: 12 * channels)
        let floats = constants.base.assumingMemoryBound(to: Float.self)
        if let mean, let variance {
            let (mean, inverse) = (try mean.array(Float.self), try s.inverseDeviations(variance))
            for c in 0..<channels {
                floats[c] = mean[c]
                floats[channels + c] = w[c] * inverse[c]
                floats[2 * channels + c] = b[c]
            }
        }
        sizes = ck_normalization(
            images: s.images[0], pixels: s.images[2] * s.images[3], channels: Int32(channels), mean: floats,
            scale: floats + channels, shift: floats + 2 * channels, relu: s.relu)
    }

    /// Calls the loop for runs of planes, perhaps on several threads.
    func split(_ loop: @Sendable (UnsafePointer<ck_normalization>, Range<Int>) -> Void) {
        let planes = sizes.images * Int(sizes.channels) / 16, grain = max(1, Planes.grain / (16 * sizes.pixels))
        Workers.split(planes, grain: grain) { range in withUnsafePointer(to: sizes) { loop($0, range) } }
        withExtendedLifetime(constants) {}
    }
}
