import ArgumentParser
import Bindings
import Kernel

/// `assay lint`: notebooks checked without running them.
struct LintFiles: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Check notebooks, without running them.",
        discussion: """
            Exit code 0 says that nothing was found, 1 that something was, 2 that a file cannot be read. The rules; --fix mends \
            those that are marked, as far as that changes nothing that the notebook does:

            """ + LintRule.summary)

    @Argument(help: "Notebooks.", completion: .file(extensions: ["lua"]))
    var files: [String]

    @Flag(help: "Mend what can be mended, and report what is left.")
    var fix = false

    @Flag(help: "Write one JSON object a line.")
    var json = false

    func perform() throws -> ExitStatus {
        let interpreter = try Interpreter(usesEnvironment: false)
        defer { interpreter.close() }
        let compile = { (text: String) -> String? in
            do { try interpreter.check(text + "\n", name: "=lint") } catch { return "\(error)" }
            return nil
        }
        var isClean = true, isReadable = true
        for file in files {
            do {
                isClean = try check(file, compile) && isClean
            } catch {
                writeToStandardError("assay: \(error)\n")
                isReadable = false
            }
        }
        return isReadable ? isClean ? .ok : .luaError : .usage
    }

    /// - Returns: whether nothing is wrong, or nothing is left to be wrong.
    private func check(_ file: String, _ compile: @escaping (String) -> String?) throws -> Bool {
        var text = String(decoding: try Files.read(file, limit: 1 << 26), as: UTF8.self)
        if fix {
            let (mended, count) = Lint.fixed(text, compile: compile)
            if count > 0 {
                try AtomicFile.write(file, text: mended)
                if !json { print("\(file): mended \(count)") }
                text = mended
            }
        }
        let findings = Lint(text, compile: compile).findings
        for finding in findings { print(json ? finding.json(in: file).description : finding.text(in: file)) }
        return findings.isEmpty
    }
}
