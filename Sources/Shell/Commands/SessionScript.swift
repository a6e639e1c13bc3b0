import Bindings
import Kernel

/// The entries of a session as a file of Lua, and a file of Lua as entries.
///
/// A script has an empty line between entries; a notebook has a header and a cell for each (`-- %%`).
struct SessionScript {
    let inputs: [Conversation.Input]
    let interpreter: Interpreter
    /// The files that `:load` ran.
    var files: [LoadedFile] = []
    /// Whether entries that failed stand in it as comments.
    var showsFailures = false

    /// The entries as a script.
    var script: String { parts.map { $0 + "\n" }.joined(separator: "\n") }

    /// The entries as a notebook under a title.
    func notebook(title: String, seed: Int) -> String {
        let cells = parts.map { Notebook.Cell(source: $0) }
        return Notebook(header: Notebook.header(title: title, seed: seed), cells: cells).text
    }

    /// How many entries the file has.
    var count: Int { parts.count }

    private var parts: [String] { inputs.compactMap(part) }

    private func part(_ input: Conversation.Input) -> String? {
        guard input.outcome == .done else { return showsFailures ? comment("failed: " + trimmed(input.text)) : nil }
        if let code = input.code { return comment(trimmed(input.text)) + "\n" + (lua(code) ?? comment(code)) }
        switch Entry(input.text) {
        case .code(let text): return lua(text) ?? comment(text)
        case .command(let name, let argument): return part(command: name, argument, input.text)
        case .shell: return comment(trimmed(input.text))
        case .help, .definition, .farewell: return nil
        }
    }

    /// Code that a command ran stays code, a loaded file stands as its text, commands that change something stand as
    /// comments, those that only look are left out.
    private func part(command name: String, _ argument: String, _ text: String) -> String? {
        switch Command.named(name)?.name {
        case "time": return lua(argument)
        case "profile":
            var argument = CommandArgument(argument)
            _ = try? argument.value("-o")
            return lua(argument.rest)
        case "load": return loaded(expandedPath(argument)).map { comment(trimmed(text)) + "\n" + $0 }
        case "cd", "forget", "set", "shell": return comment(trimmed(text))
        default: return nil
        }
    }

    /// What a loaded file did: its text, so that its top-level locals reach what follows.
    private func loaded(_ path: String) -> String? { files.first { $0.path == path }.flatMap { lua($0.text) } }

    private func lua(_ text: String) -> String? {
        let isLua = { (text: String) in (try? interpreter.check(text + "\n")) != nil }
        return EntrySource(trimmed(text)).script(isLua)
    }

    private func comment(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { "-- " + $0 }.joined(separator: "\n")
    }

    /// The entries of a file: its cells of code, or without cells what empty lines separate. What is only comments is left
    /// out.
    static func entries(of text: String, isIncomplete: (String) -> Bool) -> [String] {
        let reader = NotebookReader(text)
        let entries =
            reader.hasMarkers
            ? reader.notebook.cells.filter { $0.kind == .code }.map(\.source)
            : paragraphs(reader.source.lines, isIncomplete: isIncomplete)
        return entries.map(trimmed).filter { !LuaOutline($0).entries.isEmpty }
    }

    private static func paragraphs(_ lines: [String], isIncomplete: (String) -> Bool) -> [String] {
        var entries: [String] = [], current: [String] = []
        for line in lines + [""] {
            if line.allSatisfy(\.isWhitespace), !isIncomplete(current.joined(separator: "\n")) {
                entries.append(current.joined(separator: "\n"))
                current = []
            } else {
                current.append(line)
            }
        }
        return entries + [current.joined(separator: "\n")]
    }
}
