import ArgumentParser
import Bindings
import Glibc
import Kernel

/// `assay view`: a notebook on the terminal, without running or writing anything.
struct View: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: "Show a notebook without running it: permissions, cells, recorded outputs.",
        usage: "view [--full] [--pager] <notebook>",
        discussion: """
            Nothing of the file is executed and no file is written, so a file of a stranger can be looked at. Characters that
            act on a terminal or reorder text are shown as signs: ␛, ⟨U+202E⟩.
            """)

    @Argument(help: "The notebook.", completion: .file(extensions: ["lua"]))
    var notebook: String

    @Flag(help: "Show long outputs whole.")
    var full = false

    @Flag(help: "Show it through the pager: $PAGER, or less.")
    var pager = false

    func perform() throws -> ExitStatus {
        do {
            let report = try ViewedNotebook(notebook).report(needsRecord: false)
            let screen = Screen.standardOutput
            let isStyled = Terminal.isOutput ? screen.isStyled : !pager && screen.isStyled
            let text = TerminalReport(
                report: report, isStyled: isStyled, width: min(screen.width, 120),
                breaksLines: Terminal.isOutput, isFull: full
            ).text
            if pager, Terminal.isOutput { return try page(text) }
            print(text, terminator: "")
            return .ok
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }

    /// The text goes to the pager through a pipe; it ends when the user leaves the pager.
    private func page(_ text: String) throws -> ExitStatus {
        let program = environmentVariable("PAGER") ?? "less -R"
        guard let pipe = popen(program.isEmpty ? "less -R" : program, "w") else {
            throw KernelError.file(path: program, reason: String(cString: strerror(errno)))
        }
        signal(SIGPIPE, SIG_IGN)
        fputs(text, pipe)
        return pclose(pipe) == 0 ? .ok : .usage
    }
}
