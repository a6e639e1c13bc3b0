/// Where the prompt's lines come from: a terminal, a pipe, or a test.
protocol LineSource {
    /// Asks for one line without its line end.
    func ask(_ prompt: String) -> LineAnswer
    /// Makes an entry, perhaps of several lines, recallable.
    func remember(_ entry: String)
}

enum LineAnswer: Equatable {
    case line(String)
    /// Ctrl-D, or nothing more to read.
    case end
    /// Ctrl-C.
    case interrupted
}
