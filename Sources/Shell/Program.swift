import Bindings
import Glibc
import Kernel

/// One run of the program as the command line asks for it: chunks, then a script, then perhaps the prompt.
struct Program {
    private let invocation: Invocation
    private let evaluator: Evaluator

    init(_ invocation: Invocation, _ evaluator: Evaluator) {
        (self.invocation, self.evaluator) = (invocation, evaluator)
    }

    /// The first failure decides the status. With `-i` the prompt follows even then, to look at what is left.
    func run() throws -> ExitStatus {
        Screen.current = .standardOutput
        try setArguments()
        var status = runChunks()
        if status == .ok, let script { status = runScript(script) }
        guard wantsPrompt else { return status }
        let last = converse()
        return status == .ok ? last : status
    }

    /// The script to run: the one asked for, or standard input when there is nothing else and nobody types there.
    private var script: Invocation.Script? {
        if let script = invocation.script { return script }
        let isAsked = invocation.interactive || !invocation.chunks.isEmpty
        return isAsked || Terminal.isInput ? nil : .standardInput
    }

    private var wantsPrompt: Bool {
        invocation.interactive || (invocation.script == nil && invocation.chunks.isEmpty && Terminal.isInput)
    }

    private func runChunks() -> ExitStatus {
        for chunk in invocation.chunks {
            let status = evaluator.run(chunk, chunkName: "=(command line)").status
            if status != .ok { return status }
        }
        return .ok
    }

    private func runScript(_ script: Invocation.Script) -> ExitStatus {
        let arguments = invocation.scriptArguments
        switch script {
        case .standardInput:
            guard let text = contents(of: STDIN_FILENO) else { return cannotRead("standard input") }
            return evaluator.run(text, chunkName: "=stdin", arguments: arguments).status
        case .file(let path):
            let file = open(path, O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            guard file >= 0, let text = contents(of: file) else { return cannotRead(path) }
            return evaluator.run(text, chunkName: "@" + path, arguments: arguments).status
        }
    }

    private func cannotRead(_ path: String) -> ExitStatus {
        writeToStandardError("assay: cannot read \(path): \(String(cString: strerror(errno)))\n")
        return .usage
    }

    private func converse() -> ExitStatus {
        guard Terminal.isInput else {
            return Conversation(evaluator: evaluator, lines: PipedLines()).run()
        }
        if Terminal.isOutput {
            print("Assay \(Invocation.version), Lua 5.4. ?name shows help, a final ; shows nothing, Ctrl-D leaves.")
        }
        let terminal = Terminal(completions: evaluator.interpreter.completions)
        return Conversation(evaluator: evaluator, lines: terminal, history: HistoryFile()).run()
    }

    /// The table `arg` as `lua` makes it: the script at 0, its arguments after it, the words before it below.
    private func setArguments() throws {
        let words = CommandLine.arguments
        let scriptIndex = invocation.script == nil ? 0 : words.count - invocation.scriptArguments.count - 1
        try evaluator.interpreter.execute(
            """
            local first = ...
            arg = {}
            for index = 2, select("#", ...) do arg[index - 2 - first] = (select(index, ...)) end
            """, name: "=arg", arguments: [.int(scriptIndex)] + words.map(Value.text))
    }
}
