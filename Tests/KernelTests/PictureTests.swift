import CZlib
import Testing

@testable import Kernel

@Suite struct PictureTests {
    /// Six columns by seven rows, every pixel of its own colour.
    let colourful = PictureTests.picture(7, 6) { place in [6 * place, 250 - 6 * place, place % 6 * 51] }
    let grey = PictureTests.picture(13, 9) { place in [2 * place, 2 * place, 2 * place] }

    static func picture(_ height: Int, _ width: Int, _ pixel: (Int) -> [Int]) -> Picture {
        var pixels: [UInt8] = []
        for place in 0..<height * width { pixels += pixel(place).map { UInt8($0 % 256) } }
        return Picture(height: height, width: width, pixels: pixels)
    }

    @Test("a PNG decodes back to the pixels")
    func png() throws {
        for picture in [colourful, grey] { #expect(try decodedPNG(picture.png()) == picture) }
    }

    @Test("kitty's pieces hold a PNG of the picture and the characters that it covers")
    func kitty() throws {
        let large = Self.picture(60, 60) { place in [place * place % 251, place * 7919 % 241, place * 104_729 % 239] }
        for picture in [colourful, large] {
            let text = try picture.kitty(columns: 12, lines: 3)
            let pieces = text.split(separator: "\u{1b}\\").map { $0.dropFirst(3) }
            #expect(pieces[0].hasPrefix("a=T,f=100,q=2,c=12,r=3,m="))
            #expect(pieces.allSatisfy { piece in piece.split(separator: ";")[1].count <= 4096 })
            #expect(pieces.map { $0.contains("m=1;") } == pieces.indices.map { $0 < pieces.count - 1 })
            let data = pieces.flatMap { Array($0.split(separator: ";")[1].utf8) }
            #expect(try decodedPNG(unbase64(data)) == picture)
        }
    }

    @Test("sixels decode back to the pixels, to the steps of their colours")
    func sixel() throws {
        for (picture, step) in [(colourful, 26), (grey, 4)] {
            let decoded = try #require(decodedSixel(picture.sixel()))
            #expect(decoded.height == picture.height && decoded.width == picture.width)
            let worst = zip(decoded.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
            #expect(worst <= step)
        }
        #expect(
            Picture(height: 1, width: 5, grey: 255).sixel()
                == "\u{1b}P0;1q\"1;1;5;1#0;2;100;100;100#0!5@-\u{1b}\\")
    }

    @Test("colours of the 256 are the nearest grey, or of the cube")
    func palette() {
        #expect(Picture.place256(0, 0, 0) == 16 && Picture.place256(255, 255, 255) == 231)
        #expect(Picture.place256(128, 128, 128) == 244)
        #expect(Picture.place256(255, 0, 0) == 196 && Picture.place256(0, 95, 255) == 27)
    }

    @Test("a grid has captions under its pictures, cut to their width, wrong ones red where there are colours")
    func grid() throws {
        let white = Picture(height: 2, width: 2, grey: 255)
        let names = LabelText(["cat", "dogfishes"], isUnicode: true)
        let cells = [(0, 0), (1, 1), (0, 1)].map { label, guess in
            PictureGrid.Cell(white, [names.caption(label, prediction: guess)!])
        }
        #expect(
            try PictureGrid(cells, columns: 2).text(on: Screen(isUnicode: true)) == """
                @@@@              @@@@
                @@@@              @@@@
                cat               dogfishes
                @@@@
                @@@@
                cat → dogfishes…
                """)
        let styled = Screen(palette: .greys, isStyled: true, isUnicode: true)
        let wide = PictureGrid([.init(Picture(height: 1, width: 18, grey: 0), cells[2].captions)])
        #expect(try wide.text(on: styled).hasSuffix("\n\u{1b}[31mcat → dogfishes ✗\u{1b}[0m"))
        #expect(LabelText([], isUnicode: false).caption(3, prediction: 5)?.text == "3 -> 5 x")
        let lines = try PictureGrid([PictureGrid.Cell](repeating: cells[0], count: 50)).text(on: Screen(width: 33))
        #expect(lines.split(separator: "\n").allSatisfy { columnCount($0) <= 33 })
    }

    @Test("where the terminal shows pixels a row of pictures is one image over the characters of the grid")
    func graphics() throws {
        let cells = [PictureGrid.Cell](repeating: .init(Picture(height: 4, width: 4, grey: 9), [.init("x")]), count: 8)
        let text = try PictureGrid(cells, columns: 4).text(on: Screen(width: 80), .kitty)
        #expect(text.matches(of: /c=62,r=7,/).count == 2)
        #expect(text.contains("\u{1b}\\\nx               x               x               x\n"))
        let sixel = try PictureGrid(cells, columns: 8).text(on: Screen(width: 40), .sixel)
        #expect(sixel.hasPrefix("\u{1b}P0;1q\"1;1;"))
    }

