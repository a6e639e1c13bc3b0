import ArgumentParser

/// What the command line asks for: `assay [options] [script [args]]`, or a subcommand.
struct Invocation {
    var settings = Settings()
    /// The script and its arguments, perhaps behind a `--`, or a subcommand and its own.
    var rest: [String] = []
    /// What `run` is asked to do with a notebook; nil for a script.
    var notebook: NotebookRequest?

    static let version = "0.1.0"

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
        if let invocation = Invocation(plain: words) { return invocation }
        let invocation = try CommandLineWords.invocation(words)
        guard invocation.rest.first == "run" else { return invocation }
        // `run` may have options of its own before the script, and has to have a script.
        let whole = words.dropLast(invocation.rest.count) + invocation.rest.dropFirst()
        return try RunWords.invocation(Array(whole), readsNotebook: NotebookFile.isNotebook)
    }

    /// The commonest command lines, without the parser, which takes 1.7 ms of the 9 ms that `assay -e ''` takes.
    private init?(plain words: [String]) {
        switch words.first {
        case nil: break
        case "-e"? where words.count == 2: settings.steps = [.chunk(words[1])]
        case let first? where !first.hasPrefix("-") && first != "run" && Subcommands.named(first) == nil: rest = words
        default: return nil
        }
    }

    init(settings: Settings, rest: [String]) { (self.settings, self.rest) = (settings, rest) }

    /// The subcommand that the words ask for; nil when they ask for a script or the prompt.
    /// - Throws: what the subcommand's own parsing throws.
    func subcommand() throws -> (any Subcommand)? {
        guard let name = rest.first, let type = Subcommands.named(name) else { return nil }
        if !settings.steps.isEmpty || settings.interactive {
            throw ValidationError("\(name) takes neither -e, -l nor -i before it")
        }
        guard let subcommand = try type.parseAsRoot(Array(rest.dropFirst())) as? any Subcommand else {
            throw CleanExit.message(Subcommands.help(of: type, rest.dropFirst()))
        }
        return subcommand
    }
}

/// The command line as the parser reads it.
struct CommandLineWords: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "A shell for finding out how robust a quantized neural network is.",
        usage: """
            assay [options]                     start the prompt (or run standard input, if it is no terminal)
            assay [options] [run] script [args] run a Lua script; args are in `...` and in the table `arg`
            """ + "\n" + Subcommands.usage,
        discussion: """
            A script may declare its arguments (script.args{...}) and then answers --help after its name.
            A script named like a subcommand is run with ./name or 'run name'.

            Environment: ASSAY_INIT (Lua to run first, or @file), NO_COLOR, OMP_NUM_THREADS, LUA_PATH, LUA_CPATH.
            Exit codes: \(ExitStatus.summary).
            """,
        version: "assay \(Invocation.version), Lua 5.4")

    @OptionGroup var options: Options

    @Flag(name: .customShort("v"), help: "Show the version.")
    var version = false

    @Argument(
        parsing: .captureForPassthrough, help: ArgumentHelp("Script to run (- is standard input).", valueName: "script")
    )
    var rest: [String] = []

    static func invocation(_ words: some Collection<String>) throws -> Invocation {
        guard let parsed = try parseAsRoot(Array(words)) as? CommandLineWords else {
            throw CleanExit.helpRequest(CommandLineWords.self)
        }
        return Invocation(settings: parsed.options.settings, rest: parsed.rest)
    }

    func validate() throws {
        if version || rest.first == "--version" { throw CleanExit.message(Self.configuration.version) }
        guard let first = rest.first, first.hasPrefix("-"), first != "-", first != "--" else { return }
        if first == "--help" || first == "-h" { throw CleanExit.helpRequest(CommandLineWords.self) }
        throw ValidationError("unknown option '\(first)'")
    }
}
