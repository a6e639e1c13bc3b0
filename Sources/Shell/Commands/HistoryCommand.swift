import Glibc
import Kernel

extension Command {
    /// `:history`
    static let history = Command(
        "history", aliases: ["hist"], usage: "[-s] [-n count] [-g text]",
        "List what was entered, in this session and before.",
        details: """
            Entries of this session have their number, the time of day, how long they took and how they ended; those of \
            earlier sessions stand above them. -s lists this session alone, -n so many of the last entries (20), -g those \
            that contain a text, or fit a pattern of * and ?.
            """,
        example: ":history -n 5"
    ) { conversation, argument in
        var argument = CommandArgument(argument), count = 20, pattern = "", isOwn = false
        while true {
            if argument.flag("-s") {
                isOwn = true
            } else if let given = try argument.count("-n") {
                count = given
            } else if let given = try argument.value("-g") {
                pattern = given
            } else {
                break
            }
        }
        try argument.refuseOptions()
        try argument.refuseMore()
        let rows = conversation.historyRows(withEarlier: !isOwn).filter { matches($0.text, pattern) }.suffix(count)
        guard !rows.isEmpty else { return conversation.say("nothing was entered that fits") }
        for line in columns(rows.map(\.cells), right: [0, 2], width: Screen.current.width) { conversation.say(line) }
    }
}

/// One line of `:history`.
struct HistoryRow {
    var number = ""
    var time = ""
    var duration = ""
    var status = ""
    let text: String

    /// The text is cut to its first line.
    var cells: [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let more = lines.count > 1 ? " (\(lines.count) lines)" : ""
        return [number, time, duration, status, String(lines.first ?? "") + more]
    }
}

extension Conversation {
    fileprivate func historyRows(withEarlier: Bool) -> [HistoryRow] {
        let own = inputs.map { input in
            HistoryRow(
                number: input.name ?? "", time: timeOfDay(input.time), duration: timeText(input.seconds),
                status: input.outcome.word, text: input.text)
        }
        return (withEarlier ? earlier.map { HistoryRow(text: $0) } : []) + own
    }
}

extension Evaluator.Outcome {
    /// How an entry ended, in a word; nothing when it ended well.
    fileprivate var word: String { self == .done ? "" : record }

    /// The same for the file of the history, where `done` is a word too.
    var record: String {
        switch self {
        case .done: "done"
        case .interrupted: "interrupted"
        case .syntaxError: "syntax"
        default: "failed"
        }
    }
}

/// `14:03:22` by the clock on the wall.
func timeOfDay(_ time: Int) -> String {
    var seconds = time_t(time), parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
    return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
}
