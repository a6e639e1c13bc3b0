import Bindings
import Glibc
import Kernel

extension Command {
    /// `:profile code`
    static let profile = Command(
        "profile", aliases: ["prof"], usage: "[-o file] code", "Run code and show which functions its time went to.",
        details: """
            The code is an entry like any other. Every call is followed, of functions of Lua and of native ones, in \
            coroutines too. The tree shows who called whom, with the time in the function and in what it called, the \
            share, and the number of calls; below native functions stand the operations on tensors that they are made of, \
            backward passes too. A function that calls itself is one line. Below stand the functions with the \
            most time of their own, wherever they were called. What profiling costs is left out, but code of many short \
            calls takes several times as long.

            -o writes the call paths with their microseconds into a file, a line each, as tools for flame graphs read \
            them. Ctrl-C ends the code and shows what was found.
            """,
        example: ":profile tensor.randn({200, 200}):matmul(tensor.randn({200, 200})):sum()", argument: .code
    ) { conversation, argument in
        var argument = CommandArgument(argument)
        let file = try argument.value("-o"), code = try argument.required("code")
        let (profile, result) = conversation.interpreter.profiling { try conversation.evaluate(code) }
        let report = ProfileReport(profile)
        for line in report.lines(width: Screen.current.width, height: Screen.current.height) { conversation.say(line) }
        if let file {
            try write(report.folded, to: expandedPath(unquoted(file)), of: ":profile")
            conversation.say("wrote \(profile.nodes.count - 1) call paths to \(file)")
        }
        try result.get()
    }
}

/// Writes a text file.
/// - Throws: `CommandError` naming the command and the file.
func write(_ text: String, to path: String, of command: String, replacing: Bool = true) throws {
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replacing ? O_TRUNC : O_EXCL)
    let descriptor = open(path, flags, 0o666)
    guard descriptor >= 0 else { throw CommandError("\(command): \(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw CommandError("\(command): \(path): \(String(cString: strerror(errno)))") }
        bytes = bytes.dropFirst(count)
    }
}
