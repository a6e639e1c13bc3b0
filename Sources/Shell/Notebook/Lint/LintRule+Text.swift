import Bindings

/// Rules about what other programs, or Lua, read otherwise than we do.
extension LintRule {
    static let hiddenMarker = LintRule(
        "NB001", "no cell marker in a long string, comment, block or brackets, where Jupytext would split the cell",
        isMended: true
    ) { subject in
        subject.reader.hiddenMarkers.map { line, place in
            let text = subject.lines[line]
            let column = text.unicodeScalars.count - text.unicodeScalars.drop { $0.properties.isWhitespace }.count
            let mended = text.prefix { $0 != "-" } + "-" + text.drop { $0 != "-" }
            let fix = Lint.Fix(lines: line..<(line + 1), replacement: [String(mended)])
            return LintTrouble(
                line: line, column: column, "marker text in \(place.name): Jupytext splits the cell here",
                fix: place == .longString ? nil : fix)
        }
    }

    static let magic = LintRule("NB002", "no cell begins with %%magic, which is not Lua", isMended: true) { subject in
        subject.code.compactMap { cell in
            guard let index = cell.cell.source.splitLines.firstIndex(where: { !NotebookReader.isBlank($0) }),
                let word = magicWord(cell.cell.source.splitLines[index])
            else { return nil }
            return LintTrouble(
                line: cell.firstLine + index, "'%%\(word)' is not Lua: Jupytext makes language=\"\(word)\" of it",
                fix: index == 0 ? commented(cell) : nil)
        }
    }

    private static func magicWord(_ line: String) -> String? {
        guard line.utf8.starts(with: "%%".utf8) else { return nil }
        let word = line.utf8.dropFirst(2).prefix { !CellMarker.isSpace($0) }
        return word.first.map { $0 >= 65 } == true ? String(Substring(word)) : nil
    }

    /// The cell as one of another language, which is a comment for Lua.
    private static func commented(_ cell: LintCell) -> Lint.Fix? {
        guard let marker = cell.marker, let (fields, source) = LanguageCell.commented(cell.cell.source) else {
            return nil
        }
        var new = cell.cell
        for field in fields { new.metadata.set(field.name, field.value) }
        new.source = source
        return Lint.Fix(lines: marker..<(marker + 1 + cell.cell.source.splitLines.count), replacement: new.lines)
    }

    static let bareExpression = LintRule("NB003", "no bare expression, which files show with show(...)", isMended: true)
    {
        subject in
        subject.code.compactMap { cell in
            let source = cell.cell.source
            guard magicWord(source) == nil, subject.compile(source) != nil,
                let shown = EntrySource(source).script({ subject.compile($0) == nil }), shown != source
            else { return nil }
            let offset = zip(source.utf8, shown.utf8).prefix { $0 == $1 }.count
            let place = cell.place(min(offset, cell.bytes.count))
            let count = source.splitLines.count
            return LintTrouble(
                line: place.line, column: place.column, "a bare expression is no statement of Lua: write show(...)",
                fix: Lint.Fix(lines: cell.firstLine..<(cell.firstLine + count), replacement: shown.splitLines))
        }
    }

    static let textCells = LintRule(
        "NB011", "every line of a text cell is a comment, and its code fences are closed", isMended: true
    ) { subject in
        subject.cells.filter { $0.cell.kind != .code }.flatMap { cell in
            let count = cell.cell.source.splitLines.count
            let lines = (cell.firstLine..<(cell.firstLine + count)).filter { subject.lines.indices.contains($0) }
            var found = lines.compactMap { uncommented($0, subject) }
            if CellText.hasOpenFence(cell.cell.source) {
                found.append(
                    LintTrouble(
                        line: cell.start, "a code fence stays open: Jupytext takes the cells below for its text"))
            }
            return found
        }
    }

    private static func uncommented(_ line: Int, _ subject: LintSubject) -> LintTrouble? {
        let text = subject.lines[line]
        if text.utf8.starts(with: "--[[".utf8) || text.utf8.starts(with: "--[=".utf8) {
            return LintTrouble(line: line, "a block comment is no text: begin each line with '-- '")
        }
        guard subject.reader.source.places[line] != .blockComment, NotebookReader.comment(text) == nil,
            !NotebookReader.isBlank(text)
        else { return nil }
        return LintTrouble(
            line: line, "a line of text without '-- ' is code for Lua",
            fix: Lint.Fix(lines: line..<(line + 1), replacement: [Notebook.Cell.commented(text)]))
    }

    static let hiddenMagic = LintRule(
        "NB012", "no line of code or comment begins with % and a letter, which Jupytext takes for a magic",
        isMended: true
    ) { subject in
        subject.code.filter { LanguageCell.commentedName($0.cell) == nil }.flatMap { cell in
            cell.cell.source.splitLines.enumerated().compactMap { index, text -> LintTrouble? in
                let line = cell.firstLine + index
                guard let percent = magicStart(text), index > 0 || !text.utf8.starts(with: "%%".utf8) else {
                    return nil
                }
                let isComment = text.utf8.drop(while: CellMarker.isSpace).starts(with: "--".utf8)
                let isCode = [.outermost, .nested].contains(subject.reader.source.places[line])
                let mended = text.prefix { $0 != "-" } + "-" + text.drop { $0 != "-" }
                return LintTrouble(
                    line: line, column: percent,
                    isComment
                        ? "Jupytext takes this comment for a magic and uncomments it: write '--- %...'"
                        : "Jupytext takes this line for a magic and makes a comment of it",
                    fix: isComment && isCode
                        ? Lint.Fix(lines: line..<(line + 1), replacement: [String(mended)]) : nil)
            }
        }
    }

    /// Where the percent sign of what Jupytext takes for a magic stands: after white space and comment marks, one to three
    /// of them before a letter.
    private static func magicStart(_ line: String) -> Int? {
        var rest = line.utf8.drop(while: CellMarker.isSpace)
        while rest.starts(with: "--".utf8) {
            rest = rest.dropFirst(2)
            if rest.first == 32 { rest = rest.dropFirst() }
        }
        let word = rest.drop { $0 == UInt8(ascii: "%") }
        guard (1...3).contains(rest.count - word.count), let first = word.first, first >= 65,
            (97...122).contains(first | 32)
        else { return nil }
        return line.utf8.count - rest.count
    }

    static let syntax = LintRule("NB013", "the file compiles") { subject in
        if subject.code.contains(where: { magicWord($0.cell.source) != nil }) { return [] }
        var lines = subject.lines
        // What other rules mend is no second trouble.
        let fixes = [bareExpression, textCells].flatMap { $0.check(subject).compactMap(\.fix) }
        for fix in fixes where fix.lines.count == fix.replacement.count {
            lines.replaceSubrange(fix.lines, with: fix.replacement)
        }
        if let first = lines.first, first.utf8.starts(with: "#".utf8) { lines[0] = "" }
        guard let message = subject.compile(lines.joined(separator: "\n")) else { return [] }
        let parts = message.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let line = Int(parts[1]) else { return [LintTrouble(line: 0, message)] }
        return [LintTrouble(line: min(line, lines.count) - 1, CellMarker.trimmed(parts[2]))]
    }
}

extension SourceLines.Place {
    fileprivate var name: String {
        switch self {
        case .outermost: "the file"
        case .nested: "a block or brackets"
        case .longString: "a long string"
        case .blockComment: "a block comment"
        }
    }
}
