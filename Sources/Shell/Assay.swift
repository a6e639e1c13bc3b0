import Bindings
import CPrompt
import Glibc
import Kernel

/// The program: reads the command line, runs what it asks for, and tells the calling shell how that went.
@main
struct Assay {
    static func main() {
        let status = start(Array(CommandLine.arguments.dropFirst()))
        exit(status.rawValue)
    }

    private static func start(_ words: [String]) -> ExitStatus {
        if words.first == SandboxChild.word { return SandboxChild.run() }
        do {
            let invocation = try Invocation.parse(words)
            if let request = invocation.notebook { return NotebookProgram(request, invocation.settings).run() }
            return try invocation.subcommand()?.perform() ?? run(invocation)
        } catch {
            let isWanted = CommandLineWords.exitCode(for: error).isSuccess
            let message = CommandLineWords.fullMessage(for: error)
            isWanted ? print(message) : writeToStandardError(message + "\n")
            return isWanted ? .ok : .usage
        }
    }

    private static func run(_ invocation: Invocation) throws -> ExitStatus {
        prompt_watch_signals()
        invocation.settings.color.apply()
        Session.seed(invocation.settings.seed)
        if let threads = invocation.settings.threads { Workers.use(threads) }
        let interpreter = try Interpreter(usesEnvironment: !invocation.settings.ignoreEnvironment)
        defer { interpreter.close() }
        interpreter.topics = { Reference.shellTopics }
        InterruptHandler.install()
        InterruptHandler.observe { prompt_count_interrupt($0) }
        Interpreter.observeOutput { ProgressBar.session.clear() }
        let evaluator = Evaluator(interpreter, progress: ProgressBar.session)
        evaluator.reportsJSON = invocation.settings.json
        return try Program(invocation, evaluator).run()
    }
}
