import ArgumentParser
import Glibc
import Kernel

/// `assay new`: a notebook to start from.
struct New: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a notebook to start from.",
        discussion: """
            It has a header, a question, parameters, data, two models, an attack and a curve, and runs in a few seconds:
            assay run <file>. A file that exists is left as it is.
            """)

    @Argument(help: "The file to write; its name ends in .lua.", completion: .file(extensions: ["lua"]))
    var file: String

    @Option(help: ArgumentHelp("The title (default: the file's name).", valueName: "text"))
    var title: String?

    func validate() throws {
        let name = file.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? []
        guard file.utf8.suffix(4).elementsEqual(".lua".utf8), name.count > 4 else {
            throw ValidationError("new: a file's name that ends in .lua expected, got '\(file)'")
        }
    }

    func perform() throws -> ExitStatus {
        // The name is taken at once, so that two programs that start together cannot write over each other.
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            writeToStandardError(
                errno == EEXIST ? "assay: new: \(file) exists\n" : "assay: new: cannot write \(file): \(reason)\n")
            return .usage
        }
        close(descriptor)
        do {
            try AtomicFile.write(file, text: Notebook.template(title: title ?? ownTitle).text)
        } catch {
            unlink(file)
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
        TrustStore().noteMade(file)
        print("wrote \(file); assay run \(file) runs it")
        return .ok
    }

    /// `fgsm-on-int8.lua` becomes `fgsm on int8`.
    private var ownTitle: String {
        let name = file.split(separator: "/").last.map { String($0.dropLast(4)) } ?? file
        return name.replacing("-", with: " ").replacing("_", with: " ")
    }
}
