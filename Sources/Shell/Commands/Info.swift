import Glibc
import Kernel

extension Command {
    /// `:info`
    static let info = Command(
        "info", aliases: ["version"], "Say what a report of a fault needs: versions, processor, threads, terminal.",
        example: ":info"
    ) { conversation, argument in
        try CommandArgument(argument).refuseMore()
        let screen = Screen.current, variable = { environmentVariable($0) ?? "not set" }
        let rows = [
            ["assay", Invocation.version], ["Lua", luaVersion(conversation)], ["oneDNN", Engine.version],
            ["processor", processorName()], ["threads", "\(Workers.count)"], ["seed", "\(Session.currentSeed)"],
            ["memory", byteText(MemoryPool.physicalBytes)], ["system", systemName()],
            [
                "terminal",
                "\(variable("TERM")), \(screen.width) x \(screen.height), colours: \(screen.palette.rawValue)",
            ],
            ["locale", variable("LANG")],
        ]
        for line in columns(rows, width: screen.width) { conversation.say(line) }
    }

    private static func luaVersion(_ conversation: Conversation) -> String {
        guard case .text(let version)? = try? conversation.interpreter.global("_VERSION") else { return "Lua 5.4" }
        return version
    }

    private static func systemName() -> String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        func text<T>(_ characters: T) -> String {
            withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(name.sysname)) \(text(name.release)) \(text(name.machine))"
    }
}

/// The name of the processor as the system knows it.
func processorName() -> String {
    let text = (try? textOfFile("/proc/cpuinfo", for: ":info")) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line.flatMap { $0.split(separator: ":").last }.map { trimmed(String($0)) } ?? "unknown"
}
