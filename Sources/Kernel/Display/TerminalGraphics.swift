// Pictures in the two protocols by which terminals show real pixels.

extension Picture {
    /// Kitty's protocol: a PNG in base64, shown over so many columns and lines of characters. It comes in pieces of 4096
    /// characters; the cursor ends behind the picture's last line.
    func kitty(columns: Int, lines: Int) throws -> String {
        let text = base64(try png())
        let pieces = stride(from: 0, to: text.count, by: 4096).map { text[$0..<min($0 + 4096, text.count)] }
        return pieces.enumerated().map { index, piece in
            // a=T: send and show; q=2: answer nothing, which would be typed into the prompt.
            let head = index == 0 ? "a=T,f=100,q=2,c=\(columns),r=\(lines)," : ""
            let more = index == pieces.count - 1 ? 0 : 1
            return "\u{1b}_G\(head)m=\(more);\(String(decoding: piece, as: UTF8.self))\u{1b}\\"
        }.joined()
    }

    /// Sixels (DEC STD 070): six lines of pixels at a time, colour after colour. Greys have 64 levels; colours those of
    /// the 6x6x6 cube, since terminals promise 256 registers at most.
    func sixel() -> String {
        let places = colourPlaces()
        var registers: [Int: Int] = [:], out = "\u{1b}P0;1q\"1;1;\(width);\(height)"
        for place in Set(places).sorted() {
            registers[place] = registers.count
            let (red, green, blue) = Picture.percents(place)
            out += "#\(registers.count - 1);2;\(red);\(green);\(blue)"
        }
        for top in stride(from: 0, to: height, by: 6) {
            out += band(places, top, registers).joined(separator: "$") + "-"
        }
        return out + "\u{1b}\\"
    }

    /// For every pixel a number of its colour: greys 0...63, then the cube.
    private func colourPlaces() -> [Int] {
        let grey = isGrey
        return stride(from: 0, to: pixels.count, by: 3).map { place in
            if grey { return Int(pixels[place]) >> 2 }
            let steps = (0..<3).map { (Int(pixels[place + $0]) * 5 + 127) / 255 }
            return 64 + 36 * steps[0] + 6 * steps[1] + steps[2]
        }
    }
    private static func percents(_ place: Int) -> (Int, Int, Int) {
        if place < 64 { let level = (place * 100 + 31) / 63; return (level, level, level) }
        let cube = place - 64
        return (cube / 36 * 20, cube / 6 % 6 * 20, cube % 6 * 20)
    }

    /// Six lines of pixels: for each colour in them the columns as bits, equal neighbours counted.
    private func band(_ places: [Int], _ top: Int, _ registers: [Int: Int]) -> [String] {
        let rows = top..<min(top + 6, height)
        let present = Set(rows.flatMap { places[$0 * width..<($0 + 1) * width] }).sorted()
        return present.map { colour in
            let codes = (0..<width).map { column in
                rows.reduce(0) { $0 | (places[$1 * width + column] == colour ? 1 << ($1 - top) : 0) }
            }
            return "#\(registers[colour] ?? 0)" + Picture.runs(codes)
        }
    }

    private static func runs(_ codes: [Int]) -> String {
        var out = "", place = 0
        while place < codes.count {
            let end = codes[place...].firstIndex { $0 != codes[place] } ?? codes.count
            let sign = String(Unicode.Scalar(UInt8(63 + codes[place])))
            out += end - place > 3 ? "!\(end - place)\(sign)" : String(repeating: sign, count: end - place)
            place = end
        }
        return out
    }
}

/// RFC 4648.
public func base64(_ bytes: [UInt8]) -> [UInt8] {
    let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
        let part = bytes[start..<min(start + 3, bytes.count)]
        let word = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
        for digit in 0..<4 { out.append(digit <= part.count ? signs[word >> (18 - 6 * digit) & 63] : 0x3D) }
    }
    return out
}
