import Foundation
import Glibc
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `:load` of a notebook, `:cells`, `:cell`, `:next`.
@Suite(.serialized) struct CellCommandTests {
    private let directory: TemporaryDirectory
    private let path: String
    private static let text = """
        -- ---
        -- assay: {seed: 3}
        -- ---

        -- %% [markdown]
        -- # Question

        -- %% name="setup"
        local x = 6

        -- %% name="answer"
        x * 7

        -- %% name="draw"
        print(math.random(1 << 40), tensor.randn{1}[1])

        -- %% name="bad"

        error("no")

        """

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.write("nb.lua", Self.text)
    }

    @Test("a notebook is opened and not run; its cells are listed with what became of them")
    func cells() throws {
        let desk = try Desk()
        #expect(desk.enter(":load \(path)") == "\(path) has 5 cells; :cells lists them, :next runs the next one")
        #expect(desk.enter("x") == "nil")
        desk.enter(":cell setup", ":cell 5")
        #expect(
            desk.enter(":cells") == """
                   name    kind      first line                                       state
                1  text-1  markdown  # Question
                2  setup   code      local x = 6                                      done
                3  answer  code      x * 7
                4  draw    code      print(math.random(1 << 40), tensor.randn{1}[1])
                5  bad     code      error("no")                                      failed
                """)
        #expect(desk.enter("x") == "6")
    }

    @Test(":next runs the cells in turn, shows text and the value of a last expression, and stops at the end")
    func next() throws {
        let desk = try Desk()
        desk.enter(":load \(path)")
        #expect(desk.enter(":next") == "# Question\n-- setup")
        #expect(desk.enter(":next") == "-- answer\n42")
        desk.enter(":next")
        #expect(desk.enter(":next").hasPrefix("-- bad\n! \(path):19: no\n"), "errors point into the file")
        #expect(desk.enter(":next") == "! :next: that was the last cell of \(path); :cell runs one again")
        #expect(desk.enter(":cell 1") == "# Question")
        #expect(desk.enter(":next -a").contains("-- draw\n"))
    }

    @Test("a cell draws the numbers that assay run gives it, and the session's own go on where they were")
    func streams() throws {
        let file = directory.write("d.lua", Self.text.replacingOccurrences(of: "x * 7", with: "show(x * 7)"))
        let run = try Assay.run("run", "--trust", "--no-record", "-q", file), desk = try Desk()
        let drawn = try #require(run.output.split(separator: "\n").dropFirst().first)
        desk.enter(":load \(file)", "seed(1)")
        let first = desk.enter("tensor.randn{1}[1]"), second = desk.enter("tensor.randn{1}[1]")
        desk.enter("seed(1)")
        #expect(desk.enter("tensor.randn{1}[1]") == first)
        // What print writes goes past the desk; the same draw as a value.
        directory.write("d.lua", directory.read("d.lua").replacingOccurrences(of: "print(", with: "show("))
        desk.enter(":reload", ":cell setup")
        let shown = desk.enter(":cell draw").split(separator: "\n").dropFirst().joined(separator: "\t")
        #expect(shown == drawn)
        #expect(desk.enter("tensor.randn{1}[1]") == second)
    }

    @Test(":reload reads a notebook again; cells whose text changed say so")
    func reload() throws {
        let desk = try Desk()
        desk.enter(":load \(path)", ":next", ":next")
        #expect(desk.enter(":reload") == "no loaded file has changed")
        directory.write("nb.lua", Self.text.replacingOccurrences(of: "x * 7", with: "x * 8 -- longer"))
        #expect(desk.enter(":reload").hasPrefix("\(path) has 5 cells"))
        let lines = desk.enter(":cells").split(separator: "\n")
        #expect(lines[2].hasSuffix(" done") && lines[3].hasSuffix(" changed"))
        #expect(desk.enter(":cell answer") == "-- answer\n48")
        #expect(desk.enter(":cells").contains("x * 8 -- longer"))
    }

    @Test("what cannot be done says why")
    func wrong() throws {
        let desk = try Desk()
        for name in ["cells", "next"] {
            #expect(desk.enter(":\(name)") == "! :\(name): no notebook is open; :load nb.lua opens one")
        }
        #expect(desk.enter(":cell 1") == "! :cell: no notebook is open; :load nb.lua opens one")
        desk.enter(":load \(path)")
        #expect(desk.enter(":cell setp") == "! :cell: no cell 'setp' in \(path); did you mean setup?")
        #expect(desk.enter(":cell 9") == "! :cell: no cell '9' in \(path); :cells lists them")
        #expect(desk.enter(":cell") == "! :cell: a cell's name or number expected\nusage: :cell name | n")
        #expect(desk.enter(":next x") == "! :next: nothing more expected, got 'x'\nusage: :next [-a]")
        let bad = directory.write("bad.lua", "-- %% name=\"a\" timeout=\"x\"\n")
        #expect(
            desk.enter(":load \(bad)")
                == "! :load: \(bad): cell 'a': timeout: number of seconds expected, got \"x\"")
    }

    @Test("names of cells complete, and saved sessions have the code of the cells that ran")
    func completionAndSaving() throws {
        let desk = try Desk(), file = directory.path + "/s.lua"
        desk.enter(":load \(path)")
        #expect(desk.conversation.complete(":cell s", at: 7).candidates.map(\.text) == ["setup"])
        desk.enter(":cell setup", ":cell answer", ":save \(file)")
        #expect(
            directory.read("s.lua")
                == "-- :cell setup\nlocal x = 6\n\n-- :cell answer\nshow(x * 7)\n")
    }

    @Test("on a terminal")
    func terminal() throws {
        let terminal = try Assay.onTerminal("-q", "--norc", "--history", "none", home: directory.path)
        try terminal.read(until: "assay> ")
        terminal.enter(":load \(path)")
        try terminal.read(until: "has 5 cells")
        terminal.enter(":next")
        try terminal.read(until: "-- setup")
        terminal.enter(":cell ans\t")
        try terminal.read(until: "42")
        terminal.enter("?:cells")
        try terminal.read(until: "List the cells of the notebook")
        try terminal.read(until: "assay> ")
        terminal.type("\u{4}")
        #expect(terminal.waitForExit() == 0)
    }
}
