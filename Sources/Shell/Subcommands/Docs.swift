import ArgumentParser
import Bindings
import Glibc
import Kernel

/// `assay docs`: the whole reference as files.
struct Docs: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Write the reference as HTML or Markdown files.",
        discussion: "The pages say what ?name says at the prompt. Start at index.html or index.md.")

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case html, markdown
    }

    @Option(help: ArgumentHelp("Directory to write to.", valueName: "dir"), completion: .directory)
    var output = "assay-reference"

    @Option(help: "What the files are.")
    var format = Format.html

    func perform() throws -> ExitStatus {
        let ending = format == .html ? ".html" : ".md"
        let site = ReferenceSite(Reference(topics: Reference.shellTopics), ending: ending)
        do {
            for file in site.files {
                let text = format == .markdown ? file.markdown : file.html
                try OutputFolder.write(text, to: output + "/" + file.path + ending)
            }
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
        print("\(site.files.count) pages in \(output); start at \(output)/index\(ending)")
        return .ok
    }
}

extension ReferenceSite.File {
    /// The page as HTML.
    var html: String { HTMLPage(title: title, body: MarkdownHTML(markdown).html).text }
}

/// Files in folders that are made where they are missing.
enum OutputFolder {
    static func write(_ text: String, to path: String) throws {
        if let cut = path.lastIndex(of: "/"), cut != path.startIndex { try make(String(path[..<cut])) }
        try AtomicFile.write(path, text: text)
    }

    /// Makes a folder and those around it.
    static func make(_ path: String) throws {
        var folder = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            folder += (folder.isEmpty || folder == "/" ? "" : "/") + part
            if mkdir(folder, 0o777) != 0, errno != EEXIST {
                throw KernelError.file(path: folder, reason: String(cString: strerror(errno)))
            }
        }
    }
}
