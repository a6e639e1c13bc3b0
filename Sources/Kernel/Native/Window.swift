/// A window that slides over images: kernel, step, border and spread per axis (height, width).
public struct Window: Hashable, Sendable {
    public var kernel: [Int]
    public var stride: [Int]
    public var padding: [Int]
    public var dilation: [Int]

    /// Lists of two numbers (height, width) or of one that counts for both.
    /// - Throws: `KernelError.value` for other counts and for numbers outside 1...2^20 (padding: 0...2^20).
    public init(kernel: [Int], stride: [Int], padding: [Int] = [0], dilation: [Int] = [1], op: String) throws {
        func pair(_ name: String, _ list: [Int], _ low: Int) throws -> [Int] {
            guard list.count == 1 || list.count == 2, list.allSatisfy({ $0 >= low && $0 <= 1 << 20 }) else {
                throw KernelError.value(
                    op: op, name: name, expected: "one or two integers from \(low) to \(1 << 20)", got: shapeText(list))
            }
            return list.count == 1 ? [list[0], list[0]] : list
        }
        self.kernel = try pair("kernel", kernel, 1)
        self.stride = try pair("stride", stride, 1)
        self.padding = try pair("padding", padding, 0)
        self.dilation = try pair("dilation", dilation, 1)
    }

    /// Pixels from the first to the last tap of the kernel: 5 for three taps two apart.
    func reach(_ axis: Int) -> Int { (kernel[axis] - 1) * dilation[axis] + 1 }

    /// The number of positions along each axis; `ceil` keeps a last window that hangs over the end unless it would
    /// start in the border (PyTorch's ceil_mode).
    /// - Throws: `KernelError.shape` when the image is smaller than the window.
    func positions(_ shape: [Int], ceil: Bool = false, op: String) throws -> [Int] {
        try (0..<2).map { axis in
            let size = shape[2 + axis], room = size + 2 * padding[axis] - reach(axis)
            guard size > 0, size < 1 << 31, room >= 0 else {
                throw KernelError.shape(
                    op: op, shapes: [shape],
                    reason: "images of at least \(reach(0) - 2 * padding[0])x\(reach(1) - 2 * padding[1]) expected")
            }
            let step = stride[axis]
            guard ceil else { return room / step + 1 }
            let count = (room + step - 1) / step + 1
            return (count - 1) * step >= size + padding[axis] ? count - 1 : count
        }
    }

    /// The border after the image that makes `positions` come out exactly; may be negative when pixels stay unused.
    func trailing(_ shape: [Int], _ positions: [Int]) -> [Int] {
        (0..<2).map { axis in
            (positions[axis] - 1) * stride[axis] + reach(axis) - shape[2 + axis] - padding[axis]
        }
    }

    /// The positions along an axis at which tap `k` lies inside the image.
    func inside(_ k: Int, axis: Int, size: Int, positions: Int) -> Range<Int> {
        let shift = k * dilation[axis] - padding[axis], step = stride[axis]
        let low = shift >= 0 ? 0 : (-shift + step - 1) / step
        let high = size - shift <= 0 ? 0 : min(positions, (size - shift - 1) / step + 1)
        return low < high ? low..<high : 0..<0
    }

    var numbers: [Int] { kernel + stride + padding + dilation }

    /// Axes of images [N, C, H, W], all but N at least 1.
    static func checkImages(_ shape: [Int], op: String) throws {
        guard shape.count == 4 else {
            throw KernelError.shape(op: op, shapes: [shape], reason: "images [N, C, H, W] expected")
        }
        let image = shape[1...].reduce(into: 1.0) { $0 *= Double($1) }
        guard shape[1...].allSatisfy({ $0 > 0 }), image < 0x1p31, shape[0] < 1 << 31 else {
            throw KernelError.shape(op: op, shapes: [shape], reason: "images of 1 to 2^31 numbers expected")
        }
    }
}
