import TestSupport
import Testing

@testable import Shell

/// What the user's own shell offers after `assay`.
@Suite struct CompletionScriptTests {
    @Test("candidates follow from the place in the line")
    func candidates() {
        let subcommands = ["run"] + Subcommands.all.map(Subcommands.name(of:))
        let table: [(line: [String], words: [String], files: String?)] = [
            ([""], subcommands, "lua"),
            (["run", ""], [], "lua"),
            (["--color", ""], ["auto", "always", "never"], nil),
            (["--seed", "3", "--color", "al"], ["auto", "always", "never"], nil),
            (["--history", ""], [], ""),
            (["--seed", ""], [], nil),
            (["-e", "x = 1", ""], subcommands, "lua"),
            (["s.lua", ""], [], ""),
            (["s.lua", "-"], [], ""),
            (["--", ""], [], "lua"),
            (["completions", ""], ["bash", "zsh", "fish"], nil),
            (["./completions", ""], [], ""),
            (["kernel", ""], ["install", "uninstall"], nil),
            (["kernel", "install", "-"], ["--user", "--sys-prefix", "--prefix", "--name", "-h", "--help"], nil),
        ]
        for (line, words, files) in table {
            let candidates = Candidates(after: line)
            #expect(candidates.words == words && candidates.fileEnding == files, "\(line)")
        }
    }

    @Test("every option of the program is offered after a dash")
    func options() {
        let words = Candidates(after: ["-"]).words
        for option in ["-e", "-l", "-i", "-E", "-W", "--seed", "--threads", "--json", "-q", "--quiet", "--color", "-v"]
        {
            #expect(words.contains(option), "\(option)")
        }
        #expect(!words.contains("run"))
    }

    /// What a real bash offers for a line in a directory with scripts.
    private func completed(_ line: String) throws -> [String] {
        let directory = try TemporaryDirectory()
        for name in ["attack.lua", "two words.lua", "notes.txt", "run.lua"] { directory.write(name, "") }
        let script = """
            cd "$1"; assay() { "$0" "$@"; }; eval "$("$0" completions bash)"
            COMP_LINE=$2; read -ra COMP_WORDS <<< "$COMP_LINE"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=("")
            COMP_WORDS[0]=$0; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_POINT=${#COMP_LINE}
            compopt() { :; }
            [[ $(complete -p assay) == "complete -F _assay assay" ]] || echo "not installed"
            _assay assay "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            (( ${#COMPREPLY[@]} )) && printf '%s\\n' "${COMPREPLY[@]}"
            """
        let run = try TestSupport.run(
            "/bin/bash", ["--norc", "-c", script, Assay.binary, directory.path, line],
            environment: Assay.environment())
        #expect(run.errors == "")
        return run.output.split(separator: "\n").map(String.init).sorted()
    }

    @Test("bash completes scripts, subcommands, options and their values")
    func bash() throws {
        #expect(try completed("assay r") == ["render", "run", "run.lua"])
        #expect(try completed("assay run ") == ["attack.lua", "run.lua", "two words.lua"])
        #expect(try completed("assay att") == ["attack.lua"])
        #expect(try completed("assay attack.lua n") == ["notes.txt"])
        #expect(try completed("assay --color a") == ["always", "auto"])
        #expect(try completed("assay --se") == ["--seed"])
        #expect(try completed("assay completions ") == ["bash", "fish", "zsh"])
    }
}
