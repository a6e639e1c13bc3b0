import Bindings
import Glibc
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `:save`, `:replay`, `:load`, `:reload`, `:history`, `:info`.
@Suite(.serialized) struct SessionCommandTests {
    private let directory: TemporaryDirectory
    init() throws { directory = try TemporaryDirectory() }

    private func path(_ name: String) -> String { directory.path + "/" + name }

    /// A session with something of everything.
    private func desk() throws -> Desk {
        let desk = try Desk()
        desk.enter("local x = 6", "x * 7", "error('no')", ":set threads 2", ":time y = x + 1", "f = $ echo hi", "?x")
        desk.enter("function g()\n  return x\nend", "g();", "y = 1 z = 2 y, z -- both", ":pwd")
        return desk
    }

    @Test(":save writes what succeeded as a script that runs, commands as comments")
    func script() throws {
        let file = path("s.lua")
        #expect(try desk().enter(":save \(file)") == "wrote 8 entries to \(file)")
        #expect(
            directory.read("s.lua") == """
                local x = 6

                show(x * 7)

                -- :set threads 2

                y = x + 1

                -- f = $ echo hi

                function g()
                  return x
                end

                g();

                y = 1 z = 2 show(y, z) -- both

                """)
        #expect(try Assay.run(file).output == "42\n1\n2\n")
    }

    @Test("a loaded file stands in the script as its text, its locals reach what follows")
    func savedFile() throws {
        let desk = try Desk(), file = directory.write("a.lua", "#!/bin/sh\nlocal a = 1\n\na + 1\n")
        desk.enter(":load \(file)", "a + 2", ":save \(path("s.lua"))")
        #expect(
            directory.read("s.lua") == """
                -- :load \(file)
                local a = 1

                show(a + 1)

                show(a + 2)

                """)
    }

    @Test(":save writes a notebook when the name says so, with a header and a cell for each entry")
    func notebook() throws {
        let desk = try Desk()
        desk.enter("x = 1", "x + 1", "error('no')")
        #expect(desk.enter(":save -a \(path("s.nb.lua"))") == "wrote 3 entries to \(path("s.nb.lua"))")
        #expect(
            directory.read("s.nb.lua") == """
                -- ---
                -- title: s
                -- assay:
                --   format: 1
                --   seed: \(Session.currentSeed)
                -- jupyter:
                --   jupytext:
                --     notebook_metadata_filter: \(NotebookMetadataFilter.withoutVersions)
                --     text_representation:
                --       extension: .lua
                --       format_name: percent
                --   kernelspec:
                --     display_name: Lua (assay)
                --     language: lua
                --     name: assay
                -- ---

                -- %%
                x = 1

                -- %%
                show(x + 1)

                -- %%
                -- failed: error('no')

                """)
        #expect(try Assay.run(path("s.nb.lua")).output == "2\n")
    }

    @Test(":save refuses to replace a file, :save! does")
    func overwriting() throws {
        let file = directory.write("s.lua", "old"), desk = try Desk()
        #expect(desk.enter(":save \(file)") == "! :save: nothing to save yet")
        #expect(desk.enter("x = 1", ":save \(file)") == "! :save: \(file) exists; :save! \(file) replaces it")
        #expect(directory.read("s.lua") == "old")
        #expect(desk.enter(":save! \(file)") == "wrote 1 entry to \(file)")
        #expect(directory.read("s.lua") == "x = 1\n")
        #expect(desk.enter(":save") == "! :save: a file's name expected\nusage: :save [-a] [-n] [!] file")
        #expect(desk.enter(":save -z f").hasPrefix("! :save: unknown option '-z'"))
        #expect(desk.enter(":save /no/such/f") == "! :save: /no/such/f: No such file or directory")
    }

    @Test("a file's entries are its cells, or what empty lines separate; what is only comments is none")
    func entries() throws {
        let evaluator = Evaluator(try Interpreter())
        func entries(_ text: String) -> [String] {
            SessionScript.entries(of: text, isIncomplete: evaluator.isIncomplete)
        }
        #expect(
            entries("a = 1\nb = 2\n\nfunction f()\n\n  return 1\nend\n\n-- only words\n") == [
                "a = 1\nb = 2", "function f()\n\n  return 1\nend",
            ])
        #expect(
            entries("-- ---\n-- title: t\n-- ---\n\n-- %%\na = 1\n\nb = 2\n--%% two\nc = 3") == [
                "a = 1\n\nb = 2", "c = 3",
            ])
        #expect(
            entries("-- %% [markdown]\n-- words\n\n-- %%\ns = [[\n\n-- %% no\n]]\n\n-- %% [raw]\n-- x = 1\n") == [
                "s = [[\n\n-- %% no\n]]"
            ])
        #expect(entries("") == [])
    }

    @Test(":replay performs a saved file again with what was typed, and gives the same")
    func replayFile() throws {
        let file = path("s.lua")
        try desk().enter(":save \(file)")
        let second = try Desk()
        #expect(
            second.enter(":replay \(file)") == """
                assay> local x = 6
                assay> show(x * 7)
                42
                assay> y = x + 1
                assay> function g()
                  ..>   return x
                  ..> end
                assay> g();
                assay> y = 1 z = 2 show(y, z) -- both
                1
                2
                """)
        #expect(second.enter("x, y, z") == "6\n1\n2")
    }

    @Test(":replay performs entries of the session by number and stops at the first that fails")
    func replayEntries() throws {
        let desk = try Desk()
        desk.enter("n = 1", "n = n + 1", "if n > 3 then error('enough') end", "n = n * 10")
        #expect(desk.enter(":replay 2", "n") == "21")
        #expect(desk.enter("n = 2", ":replay 2-3") == "assay> n = n + 1\nassay> if n > 3 then error('enough') end")
        #expect(
            desk.enter(":replay 2-4") == """
                assay> n = n + 1
                assay> if n > 3 then error('enough') end
                ! In[11]:1: enough
                :replay: stopped here, 1 of 3 entries are left
                """)
        #expect(desk.enter("n") == "4")
        #expect(desk.enter(":replay 99") == "! :replay: no entries In[99] to In[99] to perform again")
        #expect(desk.enter(":replay 3-2").hasPrefix("! :replay: n-m with n at most m expected, got '3-2'\nusage: "))
        #expect(desk.enter(":replay /no/such/f") == "! :replay: /no/such/f: No such file or directory")
    }

    @Test(":load runs a file in the session, :reload those that have changed")
    func load() throws {
        let desk = try Desk(), file = directory.write("a.lua", "#!/usr/bin/env assay\nlocal a = 1\nb = a\na + b\n")
        #expect(desk.enter(":load \(file)") == "2")
        #expect(desk.enter("a, b") == "1\n1")
        #expect(desk.enter(":reload") == "no loaded file has changed")
        directory.write("a.lua", "a = 'longer now'\n")
        #expect(desk.enter(":reload") == "loading \(file)")
        #expect(desk.enter("a, b") == "\"longer now\"\n1")
        #expect(desk.enter(":reload -a") == "loading \(file)")
        #expect(desk.enter(":load /no/such/f") == "! :load: /no/such/f: No such file or directory")
    }

    @Test("errors of a loaded file point into it, and mending it is enough for :reload")
    func loadError() throws {
        let desk = try Desk()
        #expect(desk.enter(":reload") == "! :reload: no file was loaded; :load file does")
        let file = directory.write("bad.lua", "x = 1\nerror('no')\n")
        #expect(desk.enter(":load \(file)").hasPrefix("! \(file):2: no"))
        #expect(desk.conversation.inputs.last?.outcome == .failed)
        directory.write("bad.lua", "x = = 1\n")
        #expect(desk.enter(":reload").contains("! \(file):1: unexpected symbol near '='"))
        directory.write("bad.lua", "x = 'mended at last'\n")
        #expect(desk.enter(":reload", "x") == "\"mended at last\"")
    }

    @Test(":history lists entries with number, time, duration and how they ended")
    func history() throws {
        let desk = try Desk()
        desk.enter("x = 1", "error('no')", ":pwd", "if x then\n  y = 2\nend", "x = = 1")
        let lines = desk.enter(":history").split(separator: "\n").map { line in
            line.replacing(#/[0-9]{2}:[0-9]{2}:[0-9]{2} +[0-9.]+ [nµm]?s/#, with: "TIME")
        }
        #expect(
            lines == [
                "In[1]  TIME          x = 1", "In[2]  TIME  failed  error('no')", "       TIME          :pwd",
                "In[3]  TIME          if x then (3 lines)", "In[4]  TIME  syntax  x = = 1",
            ])
        #expect(desk.enter(":history -g error").hasSuffix("error('no')"))
        #expect(desk.enter(":history -s -n 1").hasSuffix(":history -g error"))
        #expect(desk.enter(":history -g nothing_like_it") == "nothing was entered that fits")
        #expect(desk.enter(":history -n 0").hasPrefix("! :history: -n: a number from 1 to "))
    }

    @Test(":info names what a report of a fault needs")
    func info() throws {
        let lines = try Desk().enter(":info").split(separator: "\n").map { $0.prefix { $0 != " " } }
        #expect(
            lines == [
                "assay", "Lua", "oneDNN", "processor", "threads", "seed", "memory", "system", "terminal", "locale",
            ])
    }
}
