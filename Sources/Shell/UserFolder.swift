/// The folders in which Assay keeps what it remembers for a user, by the variables of an environment that name them;
/// nil where those name neither the folder nor a home.
enum UserFolder {
    typealias Environment = (String) -> String?

    /// What the user decided: `$XDG_CONFIG_HOME/assay`.
    static var configuration: String? { configuration(in: environmentVariable) }
    static func configuration(in environment: Environment) -> String? {
        folder("XDG_CONFIG_HOME", ".config", environment)
    }

    /// What happened: `$XDG_STATE_HOME/assay`.
    static var state: String? { state(in: environmentVariable) }
    static func state(in environment: Environment) -> String? {
        folder("XDG_STATE_HOME", ".local/state", environment)
    }

    /// What can be made again: `$XDG_CACHE_HOME/assay`.
    static func cache(in environment: Environment) -> String? { folder("XDG_CACHE_HOME", ".cache", environment) }

    /// Those that no notebook may write.
    static var all: [String] { [configuration, state].compactMap(\.self) }

    private static func folder(_ variable: String, _ usual: String, _ environment: Environment) -> String? {
        if let named = environment(variable), named.hasPrefix("/") { return named + "/assay" }
        guard let home = environment("HOME"), home.hasPrefix("/") else { return nil }
        return home + "/" + usual + "/assay"
    }
}
