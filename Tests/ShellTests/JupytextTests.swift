import Foundation
import Kernel
import TestSupport
import Testing

@testable import Shell

/// The corpus goes once through Jupytext, which takes a second; the tests look at what came back.
private enum Jupytext {
    static let folder: Result<URL, any Error> = Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("jupytext-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in NotebookCorpus.files {
            try Data(file.text.utf8).write(to: folder.appendingPathComponent(file.name + ".lua"))
            let ours = try Notebook(parsing: file.text).throughIpynb().ipynbText()
            try Data(ours.utf8).write(to: folder.appendingPathComponent(file.name + ".ours.ipynb"))
        }
        try run([NotebookCorpus.folder.appendingPathComponent("roundtrip.py").path, folder.path])
        return folder
    }

    private static func run(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(NotebookCorpus.python))
        process.arguments = arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "\(text)")
    }

    static func text(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: folder.get().appendingPathComponent(name)), as: UTF8.self)
    }

    /// Jupytext's Lua without what Assay never writes: versions, and a line about the encoding that the file had not.
    static func cleaned(_ name: String, like file: NotebookCorpus.File) throws -> String {
        var notebook = try Notebook(parsing: text(name)).throughIpynb()
        notebook.encoding = try Notebook(parsing: file.text).encoding
        return notebook.text
    }

    /// Cells as they are in ipynb, without their ids.
    static func cells(_ text: String) throws -> [JSON] {
        try JSON(parsing: text)["cells"]?.list?.map { cell in
            .object((cell.object ?? []).filter { $0.name != "id" })
        } ?? []
    }
}

@Suite("Jupytext", .enabled(if: NotebookCorpus.python != nil, "scripts/notebook-tools installs Jupytext"))
struct JupytextTests {
    /// Jupytext reads markers in long strings, comments and functions as cells; `assay lint` reports them as NB001.
    static let unlike: Set<String> = ["hidden-markers"]
    static let files = NotebookCorpus.files.filter { !unlike.contains($0.name) }

    @Test("round-trips the corpus with --test-strict after one pass", arguments: files)
    func strict(file: NotebookCorpus.File) throws {
        #expect(try Jupytext.text(file.name + ".strict") == "0")
    }

    @Test("gives the same Lua as we do after one pass", arguments: files)
    func lua(file: NotebookCorpus.File) throws {
        let ours = try Notebook(parsing: file.text).throughIpynb().text
        #expect(try Jupytext.cleaned(file.name + ".jupytext.lua", like: file) == ours)
    }

    @Test("writes ipynb that we read as the same notebook", arguments: files)
    func theirIpynb(file: NotebookCorpus.File) throws {
        let ours = try Notebook(parsing: file.text).throughIpynb()
        let theirs = try Notebook(ipynb: JSON(parsing: Jupytext.text(file.name + ".jupytext.ipynb")))
        #expect(theirs.text == ours.text)
    }

    @Test("has the same cells in its ipynb", arguments: files)
    func cells(file: NotebookCorpus.File) throws {
        let ours = try Jupytext.cells(Notebook(parsing: file.text).throughIpynb().ipynbText())
        // Its first reading keeps the spacing and the unread cells of a file that is not in canonical form.
        let theirs = try Notebook(ipynb: JSON(parsing: Jupytext.text(file.name + ".jupytext.ipynb")))
        #expect(try Jupytext.cells(theirs.ipynbText()) == ours)
        if file.text == (try Notebook(parsing: file.text)).text {
            #expect(try Jupytext.cells(Jupytext.text(file.name + ".jupytext.ipynb")) == ours)
        }
    }

    @Test("reads our ipynb into the same Lua", arguments: files)
    func ourIpynb(file: NotebookCorpus.File) throws {
        let ours = try Notebook(parsing: file.text).throughIpynb().text
        #expect(try Jupytext.cleaned(file.name + ".ours.lua", like: file) == ours)
    }

    @Test("splits a long string at a marker, which we do not")
    func hidden() throws {
        let file = try #require(NotebookCorpus.files.first { $0.name == "hidden-markers" })
        let theirs = try Notebook(ipynb: JSON(parsing: Jupytext.text(file.name + ".jupytext.ipynb")))
        #expect(try Notebook(parsing: file.text).cells.count == 4)
        #expect(theirs.cells.count == 7)
    }
}
