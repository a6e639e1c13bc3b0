import Glibc
import Testing
import TestSupport

@testable import Bindings

/// The examples of the declarations, run as a user would type them.
@Suite struct ExampleTests {
    private static let catalogue = Catalogue.all

    /// The lines that define what examples use, as `?examples` shows them.
    static let prelude = Topic.exampleLines.map {
        $0.hasPrefix("fashion = ") ? ExampleFiles.quickFashion : $0
    }

    @Test("every example runs")
    func examples() throws {
        try withPrelude { lua in
            for function in Self.catalogue.functions where !function.example.isEmpty {
                run(function.example, in: lua, of: function.signature.name)
            }
        }
    }

    @Test("the code in the texts of subjects runs")
    func subjects() throws {
        for topic in Topic.subjects where topic.name != "examples" {
            try withPrelude { lua in
                for case .code(let code) in Markup.parts(topic.details) {
                    for line in code.split(separator: "\n").joinedWhereIndented where !line.hasPrefix("fashion =") {
                        run(line, in: lua, of: topic.name)
                    }
                }
            }
        }
    }

    /// In a folder with the files that examples read, and with the variables that they use.
    private func withPrelude(_ body: (Interpreter) throws -> Void) throws {
        let folder = try TemporaryDirectory()
        let here = String(cString: getcwd(nil, 0))
        ExampleFiles.write(in: folder.path)
        #expect(chdir(folder.path) == 0)
        defer { chdir(here) }
        let lua = try Interpreter()
        lua.output = { _ in }
        try lua.run("print = function() end")
        for line in Self.prelude where !line.isEmpty { run(line, in: lua, of: "the prelude") }
        try body(lua)
    }

    private func run(_ example: String, in lua: Interpreter, of name: String) {
        do {
            try lua.evaluate(example, name: "=example") { _ in }
        } catch {
            Issue.record("\(name): \(example)\n\(error)")
        }
    }

    @Test("every function, method and field has an example")
    func complete() {
        let lacking = Self.catalogue.functions.filter { $0.example.isEmpty }.map(\.signature.name)
        #expect(lacking == [])
    }
}

extension [Substring] {
    /// Lines, those that begin with spaces added to the one before.
    fileprivate var joinedWhereIndented: [String] {
        reduce(into: []) { lines, line in
            if line.hasPrefix(" "), !lines.isEmpty {
                lines[lines.count - 1] += "\n" + line
            } else {
                lines.append(String(line))
            }
        }
    }
}
