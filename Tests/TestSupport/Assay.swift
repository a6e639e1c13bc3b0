import Glibc

/// The built program, as a user starts it.
public enum Assay {
    /// The binary beside the test bundle, or the one that the environment variable ASSAY_BINARY names: the tests of
    /// speed want a release build.
    public static let binary = getenv("ASSAY_BINARY").map { String(cString: $0) } ?? beside("assay")

    /// Another program that the build has put beside the test bundle.
    public static func beside(_ name: String) -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let bundle = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return bundle.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
    }

    /// Whether the binary is an optimised build, for which times are promised.
    public static var isRelease: Bool { getenv("ASSAY_BINARY") != nil }
    /// Whether the run is for times too, on a machine with nothing else to do.
    public static var measuresTimes: Bool { getenv("ASSAY_TIMINGS") != nil }

    /// What the program finds around it: nothing of the user who runs the tests.
    /// - Parameter trusts: whether notebooks run without a question, in a home without a configuration of its own.
    public static func environment(home: String = "/nonexistent", trusts: Bool = true) -> [String: String] {
        var variables = [
            "HOME": home, "TERM": "xterm", "INPUTRC": "/dev/null", "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SWIFT_BACKTRACE": "enable=no",
        ]
        if trusts, access(home + "/.config", F_OK) != 0 { variables["XDG_CONFIG_HOME"] = trustingConfiguration.path }
        // How the program finds the Swift run-time libraries, and how many threads it may use.
        for name in ["LD_LIBRARY_PATH", "OMP_NUM_THREADS"] {
            if let value = getenv(name) { variables[name] = String(cString: value) }
        }
        return variables
    }

    /// A configuration in which everything is trusted.
    private static let trustingConfiguration: TemporaryDirectory = {
        guard let folder = try? TemporaryDirectory() else { fatalError("no temporary directory can be made") }
        mkdir(folder.path + "/assay", 0o700)
        folder.write("assay/trust.jsonl", "{\"root\":\"/\"}\n")
        return folder
    }()

    /// Runs the program to its end without a terminal.
    public static func run(_ arguments: String..., input: String = "", timeout: Double = 60) throws -> Finished {
        try TestSupport.run(binary, arguments, input: input, environment: environment(), timeout: timeout)
    }

    /// Starts the program on a terminal of its own.
    public static func onTerminal(
        _ arguments: String..., home: String = "/nonexistent", rows: UInt16 = 24, columns: UInt16 = 120,
        variables: [String: String] = [:], trusts: Bool = true
    ) throws -> PseudoTerminal {
        let environment = environment(home: home, trusts: trusts).merging(variables) { $1 }
        return try PseudoTerminal(binary, arguments, environment: environment, rows: rows, columns: columns)
    }
}
