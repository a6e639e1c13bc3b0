extension Slow {
    /// One pooling of planes of h x w, for loops that follow the definition in PyTorch's documentation.
    public struct Pooling: Sendable, CustomStringConvertible {
        public var shape: [Int], kernel: [Int], stride: [Int], padding: [Int], ceil: Bool
        public init(_ shape: [Int], kernel: [Int], stride: [Int], padding: [Int] = [0, 0], ceil: Bool = false) {
            (self.shape, self.kernel, self.stride, self.padding) = (shape, kernel, stride, padding)
            self.ceil = ceil
        }
        public var description: String {
            "\(shape) kernel \(kernel) stride \(stride) padding \(padding)" + (ceil ? " ceil" : "")
        }
        public func positions(_ axis: Int) -> Int {
            let size = shape[2 + axis], room = Double(size + 2 * padding[axis] - kernel[axis]) / Double(stride[axis])
            let count = Int(ceil ? room.rounded(.up) : room.rounded(.down)) + 1
            return ceil && (count - 1) * stride[axis] - padding[axis] >= size ? count - 1 : count
        }

        /// Calls the body for every window with the pixels of x inside it and the size that a mean divides by.
        public func eachWindow(includesPad: Bool, _ body: (_ y: Int, _ pixels: [Int], _ size: Int) -> Void) {
            let (h, w) = (shape[2], shape[3])
            var place = 0
            for plane in 0..<shape[0] * shape[1] {
                for i in 0..<positions(0) {
                    for j in 0..<positions(1) {
                        var pixels: [Int] = [], size = 0
                        for a in 0..<kernel[0] {
                            for b in 0..<kernel[1] {
                                let row = i * stride[0] + a - padding[0], column = j * stride[1] + b - padding[1]
                                if row < h + padding[0], column < w + padding[1] { size += 1 }
                                if row >= 0, row < h, column >= 0, column < w {
                                    pixels.append((plane * h + row) * w + column)
                                }
                            }
                        }
                        body(place, pixels, includesPad ? size : pixels.count)
                        place += 1
                    }
                }
            }
        }
    }
}
