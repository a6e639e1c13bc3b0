import ArgumentParser
import Kernel

/// `assay completions bash`: a script for the user's shell, which asks the program itself at each Tab.
struct Completions: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: "Write a completion script for a shell: bash, zsh or fish.",
        discussion: """
            bash: eval "$(assay completions bash)" in ~/.bashrc
            zsh:  eval "$(assay completions zsh)" in ~/.zshrc, after compinit
            fish: assay completions fish | source in ~/.config/fish/config.fish
            """)

    enum Target: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "The shell.")
    var shell: Target?

    /// `--candidates` and the words of a command line: what the scripts ask.
    @Argument(parsing: .captureForPassthrough, help: .hidden)
    var question: [String] = []

    func validate() throws {
        if shell == nil { throw ValidationError("completions: which shell? bash, zsh or fish") }
        if let word = question.first, word != "--candidates" { throw ValidationError("unexpected argument '\(word)'") }
    }

    func perform() throws -> ExitStatus {
        if let shell, question.isEmpty { print(shell.script) }
        if !question.isEmpty { print(Candidates(after: Array(question.dropFirst())).lines, terminator: "") }
        return .ok
    }
}

extension Completions.Target {
    /// The shell asks the program with the words up to the cursor. A line `:files` or `:files lua` in the answer
    /// asks the shell for its own completion of paths.
    var script: String {
        switch self {
        case .bash:
            """
            _assay() {
                local line current="${COMP_WORDS[COMP_CWORD]}"
                COMPREPLY=()
                while IFS= read -r line; do
                    case "$line" in
                    ":files lua") compopt -o filenames
                        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -X '!*.lua' -- "$current"; compgen -d -- "$current") ;;
                    ":files") compopt -o filenames
                        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$current") ;;
                    *) [[ $line == "$current"* ]] && COMPREPLY+=("$line") ;;
                    esac
                done < <("${COMP_WORDS[0]}" completions bash --candidates "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
            }
            complete -F _assay assay
            """
        case .zsh:
            """
            _assay() {
                local line
                local -a found
                for line in "${(@f)$("${words[1]}" completions zsh --candidates "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
                    case "$line" in
                    ":files lua") _files -g '*.lua' ;;
                    ":files") _files ;;
                    ?*) found+=("$line") ;;
                    esac
                done
                (( $#found )) && compadd -a found
            }
            compdef _assay assay
            """
        case .fish:
            """
            function __assay_candidates
                set -l words (commandline -opc) (commandline -ct)
                for line in ($words[1] completions fish --candidates $words[2..-1] 2>/dev/null)
                    switch $line
                        case ':files lua'
                            __fish_complete_suffix .lua
                        case ':files'
                            __fish_complete_path (commandline -ct)
                        case '*'
                            echo $line
                    end
                end
            end
            complete -c assay -f -a '(__assay_candidates)'
            """
        }
    }
}
