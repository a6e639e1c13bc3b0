import Bindings
import Kernel

/// A notebook as rules look at it: the lines of the file, its cells and their tokens.
struct LintSubject {
    let reader: NotebookReader
    let cells: [LintCell]
    /// What a compiler of Lua says of a text, nil when it compiles.
    let compile: (String) -> String?

    init(_ text: String, compile: @escaping (String) -> String?) {
        let reader = NotebookReader(text)
        (self.reader, self.compile) = (reader, compile)
        cells = zip(reader.notebook.cells, reader.markerLines).map { LintCell($0, marker: $1) }
    }

    var notebook: Notebook { reader.notebook }
    var lines: [String] { reader.source.lines }
    var code: [LintCell] { cells.filter { $0.cell.kind == .code } }

    /// The line of the header, from 0, in which a key under others begins; the nearest one that is found.
    func headerLine(_ path: String...) -> Int {
        guard let source = notebook.headerSource else { return 0 }
        var line = 0
        for key in path {
            let found = source.lines.indices[line...].first { index in
                let text = CellMarker.trimmed(source.lines[index])
                return ["\(key):", "\"\(key)\":", "'\(key)':"].contains { text.utf8.starts(with: $0.utf8) }
            }
            line = found ?? line
        }
        return source.firstLine - 1 + line
    }
}

/// A cell with its tokens, comments left out.
struct LintCell {
    let cell: Notebook.Cell
    /// The line of its marker, from 0.
    let marker: Int?
    let tokens: [LuaToken]
    let bytes: [UInt8]

    init(_ cell: Notebook.Cell, marker: Int?) {
        (self.cell, self.marker) = (cell, marker)
        bytes = cell.kind == .code ? Array(cell.source.utf8) : []
        tokens = LuaLexer.tokens(bytes).filter { if case .comment = $0.kind { false } else { true } }
    }

    /// Where the cell begins, from 0.
    var start: Int { marker ?? cell.line - 1 }
    var firstLine: Int { cell.line - 1 }

    func text(_ index: Int) -> String {
        tokens.indices.contains(index) ? String(decoding: bytes[tokens[index].range], as: UTF8.self) : ""
    }

    /// Whether tokens from one on are these words, and the first is no field of something else.
    func reads(_ index: Int, _ words: [String]) -> Bool {
        guard words.indices.allSatisfy({ text(index + $0) == words[$0] }) else { return false }
        return ![".", ":"].contains(text(index - 1))
    }

    /// Whether a token and the next begin a call.
    func isCall(_ index: Int) -> Bool {
        guard tokens.indices.contains(index + 1) else { return false }
        if case .string = tokens[index + 1].kind { return true }
        return ["(", "{"].contains(text(index + 1))
    }

    /// A place in the source as line and column of the file, from 0.
    func place(_ offset: Int) -> (line: Int, column: Int) {
        let before = bytes[..<offset]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        let column = String(decoding: bytes[lineStart..<offset], as: UTF8.self).unicodeScalars.count
        return (firstLine + before.count { $0 == UInt8(ascii: "\n") }, column)
    }

    func trouble(at index: Int, _ message: String, fix: Lint.Fix? = nil) -> LintTrouble {
        let place = place(tokens[index].range.lowerBound)
        return LintTrouble(line: place.line, column: place.column, message, fix: fix)
    }

    /// The marker with other keys or of another kind, in place of the one that stands there.
    func marked(_ change: (inout CellMarker) -> Void) -> Lint.Fix? {
        guard let marker else { return nil }
        var new = CellMarker(kind: cell.kind, title: cell.title, metadata: cell.metadata)
        change(&new)
        return Lint.Fix(lines: marker..<(marker + 1), replacement: [new.line])
    }
}
