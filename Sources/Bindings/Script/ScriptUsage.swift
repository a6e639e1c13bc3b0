/// The arguments of a script are not what it declares: `script.args` throws it, and the program ends with the code for
/// wrong usage.
public struct ScriptUsage: Error, CustomStringConvertible, Sendable {
    public let description: String
}

/// `--help` was asked of a script and has been shown: what is left of the script does not run.
public struct ScriptHelp: Error, CustomStringConvertible, Sendable {
    public var description: String { "help was shown" }
}
