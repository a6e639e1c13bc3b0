import Kernel

extension Page {
    /// The page as lines for a screen: nothing is wider than the screen where it can be broken.
    /// - Parameter screen: gives the width; with colours the names stand out.
    public func text(on screen: Screen = .current) -> String {
        var writer = PageWriter(width: min(max(screen.width, 40), 110), isColoured: screen.palette != .none)
        for part in parts {
            if case .names(let title, _) = part { writer.groupWidth = max(writer.groupWidth, title.count + 2) }
        }
        for part in parts { writer.add(part) }
        return writer.lines.joined(separator: "\n")
    }
}

/// Lays out the parts of a page one after the other.
private struct PageWriter {
    let width: Int
    let isColoured: Bool
    /// Room for the names of groups.
    var groupWidth = 12
    var lines: [String] = []
    private var isAfterBlock = false
    private let indent = "  "

    init(width: Int, isColoured: Bool) { (self.width, self.isColoured) = (width, isColoured) }

    mutating func add(_ part: Page.Part) {
        defer { isAfterBlock = part.isBlock }
        switch part {
        case .signature(let text): lines += wrappedSignature(text, to: width).map(bold)
        case .text(let text):
            separate()
            lines += wrapped(text, to: width - 2).map { indent + $0 }
        case .title(let title): lines.append(indent + dim(title))
        case .rows(let rows): lines += table(rows)
        case .code(let code):
            separate()
            lines += code.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }
        case .names(let title, let names):
            labelled(title, wrapped(names.joined(separator: " "), to: width - groupWidth - 2), groupWidth)
        case .example(let code): labelled("example", code.split(separator: "\n").map(String.init))
        case .fact(let label, let text): labelled(label, wrapped(text, to: width - 14))
        case .related(let names): labelled("see also", wrapped(names.joined(separator: ", "), to: width - 14))
        }
    }

    /// An empty line before what is read after something else.
    private mutating func separate() {
        if isAfterBlock { lines.append("") }
    }

    /// `  source    Goodfellow ...`, with the lines below each other.
    private mutating func labelled(_ label: String, _ text: [String], _ width: Int = 12) {
        for (index, line) in text.enumerated() {
            let left = index == 0 ? label : ""
            lines.append(indent + dim(left) + spaces(max(width - left.count, 1)) + line)
        }
    }

    private func table(_ rows: [Page.Row]) -> [String] {
        let names = columnWidth(rows.map(\.name), most: 30)
        let types = rows.allSatisfy(\.type.isEmpty) ? 0 : columnWidth(rows.map(\.type), most: 26)
        let left = 4 + names + 2 + (types > 0 ? types + 2 : 0)
        let right = width - left
        guard right >= 24 else { return rows.flatMap(stacked) }
        return rows.flatMap { row -> [String] in
            var head = "    " + padded(row.name, names) + "  "
            if types > 0 { head += padded(row.type, types) + "  " }
            let isWide = head.count > left
            let lines = wrapped(row.text, to: right)
            guard !isWide else { return broken(trimmedEnd(head), left - types - 2) + lines.map { spaces(left) + $0 } }
            guard let first = lines.first else { return [trimmedEnd(head)] }
            return [head + first] + lines.dropFirst().map { spaces(left) + $0 }
        }
    }

    /// A type with many alternatives in lines that end in `|`.
    private func broken(_ head: String, _ margin: Int) -> [String] {
        var lines: [String] = [], line = ""
        for piece in head.split(separator: "|", omittingEmptySubsequences: false) {
            if line.count + piece.count + 1 > width, line.count > margin {
                lines.append(line)
                line = spaces(margin)
            }
            line += piece + "|"
        }
        return lines + [String(line.dropLast())]
    }

    /// On a narrow screen the text stands below the name.
    private func stacked(_ row: Page.Row) -> [String] {
        let head = "    " + row.name + (row.type.isEmpty ? "" : "  " + row.type)
        return [head] + wrapped(row.text, to: width - 8).map { spaces(8) + $0 }
    }

    private func bold(_ text: String) -> String { isColoured ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
    private func dim(_ text: String) -> String { isColoured && !text.isEmpty ? "\u{1b}[36m\(text)\u{1b}[0m" : text }
}

extension Page.Part {
    /// What is set off by empty lines from paragraphs and code.
    fileprivate var isBlock: Bool {
        switch self {
        case .text, .code, .rows: true
        default: false
        }
    }
}

/// The widest of the cells that are not too wide to share a column.
private func columnWidth(_ cells: [String], most: Int) -> Int {
    cells.map(\.count).filter { $0 <= most }.max() ?? 0
}

/// Broken after commas, with the parameters below each other.
func wrappedSignature(_ text: String, to width: Int) -> [String] {
    guard text.count > width, let open = text.firstIndex(of: "(") else { return [text] }
    let margin = min(text.distance(from: text.startIndex, to: open) + 1, 24)
    var lines: [String] = [], line = ""
    let pieces = argumentPieces(text).flatMap { $0.count > width - margin ? $0.commaPieces : [$0] }
    for piece in pieces {
        if !line.isEmpty, line.count + piece.count > width {
            lines.append(trimmedEnd(line))
            line = spaces(margin)
        }
        line += piece
    }
    return lines + [trimmedEnd(line)]
}

/// A signature cut after each comma between arguments: those inside brackets and quotes hold an argument together.
private func argumentPieces(_ text: String) -> [String] {
    var pieces: [String] = [], piece = "", depth = 0, isQuoted = false
    for character in text {
        piece.append(character)
        switch character {
        case "\"": isQuoted.toggle()
        case "{", "[": depth += 1
        case "}", "]": depth -= 1
        case " " where depth == 0 && !isQuoted && piece.hasSuffix(", "):
            pieces.append(piece)
            piece = ""
        default: break
        }
    }
    return pieces + [piece]
}

extension String {
    /// Cut after every comma.
    fileprivate var commaPieces: [String] {
        split(separator: " ").map { $0.hasSuffix(",") ? $0 + " " : String($0) }
    }
}

/// Words in lines of at most so many characters; longer words stand alone. Runs of two spaces stay together.
func wrapped(_ text: String, to width: Int) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
        var line = ""
        for word in paragraph.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        lines.append(line)
    }
    return lines.last == "" ? lines.dropLast() : lines
}

func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
func padded(_ text: String, _ width: Int) -> String { text + spaces(width - text.count) }
func trimmedEnd(_ text: String) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
}

/// Whether a text is a name as Lua spells variables.
func isIdentifier(_ text: some StringProtocol) -> Bool {
    guard let first = text.utf8.first, !(48...57).contains(first), !LuaLexer.keywords.contains(String(text)) else {
        return false
    }
    return text.utf8.allSatisfy {
        $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
    }
}
