import Bindings
import Glibc
import Kernel

/// What a user lets run besides what the command line says.
///
/// `ASSAY_INIT`, set for one command or one shell, runs first whatever follows, as LUA_INIT does in `lua`. The file
/// `init.lua` in the user's configuration runs only when somebody sits at the prompt, and after the chunks and the script:
/// a script must not depend on what its author keeps there. Nothing is ever read from the working directory.
struct Initialization {
    let evaluator: Evaluator
    var environment: (String) -> String? = environmentVariable

    /// Runs the chunk in `ASSAY_INIT`, or the file that it names after an `@`.
    func runVariable() -> Evaluator.Outcome {
        guard let text = environment("ASSAY_INIT"), !text.isEmpty else { return .done }
        guard text.hasPrefix("@") else { return evaluator.runScript(Array(text.utf8), name: "=ASSAY_INIT") }
        return runFile(String(text.dropFirst()), isOptional: false)
    }

    /// Runs the user's `init.lua` and says how long it took when that can be felt. An error in it is shown, no more.
    func runFile() {
        guard let path = userFile else { return }
        let start = monotonicSeconds()
        _ = runFile(path, isOptional: true)
        let seconds = monotonicSeconds() - start
        if seconds > 0.1 { evaluator.complain("\(path) took \(fixedText(seconds, 2)) s", kind: "note") }
    }

    /// `$XDG_CONFIG_HOME/assay/init.lua` or `~/.config/assay/init.lua`; nil when the environment names neither folder.
    var userFile: String? { UserFolder.configuration(in: environment).map { $0 + "/init.lua" } }

    private func runFile(_ path: String, isOptional: Bool) -> Evaluator.Outcome {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        guard file >= 0, let source = bytes(of: file) else {
            if isOptional, errno == ENOENT || errno == ENOTDIR { return .done }
            evaluator.complain("assay: cannot read \(path): \(String(cString: strerror(errno)))", kind: "file")
            return .usage
        }
        return evaluator.runScript(source, name: "@" + path)
    }
}
