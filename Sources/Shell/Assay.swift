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
        do {
            return try run(Invocation.parse(words))
        } catch {
            let isWanted = Invocation.exitCode(for: error).isSuccess
            let message = Invocation.fullMessage(for: error)
            isWanted ? print(message) : writeToStandardError(message + "\n")
            return isWanted ? .ok : .usage
        }
    }

    private static func run(_ invocation: Invocation) throws -> ExitStatus {
        prompt_watch_signals()
        Session.seed(invocation.seed)
        if let threads = invocation.threads { Workers.use(threads) }
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        InterruptHandler.install()
        InterruptHandler.observe { prompt_count_interrupt($0) }
        return try Program(invocation, Evaluator(interpreter, progress: ProgressBar())).run()
    }
}
