import TestSupport
import Testing

/// The model that the tests of the prompt look at must itself be right.
@Suite struct ScreenModelTests {
    private func screen(_ text: String, rows: Int = 4, columns: Int = 10) -> ScreenModel {
        var screen = ScreenModel(rows: rows, columns: columns)
        screen.feed(text.utf8)
        return screen
    }

    @Test("text, line ends and scrolling")
    func text() {
        #expect(screen("one\r\ntwo").lines == ["one", "two"])
        let scrolled = screen("1\r\n2\r\n3\r\n4\r\n5")
        #expect(scrolled.lines == ["2", "3", "4", "5"])
        #expect(scrolled.everything == ["1", "2", "3", "4", "5"])
    }

    @Test("a full row keeps the cursor until the next character")
    func wrapping() {
        let full = screen("0123456789")
        #expect(full.cursor == .init(row: 0, column: 10))
        #expect(screen("0123456789\r\nx").lines == ["0123456789", "x"])
        #expect(screen("0123456789x").lines == ["0123456789", "x"])
        #expect(screen("012345678漢").lines == ["012345678", "漢"])
    }

    @Test("moving, erasing, inserting and removing")
    func editing() {
        #expect(screen("abc\u{1b}[2Dx").lines == ["axc"])
        #expect(screen("abc\u{8}\u{8}\u{1b}[K").lines == ["a"])
        #expect(screen("a\r\nb\r\nc\u{1b}[2A\u{1b}[J").lines == ["a"])
        #expect(screen("abc\r\u{1b}[2P").lines == ["c"])
        #expect(screen("abc\r\u{1b}[2@").lines == ["  abc"])
        #expect(screen("abc\u{1b}[2;3Hx\u{1b}[H").cursor == .init(row: 0, column: 0))
    }

    @Test("attributes, and sequences that come in parts")
    func attributes() {
        var parts = screen("a\u{1b}[")
        parts.feed("1;31mred".utf8)
        parts.feed("\u{1b}[m plain\u{1b}]0;title\u{7}".utf8)
        #expect(parts.lines == ["ared plain"])
        #expect(parts.style(of: "red") == "1;31")
        #expect(parts.style(of: "plain") == "")
        #expect(parts.style(of: "other") == nil)
    }

    @Test("a new width wraps long lines anew and keeps the cursor at its character")
    func resize() {
        var resized = screen("0123456789abc\r\nx")
        resized.resize(rows: 4, columns: 5)
        #expect(resized.lines == ["01234", "56789", "abc", "x"])
        #expect(resized.cursor == .init(row: 3, column: 1))
        resized.resize(rows: 4, columns: 20)
        #expect(resized.lines == ["0123456789abc", "x"])
    }
}
