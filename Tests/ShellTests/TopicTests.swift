import Testing

@testable import Bindings
@testable import Shell

@Suite struct ShellTopicTests {
    let reference = Reference(topics: Reference.shellTopics)

    @Test("every command has a page with its synopsis, summary and example, also under its other names")
    func commands() {
        for command in Command.all {
            let pages = reference.subjects(named: ":" + command.name)
            #expect(pages.count == 1, "\(command.name)")
            let text = pages.map { reference.page(of: $0).text() }.joined()
            #expect(text.hasPrefix(command.synopsis) && text.contains(command.example), "\(command.name)")
        }
        #expect(reference.subjects(named: ":quit").map(\.name) == [":q"])
    }

    @Test("every exit code and subcommand stands in its page")
    func listed() {
        let text = Help.text(ofSubject: "exit-codes", in: reference)
        for status in ExitStatus.allCases { #expect(text.contains("    \(status.rawValue) "), "\(status)") }
        let line = Help.text(ofSubject: "command-line", in: reference)
        for type in Subcommands.all { #expect(line.contains("    assay \(Subcommands.name(of: type)) ")) }
    }

    @Test("subjects refer only to what help knows")
    func references() {
        for topic in reference.topics {
            let pieces = topic.details.split(separator: "`", omittingEmptySubsequences: false)
            for (index, piece) in pieces.enumerated() where index % 2 == 1 && piece.hasPrefix("?") {
                let name = String(piece.dropFirst())
                #expect(!reference.subjects(named: name).isEmpty, "\(topic.name): \(name)")
            }
        }
        let names = reference.topics.map(\.name)
        #expect(Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
    }
}

extension Help {
    fileprivate static func text(ofSubject name: String, in reference: Reference) -> String {
        reference.subjects(named: name).map { reference.page(of: $0).text() }.joined(separator: "\n")
    }
}
