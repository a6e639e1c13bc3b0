extension Command {
    /// `:help` lists the commands; `:help name` is `?name`.
    static let help = Command(
        "help", aliases: ["h", "?"], usage: "[name]",
        "List the commands of the prompt, or show the help of a name.",
        details: "?name does the same as :help name; ?:name explains a command.", example: ":help time",
        argument: .words
    ) { conversation, argument in
        guard argument.isEmpty else { return conversation.evaluator.showHelp(argument) }
        let width = all.map(\.synopsis.count).max() ?? 0
        for command in all {
            let gap = String(repeating: " ", count: width - command.synopsis.count + 2)
            conversation.say("  " + command.synopsis + gap + command.summary)
        }
    }
}
