import CKernels
import COneDNN

// The largest of each window in one pass over images that lie in blocks of 16 channels: nan is not lost, max(0, y) costs
// nothing, and the place of each result is one byte, which is all that the derivative needs.

extension Layout {
    /// Images [N, C, H, W] in blocks of 16 channels, where loops of our own for that layout run.
    static func channelBlocks(_ shape: [Int], op: String) throws -> Layout {
        try Layout(tag: dnnl_nChw16c, shape, .float32, op: op)
    }
}

extension NativeBlock {
    var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

extension PoolingShape {
    /// The images in blocks of 16 channels when they lie so already and our own loop can take them; nil otherwise.
    func channelBlocks(_ x: Tensor) throws -> NativeBlock? {
        guard kind == .max, x.dtype == .float32, window.dilation == [1, 1], window.kernel[0] * window.kernel[1] < 255,
            ck_has_wide_vectors(), let block = x.nativeBlock,
            try block.layout == .channelBlocks(self.x, op: op)
        else { return nil }
        return block
    }

    func blockedForward(_ source: NativeBlock, training: Bool) throws -> (y: Tensor, record: Tensor?) {
        try Interrupt.check()
        let result = try NativeBlock(empty: .channelBlocks(y, op: op)), sizes = self.sizes, relu = self.relu
        let places = training ? try Storage(bytes: result.layout.bytes / 4) : nil
        nonisolated(unsafe) let from = source.floats, to = result.floats
        nonisolated(unsafe) let tap = places?.base.assumingMemoryBound(to: UInt8.self)
        let (inputs, outputs) = planeSizes
        Workers.split(planes, grain: grain) { part in
            let low = part.lowerBound
            withUnsafePointer(to: sizes) {
                ck_max_pool(
                    $0, part.count, from + low * inputs, relu, to + low * outputs, tap.map { $0 + low * outputs })
            }
        }
        return (
            try Tensor(y, .float32, result, op: op),
            places.map { Tensor(shape: [0], dtype: .uint8, count: 0, contents: .native(PoolingPlaces($0))) }
        )
    }

    func blockedInputGradient(_ g: Tensor, _ places: Storage) throws -> Tensor {
        try Interrupt.check()
        let gradient = try g.block(op: op).reordered(to: .channelBlocks(y, op: op)), sizes = self.sizes
        let result = try NativeBlock(empty: .channelBlocks(x, op: op)), (inputs, outputs) = planeSizes
        nonisolated(unsafe) let from = gradient.floats, to = result.floats
        nonisolated(unsafe) let tap = places.base.assumingMemoryBound(to: UInt8.self)
        Workers.split(planes, grain: grain) { part in
            let low = part.lowerBound
            withUnsafePointer(to: sizes) {
                ck_max_pool_gradient($0, part.count, from + low * outputs, tap + low * outputs, to + low * inputs)
            }
        }
        return try Tensor(x, .float32, result, op: op)
    }

    private var planes: Int { x[0] * ((x[1] + 15) / 16) }
    /// Floats of a plane of x and of y.
    private var planeSizes: (Int, Int) { (x[2] * x[3] * 16, y[2] * y[3] * 16) }
    private var grain: Int { max(1, Planes.grain / planeSizes.0) }
    private var sizes: ck_pool {
        ck_pool(
            height: Int32(x[2]), width: Int32(x[3]), out_height: Int32(y[2]), out_width: Int32(y[3]),
            kernel_height: Int32(window.kernel[0]), kernel_width: Int32(window.kernel[1]),
            step_down: Int32(window.stride[0]), step_right: Int32(window.stride[1]), top: Int32(window.padding[0]),
            left: Int32(window.padding[1]))
    }
}

/// What our own pooling leaves for its derivative: the tap that each result came from, one byte each.
final class PoolingPlaces: NativeContents {
    let storage: Storage
    init(_ storage: Storage) { self.storage = storage }
    func rowMajor() throws -> Storage { storage }
}
