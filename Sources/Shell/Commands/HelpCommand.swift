import Kernel

extension Command {
    /// `:help` lists the commands; `:help name` is `?:name` or `?name`.
    static let help = Command(
        "help", aliases: ["h", "?"], usage: "[name]",
        "List the commands of the prompt, or show the help of a name.",
        details: """
            ?:time explains a command, ?attack.pgd what Lua knows; :help takes either, commands first.
            """,
        example: ":help time", argument: .words { _ in all.map(\.name) }
    ) { conversation, argument in
        if argument.isEmpty { return conversation.say(Command.overview(width: Screen.current.width)) }
        conversation.showHelp(argument)
    }
}
