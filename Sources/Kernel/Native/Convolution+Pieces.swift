// A primitive of oneDNN cannot be interrupted, so a batch that would take long is done in pieces with a poll of Ctrl-C
// between them. Pieces are row-major; ordinary training batches are one piece and stay in native layouts.

/// Bytes of operand and result that are done at once: fresh memory costs 0.5 ms per MB, so this is about 70 ms.
private let wholeBytes = 0x1p27
/// What is more than that, or more than its work allows, is cut much finer: a busy machine may be several times slower.
private let share = 0.25

/// The images of each piece of a float32 batch, by bytes and by work, of which `most` images may be done at once; nil
/// when one piece holds them all.
func batchPieces(from x: [Int], to y: [Int], most: Double = 0x1p40) -> [Range<Int>]? {
    let bytesPerImage = 4 * (x[1...].reduce(1.0) { $0 * Double($1) } + y[1...].reduce(1.0) { $0 * Double($1) })
    let whole = min(most, wholeBytes / bytesPerImage, 0x1p40)
    guard Double(x[0]) > max(1, whole) else { return nil }
    let size = max(1, Int(whole * share))
    return stride(from: 0, to: x[0], by: size).map { $0..<min($0 + size, x[0]) }
}

extension ConvolutionShape {
    /// Multiply-adds that are done at once: about 50 ms on one core in float32.
    static let pieceWork = 5e9

    private var workPerImage: Double { (w + y[2...]).reduce(1.0) { $0 * Double($1) } }

    /// The images of each piece; nil when one piece holds them all.
    private func pieces(_ work: Double) -> [Range<Int>]? {
        batchPieces(from: x, to: y, most: work / workPerImage)
    }

    /// What the body makes of the images of x, piece by piece.
    func inPieces(
        _ x: Tensor, to type: DType, shape: [Int], work: Double = pieceWork,
        _ body: (ConvolutionShape, Tensor) throws -> Tensor
    ) throws -> Tensor {
        guard let pieces = pieces(work) else {
            return try Workers.sized(workPerImage * Double(self.x[0])) { try body(self, x) }
        }
        let result = try Tensor(empty: shape, type, op: "conv2d")
        for range in pieces {
            let piece = try Workers.sized(workPerImage * Double(range.count)) {
                try body(part(range.count), x.images(range))
            }
            try result.images(range).fill(from: piece)
        }
        return result
    }

    func forwardInPieces(_ x: Tensor, _ w: Tensor, _ b: Tensor?, work: Double = pieceWork) throws -> Tensor {
        try inPieces(x, to: .float32, shape: y, work: work) { s, x in try s.forward(x, w, b) }
    }
    func inputGradientInPieces(_ g: Tensor, _ w: Tensor, work: Double = pieceWork) throws -> Tensor {
        try inPieces(g, to: .float32, shape: x, work: work) { s, g in try s.inputGradient(g, w) }
    }
    func weightGradientInPieces(_ g: Tensor, _ x: Tensor, bias: Bool, work: Double = pieceWork) throws
        -> (w: Tensor, b: Tensor?)
    {
        guard let pieces = pieces(work) else {
            return try Workers.sized(workPerImage * Double(self.x[0])) { try weightGradient(g, x, bias: bias) }
        }
        var sum: (w: Tensor, b: Tensor?)?
        for range in pieces {
            let next = try Workers.sized(workPerImage * Double(range.count)) {
                try part(range.count).weightGradient(g.images(range), x.images(range), bias: bias)
            }
            guard let last = sum else { sum = next; continue }
            sum = (try last.w.adding(next.w), try last.b.map { try $0.adding(next.b!) })
        }
        return sum!
    }
}

extension Tensor {
    /// A view of some images of a batch.
    func images(_ range: Range<Int>) throws -> Tensor {
        let (_, offset, strides) = try strided()
        return try view(
            [range.count] + shape[1...], strides: strides, offset: offset + range.lowerBound * strides[0])
    }
}
