import ArgumentParser
import Synchronization

/// The options that stand before a script, in groups as help shows them.
struct Options: ParsableArguments {
    @Option(
        name: .customShort("e", allowingJoined: true), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Run a chunk of Lua; may be given more than once.", valueName: "chunk"),
        transform: { PlacedStep(.chunk($0)) })
    var chunks: [PlacedStep] = []

    @Option(
        name: .customShort("l", allowingJoined: true), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Require a module into the global of its name, or of the name before '='; in order with -e.",
            valueName: "[name=]module"),
        transform: { PlacedStep(.module($0)) })
    var modules: [PlacedStep] = []

    @Flag(name: .customShort("i"), help: "Start the prompt after the chunks and the script.")
    var interactive = false

    @Flag(name: .customShort("E"), help: "Ignore ASSAY_INIT, LUA_PATH and LUA_CPATH.")
    var ignoreEnvironment = false

    @Flag(name: .customShort("W"), help: "Turn warnings on, as warn(\"@on\") does.")
    var warnings = false

    @Option(
        name: .customLong("seed"),
        help: ArgumentHelp("Seed of the session's random numbers (default: 0; a notebook's own).", valueName: "n"))
    var givenSeed: Int?

    var seed: Int { givenSeed ?? 0 }
    var hasSeed: Bool { givenSeed != nil }

    @Option(help: ArgumentHelp("Threads to compute with (default: one per processor).", valueName: "n"))
    var threads: Int?

    @Flag(help: "Write results and errors as JSON, one object a line.")
    var json = false

    @Flag(name: .shortAndLong, help: "No banner at the prompt.")
    var quiet = false

    @Flag(name: .customLong("norc"), help: "Do not run the user's init.lua before the prompt.")
    var noInit = false

    @Option(
        help: ArgumentHelp("File for the prompt's history, or none to keep none.", valueName: "file"),
        completion: .file())
    var history: String?

    @Option(help: "Colours in what is shown.")
    var color = ColorChoice.auto

    var settings: Settings {
        Settings(
            steps: (chunks + modules).sorted { $0.place < $1.place }.map(\.step), interactive: interactive,
            ignoreEnvironment: ignoreEnvironment, warnings: warnings, seed: seed, threads: threads, json: json,
            quiet: quiet, noInit: noInit, history: history, color: color)
    }

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024, got \(threads)")
        }
        for case .module(let text) in modules.map(\.step) where text.isEmpty || text.hasPrefix("=") {
            throw ValidationError("-l takes a module or name=module, got '\(text)'")
        }
    }
}

/// One `-e` or `-l`. The parser gathers each option into a list of its own; the place keeps their common order, since
/// it makes the values in the order of the words.
struct PlacedStep: Sendable {
    let step: Settings.Step
    let place: Int
    private static let made = Atomic<Int>(0)

    init(_ step: Settings.Step) {
        self.step = step
        place = Self.made.add(1, ordering: .relaxed).newValue
    }
}

extension ColorChoice: ExpressibleByArgument {}
