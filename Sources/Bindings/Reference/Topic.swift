/// Something that help knows besides what Lua can call: a command of the prompt, a warning, a word of Lua, a subject.
///
/// Commands and subjects of the prompt are given by the shell through `Interpreter.addTopics`.
public struct Topic: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// `reproducibility`
        case subject
        /// `:timeit`
        case command
        /// `W07`
        case warning
        /// `for`, `goto`
        case keyword
        /// `string.format`
        case library
    }
    /// As one asks for it: `reproducibility`, `:timeit`, `W07`, `for`, `string.format`.
    public let name: String
    public let kind: Kind
    /// Other names that find it.
    public let aliases: [String]
    /// How it is written, `:timeit [expression]`; empty for subjects.
    public let usage: String
    /// A sentence.
    public let summary: String
    /// More, as `Markup`; may be empty.
    public let details: String
    /// A line that works at the prompt.
    public let example: String
    public let source: String

    public init(
        _ name: String, _ kind: Kind, aliases: [String] = [], usage: String = "", _ summary: String,
        details: String = "", example: String = "", source: String = ""
    ) {
        (self.name, self.kind, self.aliases, self.usage) = (name, kind, aliases, usage)
        (self.summary, self.details, self.example, self.source) = (summary, details, example, source)
    }
}

/// The little that the texts of topics need, written as plain text:
/// paragraphs between empty lines, code indented by four spaces, rows `* name -- meaning`, titles `# title`.
enum Markup {
    static func parts(_ text: String) -> [Page.Part] {
        var parts: [Page.Part] = [], block: [Substring] = []
        func end() {
            if let part = part(block) { parts.append(part) }
            block = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy({ $0 == " " }) || (line.hasPrefix("# ") && !block.isEmpty) { end() }
            if line.contains(where: { $0 != " " }) { block.append(line) }
            if line.hasPrefix("# ") { end() }
        }
        end()
        return parts
    }

    private static func part(_ block: [Substring]) -> Page.Part? {
        guard let first = block.first else { return nil }
        if first.hasPrefix("# ") { return .title(String(first.dropFirst(2))) }
        if first.hasPrefix("    ") { return .code(block.map { String($0.dropFirst(4)) }.joined(separator: "\n")) }
        if first.hasPrefix("* ") { return .rows(rows(block)) }
        return .text(block.joined(separator: " "))
    }

    /// A line that begins with `* ` starts a row; the others go on with it.
    private static func rows(_ block: [Substring]) -> [Page.Row] {
        var texts: [String] = []
        for line in block {
            if line.hasPrefix("* ") {
                texts.append(String(line.dropFirst(2)))
            } else if !texts.isEmpty {
                texts[texts.count - 1] += " " + line.drop { $0 == " " }
            }
        }
        return texts.map { text in
            let (name, meaning) = cut(text, at: " -- ")
            return Page.Row(trimmedEnd(name), meaning)
        }
    }
}

/// What stands before and after the first occurrence of a separator; all before when there is none.
func cut(_ text: String, at separator: String) -> (before: String, after: String) {
    let bytes = Array(text.utf8), mark = Array(separator.utf8)
    guard bytes.count >= mark.count else { return (text, "") }
    for start in 0...(bytes.count - mark.count) where bytes[start..<start + mark.count].elementsEqual(mark) {
        return (
            String(decoding: bytes[..<start], as: UTF8.self),
            String(decoding: bytes[(start + mark.count)...], as: UTF8.self)
        )
    }
    return (text, "")
}
