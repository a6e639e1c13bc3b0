import Bindings
import Kernel

extension Command {
    /// Every command with its summary, as wide as the screen.
    static func overview(width: Int) -> String {
        let left = all.map(\.synopsis.count).max() ?? 0
        return all.flatMap { command -> [String] in
            let lines = wrapped(command.summary, width: max(20, width - left - 4))
            return lines.enumerated().map { place, line in
                let start = place == 0 ? command.synopsis : ""
                return "  " + start + String(repeating: " ", count: left - start.count + 2) + line
            }
        }.joined(separator: "\n")
    }
}

extension Conversation {
    /// The help of a command, with or without its colon, or of anything that Lua knows.
    func showHelp(_ topic: String) {
        let name = topic.hasPrefix(":") ? String(topic.dropFirst()) : topic
        if topic == ":" { return say(Command.overview(width: Screen.current.width)) }
        guard let command = topic == "$" ? .shell : Command.named(name) else { return evaluator.showHelp(topic) }
        say(interpreter.reference.page(of: Topic(command)).text())
    }
}

/// The words of a text in lines of at most so many characters.
func wrapped(_ text: String, width: Int) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
        let last = lines[lines.count - 1]
        if last.isEmpty {
            lines[lines.count - 1] = String(word)
        } else if last.count + 1 + word.count <= width {
            lines[lines.count - 1] = last + " " + word
        } else {
            lines.append(String(word))
        }
    }
    return lines
}
