import Bindings
import Kernel

/// A command of the prompt, declared once: dispatch, help, completion and the reference are computed from it.
///
/// A command does its work through the conversation and throws what the user should read.
struct Command: Sendable {
    /// What stands after the colon.
    let name: String
    /// Shorter names.
    let aliases: [String]
    /// What follows the name, as help spells it: `[expression]`; empty for nothing.
    let usage: String
    /// One sentence.
    let summary: String
    /// What help adds, in paragraphs; may be empty.
    let details: String
    /// A line that works at the prompt.
    let example: String
    let argument: Argument
    let run: @Sendable (Conversation, String) throws -> Void

    /// What the argument is, for completion and for asking on.
    enum Argument: Sendable {
        case none
        /// Lua: incomplete code asks for more lines, and Tab completes as in code.
        case code
        /// A path of a file.
        case file
        /// A line of the system's shell.
        case shell
        /// A setting and its value.
        case settings
        /// Words of which some are known when Tab is pressed, such as names of settings.
        case words(@Sendable (Conversation) -> [String])
    }

    init(
        _ name: String, aliases: [String] = [], usage: String = "", _ summary: String, details: String = "",
        example: String, argument: Argument = .none, run: @escaping @Sendable (Conversation, String) throws -> Void
    ) {
        (self.name, self.aliases, self.usage, self.summary) = (name, aliases, usage, summary)
        (self.details, self.example, self.argument, self.run) = (details, example, argument, run)
    }

    /// Whether Lua follows the name.
    var takesCode: Bool { if case .code = argument { true } else { false } }

    /// The command of a name or of another name of it.
    static func named(_ name: String) -> Command? { all.first { $0.name == name || $0.aliases.contains(name) } }

    /// `:timeit [-n loops] [-r repeats] code`
    var synopsis: String { ":" + name + (usage.isEmpty ? "" : " " + usage) }
}

/// A command that cannot be done; the text is all that the user reads.
struct CommandError: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    static func unknown(_ name: String) -> CommandError {
        let hint = nearest(to: name, in: Command.all.map(\.name)).map { "did you mean :\($0)?" }
        return CommandError("no command :\(name); \(hint ?? ":help lists them")")
    }
    /// The argument does not fit.
    static func misuse(of command: Command, _ reason: String) -> CommandError {
        CommandError(":\(command.name): \(reason)\nusage: \(command.synopsis)")
    }
}
