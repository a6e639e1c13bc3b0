import Kernel

/// Reads the small part of YAML that headers are written in: maps in blocks of two spaces, `[a, b]`, `{a: b}`, texts with
/// and without quotes, numbers, flags, comments. Anything else is an error with its line, not a guess.
struct HeaderReader {
    private let lines: [String]
    private let firstLine: Int
    private var next = 0

    init(_ lines: [String], firstLine: Int) { (self.lines, self.firstLine) = (lines, firstLine) }

    mutating func object() throws(NotebookError) -> JSON {
        let value = try map(indentation: 0)
        return value
    }

    private func error(_ message: String, line: Int? = nil) -> NotebookError {
        NotebookError(line: firstLine == 0 ? 0 : firstLine + (line ?? next), "header: " + message)
    }

    // MARK: blocks

    /// The entries at one depth, up to a line that is less indented.
    private mutating func map(indentation: Int) throws(NotebookError) -> JSON {
        if indentation > 64 { throw error("more than 32 maps in one another") }
        var fields: [JSON.Field] = [], names: Set<String> = []
        while let depth = try depthOfNextEntry(), depth >= indentation {
            guard depth == indentation else {
                throw error("indent by \(indentation) spaces here, got \(depth)")
            }
            let field = try entry(indentation: indentation)
            if !names.insert(field.name).inserted {
                throw error("'\(field.name)' stands twice in one map", line: next - 1)
            }
            fields.append(field)
        }
        return .object(fields)
    }

    /// How far the next line that says something is indented; nil at the end.
    private mutating func depthOfNextEntry() throws(NotebookError) -> Int? {
        while next < lines.count {
            let text = lines[next].utf8.drop { $0 == 32 }
            if text.first == UInt8(ascii: "\t") { throw error("indent with spaces, not with tabs") }
            if let first = text.first, first != UInt8(ascii: "#"), !text.allSatisfy(CellMarker.isSpace) {
                return lines[next].utf8.count - text.count
            }
            next += 1
        }
        return nil
    }

    /// `key: value`, or `key:` and a map below it.
    private mutating func entry(indentation: Int) throws(NotebookError) -> JSON.Field {
        var text = HeaderText(lines[next])
        text.skipSpaces()
        do {
            let key = try text.key(isInFlow: false)
            text.skipSpaces()
            if !text.isAtEnd {
                let value = try text.value(isInFlow: false)
                try text.end()
                next += 1
                return JSON.Field(key, value)
            }
            next += 1
            guard let depth = try depthOfNextEntry(), depth > indentation else { return JSON.Field(key, .null) }
            guard depth == indentation + 2 else {
                throw error("indent by \(indentation + 2) spaces here, got \(depth)")
            }
            return JSON.Field(key, try map(indentation: depth))
        } catch let problem as YAMLScalar.Problem {
            throw error(problem.message)
        } catch let error as NotebookError {
            throw error
        } catch {
            preconditionFailure("no other error is thrown")
        }
    }
}

