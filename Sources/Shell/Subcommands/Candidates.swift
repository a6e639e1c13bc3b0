import ArgumentParser
import Kernel

/// What can stand where the cursor is on the calling shell's command line, from the declarations of the options.
struct Candidates {
    private(set) var words: [String] = []
    /// The ending of the files that fit, "" for any file, nil for none.
    private(set) var fileEnding: String?

    /// - Parameter line: the words after the program's name up to the one at the cursor, which may be empty.
    init(after line: [String]) { gather(after: line) }

    private mutating func gather(after line: [String]) {
        let earlier = line.dropLast()
        var rest = earlier.first == "run" ? earlier.dropFirst() : earlier
        let hasRun = rest.count < earlier.count
        let options =
            hasRun ? CommandLineOption.all(of: RunWords.self) : CommandLineOption.all(of: CommandLineWords.self)
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest = rest.dropFirst()
            if word == "--" { return offerScripts() }
            guard let option = options.first(where: { $0.names.contains(word) }), option.takesValue else { continue }
            if rest.isEmpty { return offerValues(of: option) }
            rest = rest.dropFirst()
            if rest.first == "run" { rest = rest.dropFirst() }
        }
        guard let name = rest.first else {
            offerScripts()
            words += hasRun ? [] : ["run"] + Subcommands.all.map(Subcommands.name(of:))
            return offer(options, if: line.last)
        }
        if let type = Subcommands.named(name), !hasRun {
            offerArguments(of: type, after: rest.dropFirst(), current: line.last)
        } else {
            fileEnding = ""
        }
    }

    /// As the scripts of `Completions` read them.
    var lines: String {
        let files = fileEnding.map { [$0.isEmpty ? ":files" : ":files \($0)"] } ?? []
        return (words + files).map { $0 + "\n" }.joined()
    }

    private mutating func offerScripts() { fileEnding = "lua" }

    private mutating func offer(_ options: [CommandLineOption], if current: String?) {
        guard current?.hasPrefix("-") == true else { return }
        (words, fileEnding) = (options.flatMap(\.names), nil)
    }

    private mutating func offerValues(of option: CommandLineOption) {
        words = option.values
        if option.takesFile { fileEnding = "" }
    }

    private mutating func offerArguments(
        of type: any ParsableCommand.Type, after earlier: ArraySlice<String>, current: String?
    ) {
        let nested = type.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        if let word = earlier.first, let chosen = nested.first(where: { $0.configuration.commandName == word }) {
            return offerArguments(of: chosen, after: earlier.dropFirst(), current: current)
        }
        if !nested.isEmpty {
            words = nested.compactMap { $0.configuration.commandName }
            return
        }
        let all = CommandLineOption.all(of: type)
        if let last = earlier.last, let option = all.first(where: { $0.names.contains(last) }), option.takesValue {
            return offerValues(of: option)
        }
        for argument in all where argument.names.isEmpty { offerValues(of: argument) }
        if words.isEmpty, fileEnding == nil { fileEnding = "" }
        offer(all.filter { !$0.names.isEmpty }, if: current)
    }
}

/// An option or argument as the parser's own description of a command has it.
struct CommandLineOption {
    /// With their dashes; empty for an argument without a name.
    let names: [String]
    let takesValue: Bool
    /// The choices, when there are some.
    let values: [String]
    let takesFile: Bool

    static func all(of command: any ParsableCommand.Type) -> [CommandLineOption] {
        guard let description = try? JSON(parsing: command._dumpHelp()) else { return [] }
        return (description["command"]?["arguments"]?.list ?? []).compactMap(CommandLineOption.init)
    }

    private init?(_ description: JSON) {
        guard description["shouldDisplay"] != .flag(false) else { return nil }
        names = (description["names"]?.list ?? []).compactMap { name in
            name["name"]?.text.map { (name["kind"]?.text == "long" ? "--" : "-") + $0 }
        }
        takesValue = description["kind"]?.text == "option"
        values = (description["allValues"]?.list ?? []).compactMap(\.text)
        takesFile = description["completionKind"]?["file"] != nil
    }
}
