import Kernel

/// The lines of a header between its fences, without comment marks, as they stand in the file.
struct HeaderSource: Equatable, Sendable {
    var lines: [String]
    /// The line of the file in which they begin, from 1; 0 for a header that comes from no file.
    var firstLine = 0

    init(lines: [String], firstLine: Int = 0) { (self.lines, self.firstLine) = (lines, firstLine) }

    /// The header that begins in a line of a file: `-- ---`, a line that begins with a key, and so on to `-- ---`. Nil when
    /// there is none; a rule of dashes above a comment is none.
    init?(_ file: [String], from start: Int) {
        guard start < file.count, Self.isFence(file[start]) else { return nil }
        var lines: [String] = []
        for line in file[(start + 1)...] {
            guard let text = NotebookReader.comment(line) else { return nil }
            if Self.isFence(line) {
                guard Self.beginsWithKey(lines) else { return nil }
                self.init(lines: lines, firstLine: start + 2)
                return
            }
            lines.append(text)
        }
        return nil
    }

    private static func isFence(_ line: String) -> Bool {
        guard let text = NotebookReader.comment(line), text.hasPrefix("---") else { return false }
        return text.utf8.dropFirst(3).allSatisfy(CellMarker.isSpace)
    }

    private static func beginsWithKey(_ lines: [String]) -> Bool {
        let first = lines.first { !NotebookReader.isBlank($0) && !CellMarker.trimmed($0).hasPrefix("#") }
        guard let first, let colon = first.firstIndex(of: ":") else { return lines.allSatisfy(NotebookReader.isBlank) }
        let rest = first[first.index(after: colon)...]
        let key = first[..<colon]
        let isWord = !key.isEmpty && key.utf8.allSatisfy { $0 > 32 && $0 < 127 }
        return isWord && (rest.isEmpty || rest.hasPrefix(" "))
    }

    /// What the lines say, an object.
    func json() throws(NotebookError) -> JSON {
        var reader = HeaderReader(lines, firstLine: firstLine)
        return try reader.object()
    }
}

// MARK: - Parts

extension HeaderSource {
    /// The lines under `jupyter:`, that line included, and all others, in their order.
    var parts: (jupyter: [String], own: [String]) {
        var jupyter: [String] = [], own: [String] = [], isInJupyter = false
        for line in lines {
            if let first = line.utf8.first, !CellMarker.isSpace(first) { isInJupyter = Self.isJupyter(line) }
            if isInJupyter { jupyter.append(line) } else { own.append(line) }
        }
        return (jupyter, own)
    }

    private static func isJupyter(_ line: String) -> Bool {
        guard line.hasPrefix("jupyter") else { return false }
        return line.utf8.dropFirst(7).first { !CellMarker.isSpace($0) } == UInt8(ascii: ":")
    }
}

// MARK: - Writing

extension HeaderSource {
    /// The lines of a header that no file has. `jupyter:` stands last and in blocks with sorted keys, as Jupytext writes it;
    /// other maps have blocks at the first two levels and `{...}` below.
    init(_ header: JSON) {
        var lines: [String] = []
        for field in header.object ?? [] where field.name != "jupyter" {
            lines += Self.lines(field, indentation: 0, blocks: 2)
        }
        if let jupyter = header["jupyter"] {
            lines += Self.lines(JSON.Field("jupyter", jupyter.sorted), indentation: 0, blocks: .max)
        }
        self.init(lines: lines)
    }

    private static func lines(_ field: JSON.Field, indentation: Int, blocks: Int) -> [String] {
        let start = String(repeating: " ", count: indentation) + YAMLScalar.text(field.name) + ":"
        if case .object(let fields) = field.value, !fields.isEmpty, blocks > 1 || field.value.isDeep {
            return [start] + fields.flatMap { lines($0, indentation: indentation + 2, blocks: blocks - 1) }
        }
        return [start + " " + flow(field.value)]
    }

    /// A value on one line.
    static func flow(_ value: JSON, isInside: Bool = false) -> String {
        switch value {
        case .text(let text): YAMLScalar.text(text, isInFlow: isInside)
        case .list(let list): "[" + list.map { flow($0, isInside: true) }.joined(separator: ", ") + "]"
        case .object(let fields):
            "{"
                + fields.map { YAMLScalar.text($0.name, isInFlow: true) + ": " + flow($0.value, isInside: true) }
                .joined(separator: ", ") + "}"
        default: value.description
        }
    }
}

extension JSON {
    /// Whether an object has objects in it.
    fileprivate var isDeep: Bool {
        (object ?? []).contains { if case .object(let fields) = $0.value { !fields.isEmpty } else { false } }
    }
}
