/// Pixels in colour, row by row, three bytes each: what tensors look like.
public struct Picture: Equatable, Sendable {
    public let height: Int, width: Int
    /// Red, green, blue of every pixel.
    public private(set) var pixels: [UInt8]

    public init(height: Int, width: Int, pixels: [UInt8]) {
        precondition(pixels.count == 3 * height * width)
        (self.height, self.width, self.pixels) = (height, width, pixels)
    }

    /// One colour everywhere.
    public init(height: Int, width: Int, grey: UInt8) {
        self.init(height: height, width: width, pixels: [UInt8](repeating: grey, count: 3 * height * width))
    }

    /// Of HxW, 1xHxW or 3xHxW elements, or of a vector of H·H or 3·H·H of them.
    ///
    /// Floats lie in 0 ... 1 and uint8 in 0 ... 255; whatever has elements outside is stretched from its smallest to its
    /// largest one. nan is black.
    /// - Throws: `KernelError.shape` for other shapes and for more than 2^24 elements.
    public init(_ tensor: Tensor) throws {
        let shape = try Picture.shape(of: tensor), size = shape[1] * shape[2]
        let values = Picture.levels(try tensor.array(Double.self), tensor.dtype)
        var pixels = [UInt8](repeating: 0, count: 3 * size)
        for place in 0..<size {
            for channel in 0..<3 { pixels[3 * place + channel] = values[(shape[0] == 1 ? 0 : channel) * size + place] }
        }
        self.init(height: shape[1], width: shape[2], pixels: pixels)
    }

    subscript(row: Int, column: Int) -> (red: Int, green: Int, blue: Int) {
        let place = 3 * (row * width + column)
        return (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
    }

    /// Whether every pixel is a grey.
    var isGrey: Bool {
        stride(from: 0, to: pixels.count, by: 3).allSatisfy { (place: Int) -> Bool in
            let red = pixels[place]
            return red == pixels[place + 1] && red == pixels[place + 2]
        }
    }

    // MARK: from tensors

    /// Planes, height, width.
    private static func shape(of tensor: Tensor) throws -> [Int] {
        let shape = tensor.shape
        if shape.contains(0) || tensor.count > 1 << 24 { throw unfit(tensor) }
        switch shape.count {
        case 1:
            for planes in [1, 3] {
                let side = Int((Double(tensor.count) / Double(planes)).squareRoot().rounded())
                if side > 1, planes * side * side == tensor.count { return [planes, side, side] }
            }
        case 2: return [1] + shape
        case 3 where shape[0] == 1 || shape[0] == 3: return shape
        case 4 where shape[0] == 1 && (shape[1] == 1 || shape[1] == 3): return Array(shape.dropFirst())
        default: break
        }
        throw unfit(tensor)
    }
    private static func unfit(_ tensor: Tensor) -> KernelError {
        .shape(
            op: "show", shapes: [tensor.shape],
            reason: "a picture (HxW, 1xHxW, 3xHxW, or a square as a vector) expected")
    }

    private static func levels(_ values: [Double], _ dtype: DType) -> [UInt8] {
        var (low, high) = (0.0, dtype == .uint8 ? 255.0 : 1.0)
        let finite = values.lazy.filter(\.isFinite)
        if let smallest = finite.min(), let largest = finite.max(), smallest < low || largest > high {
            (low, high) = (smallest, largest > smallest ? largest : smallest + 1)
        }
        return values.map { value in
            let share = value.isNaN ? 0 : min(1, max(0, (value - low) / (high - low)))
            return UInt8((255 * (share.isNaN ? 0 : share)).rounded())
        }
    }

    // MARK: sizes

    /// At most `columns` pixels wide by averages over squares.
    public func shrunk(to columns: Int) -> Picture {
        let factor = (width + max(1, columns) - 1) / max(1, columns)
        guard factor > 1 else { return self }
        let size = (rows: (height + factor - 1) / factor, columns: (width + factor - 1) / factor)
        var result = [UInt8]()
        result.reserveCapacity(3 * size.rows * size.columns)
        for row in 0..<size.rows {
            for column in 0..<size.columns {
                for channel in 0..<3 { result.append(average(row * factor, column * factor, factor, channel)) }
            }
        }
        return Picture(height: size.rows, width: size.columns, pixels: result)
    }

    private func average(_ top: Int, _ left: Int, _ factor: Int, _ channel: Int) -> UInt8 {
        let ys = top..<min(top + factor, height), xs = left..<min(left + factor, width)
        var sum = 0
        for y in ys { for x in xs { sum += Int(pixels[3 * (y * width + x) + channel]) } }
        return UInt8((sum + ys.count * xs.count / 2) / (ys.count * xs.count))
    }

    /// Another size, every pixel the nearest one of this picture.
    public func scaled(height rows: Int, width columns: Int) -> Picture {
        if (rows, columns) == (height, width) { return self }
        var result = [UInt8]()
        result.reserveCapacity(3 * rows * columns)
        for row in 0..<rows {
            let from = row * height / rows
            for column in 0..<columns {
                let place = 3 * (from * width + column * width / columns)
                result += pixels[place..<place + 3]
            }
        }
        return Picture(height: rows, width: columns, pixels: result)
    }

    /// Puts another picture on this one, whose part outside is left out.
    public mutating func paste(_ other: Picture, top: Int, left: Int) {
        for row in 0..<other.height where (0..<height).contains(top + row) {
            let count = 3 * min(other.width, width - left)
            guard count > 0, left >= 0 else { continue }
            let target = 3 * ((top + row) * width + left), source = 3 * row * other.width
            pixels.replaceSubrange(target..<target + count, with: other.pixels[source..<source + count])
        }
    }
}

extension Tensor {
    /// A picture of the tensor made of characters; wider ones than the screen are shrunk by averaging.
    /// - Throws: `KernelError.shape` for tensors that are no picture.
    public func picture(on screen: Screen = .current) throws -> String {
        let columns = min(4096, max(16, screen.width)) / (screen.palette == .none ? 2 : 1)
        return try Picture(self).shrunk(to: columns).lines(screen.palette).joined(separator: "\n")
    }
}
