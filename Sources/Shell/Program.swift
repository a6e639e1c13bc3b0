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
        Screen.askForGraphicsLater()
        try evaluator.interpreter.setArguments(script: scriptIndex)
        if invocation.settings.warnings { try evaluator.interpreter.execute("warn('@on')") }
        var status = initialize()
        if status == .ok { status = runSteps() }
        if status == .ok, let script { status = runScript(script) }
        guard wantsPrompt else { return status }
        let last = converse()
        return status == .ok ? last : status
    }

    /// A failure in `ASSAY_INIT` ends a run, but not a session.
    private func initialize() -> ExitStatus {
        if invocation.settings.ignoreEnvironment { return .ok }
        let status = Initialization(evaluator: evaluator).runVariable().status
        return wantsPrompt ? .ok : status
    }

    /// The script to run: the one asked for, or standard input when there is nothing else and nobody types there.
    private var script: Invocation.Script? {
        if let script = invocation.script { return script }
        let isAsked = invocation.settings.interactive || !invocation.settings.steps.isEmpty
        return isAsked || Terminal.isInput ? nil : .standardInput
    }

    private var wantsPrompt: Bool {
        invocation.settings.interactive
            || (invocation.script == nil && invocation.settings.steps.isEmpty && Terminal.isInput)
    }

    /// `-e` and `-l` in the order of the command line.
    private func runSteps() -> ExitStatus {
        for step in invocation.settings.steps {
            let outcome =
                switch step {
                case .chunk(let text): evaluator.runScript(Array(text.utf8), name: "=(command line)", results: results)
                case .module(let text): evaluator.require(text)
                }
            if outcome != .done { return outcome.status }
        }
        return .ok
    }

    private func runScript(_ script: Invocation.Script) -> ExitStatus {
        switch script {
        case .standardInput:
            guard let source = bytes(of: STDIN_FILENO) else { return cannotRead("standard input") }
            evaluator.interpreter.script = Script(
                path: "-", arguments: invocation.scriptArguments, source: source)
            return runScript(source, name: "=stdin")
        case .file(let path):
            // The word itself, since a name need not be UTF-8.
            let file = open(CommandLine.unsafeArgv[scriptIndex]!, O_RDONLY | O_CLOEXEC)
            defer { close(file) }
            guard file >= 0, let source = bytes(of: file) else { return cannotRead(path) }
            evaluator.interpreter.script = Script(
                path: path, arguments: invocation.scriptArguments, source: source)
            return runScript(source, name: "@" + path)
        }
    }

    private func runScript(_ source: [UInt8], name: String) -> ExitStatus {
        evaluator.runScript(source, name: name, takesArguments: true, results: results).status
    }

    /// Where the values go that a chunk or script returns.
    private var results: ((JSON) -> Void)? {
        guard invocation.settings.json else { return nil }
        return { evaluator.interpreter.output(JSON.object([("value", $0)]).description + "\n") }
    }

    private func cannotRead(_ path: String) -> ExitStatus {
        let reason = errno
        evaluator.complain("assay: cannot read \(path): \(String(cString: strerror(reason)))", kind: "file")
        return reason == EACCES || reason == EPERM ? .permission : .usage
    }

    private func converse() -> ExitStatus {
        guard Terminal.isInput else {
            return Conversation(evaluator: evaluator, lines: PipedLines()).run()
        }
        if Terminal.isOutput, !invocation.settings.quiet, !invocation.settings.json {
            print("Assay \(Invocation.version), Lua 5.4. ?name shows help, a final ; shows nothing, Ctrl-D leaves.")
        }
        if !invocation.settings.noInit { Initialization(evaluator: evaluator).runFile() }
        return Conversation(evaluator: evaluator, lines: Terminal(), history: history).run()
    }

    private var history: HistoryFile? {
        guard let path = invocation.settings.history else { return HistoryFile() }
        return path == "none" ? nil : HistoryFile(path: path)
    }

    /// The place of the script among the words of the command line, 0 without one.
    private var scriptIndex: Int {
        invocation.script == nil ? 0 : CommandLine.arguments.count - invocation.scriptArguments.count - 1
    }
}