/// One line of a header while it is read.
struct HeaderText {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ line: String) { bytes = Array(line.utf8) }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpaces() { while let byte = current, CellMarker.isSpace(byte) { position += 1 } }

    /// Whether nothing but a comment is left.
    var isAtEnd: Bool { current == nil || isComment }

    /// `#` begins a comment at the begin of a text and after a space.
    private var isComment: Bool {
        current == UInt8(ascii: "#") && (position == 0 || CellMarker.isSpace(bytes[position - 1]))
    }

    mutating func end() throws(YAMLScalar.Problem) {
        skipSpaces()
        if !isAtEnd { throw problem("end of line expected, got '\(text(from: position))'") }
    }

    /// A key and its colon.
    mutating func key(isInFlow: Bool) throws(YAMLScalar.Problem) -> String {
        let start = position
        let key: String
        if current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") {
            key = try quoted()
            skipSpaces()
        } else {
            key = plain(isInFlow: isInFlow)
        }
        guard current == UInt8(ascii: ":"), position + 1 == bytes.count || CellMarker.isSpace(bytes[position + 1])
        else {
            let line = text(from: start)
            if line == "-" || line.hasPrefix("- ") { throw problem("lists are written [a, b], not with dashes") }
            throw problem("'key: value' expected, got '\(line)'")
        }
        if key.isEmpty { throw problem("a key is missing before ':'") }
        if bytes[start] != UInt8(ascii: "\""), bytes[start] != UInt8(ascii: "'") { _ = try plainKey(key) }
        position += 1
        return key
    }

    /// Keys are texts, whatever they look like, but what cannot begin a text cannot begin a key.
    private func plainKey(_ key: String) throws(YAMLScalar.Problem) -> JSON {
        if let first = key.utf8.first, (48...57).contains(first) { return .text(key) }
        return try YAMLScalar.value(key)
    }

    mutating func value(isInFlow: Bool) throws(YAMLScalar.Problem) -> JSON {
        switch current {
        case UInt8(ascii: "["): return try list()
        case UInt8(ascii: "{"): return try map()
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try quoted())
        default:
            let start = position
            let text = plain(isInFlow: isInFlow)
            if current == UInt8(ascii: ":") {
                throw problem("put '\(self.text(from: start))' in quotes: it has a colon and a space in it")
            }
            return try YAMLScalar.value(text)
        }
    }

    // MARK: flow

    private mutating func list() throws(YAMLScalar.Problem) -> JSON {
        var items: [JSON] = []
        try open()
        while try !closes(with: UInt8(ascii: "]"), "]", isFirst: items.isEmpty) {
            items.append(try value(isInFlow: true))
        }
        return .list(items)
    }

    private mutating func map() throws(YAMLScalar.Problem) -> JSON {
        var fields: [JSON.Field] = [], names: Set<String> = []
        try open()
        while try !closes(with: UInt8(ascii: "}"), "}", isFirst: fields.isEmpty) {
            let name = try key(isInFlow: true)
            if !names.insert(name).inserted { throw problem("'\(name)' stands twice in one map") }
            skipSpaces()
            fields.append(JSON.Field(name, try value(isInFlow: true)))
        }
        return .object(fields)
    }

    private mutating func open() throws(YAMLScalar.Problem) {
        position += 1
        depth += 1
        if depth > 32 { throw problem("more than 32 lists or maps in one another") }
    }

    /// Reads the bracket that closes, or the comma before the next item.
    private mutating func closes(
        with bracket: UInt8, _ name: String, isFirst: Bool
    ) throws(YAMLScalar.Problem) -> Bool {
        skipSpaces()
        if !isFirst, current == UInt8(ascii: ",") {
            position += 1
            skipSpaces()
        } else if !isFirst, current != bracket {
            throw problem("',' or '\(name)' expected before the end of the line, got '\(text(from: position))'")
        }
        guard let byte = current, !isComment else { throw problem("'\(name)' expected before the end of the line") }
        guard byte == bracket else { return false }
        position += 1
        depth -= 1
        return true
    }

    // MARK: scalars

    /// Up to `: `, a comment, and in flow up to what separates items.
    private mutating func plain(isInFlow: Bool) -> String {
        let start = position
        while let byte = current, !isComment {
            if byte == UInt8(ascii: ":") {
                let following = position + 1 < bytes.count ? bytes[position + 1] : 32
                if CellMarker.isSpace(following) || (isInFlow && Self.flowMarks.contains(following)) { break }
            }
            if isInFlow, Self.flowMarks.contains(byte) { break }
            position += 1
        }
        return CellMarker.trimmed(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private static let flowMarks = Set(",[]{}".utf8)

    private mutating func quoted() throws(YAMLScalar.Problem) -> String {
        let quote = bytes[position], start = position
        position += 1
        while let byte = current {
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                position += 2
            } else if byte == quote, quote == UInt8(ascii: "'"), position + 1 < bytes.count,
                bytes[position + 1] == quote
            {
                position += 2
            } else if byte == quote {
                position += 1
                return try content(bytes[start..<position], quote)
            } else {
                position += 1
            }
        }
        position = bytes.count
        throw problem("the text \(text(from: start)) has no closing quote")
    }

    private func content(_ bytes: ArraySlice<UInt8>, _ quote: UInt8) throws(YAMLScalar.Problem) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        if quote == UInt8(ascii: "'") { return String(text.dropFirst().dropLast()).replacing("''", with: "'") }
        guard case .text(let content)? = try? JSON(parsing: text) else {
            throw problem("\(text) has an escape that is not one of JSON's")
        }
        return content
    }

    private func text(from start: Int) -> String {
        CellMarker.trimmed(String(decoding: bytes[min(start, bytes.count)...], as: UTF8.self))
    }

    private func problem(_ message: String) -> YAMLScalar.Problem { YAMLScalar.Problem(message: message) }
}
