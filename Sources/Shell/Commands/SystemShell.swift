import Bindings
import Glibc
import Kernel

extension Command {
    /// `$ command`, `:shell command`
    static let shell = Command(
        "shell", aliases: ["sh"], usage: "command", "Run a command of the system's shell; $ command does the same.",
        details: """
            The command has the terminal: Ctrl-C reaches it and not Assay. A code other than 0 is reported.

            name = $ command makes what the command writes the value of a variable, byte by byte, without the last line \
            end. $ cd directory changes Assay's own directory, as :cd does.
            """,
        example: "files = $ ls", argument: .shell
    ) { conversation, argument in try SystemShell.run(argument, into: nil, conversation) }
}

/// `$ command`: a line for the system's shell.
enum SystemShell {
    /// Runs the command on the user's terminal; with a variable, what it writes becomes the variable's value instead,
    /// without the last line end.
    static func run(_ command: String, into variable: String?, _ conversation: Conversation) throws {
        guard !command.isEmpty else { throw CommandError("$: a command of the system's shell expected, such as $ ls") }
        if variable == nil, let directory = directoryChange(command) {
            return try WorkingDirectory.change(to: directory, conversation)
        }
        fflush(nil)
        guard let variable else { return try check(alone { spawn(command, output: nil).map(wait) }) }
        var (text, status) = try capture(command)
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        try conversation.interpreter.setGlobal(variable, bytes: text)
        try check(status)
    }

    /// The directory of a plain `cd directory`, which means nothing in a shell that ends at once.
    static func directoryChange(_ command: String) -> String? {
        guard command == "cd" || command.hasPrefix("cd "), !command.contains(where: ";&|<>`$()\n".contains) else {
            return nil
        }
        return trimmed(String(command.dropFirst(2)))
    }

    private static func capture(_ command: String) throws -> (text: [UInt8], status: Int32?) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CommandError("$: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        return alone {
            let process = spawn(command, output: ends[1])
            close(ends[1])
            let text = bytes(of: ends[0]) ?? []
            return (text, process.map(wait))
        }
    }

    /// Runs the body while Ctrl-C and Ctrl-\ are the child's alone.
    private static func alone<R>(_ body: () -> R) -> R {
        var interrupt = sigaction(), quit = sigaction()
        sigaction(SIGINT, nil, &interrupt)
        sigaction(SIGQUIT, nil, &quit)
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        defer {
            sigaction(SIGINT, &interrupt, nil)
            sigaction(SIGQUIT, &quit, nil)
        }
        return body()
    }

    private static func spawn(_ command: String, output: Int32?) -> pid_t? {
        var actions = posix_spawn_file_actions_t(), attributes = posix_spawnattr_t(), signals = sigset_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        if let output { posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) }
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        return posix_spawn(&process, "/bin/sh", &actions, &attributes, &words, environ) == 0 ? process : nil
    }

    private static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private static func check(_ status: Int32?) throws {
        guard let status else { throw CommandError("$: the system's shell cannot be started") }
        guard status != 0 else { return }
        let signal = status & 0x7f
        // A shell that ends in order after its command was interrupted says so by its code.
        if signal == SIGINT || status >> 8 & 0xff == 128 + SIGINT {
            throw LuaError.runtime(message: "interrupted", trace: Trace(), underlying: Interrupted())
        }
        throw CommandError(signal != 0 ? "$: ended by signal \(signal)" : "$: exit code \(status >> 8 & 0xff)")
    }
}
