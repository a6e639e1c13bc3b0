import Glibc
import Kernel

extension Command {
    static let cd = Command(
        "cd", usage: "[directory]", "Change the working directory; without one, go home.",
        details: "~ is your home, - the directory before. The new directory is shown.", example: ":cd .",
        argument: .file
    ) { conversation, argument in try WorkingDirectory.change(to: argument, conversation) }

    static let pwd = Command("pwd", "Show the working directory.", example: ":pwd") { conversation, argument in
        try CommandArgument(argument).refuseMore()
        conversation.say(WorkingDirectory.path)
    }
}

/// The directory that paths are relative to.
enum WorkingDirectory {
    static var path: String { workingDirectory() ?? "(a directory that is gone)" }

    /// Goes to a directory, remembers the one before for `-`, and shows where it is.
    static func change(to text: String, _ conversation: Conversation) throws {
        let before = path
        guard let target = try expanded(unquoted(text), before: conversation.previousDirectory) else {
            throw CommandError(":cd: there is no directory before this one")
        }
        guard chdir(target) == 0 else { throw CommandError(":cd: \(target): \(String(cString: strerror(errno)))") }
        conversation.previousDirectory = before
        conversation.say(path)
    }

    private static func expanded(_ text: String, before: String?) throws -> String? {
        if text == "-" { return before }
        guard text.isEmpty || text == "~" || text.hasPrefix("~/") else { return text }
        guard let home = environmentVariable("HOME") else { throw CommandError(":cd: HOME is not set") }
        return home + text.dropFirst()
    }
}

/// The text without the quotes around it, if it has any.
func unquoted(_ text: String) -> String {
    guard text.count >= 2, let quote = text.first, quote == "\"" || quote == "'", text.last == quote else {
        return text
    }
    return String(text.dropFirst().dropLast())
}

/// A path as the user typed it, `~` and quotes allowed.
func expandedPath(_ text: String) -> String {
    let path = unquoted(text)
    guard path == "~" || path.hasPrefix("~/"), let home = environmentVariable("HOME") else { return path }
    return home + path.dropFirst()
}
