import TestSupport
import Testing

/// The user's inputrc has the last word.
@Suite(.serialized) struct InputrcTests {
    private func start(_ inputrc: String) throws -> PseudoTerminal {
        let directory = try TemporaryDirectory()
        directory.write("inputrc", inputrc)
        let terminal = try Assay.onTerminal("-q", columns: 60, variables: ["INPUTRC": directory.path + "/inputrc"])
        try terminal.show("the prompt") { $0.lines.last?.hasSuffix("assay>") == true }
        return terminal
    }

    @Test("bindings under '$if assay' count, those of other programs do not")
    func conditional() throws {
        let terminal = try start(
            """
            $if assay
            "\\C-t": "6 * 7"
            $endif
            $if bash
            "\\C-t": "wrong"
            $endif

            """)
        terminal.type("\u{14}\r")
        try terminal.show("42", "assay>")
    }

    @Test("keys that the user binds keep their meaning, also those that we would bind")
    func ownBindings() throws {
        let terminal = try start("\"\\e[A\": \"mine\"\n\"\\e\\r\": \"alt\"\n\"\\C-o\": insert-line-end\n")
        terminal.type("\u{1b}[A\u{1b}\r")
        try terminal.show("assay> minealt")
        terminal.type("\u{f}x")
        try terminal.show("assay> minealt", "  ..> x")
    }

    @Test("in vi mode Enter opens lines, k and j move through lines and history, 0 knows lines")
    func viMode() throws {
        let terminal = try start("set editing-mode vi\nset keyseq-timeout 50\n")
        terminal.enter("old = 1")
        try terminal.show("assay> old = 1", "assay>")
        terminal.type("s = [[abc")
        try terminal.show("assay> s = [[abc")
        terminal.type("\r")
        try terminal.show("assay> s = [[abc", "  ..>")
        terminal.type("def]]")
        try terminal.show("assay> s = [[abc", "  ..> def]]")
        terminal.type("\u{1b}")
        try terminal.show("the cursor on the last character") { $0.cursor.column == 6 + 4 }
        terminal.type("k")
        try terminal.show("the cursor in the first line") { $0.cursor == .init(row: 1, column: 7 + 4) }
        terminal.type("0")
        try terminal.show("the cursor at its beginning") { $0.cursor == .init(row: 1, column: 7) }
        terminal.type("k")
        try terminal.show("the entry before") { $0.lines.last == "assay> old = 1" }
        terminal.type("j\r")
        try terminal.show("assay> s = [[abc", "  ..> def]]", "assay>")
        terminal.enter("#s")
        try terminal.show("7", "assay>")
    }

    @Test("the mode is shown in the prompt when the user wants it")
    func modeInPrompt() throws {
        let terminal = try start(
            "set editing-mode vi\nset keyseq-timeout 50\nset show-mode-in-prompt on\n"
                + "set vi-ins-mode-string \\1\\e[6 q\\2+\nset vi-cmd-mode-string :\n")
        terminal.type("x = 1")
        try terminal.show("+assay> x = 1")
        terminal.type("\u{1b}")
        try terminal.show(":assay> x = 1")
    }

    @Test("horizontal scrolling asks line by line")
    func horizontal() throws {
        let terminal = try start("set horizontal-scroll-mode on\n")
        terminal.enter("for i = 1, 2 do")
        try terminal.show("  ..>")
        terminal.enter("x = i end")
        try terminal.show("assay>")
        terminal.enter("x")
        try terminal.show("2", "assay>")
    }
}
