// A picture made of characters.
//
// With colours, one character is two pixels above each other: the upper half block takes the upper pixel as its
// foreground and the lower one as its background. Without, a pixel is two equal characters of a ramp, because
// characters are about twice as high as wide.

extension Picture {
    /// Columns that the lines take.
    func columns(_ palette: Screen.Palette) -> Int { palette == .none ? 2 * width : width }

    /// The picture as lines, each of which ends in the colours that it began with.
    func lines(_ palette: Screen.Palette) -> [String] {
        switch palette {
        case .none: return ramp()
        case .greys: return halfBlocks { "5;\(Picture.place256($0, $1, $2))" }
        case .colours: return halfBlocks { "2;\($0);\($1);\($2)" }
        }
    }

    private func halfBlocks(_ code: (Int, Int, Int) -> String) -> [String] {
        stride(from: 0, to: height, by: 2).map { row in
            var line = "", last = ""
            for column in 0..<width {
                let upper = self[row, column]
                var style = "\u{1b}[38;" + code(upper.red, upper.green, upper.blue)
                if row + 1 < height {
                    let lower = self[row + 1, column]
                    style += ";48;" + code(lower.red, lower.green, lower.blue)
                }
                if style != last { line += style + "m" }
                last = style
                line += "▀"
            }
            return line + "\u{1b}[0m"
        }
    }

    private func ramp() -> [String] {
        let characters = Array(" .:-=+*#%@")
        return (0..<height).map { row in
            (0..<width).reduce(into: "") { line, column in
                let level = Int((brightness(row, column) * Double(characters.count - 1)).rounded())
                line += String(repeating: characters[level], count: 2)
            }
        }
    }

    private func brightness(_ row: Int, _ column: Int) -> Double {
        let pixel = self[row, column]
        return Picture.luminance(pixel.red, pixel.green, pixel.blue) / 255
    }
    private static func luminance(_ red: Int, _ green: Int, _ blue: Int) -> Double {
        0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)
    }

    /// The nearest of the 256 colours: a grey for greys (232 is #080808, 255 is #eeeeee, then black and white), otherwise
    /// a colour of the 6x6x6 cube.
    static func place256(_ red: Int, _ green: Int, _ blue: Int) -> Int {
        if max(red, green, blue) - min(red, green, blue) < 8 { return grey(luminance(red, green, blue)) }
        // The steps of the cube are 0, 95, 135, 175, 215, 255.
        func step(_ level: Int) -> Int { level < 48 ? 0 : level < 115 ? 1 : min(5, (level - 35) / 40) }
        return 16 + 36 * step(red) + 6 * step(green) + step(blue)
    }
    private static func grey(_ level: Double) -> Int {
        if level < 4 { return 16 }
        if level > 246 { return 231 }
        return 232 + min(23, max(0, Int(((level - 8) / 10).rounded())))
    }
}
