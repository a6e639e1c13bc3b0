import ArgumentParser
import Glibc
import Kernel

/// `assay verify`: runs a notebook again, in a process of its own, and compares with what was recorded.
struct Verify: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Run a notebook again and compare it with the record of its last run.",
        discussion: """
            Each cell is compared as its key expect says: exact (the default), approx (rtol, atol), shape, stat or none. \
            Parameters and arguments are those of the record; caches are not used. Code, seeds, parameters and inputs that \
            have changed are named, too.

            Exit codes: 0 the same, 4 something differs, 1 a cell failed that did not before.
            """)

    @Argument(help: "The notebook.", completion: .file(extensions: ["lua"]))
    var notebook: String

    @Option(
        help: ArgumentHelp("The record to compare with (default: __assay__/<file>.run.json).", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var record: String?

    @Option(help: ArgumentHelp("Threads to compute with (default: one per processor).", valueName: "n"))
    var threads: Int?

    @Flag(help: "Write the result as JSON.")
    var json = false

    @OptionGroup(title: "Trust") var trust: TrustWords

    func perform() throws -> ExitStatus {
        do { return try verify() } catch {
            writeToStandardError("assay: \(error)\n")
            return .usage
        }
    }

    private func verify() throws -> ExitStatus {
        let files = record.map(RecordFiles.init(record:)) ?? RecordFiles(notebook: notebook)
        guard Files.isFile(files.path) else {
            throw RunComplaint("no record \(files.path); assay run \(notebook) writes one")
        }
        let old = try RunRecord.read(files.path)
        let folder = try ScratchFolder()
        let status = try OwnProgram.run(try words(old, folder))
        let again = RecordFiles(notebook: notebook, folder: folder.path)
        guard Files.isFile(again.path) else { return ExitStatus(rawValue: status) ?? .luaError }
        let new = try RunRecord.read(again.path)
        let comparison = RecordComparison(old, new, blobs: (files.bytes, again.bytes))
        let report = ComparisonReport(
            comparison: comparison, title: notebook, roots: (old.stable.root, new.stable.root))
        print(json ? report.json.description : VisibleText.stripped(report.text))
        if status == ExitStatus.interrupted.rawValue { return .interrupted }
        return failsNewly(old, new) ? .luaError : comparison.differs ? .differs : .ok
    }

    /// How the program runs the notebook again: with the parameters, the arguments and the seed that the command line
    /// gave the recorded run.
    private func words(_ old: RunRecord, _ folder: ScratchFolder) throws -> [String] {
        var words = ["run", "--record", folder.path, "--quiet", "--no-cache", "--changed-inputs"] + trust.words
        if old.stable.program["seed_from"] == .text("command line") { words += ["--seed", "\(old.stable.rootSeed)"] }
        if let threads { words += ["--threads", "\(threads)"] }
        let given = old.stable.parameters.filter { old.stable.given.contains($0.name) }
        if !given.isEmpty {
            let file = folder.path + "/parameters.json"
            // A list in such a file is several runs; in one more list it is a value.
            let fields = given.map { ($0.name, $0.value.list == nil ? $0.value : .list([$0.value])) }
            try AtomicFile.write(file, text: JSON.object(fields).description)
            words += ["--param-file", file]
        }
        return words + ["--", notebook] + (old.stable.arguments.isEmpty ? [] : ["--"] + old.stable.arguments)
    }

    private func failsNewly(_ old: RunRecord, _ new: RunRecord) -> Bool {
        new.stable.cells.contains { cell in
            let isFailure = cell.status == .failed || cell.status == .interrupted
            return isFailure && old.stable.cells.first { $0.name == cell.name }?.status != cell.status
        }
    }

    func validate() throws {
        if let threads, !(1...1024).contains(threads) {
            throw ValidationError("--threads takes a number from 1 to 1024, got \(threads)")
        }
    }
}

/// A folder of its own that goes with the last reference.
final class ScratchFolder {
    let path: String

    init() throws {
        let root = Files.environment("TMPDIR") ?? "/tmp"
        var name = Array("\(root)/assay-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else {
            throw KernelError.file(path: root, reason: String(cString: strerror(errno)))
        }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { ScratchFolder.remove(path) }

    private static func remove(_ path: String) {
        for name in FolderEntries.names(path) where unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        rmdir(path)
    }
}

/// This program, run again in a process of its own.
enum OwnProgram {
    /// Runs it to its end with nothing on its standard input and its standard output thrown away; its messages go where
    /// ours go. Ctrl-C reaches both, and ends the other first.
    /// - Returns: its exit code.
    static func run(_ words: [String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        let before = signal(SIGINT, SIG_IGN)
        defer { signal(SIGINT, before) }
        var attributes = posix_spawnattr_t(), defaults = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&defaults)
        sigaddset(&defaults, SIGINT)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = (["assay"] + words).map { strdup($0) } + [nil]
        defer { for word in arguments { free(word) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw RunComplaint("the program cannot be started: \(String(cString: strerror(code)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }
}
