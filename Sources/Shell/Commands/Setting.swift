import Kernel

/// Something of the session that the user may change: `:set name value`.
struct Setting: Sendable {
    let name: String
    let summary: String
    /// What the value may be, as help spells it: `on|off`.
    let values: String
    let read: @Sendable (Conversation) -> String
    /// Throws a `CommandError` for a value that it does not take.
    let write: @Sendable (Conversation, String) throws -> Void

    /// A setting that is on or off.
    static func flag(
        _ name: String, _ summary: String, read: @escaping @Sendable (Conversation) -> Bool,
        write: @escaping @Sendable (Conversation, Bool) -> Void
    ) -> Setting {
        Setting(
            name: name, summary: summary, values: "on|off", read: { read($0) ? "on" : "off" },
            write: { conversation, value in
                guard ["on", "off"].contains(value) else {
                    throw CommandError(":set \(name): on or off expected, got '\(value)'")
                }
                write(conversation, value == "on")
            })
    }

    /// Every setting.
    static let all: [Setting] = [.threads, .seed, .locals, .graphics, .debug]
}

extension Setting {
    static let threads = Setting(
        name: "threads", summary: "Threads to compute with.", values: "1...1024", read: { _ in "\(Workers.count)" },
        write: { _, value in
            guard let count = Int(value), (1...1024).contains(count) else {
                throw CommandError(":set threads: a number from 1 to 1024 expected, got '\(value)'")
            }
            Workers.use(count)
        })

    static let seed = Setting(
        name: "seed", summary: "Start the session's random numbers afresh from a seed.", values: "integer",
        read: { _ in "\(Session.currentSeed)" },
        write: { _, value in
            guard let seed = Int(value) else {
                throw CommandError(":set seed: an integer expected, got '\(value)'")
            }
            Session.seed(seed)
        })
}

extension Command {
    static let set = Command(
        "set", usage: "[name [value]]", "Show or change the settings of the session.",
        details: "Without a name all settings are shown, without a value one.", example: ":set threads 1",
        argument: .settings
    ) { conversation, argument in
        let words = argument.split(separator: " ", maxSplits: 1).map { trimmed(String($0)) }
        guard let name = words.first else {
            for setting in Setting.all { conversation.say(setting.line(conversation)) }
            return
        }
        guard let setting = Setting.all.first(where: { $0.name == name }) else {
            let hint = nearest(to: name, in: Setting.all.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
            throw CommandError("no setting '\(name)'\(hint)")
        }
        guard words.count == 2 else { return conversation.say(setting.line(conversation)) }
        try setting.write(conversation, words[1])
    }
}

extension Setting {
    fileprivate func line(_ conversation: Conversation) -> String {
        let left = "\(name) = \(read(conversation))"
        return left + String(repeating: " ", count: max(2, 24 - left.count)) + "\(summary) (\(values))"
    }
}
