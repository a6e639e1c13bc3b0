/// How the program ends, as the calling shell sees it.
enum ExitStatus: Int32, Sendable, CaseIterable {
    case ok = 0
    /// A script or chunk raised an error.
    case luaError = 1
    /// The command line, or a script's own arguments, are wrong, or a file cannot be read.
    case usage = 2
    /// A script or chunk does not compile.
    case syntaxError = 3
    /// A verification, or a comparison of two records, found other results than those recorded.
    case differs = 4
    /// A script may not be read, a notebook is not trusted, or a confined one wanted what it was not granted.
    case permission = 5
    /// The memory that was asked for is not to be had, or a limit of time, memory or output was reached.
    case resourceLimit = 6
    /// Ctrl-C.
    case interrupted = 130
    /// The reader of the output went away: what the signal SIGPIPE makes of a program. Nothing returns it.
    case brokenPipe = 141

    /// What help says of the code.
    var meaning: String {
        switch self {
        case .ok: "success"
        case .luaError: "Lua error"
        case .usage: "wrong usage"
        case .syntaxError: "syntax error"
        case .differs: "verification differs"
        case .permission: "permission denied"
        case .resourceLimit: "resource limit"
        case .interrupted: "interrupted"
        case .brokenPipe: "output closed"
        }
    }

    static var summary: String { allCases.map { "\($0.rawValue) \($0.meaning)" }.joined(separator: ", ") }
}
