import Bindings
import CPrompt
import Glibc
import Kernel

/// The process of a kernel: standard streams taken over, Lua opened, a session served.
struct KernelProgram {
    private let connection: ConnectionFile

    init(_ connection: ConnectionFile) { self.connection = connection }

    /// - Throws: `ZeroMQ.Failure`, `LuaError`.
    func run() throws -> ExitStatus {
        let interruption = Interruption()
        guard let output = CapturedOutput(), AskedLines.replaceStandardInput() else {
            throw ZeroMQ.Failure(description: "no descriptors are left")
        }
        do {
            return try serve(output, interruption)
        } catch {
            output.giveBack()
            throw error
        }
    }

    private func serve(_ output: CapturedOutput, _ interruption: Interruption) throws -> ExitStatus {
        let post = try KernelPost(connection, output: output, interrupt: interruption)
        prompt_watch_signals()
        Screen.current = Interpreter.formsScreen
        Screen.useGraphics(Screen.Graphics.none)
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        interpreter.topics = { Reference.shellTopics }
        InterruptHandler.install()
        Interpreter.observeOutput { CapturedOutput.drainCurrent() }
        let session = KernelSession(interpreter, post, interruption, history: HistoryFile.ofKernels)
        try post.start()
        post.closeAtExit()
        defer { post.close() }
        _ = Initialization(evaluator: session.evaluator).runVariable()
        return session.run()
    }
}

extension HistoryFile {
    /// The cells of notebooks, beside the file of the prompt.
    static var ofKernels: HistoryFile? {
        HistoryFile().flatMap { prompt in
            prompt.path.lastIndex(of: "/").map { HistoryFile(path: prompt.path[..<$0] + "/cells.jsonl") }
        }
    }
}
