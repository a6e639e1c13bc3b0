import Kernel

extension Command {
    /// Synopsis, summary, details, other names and the example: what `?:name` shows, as wide as the screen.
    func help(width: Int) -> String {
        var parts = [synopsis, paragraph(summary, width)]
        for text in details.split(separator: "\n\n") { parts.append("\n" + paragraph(String(text), width)) }
        if !aliases.isEmpty { parts.append("  also: " + aliases.map { ":" + $0 }.joined(separator: ", ")) }
        parts.append("  example: " + example)
        return parts.joined(separator: "\n")
    }

    /// Every command with its summary.
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

    private func paragraph(_ text: String, _ width: Int) -> String {
        // Lines that are indented already stand as they are: tables and lines of code.
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line in
            line.hasPrefix("  ") ? ["  " + line] : wrapped(String(line), width: max(20, width - 4)).map { "  " + $0 }
        }.joined(separator: "\n")
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
