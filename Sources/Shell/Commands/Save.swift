import Kernel

extension Command {
    /// `:save file.lua`
    static let save = Command(
        "save", usage: "[-a] [-n] [!] file", "Write the entries of the session as a script or a notebook.",
        details: """
            What succeeded stands in it as it was typed, except that expressions are shown with show(...), as the prompt \
            shows them. Commands that change something become comments; a file that :load ran stands as its text, so that its locals \
            reach what follows. With -a entries that failed stand \
            in it as comments.

            A name that ends in .nb.lua, or -n, makes a notebook: a header and a cell (-- %%) for each entry. A file that \
            exists is replaced by :save! only. :replay performs the entries of a file again.
            """,
        example: ":save! session.lua", argument: .file
    ) { conversation, argument in
        var argument = CommandArgument(argument), all = false, isNotebook = false, replaces = false
        while true {
            if argument.flag("-a") {
                all = true
            } else if argument.flag("-n") {
                isNotebook = true
            } else if argument.flag("!") {
                replaces = true
            } else {
                break
            }
        }
        try argument.refuseOptions()
        let path = expandedPath(try argument.required("a file's name"))
        var script = SessionScript(
            inputs: conversation.inputs, interpreter: conversation.interpreter, files: conversation.loadedFiles)
        script.showsFailures = all
        guard script.count > 0 else { throw CommandError(":save: nothing to save yet") }
        let name = String(path.split(separator: "/").last ?? "session")
        let text =
            isNotebook || name.hasSuffix(".nb.lua")
            ? script.notebook(title: String(name.prefix { $0 != "." }), seed: Session.currentSeed) : script.script
        do { try write(text, to: path, of: ":save", replacing: replaces) } catch let error as CommandError {
            guard !replaces, error.description.hasSuffix("File exists") else { throw error }
            throw CommandError(":save: \(path) exists; :save! \(path) replaces it")
        }
        TrustStore().noteMade(path)
        conversation.say("wrote \(script.count) \(script.count == 1 ? "entry" : "entries") to \(path)")
    }
}
