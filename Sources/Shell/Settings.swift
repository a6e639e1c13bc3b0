import Glibc

/// What the options of the command line set.
struct Settings: Equatable {
    /// What `-e` and `-l` ask for, in the order of the command line.
    var steps: [Step] = []
    var interactive = false
    var ignoreEnvironment = false
    var warnings = false
    var seed = 0
    var threads: Int?
    var json = false
    var quiet = false
    var noInit = false
    /// The file of the prompt's history; nil for the user's own, "none" for none.
    var history: String?
    var color = ColorChoice.auto

    enum Step: Equatable, Sendable {
        case chunk(String)
        case module(String)
    }
}

/// When colours are used.
enum ColorChoice: String, CaseIterable, Sendable {
    /// On a terminal that is not dumb, unless NO_COLOR is set.
    case auto
    case always
    case never

    /// Tells the rest of the program, and what it starts, by the variables that many programs read.
    func apply() {
        switch self {
        case .auto: break
        case .never: setenv("NO_COLOR", "1", 1)
        case .always:
            unsetenv("NO_COLOR")
            setenv("CLICOLOR_FORCE", "1", 1)
        }
    }
}
