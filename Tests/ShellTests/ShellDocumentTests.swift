import Foundation
import Testing

/// The comparison in `docs/shell.md` rests on tests; this one holds it to them.
@Suite struct ShellDocumentTests {
    private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The rows of the table of features without its head.
    private func rows() throws -> [[String]] {
        let page = try String(contentsOf: root.appending(path: "docs/shell.md"), encoding: .utf8)
        let lines = page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasPrefix("| --- ") }
        return lines.dropFirst().prefix { $0.split(separator: "|").count == 9 }.map { line in
            line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        }
    }

    private func sources() throws -> String {
        let tests = root.appending(path: "Tests")
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)?.compactMap {
            $0 as? URL
        }
        return try (files ?? []).filter {
            $0.pathExtension == "swift" && $0.lastPathComponent != "ShellDocumentTests.swift"
        }
        .map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    }

    @Test("every cell of Assay's in the table of features names tests, and they exist")
    func cellsAreBacked() throws {
        let rows = try rows(), sources = try sources()
        #expect(rows.count > 35)
        for row in rows {
            let names = row[8].matches(of: /"([^"]* [^"]*)"/).map { String($0.1) }
            #expect(!names.isEmpty, "\(row[0]) names no test")
            for name in names {
                let exists = sources.contains("\"\(name)\"")
                #expect(exists, "there is no test \"\(name)\"")
            }
        }
    }
}
