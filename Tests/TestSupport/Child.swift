import Glibc

/// A program started by a test, with the descriptors given as its standard streams.
public struct Child: Sendable {
    public let pid: pid_t

    /// Starts `program`; `streams` maps descriptors of the child to descriptors of ours, or to a path to open.
    /// With `newSession` the first terminal it opens becomes its controlling terminal.
    public init(
        _ program: String, _ arguments: [String], environment: [String: String],
        streams: [(Int32, Stream)], newSession: Bool = false
    ) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, stream) in streams {
            switch stream {
            case .path(let path): posix_spawn_file_actions_addopen(&actions, descriptor, path, O_RDWR, 0)
            case .descriptor(let source): posix_spawn_file_actions_adddup2(&actions, source, descriptor)
            }
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The test runner may ignore or block signals; what it starts gets the ordinary ones.
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // glibc's POSIX_SPAWN_SETSID, which its headers show to GNU sources alone.
        let session: Int32 = newSession ? 0x80 : 0
        posix_spawnattr_setflags(&attributes, Int16(Int32(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK) | session))

        let argv = ([program] + arguments).map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, program, &actions, &attributes, argv, envp)
        guard status == 0 else { throw ChildError(text: "\(program): \(String(cString: strerror(status)))") }
        pid = child
    }

    public enum Stream {
        case path(String)
        case descriptor(Int32)
    }

    public func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end of the program. The code is as a shell gives it: 128 + the signal that ended it.
    /// A program that is still running after the time is killed, which the code then shows (137).
    public func wait(timeout: Double = 30) -> Int {
        var status: Int32 = 0
        let deadline = now() + timeout
        while waitpid(pid, &status, WNOHANG) == 0 {
            if now() > deadline { kill(pid, SIGKILL) }
            usleep(200)
        }
        return status & 0x7f == 0 ? Int(status >> 8) & 0xff : 128 + Int(status & 0x7f)
    }
}

public struct ChildError: Error, CustomStringConvertible {
    public let text: String
    public var description: String { text }
}

/// Seconds of a clock that only goes forward.
public func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

/// What a finished program left behind.
public struct Finished: Sendable {
    public let code: Int
    public let output: String
    public let errors: String
}

/// Runs a program to its end with `input` on its standard input.
public func run(
    _ program: String, _ arguments: [String], input: String = "", environment: [String: String], timeout: Double = 60
) throws -> Finished {
    let files = try (0..<3).map { _ in try temporaryDescriptor() }
    defer { files.forEach { close($0) } }
    let bytes = Array(input.utf8)
    _ = bytes.withUnsafeBytes { write(files[0], $0.baseAddress, $0.count) }
    lseek(files[0], 0, SEEK_SET)
    let child = try Child(
        program, arguments, environment: environment,
        streams: (0..<3).map { (Int32($0), .descriptor(files[$0])) })
    let code = child.wait(timeout: timeout)
    return Finished(code: code, output: contents(of: files[1]), errors: contents(of: files[2]))
}

/// A file without a name: it takes any amount of output without a reader.
private func temporaryDescriptor() throws -> Int32 {
    var name = Array("/tmp/assay-test-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw ChildError(text: "mkstemp: \(String(cString: strerror(errno)))") }
    unlink(name)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
}

private func contents(of descriptor: Int32) -> String {
    lseek(descriptor, 0, SEEK_SET)
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count <= 0 { break }
        text += chunk[..<count]
    }
    return String(decoding: text, as: UTF8.self)
}
