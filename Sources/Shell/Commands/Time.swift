import Bindings

extension Command {
    /// `:time code`
    static let time = Command(
        "time", usage: "code", "Run code once and say what it took.",
        details: """
            The code is an entry like any other: its values are shown and its variables stay. One line follows with the \
            time that passed, the processor time of all threads together, and the bytes that tensors and Lua asked for, \
            those included that were given back meanwhile.

            :timeit measures short code better, :profile says where the time went.
            """,
        example: ":time x = tensor.randn({500, 500}):matmul(tensor.randn({500, 500}))", argument: .code
    ) { conversation, argument in
        let code = try CommandArgument(argument).required("code")
        let start = Cost.soFar
        try conversation.evaluate(code)
        conversation.say(Cost.since(start).text)
    }
}
