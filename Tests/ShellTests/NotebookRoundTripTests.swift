import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite("the round trip of notebooks")
struct NotebookRoundTripTests {
    @Test("the corpus has at least thirty notebooks")
    func size() { #expect(NotebookCorpus.files.count >= 30) }

    @Test("reading and writing is idempotent", arguments: NotebookCorpus.files)
    func idempotent(file: NotebookCorpus.File) throws {
        let notebook = try Notebook(parsing: file.text)
        let again = try Notebook(parsing: notebook.text)
        #expect(again.contents == notebook.contents)
        #expect(Array(again.text.utf8) == Array(notebook.text.utf8))
    }

    @Test(
        "lua to ipynb and back is the same bytes after one pass, and so is ipynb to lua",
        arguments: NotebookCorpus.files)
    func throughIpynb(file: NotebookCorpus.File) throws {
        let once = try Notebook(parsing: file.text).throughIpynb()
        let twice = try Notebook(parsing: once.text).throughIpynb()
        #expect(Array(twice.text.utf8) == Array(once.text.utf8))
        #expect(Array(twice.ipynbText().utf8) == Array(once.ipynbText().utf8))
    }

    @Test("nothing of a canonical notebook but the spelling of its Jupyter header changes on the way through ipynb")
    func nothingIsLost() throws {
        for file in NotebookCorpus.files {
            let notebook = try Notebook(parsing: file.text)
            let back = try notebook.throughIpynb()
            #expect(back.cells.map(\.source) == notebook.cells.map(\.source), "\(file.name)")
            #expect(back.cells.map(\.kind) == notebook.cells.map(\.kind), "\(file.name)")
            #expect(back.cells.map(\.title) == notebook.cells.map(\.title), "\(file.name)")
            #expect(back.cells.map(\.metadata) == notebook.cells.map(\.metadata), "\(file.name)")
            #expect(back.header?["assay"] == notebook.header?["assay"], "\(file.name)")
            #expect(back.title == notebook.title && back.executable == notebook.executable, "\(file.name)")
        }
    }

    @Test("the ipynb file has the parts of the table: executable, header cell, title, name, tags, spacing, stable ids")
    func table() throws {
        let text = """
            #!/usr/bin/env -S assay run
            -- ---
            -- title: T  # kept
            -- assay: {seed: 1}
            -- ---

            -- %% params name="p" tags=["parameters"]
            x = 1


            -- %% [markdown]
            -- text

            """
        let notebook = try Notebook(parsing: text)
        let output = JSON.object([("output_type", .text("stream")), ("name", .text("stdout")), ("text", .text("1\n"))])
        let json = notebook.ipynb(outputs: [[output]])
        #expect(json["metadata"]?["jupytext"]?["executable"] == .text("/usr/bin/env -S assay run"))
        #expect(json["metadata"]?["kernelspec"]?["name"] == .text("assay"))
        #expect(json["nbformat"] == .int(4) && json["nbformat_minor"] == .int(5))
        let cells = try #require(json["cells"]?.list)
        #expect(cells.count == 3)
        #expect(cells[0]["cell_type"] == .text("raw") && cells[0]["id"] == .text("header"))
        #expect(cells[0]["source"]?.list?.compactMap(\.text).joined() == "---\ntitle: T  # kept\nassay: {seed: 1}\n---")
        #expect(cells[1]["id"] == .text("p") && cells[1]["execution_count"] == .null)
        #expect(cells[1]["outputs"] == .list([output]))
        #expect(
            cells[1]["metadata"]
                == .object([
                    ("name", .text("p")), ("tags", .list([.text("parameters")])), ("title", .text("params")),
                    ("lines_to_next_cell", .int(2)),
                ]))
        #expect(cells[2]["id"]?.text?.hasPrefix("cell-") == true && cells[2]["outputs"] == nil)
        #expect(cells[2]["id"] == notebook.ipynb()["cells"]?.list?[2]["id"])
        #expect(try notebook.throughIpynb().text == text)
    }

    @Test("two cells of one name get two ids")
    func identifiers() throws {
        let notebook = try Notebook(
            parsing: "-- %% name=\"a\"\nx = 1\n\n-- %% name=\"a\"\nx = 1\n\n-- %% name=\"b c\"\nx = 1\n")
        let ids = notebook.ipynb()["cells"]?.list?.compactMap { $0["id"]?.text } ?? []
        #expect(Set(ids).count == 3 && ids[0] == "a" && !ids[2].contains(" "))
    }

    @Test("importing leaves outputs, counters, ids and versions behind, and makes what is no Lua a comment")
    func importing() throws {
        let json = #"""
            {"nbformat": 4, "nbformat_minor": 2, "metadata": {"language_info": {"name": "lua"},
              "kernelspec": {"name": "ilua", "language": "lua", "display_name": "Lua"}, "widgets": {},
              "jupytext": {"text_representation": {"jupytext_version": "1.19.6", "format_version": "1.3"}}},
             "cells": [
              {"cell_type": "code", "execution_count": 7, "metadata": {"scrolled": true, "collapsed": false, "tags": []},
               "outputs": [{"output_type": "stream", "text": "hi"}], "source": ["%time x\n", "-- %% y\n", "z = [[\n", "%d\n", "]]\n", "\n"]},
              {"cell_type": "code", "metadata": {}, "outputs": [], "source": "%%bash -x\nls\n\npwd"},
              {"cell_type": "markdown", "metadata": {"title": "a = b", "name": "m"}, "source": "%% a\r\n"}]}
            """#
        let notebook = try Notebook(ipynb: JSON(parsing: json))
        #expect(
            notebook.text == #"""
                -- ---
                -- jupyter:
                --   jupytext:
                --     text_representation:
                --       extension: .lua
                --       format_name: percent
                --   kernelspec:
                --     display_name: Lua
                --     language: lua
                --     name: ilua
                -- ---

                -- %%
                -- %time x
                --- %% y
                z = [[
                %d
                ]]

                -- %% language="bash" magic_args="-x"
                -- ls
                --
                -- pwd

                -- %% [markdown] name="m" title="a = b"
                -- \%% a
                --

                """#)
        #expect(try Notebook(parsing: notebook.text).contents == notebook.contents)
    }

    @Test(
        "what is no notebook is refused",
        arguments: [
            ("[]", "not a Jupyter notebook: 'nbformat' is missing"),
            (#"{"nbformat": 3}"#, "notebooks of nbformat 4 are read, got nbformat 3"),
            (#"{"nbformat": 4}"#, "a list of 'cells' expected"),
            (
                #"{"nbformat": 4, "metadata": {"kernelspec": {"language": "python"}}}"#,
                "a notebook in Lua expected, got one in python"
            ),
            (
                #"{"nbformat": 4, "cells": [{"cell_type": "x", "source": ""}]}"#,
                "cell 1: the type 'code', 'markdown' or 'raw' expected, got 'x'"
            ),
            (#"{"nbformat": 4, "cells": [{"cell_type": "code"}]}"#, "cell 1: 'source' is missing"),
        ])
    func refused(json: String, message: String) {
        #expect {
            try Notebook(ipynb: JSON(parsing: json))
        } throws: {
            "\($0)" == message
        }
    }
}
