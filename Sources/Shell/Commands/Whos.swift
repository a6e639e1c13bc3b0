import Bindings
import Glibc
import Kernel

extension Command {
    /// `:whos`
    static let whos = Command(
        "whos", aliases: ["who"], usage: "[pattern]", "List the variables that you made.",
        details: """
            Each with its type, what matters most (shape, number of parameters, value, where a function was written), and \
            the bytes that it keeps from being freed. What Lua and Assay bring along is left out, unless you replaced it.

            A pattern chooses by name: * stands for anything, ? for one character; a word without them is looked for \
            inside the names.
            """,
        example: ":whos", argument: .words { $0.variableNames }
    ) { conversation, argument in
        let pattern = argument
        let found = conversation.interpreter.variables().filter { matches($0.name, pattern) }
        guard !found.isEmpty else {
            return conversation.say(pattern.isEmpty ? "no variables yet" : "no variable fits '\(pattern)'")
        }
        for line in variableTable(found, width: Screen.current.width) { conversation.say(line) }
    }
}

/// The table of `:whos`. Details give way when the screen is narrow, bytes never.
func variableTable(_ variables: [Variable], width: Int) -> [String] {
    let head = ["name", "type", "bytes", "what"]
    let rows = variables.map { variable in
        [
            shortened(variable.name, to: 30), variable.type, variable.bytes.map(byteText) ?? "",
            variable.detail.replacing("\n", with: " "),
        ]
    }
    return columns([head] + rows, right: [2], width: width)
}

/// Whether a name fits a pattern of `*` and `?`, or contains one without them. The empty pattern fits all.
func matches(_ name: String, _ pattern: String) -> Bool {
    if pattern.isEmpty { return true }
    guard pattern.contains(where: "*?".contains) else { return name.contains(pattern) }
    return fnmatch(pattern, name, 0) == 0
}
