import ArgumentParser
import Bindings
import CPrompt
import Glibc
import Kernel

/// `assay kernel`: what makes Assay a language of Jupyter's.
struct JupyterKernel: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "kernel", abstract: "Make Lua (assay) a kernel of Jupyter, VS Code and other clients.",
        discussion: """
            A client starts the kernel by itself. It listens on the loopback address alone unless the client says
            otherwise, and takes only what is signed with the client's key.
            """,
        subcommands: [Install.self, Uninstall.self, Run.self])

    func perform() throws -> ExitStatus {
        throw ValidationError("kernel: install or uninstall?")
    }

    /// Where a kernel's description goes.
    struct Place: ParsableArguments {
        @Flag(help: "For you alone, which is the default.")
        var user = false

        @Flag(name: .customLong("sys-prefix"), help: "For the Python environment that is active.")
        var systemPrefix = false

        @Option(help: ArgumentHelp("Below DIR/share/jupyter.", valueName: "dir"), completion: .directory)
        var prefix: String?

        @Option(help: ArgumentHelp("Name of the kernel.", valueName: "name"))
        var name = KernelDescription.usualName

        func validate() throws {
            if [user, systemPrefix, prefix != nil].count(where: { $0 }) > 1 {
                throw ValidationError("kernel: only one of --user, --sys-prefix and --prefix")
            }
            guard KernelDescription.isName(name) else {
                throw ValidationError("kernel: --name takes letters, digits, '-', '_' and '.', got '\(name)'")
            }
        }

        /// The folder of the kernel.
        func folder() throws -> String {
            let data: String
            if let prefix {
                data = prefix + "/share/jupyter"
            } else if systemPrefix {
                guard let environment = KernelDescription.pythonEnvironment(environmentVariable) else {
                    throw KernelError.state(
                        op: "kernel",
                        reason: "no Python environment is active (VIRTUAL_ENV, CONDA_PREFIX); --prefix DIR names one")
                }
                data = environment + "/share/jupyter"
            } else {
                guard let folder = KernelDescription.userFolder(environmentVariable) else {
                    throw KernelError.state(op: "kernel", reason: "HOME is not set; --prefix DIR says where to write")
                }
                data = folder
            }
            return data + "/kernels/" + name
        }
    }

    /// `assay kernel install`
    struct Install: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "install", abstract: "Write the kernel's description where Jupyter finds it.")
        @OptionGroup var place: Place

        func perform() throws -> ExitStatus {
            try reportingFailure {
                _ = try ZeroMQ()  // better now than when a notebook is opened
                let folder = try place.folder()
                for (name, text) in try KernelDescription(program: .running).files {
                    try OutputFolder.write(text, to: folder + "/" + name)
                }
                print("the kernel \(place.name) (\(KernelDescription.displayName)) stands in \(folder)")
            }
        }
    }

    /// `assay kernel uninstall`
    struct Uninstall: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "uninstall", abstract: "Remove the kernel's description.")
        @OptionGroup var place: Place

        func perform() throws -> ExitStatus {
            try reportingFailure {
                let folder = try place.folder()
                guard Files.isFile(folder + "/kernel.json") else {
                    throw KernelError.file(path: folder, reason: "no kernel is installed there")
                }
                for name in KernelDescription.fileNames { unlink(folder + "/" + name) }
                guard rmdir(folder) == 0 else {
                    throw KernelError.file(path: folder, reason: String(cString: strerror(errno)))
                }
                print("removed the kernel \(place.name) from \(folder)")
            }
        }
    }

    /// `assay kernel run -f FILE`: what clients start.
    struct Run: Subcommand {
        static let configuration = CommandConfiguration(
            commandName: "run", abstract: "Serve a client of Jupyter; clients start this.", shouldDisplay: false)

        @Option(
            name: [.customShort("f"), .customLong("connection-file")],
            help: ArgumentHelp("File that says where to listen.", valueName: "file"),
            completion: .file(extensions: ["json"]))
        var connectionFile: String

        func perform() throws -> ExitStatus {
            var status = ExitStatus.ok
            let outcome = try reportingFailure {
                status = try KernelProgram(ConnectionFile(path: connectionFile)).run()
            }
            return outcome == .ok ? status : outcome
        }
    }
}

/// Runs the body; what it throws is reported as wrong usage.
private func reportingFailure(_ body: () throws -> Void) throws -> ExitStatus {
    do { try body() } catch {
        writeToStandardError("assay kernel: \(error)\n")
        return .usage
    }
    return .ok
}
