import ArgumentParser
import Kernel

/// `assay run`: a script, or a notebook.
///
/// What follows a script is the script's own. Of a notebook the options may stand behind its name too; what else stands
/// there is in `...` and `arg`, as is everything behind `--`.
struct RunWords: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run a Lua script, or a notebook with a record of what it did.",
        usage: """
            assay run [options] script [args]
            assay run notebook [options] [args]
            """,
        discussion: """
            A file with cells (-- %% ...) or a header is a notebook: its cells run one after the other in a fresh state, and \
            everything that they put out is kept in __assay__/<file>.run.json beside it, for assay verify, diff and render. \
            A script is run as one when an option for notebooks stands before its name.

            A notebook that is not trusted yet is asked about once, at the terminal: it runs as it is, confined, or not at \
            all (assay trust lists and changes what was decided). Without a terminal --trust or --sandbox decides.

            -p eps=0.03 replaces the default of a variable that the cell tagged parameters sets; --param-file reads them from \
            a JSON object. An object with lists in it, or a list of objects, is a run for each combination.
            """)

    @OptionGroup var options: Options
    @OptionGroup(title: "Notebooks") var notebook: NotebookWords

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("Script or notebook to run (- is standard input), and its arguments.", valueName: "file"),
        completion: .file(extensions: ["lua"]))
    var rest: [String] = []

    func validate() throws {
        guard let first = rest.first, first.hasPrefix("-"), first != "-", first != "--" else { return }
        if first == "--help" || first == "-h" { throw CleanExit.helpRequest(RunWords.self) }
        if first == "--version" || first == "-v" { throw CleanExit.message(CommandLineWords.configuration.version) }
        throw ValidationError("unknown option '\(first)'")
    }

    /// The invocation that the words ask for, `run` left out.
    static func invocation(_ words: [String], readsNotebook: (String) -> Bool) throws -> Invocation {
        guard let parsed = try parseAsRoot(words) as? RunWords else { throw CleanExit.helpRequest(RunWords.self) }
        var invocation = Invocation(settings: parsed.options.settings, rest: parsed.rest)
        guard let script = invocation.script else { throw ValidationError("run: which script?") }
        if case .file(let path) = script, !parsed.notebook.isEmpty || readsNotebook(path) {
            return try NotebookCommand.invocation(before: words.dropLast(parsed.rest.count), parsed.rest)
        }
        if !parsed.notebook.isEmpty { throw ValidationError("run: a notebook is a file; standard input is none") }
        if script != .standardInput, invocation.rest.first != "--" { invocation.rest.insert("--", at: 0) }
        return invocation
    }
}

/// The options of `run` for notebooks.
struct NotebookWords: ParsableArguments {
    @Option(
        name: [.customShort("p"), .customLong("param")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set a parameter; may be given more than once.", valueName: "name=value"),
        transform: { try GivenParameter($0) })
    var parameters: [GivenParameter] = []

    @Option(
        help: ArgumentHelp("Read parameters from a JSON file; lists in it ask for several runs.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var paramFile: String?

    @Option(
        help: ArgumentHelp(
            "Write the record into this folder (default: __assay__ beside the notebook).", valueName: "dir"),
        completion: .directory)
    var record: String?

    @Flag(help: "Write no record.")
    var noRecord = false

    @Flag(
        inversion: .prefixedNo,
        help: "Use results of cells with cache=true that were kept earlier (default), or do not.")
    var cache: Bool?

    @Flag(help: "Run even if an input has another digest than the header says.")
    var changedInputs = false

    @OptionGroup var trust: TrustWords

    var isEmpty: Bool {
        parameters.isEmpty && paramFile == nil && record == nil && !noRecord && cache == nil && !changedInputs
            && trust.isEmpty
    }

    func validate() throws {
        if noRecord, record != nil { throw ValidationError("--record and --no-record exclude each other") }
    }
}

/// `-p name=value` as the parser keeps it.
struct GivenParameter: Sendable {
    let parameter: NamedParameter
    init(_ word: String) throws {
        do { parameter = try NamedParameter(word: word) } catch { throw ValidationError("\(error)") }
    }
}

/// The words of `run` around a notebook: options may stand on both sides of its name.
struct NotebookCommand: ParsableCommand {
    static let configuration = RunWords.configuration

    @OptionGroup var options: Options
    @OptionGroup var notebook: NotebookWords
    @Argument var words: [String] = []

    static func invocation(before: some Collection<String>, _ rest: [String]) throws -> Invocation {
        let rest = rest.first == "--" ? Array(rest.dropFirst()) : rest
        let behind = rest.dropFirst().split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)
        guard let parsed = try parseAsRoot(Array(before) + behind[0]) as? NotebookCommand else {
            throw CleanExit.helpRequest(RunWords.self)
        }
        let settings = parsed.options.settings
        if !settings.steps.isEmpty || settings.interactive {
            throw ValidationError("run: a notebook starts afresh, without -e, -l and -i")
        }
        var invocation = Invocation(settings: settings, rest: ["--", rest[0]])
        invocation.notebook = NotebookRequest(
            path: rest[0], arguments: parsed.words + behind.dropFirst().joined(),
            parameters: parsed.notebook.parameters.map(\.parameter), parameterFile: parsed.notebook.paramFile,
            recordFolder: parsed.notebook.record, keepsRecord: !parsed.notebook.noRecord,
            usesCache: parsed.notebook.cache ?? true, takesChangedInputs: parsed.notebook.changedInputs,
            seed: parsed.options.hasSeed ? settings.seed : nil,
            trust: parsed.notebook.trust.choice, confinement: parsed.notebook.trust.confinement)
        return invocation
    }
}

/// What the command line asks of a notebook.
struct NotebookRequest: Equatable, Sendable {
    var path: String
    var arguments: [String] = []
    var parameters: [NamedParameter] = []
    var parameterFile: String?
    var recordFolder: String?
    var keepsRecord = true
    var usesCache = true
    /// Whether inputs may be others than the header says.
    var takesChangedInputs = false
    /// The root seed instead of the header's.
    var seed: Int?
    /// Whether it runs confined.
    var trust = TrustGate.Choice.ask
    var confinement = Confinement()
}
