import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `assay view`: what is shown, and that nothing else happens.
@Suite struct ViewTests {
    private let study = """
        -- ---
        -- title: A study
        -- assay:
        --   permissions: {read: ["data/"], net: false}
        -- ---

        -- %% [markdown]
        -- # A study
        --
        -- Words.

        -- %% First look name="look"
        local x = 1
        print(x) -- shows it

        """

    @Test("a notebook without a record is shown with its permissions, its text and its numbered code")
    func plain() throws {
        let folder = try TemporaryDirectory()
        let result = try Assay.run("view", folder.write("study.lua", study))
        #expect(
            result.output == """
                A study
                study.lua, cells: 1 code, 1 markdown
                permissions  read: data/
                permissions  net: no
                record       none: the outputs are not known

                ── 1 markdown ───────────────────────────────────────────────── lines 8 to 10 ──
                # A study

                Words.

                ── 2 code First look look ──────────────────────────────────── lines 13 to 14 ──
                13 │ local x = 1
                14 │ print(x) -- shows it

                """)
        #expect(result.errors == "" && result.code == 0)
    }

    @Test("with a record the outputs stand below their cells, and what is stale is called so")
    func record() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("study.lua", study + "\n-- %% after\nprint(2)\n")
        #expect(try Assay.run("run", path).code == 0)
        let fresh = try Assay.run("view", path).output
        #expect(fresh.contains("\nrecord       20") && fresh.contains(", of this very file\n"))
        #expect(fresh.contains("print(x) -- shows it\n  1\n\n── 3") && fresh.hasSuffix("│ print(2)\n  2\n"))
        #expect(!fresh.contains("stale"))
        folder.write("study.lua", study.replacing("x = 1", with: "x = 3") + "\n-- %% after\nprint(2)\n")
        let stale = try Assay.run("view", path).output
        #expect(stale.contains(", of an older version of this file\n"))
        #expect(stale.contains("print(x) -- shows it\nstale: the code has changed since it gave this\n  1\n"))
        #expect(stale.hasSuffix("print(2)\nperhaps stale: an earlier cell has changed\n  2\n"))
    }

    @Test("long outputs are cut unless they are asked for")
    func long() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("nb.lua", "-- %% a\nfor i = 1, 100 do print('line ' .. i) end\n")
        #expect(try Assay.run("run", path).code == 0)
        let cut = try Assay.run("view", path).output
        #expect(cut.hasSuffix("\n  line 20\n  … 80 more lines; --full shows them\n"))
        #expect(try Assay.run("view", "--full", path).output.hasSuffix("\n  line 100\n"))
    }

    @Test("a notebook that would loop, write and delete is shown at once, and no file appears, changes or goes")
    func nothingRuns() throws {
        let folder = try TemporaryDirectory()
        let code = """
            -- ---
            -- title: bad
            -- ---

            -- %% one
            io.open("\(folder.path)/written", "w"):write("x"):close()
            os.execute("touch \(folder.path)/executed")
            os.remove("\(folder.path)/nb.lua")

            -- %% two
            while true do end

            """
        let path = folder.write("nb.lua", code)
        let start = now()
        let result = try Assay.run("view", path, timeout: 20)
        #expect(result.code == 0 && now() - start < 15)
        #expect(result.output.contains("│ while true do end"))
        #expect(listing(folder.path) == ["nb.lua"])
        #expect(folder.read("nb.lua") == code)
        for form in ["html", "md"] {
            let rendered = try Assay.run("render", "--from-record", "--to", form, path, timeout: 20)
            #expect(
                rendered.errors
                    == "assay: \(path): has no record of a run (\(folder.path)/__assay__/nb.lua.run.json); 'assay run \(path)' makes one\n"
            )
            #expect(rendered.code == 2 && listing(folder.path) == ["nb.lua"])
        }
    }

    @Test("nothing in a notebook or its record acts on the terminal or reorders a line")
    func hostile() throws {
        for isStyled in [false, true] {
            let text = TerminalReport(report: try HostileSamples.report(), isStyled: isStyled, width: 100).text
            let letters = text.replacing(try Regex("\u{1b}\\[(0;[0-9]+)?m"), with: "")
            let acting = letters.unicodeScalars.filter { scalar in
                switch scalar.properties.generalCategory {
                case .control: scalar != "\n"
                case .format, .lineSeparator, .paragraphSeparator: true
                default: false
                }
            }
            #expect(acting.isEmpty, "\(Set(acting.map { $0.value }))")
            #expect(isStyled == (text != letters))
            #expect(letters.contains("⟨U+202E⟩drowssap") && letters.contains("␛]0;title␇"))
        }
    }

    @Test("strange files are refused with their reason")
    func refusals() throws {
        let folder = try TemporaryDirectory()
        let none = try Assay.run("view", folder.path + "/none.lua")
        #expect(none.errors == "assay: \(folder.path)/none.lua: no such file or directory\n" && none.code == 2)
        let device = try Assay.run("view", "/dev/zero")
        #expect(device.errors == "assay: /dev/zero: is not a regular file\n" && device.code == 2)
        let header = folder.write("nb.lua", "-- ---\n-- title: [a\n-- ---\n")
        let broken = try Assay.run("view", header)
        #expect(broken.errors.hasPrefix("assay: \(header):2: ") && broken.code == 2)
        let good = folder.write("ok.lua", "print(1)\n")
        mkdir(folder.path + "/__assay__", 0o755)
        folder.write("__assay__/ok.lua.run.json", "{}")
        let record = try Assay.run("view", good)
        #expect(
            record.errors
                == "assay: \(folder.path)/__assay__/ok.lua.run.json is no record of a run: stable is missing\n")
        #expect(record.code == 2)
    }

    @Test("--pager sends the text to the user's pager, on a terminal only")
    func pager() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write("nb.lua", "print(1)\n")
        #expect(try Assay.run("view", "--pager", path).output.contains("│ print(1)"))
        let terminal = try Assay.onTerminal("view", "--pager", path, variables: ["PAGER": "sed s/print/PAGED/"])
        #expect(try terminal.read(until: "PAGED(1)").contains("1 │ "))
        #expect(terminal.child.wait() == 0)
    }
}
