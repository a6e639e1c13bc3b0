import Bindings
import Glibc
import Kernel

/// Runs what nobody trusts in a process of its own, and keeps the upper hand: a deadline, an end to its output, and
/// nothing of what it writes reaches a terminal unread.
struct Sandbox {
    /// What comes from the process while it runs.
    enum Event: Sendable {
        /// Text without control characters.
        case output(String), errors(String)
        /// It is closed, with these layers.
        case sealed(JSON)
        /// It was refused something: `read`, `write` or `call`, and the path or function.
        case denied(what: String, name: String)
        /// What the work itself tells, such as a finished cell.
        case report(JSON)
    }

    struct Result: Equatable, Sendable {
        var status: ExitStatus
        /// Why it ended so, when that is not said by the process's own output.
        var reason = ""
        /// The limit that ended it: `time`, `memory`, `output` or `file size`.
        var limit: String?
    }

    let request: SandboxRequest
    /// Seconds until the process has closed itself; its time begins then.
    static let mostStartUp = 30.0

    /// Runs the request to its end. Ctrl-C is passed on; the process never outlives the call.
    /// - Throws: `KernelError.state` when no process can be started.
    func run(_ deliver: (Event) -> Void) throws -> Result {
        let process = try SandboxProcess(request)
        defer { process.end() }
        var talk = SandboxConversation(process: process, request)
        return talk.run(deliver)
    }
}

/// The process and our ends of its streams.
final class SandboxProcess {
    private(set) var pid: pid_t = 0
    let output: Int32, errors: Int32, reports: Int32, answers: Int32
    private var status: Int32?

    init(_ request: SandboxRequest) throws {
        var pairs: [[Int32]] = []
        for _ in 0..<5 {
            var pair: [Int32] = [-1, -1]
            // Sockets instead of pipes: writing to a process that has ended is then an error, not a signal.
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &pair)
            pairs.append(pair)
        }
        (output, errors, reports, answers) = (pairs[1][0], pairs[2][0], pairs[3][0], pairs[4][0])
        defer {
            for pair in pairs { close(pair[1]) }
            close(pairs[0][0])
        }
        pid = try SandboxProcess.spawn(pairs.map { $0[1] })
        for descriptor in [output, errors, reports, answers] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
        SandboxProcess.send(request.encoded(parent: getpid()), to: pairs[0][0])
    }

    private static func spawn(_ streams: [Int32]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // First out of the way of the numbers to come, then to their places.
        let high = streams.map { fcntl($0, F_DUPFD_CLOEXEC, 64) }
        defer { for descriptor in high { close(descriptor) } }
        for (place, descriptor) in high.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(place))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C reaches us alone, and we pass it on.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("assay"), strdup(SandboxChild.word), nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t()
        let status = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &words, &variables)
        guard status == 0 else {
            throw KernelError.state(op: "sandbox", reason: String(cString: strerror(status)).lowercased())
        }
        return process
    }

    /// What the process finds of the user's environment: nothing private.
    private static var environment: [String] {
        let passed = [
            "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "TZ", "ASSAY_DATA",
            "ASSAY_FASHION_MNIST", "ASSAY_MNIST", "ASSAY_CIFAR10", "ASSAY_CIFAR100",
        ]
        return passed.compactMap { name in environmentVariable(name).map { "\(name)=\($0)" } }
            + ["PATH=/usr/local/bin:/usr/bin:/bin", "NO_COLOR=1", "TERM=dumb", "SWIFT_BACKTRACE=enable=no"]
    }

    /// The process reads all of it before it does anything else.
    private static func send(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0, errno == EINTR { continue }
            if sent <= 0 { return }
            rest = rest.dropFirst(sent)
        }
    }

    /// To the process and what it started.
    func signal(_ number: Int32) { if status == nil { kill(-pid, number) } }

    var hasEnded: Bool { status != nil || waitForEnd(WNOHANG) }

    /// Waits for the end without asking for the status: as long as nobody did, its number and that of its group are taken.
    private func waitForEnd(_ options: Int32) -> Bool {
        var info = siginfo_t()
        return waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT | options) == 0 && info._sifields._kill.si_pid == pid
    }

    /// The status of the process as `waitpid` gives it, after its end and that of everything that it started.
    func wait() -> Int32 {
        if let status { return status }
        while !waitForEnd(0) {}
        kill(-pid, SIGKILL)  // what it started and left
        var found: Int32 = 0
        while waitpid(pid, &found, 0) < 0, errno == EINTR {}
        status = found
        return found
    }

    func end() {
        signal(SIGKILL)
        _ = wait()
        for descriptor in [output, errors, reports, answers] { close(descriptor) }
    }
}
