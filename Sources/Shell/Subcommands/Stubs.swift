import ArgumentParser
import Bindings
import Kernel

/// `assay stubs`: definition files for editors.
struct StubFiles: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "stubs", abstract: "Write definition files for editors with a Lua language server.",
        discussion: """
            With --output one file per module and type; without, everything on standard output. Name the directory in
            the server's setting Lua.workspace.library (VS Code: settings.json; Neovim: the server's settings).
            """)

    @Option(help: ArgumentHelp("Directory to write to.", valueName: "dir"), completion: .directory)
    var output: String?

    func perform() throws -> ExitStatus {
        let stubs = Stubs()
        guard let output else {
            print(stubs.files.map(\.text).joined(separator: "\n"), terminator: "")
            return .ok
        }
        do {
            for file in stubs.files { try OutputFolder.write(file.text, to: output + "/" + file.name) }
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
        print("\(stubs.files.count) files in \(output)")
        return .ok
    }
}
