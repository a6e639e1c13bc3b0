import ArgumentParser
import Glibc
import Kernel

/// `assay render`: a notebook with its outputs, for people.
struct Render: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Write a notebook with its outputs as HTML, Markdown or a Jupyter notebook.",
        usage: "render [options] <notebook>",
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
        help: ArgumentHelp("Take the outputs from this record and execute nothing.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var record: String?

    @Option(
        name: [.customShort("p"), .customLong("param")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set a parameter of the run; may be given more than once.", valueName: "name=value"),
        transform: { try GivenParameter($0) })
    var parameters: [GivenParameter] = []

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("File to write, - for standard output (default: beside the notebook).", valueName: "path"),
        completion: .file())
    var output: String?

    @OptionGroup(title: "Trust") var trust: TrustWords

    func validate() throws {
        if !parameters.isEmpty, executesNothing {
            throw ValidationError("render: -p sets parameters of a run, and a record is of a run that was")
        }
        if !trust.isEmpty, executesNothing {
            throw ValidationError("render: from a record nothing is executed, so nothing need be trusted or confined")
        }
    }

    func perform() throws -> ExitStatus {
        do {
            try checkOutput()
            if executesNothing { return try write(report()) }
            let files = RecordFiles(notebook: notebook), before = FileMark(files.path)
            let status = run()
            // A run that did not start leaves the record of another one.
            guard let after = FileMark(files.path), after != before else { return status }
            let written = try write(report())
            return status == .ok ? written : status
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }

    private var executesNothing: Bool { fromRecord || record != nil }
    private func report() throws -> NotebookReport {
        try ViewedNotebook(notebook).report(needsRecord: true, record: record)
    }

    /// The page must not take the notebook's place.
    private func checkOutput() throws {
        guard let source = FileMark(notebook), FileMark(target) == source else { return }
        throw KernelError.value(op: "render", name: "--output", expected: "another file than the notebook", got: target)
    }
}

/// Which file stands at a path, and its state: a file that replaces it has another mark.
private struct FileMark: Equatable {
    let device: UInt, node: UInt, seconds: Int, nanoseconds: Int

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (device, node) = (UInt(status.st_dev), UInt(status.st_ino))
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
    }
}

extension Render {
    /// Runs the notebook as `assay run` does. What it prints goes to standard error when standard output is for the page.
    private func run() -> ExitStatus {
        var request = NotebookRequest(path: notebook, parameters: parameters.map(\.parameter))
        (request.trust, request.confinement) = (trust.choice, trust.confinement)
        guard target == "-" else { return NotebookProgram(request, Settings()).run() }
        fflush(nil)
        let output = dup(STDOUT_FILENO)
        dup2(STDERR_FILENO, STDOUT_FILENO)
        defer {
            fflush(nil)
            dup2(output, STDOUT_FILENO)
            close(output)
        }
        return NotebookProgram(request, Settings()).run()
    }

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
        case .ipynb:
            let outputs = JupyterOutputs(report: report)
            text = report.notebook.ipynbText(outputs: report.cells.map(outputs.outputs))
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
