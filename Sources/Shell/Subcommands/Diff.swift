import ArgumentParser
import Kernel

/// `assay diff`: the records of two runs, side by side.
struct Diff: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compare the records of two runs of a notebook, without running it.",
        discussion: """
            Each cell is compared as its key expect in the second record says: exact, approx (rtol, atol), shape, stat or \
            none. Exit code 4 says that something differs.
            """)

    @Argument(help: "The record of the first run: __assay__/<file>.run.json.", completion: .file(extensions: ["json"]))
    var old: String

    @Argument(help: "The record of the second run.", completion: .file(extensions: ["json"]))
    var new: String

    @Flag(help: "Write the result as JSON.")
    var json = false

    func perform() throws -> ExitStatus {
        do {
            let (a, b) = (try RunRecord.read(old), try RunRecord.read(new))
            let files = (RecordFiles(record: old), RecordFiles(record: new))
            let comparison = RecordComparison(a, b, blobs: (files.0.bytes, files.1.bytes))
            let report = ComparisonReport(
                comparison: comparison, title: b.stable.notebook.path, roots: (a.stable.root, b.stable.root))
            print(json ? report.json.description : VisibleText.stripped(report.text))
            return comparison.differs ? .differs : .ok
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }
}

extension RecordFiles {
    /// The bytes of a form beside the record; nil when they are gone or are not what the record names.
    func bytes(_ medium: RunRecord.Medium) -> [UInt8]? {
        guard let bytes = try? Files.read(blob(medium), limit: 1 << 30), (try? Digest.of(bytes)) == medium.sha256 else {
            return nil
        }
        return bytes
    }
}
