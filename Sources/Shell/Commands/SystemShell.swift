import Glibc
import Kernel

/// `$ command`: a line for the system's shell.
enum SystemShell {
    /// Runs the command on the user's terminal; with a variable, what it writes becomes the variable's value instead,
    /// without the last line end.
    static func run(_ command: String, into variable: String?, _ conversation: Conversation) throws {
        guard !command.isEmpty else { throw CommandError("$: a command of the system's shell expected, such as $ ls") }
        fflush(nil)
        guard let variable else { return try check(system(command)) }
        guard let pipe = popen(command, "r") else { throw CommandError("$: \(String(cString: strerror(errno)))") }
        let text = contents(of: fileno(pipe)) ?? ""
        let status = pclose(pipe)
        try conversation.interpreter.setGlobal(variable, .text(text.hasSuffix("\n") ? String(text.dropLast()) : text))
        try check(status)
    }

    private static func check(_ status: Int32) throws {
        guard status != 0 else { return }
        let isSignal = status & 0x7f != 0
        throw CommandError(isSignal ? "$: ended by signal \(status & 0x7f)" : "$: exit code \(status >> 8 & 0xff)")
    }
}
