import ArgumentParser

/// What a word after `assay` does instead of running a script: one file each, listed in `Subcommands.all`. The library
/// parses what follows the word; dispatch, help and the shells' completion are computed from the list.
protocol Subcommand: ParsableCommand {
    func perform() throws -> ExitStatus
}

/// The subcommands besides `run`, which is the program's own way to run a script.
enum Subcommands {
    static let all: [any Subcommand.Type] = [
        Completions.self,
        Diff.self,
        Docs.self,
        LintFiles.self,
        New.self,
        SandboxScript.self,
        StubFiles.self,
        Trust.self,
        Verify.self,
    ]

    static func named(_ name: String) -> (any Subcommand.Type)? { all.first { self.name(of: $0) == name } }

    static func name(of type: any Subcommand.Type) -> String { type.configuration.commandName ?? "" }

    /// The help of a subcommand, or of the one of its own that the words after it name.
    static func help(of type: any Subcommand.Type, _ words: some Collection<String>) -> String {
        var command: any ParsableCommand.Type = type
        for word in words {
            guard let inner = command.configuration.subcommands.first(where: { $0.configuration.commandName == word })
            else {
                break
            }
            command = inner
        }
        let text = command == type ? type.helpMessage() : type.helpMessage(for: command)
        return text.replacing("USAGE: ", with: "USAGE: assay ", maxReplacements: 1)
    }

    /// One line each for the program's own help.
    static var usage: String {
        all.map { type in
            let call = "assay " + name(of: type)
            return call + String(repeating: " ", count: max(1, 36 - call.count)) + type.configuration.abstract
        }.joined(separator: "\n")
    }
}
