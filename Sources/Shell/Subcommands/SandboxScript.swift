import ArgumentParser
import Bindings
import Glibc
import Kernel

/// `assay sandbox`: a script of somebody else, confined.
struct SandboxScript: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox", abstract: "Run a Lua script that nobody trusts, confined.",
        discussion: """
            The script runs in a process of its own that can reach nothing but what the options grant, and published
            data sets. Paths are relative to the script's folder, which is its working directory.
            """)

    @Option(help: ArgumentHelp("A file or folder to read; may be given more than once.", valueName: "path"))
    var read: [String] = []

    @Option(help: ArgumentHelp("A folder to write in and read; may be given more than once.", valueName: "dir"))
    var write: [String] = []

    @Flag(help: "Allow the network, for programs that the script starts.")
    var net = false

    @Flag(help: "Allow starting programs.")
    var exec = false

    @OptionGroup var confinement: ConfinementOptions

    @Option(help: ArgumentHelp("Seed of the random numbers.", valueName: "n"))
    var seed = 0

    @Option(help: ArgumentHelp("Threads to compute with.", valueName: "n"))
    var threads: Int?

    @Argument(help: "The script.", completion: .file(extensions: ["lua"]))
    var script: String

    func perform() throws -> ExitStatus {
        do {
            let source = try Files.read(script, limit: 1 << 28)
            let permissions = Permissions(read: read, write: write, net: net, exec: exec)
            let path = Grants.canonical(script), folder = Grants.folder(of: path)
            var request = SandboxRequest(
                name: String(path.split(separator: "/").last ?? "script"), folder: folder, source: source,
                grants: try Grants(permissions, of: script))
            request.limits = try confinement.value.limits()
            (request.isPartial, request.seed, request.threads) = (confinement.partial, seed, threads)
            let digest = try TrustGate.digest(source)
            AuditLog().record(
                "confined", path, digest, [("by", .text("assay sandbox")), ("grants", request.grants.json)])
            return SandboxedRun(request: request, digest: digest).run()
        } catch let error as PermissionError {
            writeToStandardError("assay: \(error)\n")
            return error.status
        } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }
}

/// What the command line says of limits and missing layers.
struct Confinement: Equatable, Sendable {
    var time: Double?
    var memory: String?
    var output: String?
    /// Whether it runs even where the machine cannot confine all of it.
    var partial = false

    /// - Parameter header: the limits that a notebook declares.
    /// - Throws: `PermissionError.header`.
    func limits(header: JSON? = nil) throws -> SandboxLimits {
        var limits = try SandboxLimits(json: header)
        var fields: [(String, JSON)] = time.map { [("time", .number($0))] } ?? []
        if let memory { fields.append(("memory", .text(memory))) }
        let asked = try SandboxLimits(json: .object(fields))
        if time != nil { limits.run.seconds = asked.run.seconds }
        if memory != nil { limits.run.memory = asked.run.memory }
        if let output { limits.output = try SandboxLimits.bytes(output, named: "output-limit", least: 1) }
        return limits
    }
}

/// The options of every confined run.
struct ConfinementOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Seconds that it may take.", valueName: "seconds"))
    var time: Double?

    @Option(help: ArgumentHelp("Memory that it may take, such as 512MiB.", valueName: "size"))
    var memory: String?

    @Option(name: .customLong("output-limit"), help: ArgumentHelp("Output that it may write.", valueName: "size"))
    var output: String?

    @Flag(name: .customLong("partial-sandbox"), help: "Run it even where this machine cannot confine all of it.")
    var partial = false

    var value: Confinement { Confinement(time: time, memory: memory, output: output, partial: partial) }
    var isEmpty: Bool { value == Confinement() }

    /// The words that ask for the same.
    var words: [String] {
        (time.map { ["--time", "\($0)"] } ?? []) + (memory.map { ["--memory", $0] } ?? [])
            + (output.map { ["--output-limit", $0] } ?? []) + (partial ? ["--partial-sandbox"] : [])
    }
}