    @Test("a gallery shows perturbations around mid-grey and states the factor")
    func gallery() throws {
        // Class 0 while the four pixels sum to more than class 1's constant: the first example falls at 0.2, the second
        // was wrong before.
        let affine = try AttackSamples.Affine([[1, 1, 1, 1], [0, 0, 0, 0]], [0, 1])
        let x = try Tensor([Float](arrayLiteral: 0.5, 0.3, 0.3, 0.3, 0.1, 0.2, 0.2, 0.2), [2, 4])
        let examples = try Examples(x, Tensor([Int64](arrayLiteral: 0, 0)))
        let result = try Attack.recipe("fgsm", eps: 0.2).run(on: affine.target(0...1), examples, checks: .none)
        let gallery = try result.gallery(count: 2)
        #expect(gallery.factor == 2 && gallery.entries.map(\.place) == [0, 1])
        let shown = try gallery.shown(on: Screen(width: 60), .none)
        #expect(
            shown == """
                attack.fgsm: 1 of 2 examples broken; original, perturbation, final point
                ++--         ....         --..
                ----         ....         ....
                0            delta x2     0 -> 1 x
                example 1    linf 0.2000  step 1
                ..::         ++++         ..::
                ::::         ++++         ::::
                0 -> 1 x     delta x2     0 -> 1 x
                example 2    linf 0.0000  step 0
                """)
        #expect(throws: KernelError.self) { try gallery.save("gallery.gif") }
    }
}

// MARK: - Decoders, as simple as what they read

private func decodedPNG(_ file: [UInt8]) throws -> Picture? {
    func word(_ at: Int) -> Int { file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
    guard file.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] else { return nil }
    var place = 8, data: [UInt8] = [], size = (0, 0)
    while place < file.count {
        let count = word(place), body = Array(file[place + 4..<place + 8 + count])
        guard word(place + 8 + count) == Int(crc32(0, body, UInt32(body.count))) else { return nil }
        switch String(decoding: body.prefix(4), as: UTF8.self) {
        case "IHDR": size = (word(place + 8), word(place + 12))
        case "IDAT": data += body.dropFirst(4)
        default: break
        }
        place += 12 + count
    }
    var rows = [UInt8](repeating: 0, count: (3 * size.0 + 1) * size.1), length = UInt(rows.count)
    guard uncompress(&rows, &length, data, UInt(data.count)) == Z_OK, length == rows.count else { return nil }
    let stride = 3 * size.0 + 1
    let pixels = (0..<size.1).reduce(into: [UInt8]()) { $0 += rows[$1 * stride + 1..<($1 + 1) * stride] }
    return Picture(height: size.1, width: size.0, pixels: pixels)
}

private func unbase64(_ text: [UInt8]) -> [UInt8] {
    let signs = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = [], word = 0, bits = 0
    for sign in text {
        guard let digit = signs.firstIndex(of: sign) else { break }
        (word, bits) = (word << 6 | digit, bits + 6)
        if bits >= 8 { out.append(UInt8(truncatingIfNeeded: word >> (bits - 8))); bits -= 8 }
    }
    return out
}

private func decodedSixel(_ text: String) -> Picture? {
    guard text.hasPrefix("\u{1b}P0;1q\""), text.hasSuffix("\u{1b}\\") else { return nil }
    let body = Array(text.utf8.dropFirst(7).dropLast(2))
    var place = 0
    func numbers() -> [Int] {
        let end = body[place...].firstIndex { !(48...57).contains($0) && $0 != 59 } ?? body.count
        defer { place = end }
        return String(decoding: body[place..<end], as: UTF8.self).split(separator: ";").compactMap { Int($0) }
    }
    let raster = numbers(), width = raster[2], height = raster[3]
    var pixels = [UInt8](repeating: 0, count: 3 * width * height), colours: [Int: [Int]] = [:]
    var (colour, x, top, times) = (0, 0, 0, 1)
    while place < body.count {
        let sign = body[place]
        place += 1
        switch sign {
        case 0x23:  // #
            let parts = numbers()
            colour = parts[0]
            if parts.count > 1 { colours[colour] = Array(parts[2...]) }
        case 0x21: times = numbers()[0]
        case 0x24: x = 0
        case 0x2D: (x, top) = (0, top + 6)
        default:
            for _ in 0..<times {
                for bit in 0..<6 where (Int(sign) - 63) >> bit & 1 == 1 {
                    for c in 0..<3 {
                        pixels[3 * ((top + bit) * width + x) + c] = UInt8((colours[colour]![c] * 255 + 50) / 100)
                    }
                }
                x += 1
            }
            times = 1
        }
    }
    return Picture(height: height, width: width, pixels: pixels)
}
