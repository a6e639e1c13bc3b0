/// How the program ends, as the calling shell sees it.
enum ExitStatus: Int32, Sendable {
    case ok = 0
    /// A script or chunk raised an error.
    case luaError = 1
    /// The command line is wrong, or names a file that cannot be read.
    case usage = 2
    /// A script or chunk does not compile.
    case syntaxError = 3
    /// Ctrl-C.
    case interrupted = 130
}
