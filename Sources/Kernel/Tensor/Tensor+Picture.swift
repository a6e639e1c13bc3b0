// A tensor as a picture made of characters.
//
// With colours, one character is two pixels above each other: the upper half block takes the upper pixel as its
// foreground and the lower one as its background. Without, a pixel is two equal characters of a ramp, because
// characters are about twice as high as wide.

extension Tensor {
    /// A picture of HxW, 1xHxW or 3xHxW elements, or of a vector of H·H or 3·H·H of them.
    ///
    /// Floats lie in 0 ... 1 and uint8 in 0 ... 255; whatever has elements outside is stretched from its smallest to its
    /// largest one. Wider pictures than the screen are shrunk by averaging.
    /// - Throws: `KernelError.shape` for other shapes.
    public func picture(on screen: Screen = .current) throws -> String {
        let columns = min(4096, max(16, screen.width)) / (screen.palette == .none ? 2 : 1)
        let image = try Picture(self).shrunk(to: columns)
        switch screen.palette {
        case .none: return image.ramp()
        case .greys: return image.halfBlocks { red, green, blue in "5;\(Picture.grey(red, green, blue))" }
        case .colours: return image.halfBlocks { "2;\($0);\($1);\($2)" }
        }
    }
}

/// Three planes of brightness from 0 to 1.
private struct Picture {
    let height: Int, width: Int
    /// Plane by plane, row by row.
    let pixels: [Double]

    init(_ tensor: Tensor) throws {
        let shape = try Picture.shape(of: tensor)
        (height, width) = (shape[1], shape[2])
        var values = Picture.normalised(try tensor.array(Double.self), tensor.dtype)
        if shape[0] == 1 { values = values + values + values }
        pixels = values
    }
    private init(_ height: Int, _ width: Int, _ pixels: [Double]) {
        (self.height, self.width, self.pixels) = (height, width, pixels)
    }

    /// Planes, height, width.
    private static func shape(of tensor: Tensor) throws -> [Int] {
        let shape = tensor.shape
        if shape.contains(0) { throw unfit(tensor) }
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

    private static func normalised(_ values: [Double], _ dtype: DType) -> [Double] {
        let finite = values.filter(\.isFinite)
        var (low, high) = (0.0, dtype == .uint8 ? 255.0 : 1.0)
        if let smallest = finite.min(), let largest = finite.max(), smallest < low || largest > high {
            (low, high) = (smallest, largest > smallest ? largest : smallest + 1)
        }
        return values.map { $0.isNaN ? 0 : min(1, max(0, ($0 - low) / (high - low))) }
    }

    /// At most `columns` pixels wide by averages over squares.
    func shrunk(to columns: Int) -> Picture {
        let factor = (width + columns - 1) / columns
        return factor <= 1 ? self : averaged(factor)
    }

    private func averaged(_ factor: Int) -> Picture {
        let rows = (height + factor - 1) / factor, columns = (width + factor - 1) / factor
        var result: [Double] = []
        result.reserveCapacity(3 * rows * columns)
        for plane in 0..<3 {
            for row in 0..<rows {
                for column in 0..<columns {
                    let ys = (row * factor)..<min((row + 1) * factor, height)
                    let xs = (column * factor)..<min((column + 1) * factor, width)
                    let sum = ys.reduce(0.0) { sum, y in
                        xs.reduce(sum) { $0 + pixels[(plane * height + y) * width + $1] }
                    }
                    result.append(sum / Double(ys.count * xs.count))
                }
            }
        }
        return Picture(rows, columns, result)
    }

    private func colour(_ row: Int, _ column: Int) -> (Int, Int, Int) {
        func byte(_ plane: Int) -> Int { Int((pixels[(plane * height + row) * width + column] * 255).rounded()) }
        return (byte(0), byte(1), byte(2))
    }
    private func brightness(_ row: Int, _ column: Int) -> Double {
        let (red, green, blue) = colour(row, column)
        return (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)) / 255
    }

    /// The nearest of the 24 greys of the 256-colour palette (232 is #080808, 255 is #eeeeee), black or white.
    static func grey(_ red: Int, _ green: Int, _ blue: Int) -> Int {
        let level = 0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
        if level < 4 { return 16 }
        if level > 246 { return 231 }
        return 232 + min(23, max(0, Int(((level - 8) / 10).rounded())))
    }

    func halfBlocks(_ code: (Int, Int, Int) -> String) -> String {
        stride(from: 0, to: height, by: 2).map { row in
            var line = "", last = ""
            for column in 0..<width {
                let (red, green, blue) = colour(row, column)
                var style = "\u{1b}[38;" + code(red, green, blue)
                if row + 1 < height {
                    let (red, green, blue) = colour(row + 1, column)
                    style += ";48;" + code(red, green, blue)
                }
                if style != last { line += style + "m" }
                last = style
                line += "▀"
            }
            return line + "\u{1b}[0m"
        }.joined(separator: "\n")
    }

    func ramp() -> String {
        let characters = Array(" .:-=+*#%@")
        return (0..<height).map { row in
            var line = ""
            for column in 0..<width {
                let level = Int((brightness(row, column) * Double(characters.count - 1)).rounded())
                line += String(repeating: characters[level], count: 2)
            }
            return line
        }.joined(separator: "\n")
    }
}
