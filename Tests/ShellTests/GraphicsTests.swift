import TestSupport
import Testing

@testable import Shell

/// Pictures at a prompt on terminals that answer as kitty does, as a sixel terminal does, and not at all.
@Suite struct GraphicsTests {
    private let show = "tensor.ones{2, 2}:show()"
    /// What is left of the question when escape sequences are taken out.
    private let question = "i=31,s=1,v=1,a=q,t=d,f=24;AAAA"

    /// Shows a picture on a terminal that gives an answer; again with a fresh question while the answer comes too late.
    private func shown(_ answer: String, until text: String) throws -> PseudoTerminal {
        let terminal = try Assay.onTerminal()
        try terminal.read(until: "assay> ")
        #expect(!terminal.transcript.contains("AAAA"), "nothing is asked at the start")
        for _ in 0..<5 {
            terminal.enter(show)
            try terminal.read(until: question)
            terminal.type(answer)
            if (try? terminal.read(until: text, timeout: 2)) != nil { return terminal }
            terminal.enter(":set graphics auto")
            try terminal.read(until: "assay> ")
        }
        Issue.record("'\(text)' never came:\n\(terminal.transcript)")
        return terminal
    }

    @Test("a terminal that answers the kitty query gets kitty graphics, and is asked once")
    func kitty() throws {
        let terminal = try shown("\u{1b}_Gi=31;OK\u{1b}\\\u{1b}[?62;c", until: "Ga=T,f=100,q=2,c=40,r=20,m=0;")
        try terminal.read(until: "assay> ")
        terminal.enter(show)
        #expect(try !terminal.read(until: "Ga=T,f=100").contains("AAAA"))
        terminal.enter(":set graphics")
        try terminal.read(until: "graphics = kitty")
    }

    @Test("a terminal that lists 4 among its attributes gets sixels")
    func sixel() throws { _ = try shown("\u{1b}[?62;4;22c", until: "0;1q\"1;1;400;400#0;2;100;100;100") }

    @Test("a terminal that says what it is without pixels, and one that says nothing, get characters")
    func characters() throws {
        _ = try shown("\u{1b}[?62;22c", until: "@@@@\n@@@@")
        let terminal = try shown("", until: "@@@@\n@@@@")
        try terminal.read(until: "assay> ")
        terminal.enter(show)
        #expect(try !terminal.read(until: "@@@@\n@@@@").contains("AAAA"))
    }

    @Test("a setting or a variable decides without a question")
    func setting() throws {
        let terminal = try Assay.onTerminal()
        try terminal.read(until: "assay> ")
        terminal.enter(":set graphics none")
        terminal.enter(show)
        #expect(try !terminal.read(until: "@@@@\n@@@@").contains("AAAA"))
        terminal.enter(":set graphics kitty")
        terminal.enter(show)
        #expect(try !terminal.read(until: "Ga=T,f=100").contains("AAAA"))
        terminal.enter(":set graphics paint")
        try terminal.read(until: ":set graphics: auto, none, kitty or sixel expected, got 'paint'")
    }

    @Test("without a terminal nothing is asked and pictures are plain characters")
    func file() throws {
        #expect(try Assay.run("-e", show).output == "@@@@\n@@@@\n")
    }

    @Test("a palette is a wish for characters, and graphics can be asked for by name")
    func wishes() throws {
        let colour = try Assay.run("-e", "tensor.ones{2, 2}:show{palette = 'greys'}").output
        #expect(colour == "\u{1b}[38;5;231;48;5;231m▀▀\u{1b}[0m\n")
        #expect(try Assay.run("-e", "tensor.ones{2, 2}:show{graphics = 'sixel'}").output.hasPrefix("\u{1b}P0;1q"))
        #expect(
            try Assay.run("-e", "tensor.ones{2, 2, 2}:show{labels = {1, 2}, predictions = {1, 3}}").output
                == "@@@@     @@@@\n@@@@     @@@@\n1        2 → 3 ✗\n")
    }
}
