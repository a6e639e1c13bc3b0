import Bindings

/// Where the prompt's lines come from: a terminal, a pipe, or a test.
protocol LineSource {
    /// Asks for one line without its line end, or for a whole entry where several lines can be edited at once.
    func ask(_ prompt: String, _ guide: EntryGuide) -> LineAnswer
    /// Makes an entry, perhaps of several lines, recallable.
    func remember(_ entry: String)
}

enum LineAnswer: Equatable {
    case line(String)
    /// All of an entry, perhaps of several lines: nothing more is to be asked for.
    case entry(String)
    /// Ctrl-D, or nothing more to read.
    case end
    /// Ctrl-C.
    case interrupted
}

/// What an editor wants to know of the text while it is typed.
struct EntryGuide {
    /// Whether Enter should ask for more lines.
    var isIncomplete: (String) -> Bool
    /// What Tab offers; offsets are those of UTF-8.
    var complete: (String, Int) -> Completion
    /// The signature of the call around the cursor.
    var signature: (String, Int) -> SignatureHint?
}
