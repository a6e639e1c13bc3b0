import Foundation
import TestSupport

@testable import Shell

/// A folder with a notebook in it, and the program that runs it there.
final class NotebookDesk {
    let directory: TemporaryDirectory
    let name: String

    init(_ text: String, name: String = "nb.lua") throws {
        directory = try TemporaryDirectory()
        self.name = name
        directory.write(name, text)
    }

    var path: String { directory.path + "/" + name }
    var recordPath: String { directory.path + "/__assay__/\(name).run.json" }

    /// Runs the program with the folder as the user's home, too; notebooks are trusted.
    @discardableResult
    func assay(_ words: String..., timeout: Double = 60) throws -> Finished {
        var words = words
        if ["run", "verify"].contains(words[0]), name == "nb.lua" { words.insert("--trust", at: 1) }
        return try TestSupport.run(
            Assay.binary, words, environment: Assay.environment(home: directory.path), timeout: timeout)
    }

    @discardableResult
    func run(_ words: String...) throws -> Finished {
        try TestSupport.run(
            Assay.binary, ["run", path, "-q", "--trust"] + words, environment: Assay.environment(home: directory.path))
    }

    func record() throws -> RunRecord { try RunRecord.read(recordPath) }

    func cell(_ name: String) throws -> RunRecord.CellRecord {
        guard let cell = try record().stable.cells.first(where: { $0.name == name }) else {
            throw RecordError("no cell \(name)")
        }
        return cell
    }

    /// Replaces a text of the notebook.
    func replace(_ old: String, _ new: String) {
        directory.write(name, directory.read(name).replacingOccurrences(of: old, with: new))
    }

    /// Everything in the folder of records.
    var recordFiles: [String] { RecordFilesListing.names(directory.path + "/__assay__") }
    var blobFiles: [String] { RecordFilesListing.names(directory.path + "/__assay__/blobs") }
}

enum RecordFilesListing {
    static func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}
