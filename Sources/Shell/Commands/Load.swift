import Bindings
import Glibc
import Kernel

extension Command {
    /// `:load file.lua`
    static let load = Command(
        "load", usage: "file", "Run a file as if it had been typed at the prompt.",
        details: """
            Its variables stay, top-level locals too unless :set locals is off, and the value of a last expression is \
            shown. Errors point into the file. :reload runs it again when it has changed.

            A notebook is opened and not run: :cells lists its cells, :next and :cell run them. :reload reads it again.
            """,
        example: ":load setup.lua", argument: .file
    ) { conversation, argument in
        let path = expandedPath(try CommandArgument(argument).required("a file's name"))
        try conversation.load(path)
    }

    /// `:reload`
    static let reload = Command(
        "reload", usage: "[-a]", "Run those of the loaded files again that have changed.",
        details: "With -a all of them, in the order in which they were loaded first.", example: ":reload"
    ) { conversation, argument in
        var argument = CommandArgument(argument)
        let all = argument.flag("-a")
        try argument.refuseMore()
        guard !conversation.loadedFiles.isEmpty || conversation.notebook != nil else {
            throw CommandError(":reload: no file was loaded; :load file does")
        }
        let changed = conversation.loadedFiles.filter { all || $0.stamp != FileStamp($0.path) }
        let reads = conversation.notebook.map { all || $0.stamp != FileStamp($0.path) } ?? false
        if changed.isEmpty, !reads { conversation.say("no loaded file has changed") }
        if reads, let path = conversation.notebook?.path { try conversation.load(path) }
        for file in changed {
            conversation.say("loading \(file.path)")
            try conversation.load(file.path)
        }
    }
}

/// A file that `:load` ran, as it was then.
struct LoadedFile {
    let path: String
    /// Without a first line that is for the system.
    let text: String
    let stamp: FileStamp?
}

/// What tells that a file has changed.
struct FileStamp: Equatable {
    let seconds: Int, nanoseconds: Int, size: Int, number: UInt

    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        (size, number) = (status.st_size, status.st_ino)
    }
}

extension Conversation {
    /// Runs a file in the session and remembers it for `:reload`, whether it ends well or not.
    fileprivate func load(_ path: String) throws {
        let stamp = FileStamp(path), whole = try textOfFile(path, for: ":load")
        if Notebook.isNotebook(whole) { return try open(notebook: path, whole, stamp) }
        let text = whole.hasPrefix("#") ? String(whole.drop { $0 != "\n" }) : whole
        let file = LoadedFile(path: path, text: text, stamp: stamp)
        if let place = loadedFiles.firstIndex(where: { $0.path == path }) {
            loadedFiles[place] = file
        } else {
            loadedFiles.append(file)
        }
        let outcome = evaluator.evaluate(file: path, text)
        if outcome != .done { throw ReportedFailure(outcome) }
    }
}

extension Evaluator {
    /// Evaluates a file as an entry of the prompt.
    func evaluate(file path: String, _ text: String) -> Outcome {
        let entry = EntrySource(text + "\n", promotesLocals: promotesLocals)
        return attempt {
            try run(entry, name: "@" + path, number: nil)
            for note in entry.notes { complain(note, kind: "note") }
        }
    }
}
