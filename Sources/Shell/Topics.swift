import Bindings

extension Reference {
    /// What only the shell knows: its commands, and subjects around the prompt and the command line.
    static let shellTopics =
        Command.all.map(Topic.init) + [
            .prompt, .editing, .history, .results, .locals, .debugging, .scripts, .jupyter, .commandLine, .exitCodes,
            .configuration,
        ]
}

extension Topic {
    /// The page of a command, from its declaration.
    init(_ command: Command) {
        self.init(
            ":" + command.name, .command, aliases: command.aliases.filter(isWord).map { ":" + $0 },
            usage: command.synopsis, command.summary, details: command.details, example: command.example)
    }

    fileprivate static let prompt = Topic(
        "prompt", .subject, aliases: ["shell", "repl"],
        "What may be typed at the prompt.",
        details: """
            * code -- Lua; the value of an expression is shown unless the entry ends in ;
            * ?name, name? -- help; `?topics` lists what can be asked
            * ??name -- the definition of a function
            * :name -- a command; `?:help` lists them
            * $ line -- a line for the system's shell; x = $ line puts what it writes into a variable
            * exit, quit, Ctrl-D -- leaves

            Code that is not finished asks for more lines; an empty line ends it whatever is missing. Top-level locals \
            last until the session ends. What a name alone shows is short; x:text{full = true} and `show` say more.
            """)

    fileprivate static let editing = Topic(
        "editing", .subject, aliases: ["keys", "readline"],
        "Keys at the prompt are those of GNU readline, and follow the user's inputrc.",
        details: """
            * Tab -- completes names, fields, methods after a colon, options in calls, files in strings; twice lists them
            * Enter -- runs the entry when it is whole, otherwise begins another line
            * Up, Down -- moves inside an entry of several lines, then through the history
            * Ctrl-R -- searches the history backwards
            * Ctrl-A, Ctrl-E -- beginning and end of the line
            * Ctrl-W, Ctrl-U, Ctrl-K, Ctrl-Y -- cuts a word, to the beginning, to the end; puts it back
            * Ctrl-C -- clears what is typed, or ends what runs
            * Ctrl-D -- leaves, on an empty line

            A pasted block is one entry however many lines it has, and prompts pasted along with code are dropped. \
            `$if assay` in ~/.inputrc begins settings for this program alone; `set editing-mode vi` is one.
            """)

    fileprivate static let history = Topic(
        "history", .subject, "Entries of earlier sessions, kept in a file of JSON lines.",
        details: """
            The file is history.jsonl in $XDG_STATE_HOME/assay, or ~/.local/state/assay. Sessions that run at once add to it \
            line by line and lose nothing of each other. What begins with a space is not recorded. The option --history \
            names another file, or none.
            """)

    fileprivate static let results = Topic(
        "results", .subject, aliases: ["_", "Out", "In", "last-result"], "Values and texts of earlier entries.",
        details: """
            * _, __, ___ -- the last value that was shown, the one before, and the one before that
            * Out[3] -- the value of the entry In[3]
            * In[3] -- its text

            Small values are kept. What holds 1 MiB or more is not kept alive by having been shown: when nothing else \
            holds it, a summary of it is left. `?:forget` and `?:mem` say who holds memory. After Ctrl-C, `_` is what \
            the interrupted work had finished.
            """)

    fileprivate static let locals = Topic(
        "locals", .subject, aliases: ["promotion"], "Local variables at the prompt outlive their entry.",
        details: """
            A local that stands in no block becomes a variable of the session, so that a script can be pasted, or typed \
            line by line, and its variables are there afterwards. The word local is replaced by spaces before compiling; \
            nothing else moves. Functions and blocks keep their locals. <const> and <close> mean nothing for such \
            variables; a note says so. What is shadowed is replaced: after local print = f the global print is f, and \
            functions that used an earlier local of the same name see the new value. `:set locals off` leaves locals alone.
            """)

    fileprivate static let debugging = Topic(
        "debugging", .subject, aliases: ["error-messages", "tracebacks"],
        "How errors are shown, and what can be asked of them.",
        details: """
            The message names the entry or file and the line. Below it stand that line with those around it, a caret under \
            the word that the message speaks of where it can be told, what a function expects, the nearest name for a \
            misspelt one, and the calls that led there, innermost first, those of native code left out. The text is the \
            one that was compiled, even when the file has changed since. `:debug` shows the variables of these calls. In \
            code, pcall gives Lua's own messages.
            """)

    fileprivate static let scripts = Topic(
        "scripts", .subject, aliases: ["arguments-of-scripts"], "Lua files, run as lua runs them.",
        details: """
                assay study.lua --eps 0.1
                assay -e 'print(data.list()[1])'
                echo 'print(1)' | assay

            A script's words are in `...` and in the table arg. script.args{eps = 8/255} declares options with defaults; \
            the script then answers --help and refuses what it does not know. Results go to standard output, errors to \
            standard error; `?exit-codes` says how it ends. A first line that begins with # is skipped.
            """)

    fileprivate static let commandLine = Topic(
        "command-line", .subject, aliases: ["options-of-the-program", "assay"],
        "Options and subcommands of the program.",
        details: """
            assay --help lists the options. Subcommands:

            """ + "\n"
                + Subcommands.all.map { type in
                    "* assay \(Subcommands.name(of: type)) -- \(type.configuration.abstract)"
                }.joined(separator: "\n"))

    fileprivate static let jupyter = Topic(
        "jupyter", .subject, aliases: ["kernel", "vscode"],
        "Cells of Jupyter, VS Code and other clients, after assay kernel install.",
        details: """
            What works at the prompt works in a cell: the value of a last expression is shown unless a ; ends it, locals \
            last, ?name and ??name explain, commands with a colon and $ lines do what they do here. Pictures, figures and \
            tables are shown as such. io.read asks the user of the client. Stop and restart work whatever runs, and what \
            interrupted work had finished is in _.

                assay kernel install
                assay kernel install --sys-prefix
                assay kernel uninstall
            """)

    fileprivate static let exitCodes = Topic(
        "exit-codes", .subject, aliases: ["exit-code", "exit-status"],
        "How the program ends, as the calling shell sees it.",
        details: ExitStatus.allCases.map { "* \($0.rawValue) -- \($0.meaning)" }.joined(separator: "\n"))

    fileprivate static let configuration = Topic(
        "configuration", .subject, aliases: ["environment", "settings", "environment-variables"],
        "Environment variables and files that the program heeds. Nothing is ever read from the working directory.",
        details: """
            * ASSAY_INIT -- Lua to run first, or @file
            * ASSAY_DATA -- a folder with a folder per published data set
            * ASSAY_FASHION_MNIST, ASSAY_MNIST -- folders of IDX files
            * ASSAY_CIFAR10, ASSAY_CIFAR100 -- folders of the binary versions
            * LUA_PATH, LUA_CPATH -- where require looks
            * OMP_NUM_THREADS -- threads of native work; --threads and `:set threads` change it
            * NO_COLOR -- no colours; so does TERM=dumb
            * COLORTERM -- truecolor shows pictures in 24-bit colours
            * XDG_CONFIG_HOME -- its assay/init.lua runs before the first prompt (~/.config)
            * XDG_STATE_HOME -- its assay/history.jsonl is the history (~/.local/state)
            * INPUTRC -- readline's settings (~/.inputrc)

            `:set` lists the settings of the session.
            """)
}

/// Whether it is typed as a name.
private func isWord(_ name: String) -> Bool { name.first?.isLetter == true }
