import Testing

@testable import Shell

@Suite struct VisibleSignsTests {
    @Test("what acts on a terminal, reorders or hides becomes a sign; letters, line ends and joiners stay")
    func signs() {
        let cases = [
            ("plain\ttext\n", "plain\ttext\n"), ("\u{1b}[2J", "␛[2J"), ("a\u{0}b\u{7}\u{8}", "a␀b␇␈"), ("\u{7f}", "␡"),
            ("\r", "␍"), ("\u{9b}2J", "⟨U+009B⟩2J"), ("\u{202E}abc\u{202C}", "⟨U+202E⟩abc⟨U+202C⟩"),
            ("\u{2066}\u{2069}\u{200E}\u{200F}\u{061C}", "⟨U+2066⟩⟨U+2069⟩⟨U+200E⟩⟨U+200F⟩⟨U+061C⟩"),
            ("a\u{200B}b\u{FEFF}", "a⟨U+200B⟩b⟨U+FEFF⟩"), ("\u{2028}", "⟨U+2028⟩"), ("\u{E0041}", "⟨U+E0041⟩"),
            ("👩\u{200D}🔬 می\u{200C}خواهم", "👩\u{200D}🔬 می\u{200C}خواهم"), ("é ü ß 漢字 ε", "é ü ß 漢字 ε"),
        ]
        for (text, shown) in cases { #expect(visibleText(text) == shown) }
    }

    @Test("a stream loses its colours and nothing else")
    func streams() {
        #expect(visibleStream("\u{1b}[31mred\u{1b}[0m \u{1b}[1;38;5;3mx\u{1b}[m") == "red x")
        #expect(visibleStream("\u{1b}[2Kx\u{1b}]0;t\u{7}\u{1b}[31") == "␛[2Kx␛]0;t␇␛[31")
        #expect(visibleStream("a\r\nb\rc") == "a\nb␍c")
    }

    @Test("a line is one line of limited length")
    func lines() {
        #expect(visibleLine("a\nb\tc\r\nd") == "a b c  d")
        #expect(visibleLine(String(repeating: "x", count: 500), columns: 10) == "xxxxxxxxx…")
    }

    @Test("lines are kept up to forty")
    func manyLines() {
        #expect(visibleLines("a\nb\u{7}") == "a\nb␇")
        #expect(visibleLines(String(repeating: "x\n", count: 100)).split(separator: "\n").count == 40)
    }

    @Test("HTML's signs are escaped with marks on them too")
    func escaping() {
        #expect(escapedHTML("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;'")
        #expect(
            escapedHTML("\"\u{301}<\u{338}&\u{20DD}").unicodeScalars.elementsEqual(
                "&quot;\u{301}&lt;\u{338}&amp;\u{20DD}".unicodeScalars))
    }
}
