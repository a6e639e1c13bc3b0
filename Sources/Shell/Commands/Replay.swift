import Bindings
import Glibc
import Kernel

extension Command {
    /// `:replay`
    static let replay = Command(
        "replay", usage: "[file | n | n-m]", "Perform entries again, one by one.",
        details: """
            Of a file, as :save writes it: cells, or what empty lines separate. Of this session: the entries from In[n] to \
            In[m], or all of them. Each is shown as if it were typed, and gets a number of its own. The first that does not \
            end well is the last.
            """,
        example: ":replay 1", argument: .file
    ) { conversation, argument in
        let entries = try conversation.entriesToReplay(argument)
        guard !entries.isEmpty else { throw CommandError(":replay: there is nothing to perform") }
        for (place, text) in entries.enumerated() where conversation.farewell == nil {
            conversation.sayEntry(text)
            let outcome = conversation.perform(text)
            guard outcome == .done else {
                let left = entries.count - place - 1
                if left > 0 { conversation.say(":replay: stopped here, \(left) of \(entries.count) entries are left") }
                throw ReportedFailure(outcome)
            }
        }
    }
}

extension Conversation {
    fileprivate func entriesToReplay(_ argument: String) throws -> [String] {
        let own = inputs.filter { input in
            guard case .command(let name, _) = Entry(input.text) else { return Entry(input.text) != .farewell }
            return Command.named(name)?.name != "replay"
        }
        if argument.isEmpty { return own.map(\.text) }
        guard let range = try entryRange(argument) else {
            let text = try textOfFile(expandedPath(argument), for: ":replay")
            return SessionScript.entries(of: text) { evaluator.isIncomplete($0) }
        }
        guard let first = own.firstIndex(where: { $0.name == "In[\(range.lowerBound)]" }),
            let last = own.lastIndex(where: { $0.name == "In[\(range.upperBound)]" })
        else {
            throw CommandError(
                ":replay: no entries In[\(range.lowerBound)] to In[\(range.upperBound)] to perform again")
        }
        return own[first...last].map(\.text)
    }

    /// `3` or `3-7`; nil for anything else, which is a file.
    private func entryRange(_ text: String) throws -> ClosedRange<Int>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int(trimmed(String($0))) }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1] else { return nil }
        guard first <= last else { throw Misuse("n-m with n at most m expected, got '\(text)'") }
        return first...last
    }

    /// Shows an entry as if it had been typed.
    fileprivate func sayEntry(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (place, line) in lines.enumerated() { say((place == 0 ? Self.prompt : Self.continuation) + line) }
    }
}

/// The text of a file.
/// - Throws: `CommandError` naming the command and the file.
func textOfFile(_ path: String, for command: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { if descriptor >= 0 { close(descriptor) } }
    guard descriptor >= 0, let text = contents(of: descriptor) else {
        throw CommandError("\(command): \(path): \(String(cString: strerror(errno)))")
    }
    return text
}
