import ArgumentParser

/// What the command line asks for: `assay [options] [script [args]]`.
///
/// The parser is a library although start-up is budgeted: measured on the program alone it adds 1.3 ms when the
/// standard library is linked statically and 2.3 ms when it is not, of the 12 ms for `assay -e ''`.
struct Invocation: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "A shell for finding out how robust a quantized neural network is.",
        usage: """
            assay [options]                     start the prompt (or run standard input, if it is no terminal)
            assay [options] [run] script [args] run a Lua script; args are in `...` and in the table `arg`
            """,
        discussion: """
            Exit codes: 0 success, 1 Lua error, 2 wrong usage, 3 syntax error, 130 interrupted.
            """,
        version: "assay \(version), Lua 5.4")

    static let version = "0.1.0"

    @Option(
        name: .customShort("e"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run a chunk of Lua; may be given more than once.", valueName: "chunk"))
    var chunks: [String] = []

    @Flag(name: .customShort("i"), help: "Start the prompt after the chunks and the script.")
    var interactive = false

    @Option(help: ArgumentHelp("Seed of the session's random numbers.", valueName: "n"))
    var seed = 0

    @Option(help: ArgumentHelp("Threads to compute with (default: one per processor).", valueName: "n"))
    var threads: Int?

    @Argument(
        parsing: .captureForPassthrough, help: ArgumentHelp("Script to run (- is standard input).", valueName: "script")
    )
    var rest: [String] = []

    /// Where the program to run comes from.
    enum Script: Equatable {
        case file(String)
        case standardInput
    }

    /// The script and what follows it, without the `--` that ends the options.
    private var words: ArraySlice<String> { rest.first == "--" ? rest.dropFirst() : rest[...] }

    var script: Script? { words.first.map { $0 == "-" && rest.first == "-" ? .standardInput : .file($0) } }
    /// What follows the script on the command line.
    var scriptArguments: [String] { Array(words.dropFirst()) }

    /// The invocation that the words after the program's name ask for; throws what `exit(withError:)` reports.
    static func parse(_ words: [String]) throws -> Invocation {
        let invocation = try parseOnce(words)
        guard invocation.rest.first == "run" else { return invocation }
        // `run` may have options of its own before the script, and has to have a script.
        let whole = try parseOnce(invocation.optionsAgain + invocation.rest.dropFirst())
        if whole.script == nil { throw ValidationError("run: which script?") }
        return whole
    }

    private static func parseOnce(_ words: [String]) throws -> Invocation {
        guard let invocation = try parseAsRoot(words) as? Invocation else {
            throw CleanExit.helpRequest(Invocation.self)
        }
        return invocation
    }

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024, got \(threads)")
        }
        guard let first = rest.first, first.hasPrefix("-"), first != "-", first != "--" else { return }
        if first == "--help" || first == "-h" { throw CleanExit.helpRequest(Invocation.self) }
        if first == "--version" { throw CleanExit.message(Self.configuration.version) }
        throw ValidationError("unknown option '\(first)'")
    }

    /// The options that stood before `run`, so that those after it are added to them.
    private var optionsAgain: [String] {
        chunks.flatMap { ["-e", $0] } + (interactive ? ["-i"] : []) + ["--seed", "\(seed)"]
            + (threads.map { ["--threads", "\($0)"] } ?? [])
    }
}
