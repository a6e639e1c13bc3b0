import Foundation
import Kernel
import Testing

@testable import Shell

/// The notebooks in `Tests/Notebooks`, and the tools of `scripts/notebook-tools`.
enum NotebookCorpus {
    struct File: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        var testDescription: String { name }
    }

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let folder = root.appendingPathComponent("Tests/Notebooks")

    static let files: [File] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".lua") }.sorted().map { name in
            let data = try? Data(contentsOf: folder.appendingPathComponent(name))
            return File(name: String(name.dropLast(4)), text: String(decoding: data ?? Data(), as: UTF8.self))
        }
    }()

    /// Python with Jupytext; nil when `scripts/notebook-tools` has not been run to its end.
    static let python: String? = {
        let place = root.appendingPathComponent(".build-tools/notebooks")
        let isComplete = FileManager.default.fileExists(atPath: place.appendingPathComponent("installed.txt").path)
        return isComplete ? place.appendingPathComponent("bin/python").path : nil
    }()
}

extension Notebook {
    /// What a file holds, without where it stood.
    var contents: Notebook {
        var copy = self
        for index in copy.cells.indices { copy.cells[index].line = 0 }
        copy.headerSource = nil
        return copy
    }

    /// Through ipynb and back.
    func throughIpynb() throws -> Notebook { try Notebook(ipynb: JSON(parsing: ipynbText())) }
}
