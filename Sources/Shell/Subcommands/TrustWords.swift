import ArgumentParser

/// What the command line says of trust: for `run` and `verify`.
struct TrustWords: ParsableArguments {
    @Flag(help: "Run the notebook as it is, this once.")
    var trust = false

    @Flag(help: "Run it confined, with what its header asks for in its own folder.")
    var sandbox = false

    @Flag(help: "With --sandbox: grant all that the header asks for, elsewhere, the network and programs too.")
    var grant = false

    @Flag(help: "Run it confined, with nothing granted.")
    var deny = false

    @OptionGroup var limits: ConfinementOptions

    var choice: TrustGate.Choice {
        trust ? .trust : deny ? .deny : sandbox ? .sandbox(grant: grant) : .ask
    }
    var confinement: Confinement { limits.value }
    var isEmpty: Bool { choice == .ask && limits.isEmpty }

    /// The words that ask for the same.
    var words: [String] {
        (trust ? ["--trust"] : []) + (sandbox ? ["--sandbox"] : []) + (grant ? ["--grant"] : [])
            + (deny ? ["--deny"] : []) + limits.words
    }

    func validate() throws {
        if [trust, sandbox, deny].count(where: \.self) > 1 {
            throw ValidationError("--trust, --sandbox and --deny exclude each other")
        }
        if grant, !sandbox { throw ValidationError("--grant goes with --sandbox") }
    }
}
