/// Text made safe for Markdown as GitHub reads it.
public enum Markdown {
    /// Words with everything that Markdown would read as markup escaped; `code` between backquotes stays code, and
    /// becomes a link where `link` knows what it names.
    static func text(_ text: String, inTable: Bool = false, link: (String) -> String? = { _ in nil }) -> String {
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false)
        guard pieces.count % 2 == 1 else { return escaped(text, inTable) }
        return pieces.enumerated().map { index, piece in
            guard index % 2 == 1 else { return escaped(String(piece), inTable) }
            return linked(code(String(piece), inTable: inTable), link(String(piece.drop { $0 == "?" })))
        }.joined()
    }

    /// A code span, with enough backquotes around it.
    static func code(_ text: String, inTable: Bool = false) -> String {
        guard !text.isEmpty else { return "" }
        let text = inTable ? text.map { $0 == "|" ? "\\|" : String($0) }.joined() : text
        guard text.contains("`") else { return "`\(text)`" }
        return "`` \(text) ``"
    }

    /// A block of code.
    static func block(_ code: String, language: String = "lua") -> String {
        var fence = "```"
        while !cut(code + " ", at: fence).after.isEmpty { fence += "`" }
        return "\(fence)\(language)\n\(code)\n\(fence)"
    }

    static func linked(_ label: String, _ target: String?) -> String { target.map { "[\(label)](\($0))" } ?? label }

    /// The anchor that a heading gets: lower case, without punctuation, words joined by hyphens.
    public static func anchor(_ heading: String) -> String {
        var anchor = ""
        for character in heading.lowercased() {
            if character.isLetter || character.isNumber || character == "_" || character == "-" {
                anchor.append(character)
            } else if character == " " {
                anchor.append("-")
            }
        }
        return anchor
    }

    static func escaped(_ text: String, _ inTable: Bool = false) -> String {
        var out = ""
        for character in text {
            switch character {
            case "\\", "`", "*", "_", "[", "]", "<", ">", "&", "#", "~", "$": out += "\\\(character)"
            case "|": out += inTable ? "\\|" : "|"
            case "\n": out += " "
            default: out.append(character)
            }
        }
        return out
    }
}

extension Page {
    /// The page as Markdown of its own, without links.
    public func markdown() -> String { markdown(level: 2) { _ in nil } }

    /// The page as Markdown.
    /// - Parameters:
    ///   - level: of the heading.
    ///   - link: the target of a name, nil when no page has it.
    func markdown(level: Int = 1, link: (String) -> String?) -> String {
        let heading = String(repeating: "#", count: level) + " " + Markdown.escaped(name)
        return ([heading] + parts.map { $0.markdown(on: name, link) }.filter { !$0.isEmpty }).joined(separator: "\n\n")
    }
}

extension Page.Part {
    fileprivate func markdown(on page: String, _ link: (String) -> String?) -> String {
        switch self {
        case .signature(let text):
            return text == page ? "" : Markdown.block(wrappedSignature(text, to: 84).joined(separator: "\n"))
        case .text(let text): return Markdown.text(text, link: link)
        case .title(let title): return "**\(Markdown.escaped(title.capitalizedFirst))**"
        case .rows(let rows): return table(rows, link)
        case .names(let title, let names):
            let links = names.map { name in
                Markdown.linked(Markdown.code(name), link("\(page):\(name)") ?? link("\(page).\(name)") ?? link(name))
            }
            return "- **\(Markdown.escaped(title))**: \(links.joined(separator: " "))"
        case .code(let code): return Markdown.block(code)
        case .example(let code): return "**Example**\n\n" + Markdown.block(code)
        case .fact(let label, let text):
            return "**\(label.capitalizedFirst):** " + fact(text, link)
        case .related(let names):
            let links = names.map { name in
                let plain = name.hasPrefix("?") ? String(name.dropFirst()) : name
                return Markdown.linked(Markdown.code(plain), link(plain))
            }
            return "**See also:** " + links.joined(separator: ", ")
        }
    }

    /// A type that begins the text is a link to it: `Attack: an attack with its budget`.
    private func fact(_ text: String, _ link: (String) -> String?) -> String {
        let (type, rest) = cut(text, at: ": ")
        guard let target = link(type) else { return Markdown.text(text, link: link) }
        return Markdown.linked(Markdown.code(type), target)
            + (rest.isEmpty ? "" : ": " + Markdown.text(rest, link: link))
    }

    private func table(_ rows: [Page.Row], _ link: (String) -> String?) -> String {
        let hasTypes = rows.contains { !$0.type.isEmpty }
        let head = hasTypes ? "| name | type | meaning |\n| --- | --- | --- |" : "| name | meaning |\n| --- | --- |"
        let lines = rows.map { row in
            let target = row.target ?? (row.name.hasPrefix("?") ? String(row.name.dropFirst()) : nil)
            let name = Markdown.linked(Markdown.code(row.name, inTable: true), target.flatMap(link))
            let type = hasTypes ? " | " + Markdown.code(row.type, inTable: true) : ""
            return "| \(name)\(type) | \(Markdown.text(row.text, inTable: true, link: link)) |"
        }
        return ([head] + lines).joined(separator: "\n")
    }
}

extension String {
    /// With an upper-case first letter.
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
