import ArgumentParser
import Kernel

/// `assay render`: a notebook with its outputs, for people.
struct Render: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Write a notebook with its outputs as HTML, Markdown or a Jupyter notebook.",
        discussion: """
            The notebook is run first, as by 'assay run', and its record is written; with --from-record the outputs of the
            last run are taken and nothing is executed. The HTML page needs nothing else: no script, no request. Markdown
            has its pictures in a folder beside it.
            """)

    enum Target: String, ExpressibleByArgument, CaseIterable {
        case html, md, ipynb
    }

    @Argument(help: "The notebook.", completion: .file(extensions: ["lua"]))
    var notebook: String

    @Option(help: ArgumentHelp("What to write: html, md or ipynb.", valueName: "form"))
    var to = Target.html

    @Flag(help: "Take the outputs from the record of the last run and execute nothing.")
    var fromRecord = false

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("File to write, - for standard output (default: beside the notebook).", valueName: "path"),
        completion: .file())
    var output: String?

    func perform() throws -> ExitStatus {
        do {
            return try write(try NotebookFile(notebook).report(needsRecord: fromRecord))
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }
}

extension Render {
    private var target: String { output ?? RenderedFile.beside(notebook, ending: to.rawValue) }

    private func write(_ report: NotebookReport) throws -> ExitStatus {
        let file = try RenderedFile(report, to, at: target)
        if target == "-" {
            guard file.companions.isEmpty else {
                throw KernelError.value(
                    op: "render", name: "--output", expected: "a path, for the pictures beside it", got: "-")
            }
            print(file.text, terminator: "")
            return .ok
        }
        for companion in file.companions { try OutputFolder.write(companion.bytes, to: companion.path) }
        try OutputFolder.write(file.text, to: target)
        let pictures = file.companions.count
        let more = pictures == 0 ? "" : " and \(pictures == 1 ? "a picture" : "\(pictures) pictures") in \(file.folder)"
        print("\(target) (\(byteText(file.text.utf8.count)))\(more)")
        return .ok
    }
}

/// What `render` writes: a text, and files beside it.
struct RenderedFile {
    let text: String
    private(set) var companions: [(path: String, bytes: [UInt8])] = []
    /// Where the companions go.
    private(set) var folder = ""

    init(_ report: NotebookReport, _ form: Render.Target, at path: String) throws {
        switch form {
        case .html: text = HTMLReport.page(report)
        case .ipynb: text = try report.ipynb()
        case .md:
            folder = Self.stem(path == "-" ? report.file : path) + "_files"
            let name = folder.split(separator: "/").last.map(String.init) ?? folder
            let markdown = MarkdownReport(report, folder: name)
            text = markdown.text
            companions = markdown.files.map { (folder + "/" + $0.name, $0.bytes) }
        }
    }

    /// `dir/nb.html` for `dir/nb.lua`.
    static func beside(_ path: String, ending: String) -> String { stem(path) + "." + ending }

    /// The path without the ending of its last part.
    private static func stem(_ path: String) -> String {
        let start = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[start...].lastIndex(of: "."), dot > start else { return path }
        return String(path[..<dot])
    }
}
