import Testing

@testable import Kernel

@Suite struct PlotTextTests {
    private let unicode = Screen(width: 40, isUnicode: true), ascii = Screen(width: 40)

    @Test("a braille character has a bit for each of its dots")
    func dots() {
        let places = [
            (0, 0, "⠁"), (0, 1, "⠂"), (0, 2, "⠄"), (0, 3, "⡀"), (1, 0, "⠈"), (1, 1, "⠐"), (1, 2, "⠠"), (1, 3, "⢀"),
        ]
        for (x, y, text) in places {
            var field = Braille(columns: 1, lines: 1)
            field.set(x, y)
            field.set(-1, 0)
            field.set(0, 4)
            #expect(field.text(0, isUnicode: true, signs: ["#"]) { text, _ in text } == text)
        }
        var field = Braille(columns: 4, lines: 2)
        field.line(from: (0, 0), to: (7, 7))
        let lines = (0..<2).map { field.text($0, isUnicode: true, signs: ["#"]) { text, _ in text } }
        #expect(lines == ["⠑⢄  ", "  ⠑⢄"])
    }

    @Test("ticks are round numbers within the range")
    func ticks() {
        #expect(Ticks(0...0.3, most: 4).texts == ["0.0", "0.1", "0.2", "0.3"])
        #expect(Ticks(0...100, most: 6).texts == ["0", "20", "40", "60", "80", "100"])
        #expect(Ticks(-0.012...0.018, most: 4).texts == ["-0.01", "0.00", "0.01"])
        #expect(Ticks(1...4, most: 8, isWhole: true).texts == ["1", "2", "3", "4"])
        #expect(Ticks(0...2e9, most: 3).texts == ["0", "1e+09", "2e+09"])
        #expect(Ticks(1e-7...3e-7, most: 3).values.count <= 3)
    }

    private func figure() -> Figure {
        let falling = Figure.Series("down", (0...10).map { .init(Double($0), 10 - Double($0)) })
        let rising = Figure.Series("up", (0...10).map { .init(Double($0), Double($0)) })
        var figure = Figure([falling, rising], title: "two lines", xLabel: "x")
        figure.yRange = 0...10
        return figure
    }

    @Test("curves are drawn with axes, ticks and a legend: in braille, and in signs where there is none")
    func curves() throws {
        let plain = try figure().text(on: ascii, width: 34, height: 12)
        #expect(
            plain == """
                    two lines
                10 +****                      oooo
                   |    *****            ooooo
                   |        *****    oooo
                 5 +            *ooooo
                   |        ooooo    ****
                   |    ooooo            *****
                 0 +oooo                      ****
                   ++--------------+-------------+
                    0              5            10
                                  x
                  * down   o up
                """)
        let text = try figure().text(on: unicode, width: 34, height: 12)
        #expect(
            text == """
                    two lines
                10 ┤⠑⠢⢄a                      ⣀⠤⠒⠉
                   │    ⠉⠑⠢⢄⡀            ⣀⠤⠒⠊⠉
                   │        ⠈⠑⠢⢄⡀    ⢀⠤⠒⠉
                 5 ┤            ⠈⣑⡢⠴⣊⠁
                   │        ⢀⡠b⠊⠉    ⠉⠒⠤⣀
                   │    ⣀⡠⠔⠊⠁            ⠉⠒⠤⢄⣀
                 0 ┤⡠⠔⠊⠉                      ⠉a⠤⣀
                   └┬──────────────┬─────────────┬
                    0              5            10
                                  x
                  ⠤⠤a down   ⠤⠤b up
                """)
    }

    @Test("no figure is wider or higher than it was asked to be")
    func sizes() throws {
        for (width, height) in [(30, 8), (50, 14), (120, 40)] {
            for screen in [unicode, ascii] {
                let lines = try figure().text(on: screen, width: width, height: height).split(
                    separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count <= height && lines.allSatisfy { columnCount($0) <= width })
            }
        }
        let constant = Figure([.init("c", [.init(1, 5), .init(2, 5)])])
        #expect(try constant.text(on: unicode, width: 30, height: 8).contains("⠤"))
        #expect(throws: KernelError.self) {
            try Figure([.init("n", [.init(.nan, 1)])]).text(on: ascii, width: 30, height: 8)
        }
    }

    @Test("intervals are drawn as dots around their curve, and colours tell the curves apart on a terminal")
    func bands() throws {
        let band = Figure([.init("b", (0...10).map { .init(Double($0), 5, low: 1, high: 9) })])
        let plain = Figure([.init("b", (0...10).map { .init(Double($0), 5) })])
        var range = band
        range.yRange = 0...10
        var narrow = plain
        narrow.yRange = 0...10
        let with = try range.text(on: unicode, width: 40, height: 12)
        #expect(try with != narrow.text(on: unicode, width: 40, height: 12))
        var styled = unicode
        styled.isStyled = true
        let text = try figure().text(on: styled, width: 40, height: 12)
        #expect(text.contains("\u{1b}[34m") && text.contains("\u{1b}[31m"))
        #expect(text.split(separator: "\n").allSatisfy { columnCount($0) <= 40 })
    }

    @Test("a histogram shows counts as bars and says what it counted")
    func histogram() throws {
        let x = try Tensor([0.0, 0, 0, 0, 1, 1, 2, 3, .nan])
        let view = try HistogramView(x, bins: 4)
        #expect(view.counts == [4, 2, 1, 1] && view.outside == 1)
        #expect(
            view.text(on: Screen(width: 16), height: 4) == """
                4 |##
                  |##
                  |####
                0 |########
                   0      3
                8 values in 4 bins, mean 0.875, std 1.126, 1 outside
                """)
        let dots = view.text(on: Screen(width: 14, isUnicode: true), height: 2)
        #expect(
            dots == """
                4 ┤⣿⣿
                0 ┤⣿⣿⣿⣿⣤⣤⣤⣤
                   0      3
                8 values in 4 bins, mean 0.875, std 1.126, 1 outside
                """)
        for width in [Int.min, -1, 0, 1] {
            #expect(view.text(on: Screen(width: width, isUnicode: true), height: 2).contains("\n"))
        }
        let rare = try HistogramView(Tensor([Double](repeating: 0, count: 1000) + [1]), bins: 2)
        #expect(rare.text(on: Screen(width: 20), height: 3).split(separator: "\n")[2].hasSuffix("#"))
        #expect(throws: KernelError.self) { try HistogramView(Tensor([Double.nan]), bins: 3) }
    }
}
