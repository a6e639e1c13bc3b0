extension Command {
    static let quit = Command(
        "q", aliases: ["quit", "exit"], "Leave the session, as Ctrl-D does.", example: ":q"
    ) { conversation, argument in
        try CommandArgument(argument).refuseMore()
        conversation.farewell = .ok
    }
}
