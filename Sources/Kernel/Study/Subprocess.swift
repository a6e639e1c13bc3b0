import Glibc

/// A program that runs with a text as its input until it ends; never a shell.
enum Subprocess {
    struct Result: Sendable {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var exitCode: Int32 = 0
    }

    /// - Throws: `KernelError.state` when the program is not there; `Interrupted`, after ending it.
    static func run(_ program: String, _ arguments: [String], input: [UInt8], advice: String) throws -> Result {
        // Sockets instead of pipes: writing to a program that has ended is then an error, not a signal.
        var sockets: [Int32] = [-1, -1], output: [Int32] = [-1, -1], errors: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &sockets) == 0, socketpair(AF_UNIX, type, 0, &output) == 0,
            socketpair(AF_UNIX, type, 0, &errors) == 0
        else {
            for descriptor in sockets + output + errors where descriptor >= 0 { close(descriptor) }
            throw KernelError.state(op: program, reason: "no connection to it can be made")
        }
        let process: pid_t
        do {
            process = try spawn(program, arguments, [sockets[1], output[1], errors[1]], advice)
        } catch {
            for descriptor in sockets + output + errors { close(descriptor) }
            throw error
        }
        for descriptor in [sockets[1], output[1], errors[1]] { close(descriptor) }
        var talk = Conversation(input: input, to: sockets[0], output: output[0], errors: errors[0])
        do { try talk.run() } catch {
            kill(process, SIGKILL)
            talk.close()
            _ = wait(for: process)
            throw error
        }
        talk.close()
        talk.result.exitCode = wait(for: process)
        return talk.result
    }

    private static func spawn(_ program: String, _ arguments: [String], _ streams: [Int32], _ advice: String) throws
        -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (place, descriptor) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(place))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C reaches us alone, and we end it.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        let status = posix_spawnp(&process, program, &actions, &attributes, &words, environ)
        guard status == 0 else {
            let reason = status == ENOENT ? "\(program) is not installed; \(advice)" : String(cString: strerror(status))
            throw KernelError.state(op: "plot", reason: reason)
        }
        return process
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }

    /// Feeds the input and gathers both outputs at once, so that neither side waits for the other for ever.
    private struct Conversation {
        let input: [UInt8]
        var sent = 0
        var streams: [pollfd]
        var result = Result()

        init(input: [UInt8], to socket: Int32, output: Int32, errors: Int32) {
            self.input = input
            streams = [
                pollfd(fd: socket, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: output, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errors, events: Int16(POLLIN), revents: 0),
            ]
        }

        mutating func run() throws {
            while streams[1].fd >= 0 || streams[2].fd >= 0 {
                try Interrupt.check()
                if poll(&streams, nfds_t(streams.count), 50) <= 0 { continue }
                if streams[0].fd >= 0, streams[0].revents != 0 { send() }
                if streams[1].fd >= 0, streams[1].revents != 0, !receive(1, into: \.output) { closeStream(1) }
                if streams[2].fd >= 0, streams[2].revents != 0, !receive(2, into: \.errors) { closeStream(2) }
            }
        }

        private mutating func send() {
            let wrote = input.withUnsafeBytes { bytes in
                Glibc.send(
                    streams[0].fd, bytes.baseAddress.map { $0 + sent }, input.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if wrote > 0 { sent += wrote }
            let failed = wrote < 0 && errno != EAGAIN && errno != EINTR
            if sent == input.count || failed { closeStream(0) }
        }

        private mutating func receive(_ stream: Int, into field: WritableKeyPath<Result, [UInt8]>) -> Bool {
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let got = read(streams[stream].fd, &chunk, chunk.count)
            if got < 0 { return errno == EINTR || errno == EAGAIN }
            result[keyPath: field] += chunk[..<got]
            return got > 0
        }

        private mutating func closeStream(_ stream: Int) {
            Glibc.close(streams[stream].fd)
            streams[stream].fd = -1  // poll passes over negative descriptors
        }

        mutating func close() { for stream in streams.indices where streams[stream].fd >= 0 { closeStream(stream) } }
    }
}
