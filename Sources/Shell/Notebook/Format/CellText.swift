/// The text of markdown and raw cells, which must not begin cells when it stands as comments.
enum CellText {
    /// A line outside of fenced blocks that a reader would take for a cell marker gets a backslash, which Markdown does not
    /// show: `\%% not a cell`.
    static func guarded(_ text: String) -> String {
        let lines = text.splitLines
        guard lines.contains(where: isMarker) else { return text }
        var out: [String] = [], fences = FencedBlocks(), end = -1
        for (index, line) in lines.enumerated() {
            if index > end { end = fences.end(from: index) { $0 < lines.count ? lines[$0] : nil } ?? end }
            out.append(index > end && isMarker(line) ? escaped(line) : line)
        }
        return out.joined(separator: "\n")
    }

    /// Whether a fenced block is open at the end of a text.
    static func hasOpenFence(_ text: String) -> Bool {
        let lines = text.splitLines
        var fences = FencedBlocks(), index = 0
        while index < lines.count {
            if let end = fences.end(from: index, text: { $0 < lines.count ? lines[$0] : nil }) {
                index = end
            } else if CodeFence(opening: lines[index]) != nil {
                return true
            }
            index += 1
        }
        return false
    }

    /// A line that would begin a cell with a backslash, others as they are.
    static func escapedMarker(_ line: String) -> String { isMarker(line) ? escaped(line) : line }

    private static func isMarker(_ line: String) -> Bool { CellMarker.isMarker(comment: " " + line) }

    /// `In[3]:` cannot have the backslash in front: no letter can be escaped.
    private static func escaped(_ line: String) -> String {
        let start = line.utf8.firstIndex { !CellMarker.isSpace($0) } ?? line.startIndex
        let place = line[start...].hasPrefix("In[") ? line.utf8.index(start, offsetBy: 2) : start
        return line[..<place] + "\\" + line[place...]
    }
}

/// Where fenced blocks end. It remembers which were found open, so that many of them cost no more than one.
struct FencedBlocks {
    /// For each mark the shortest fence that nothing closes before a line.
    private var open: [UInt8: (length: Int, line: Int)] = [:]

    /// The line that closes the block that a line opens; nil when it opens none, or one that stays open.
    /// - Parameter text: a line's text, nil where blocks end at the latest.
    mutating func end(from start: Int, text: (Int) -> String?) -> Int? {
        guard let first = text(start), let fence = CodeFence(opening: first) else { return nil }
        if let known = open[fence.mark], fence.length >= known.length, start < known.line { return nil }
        var line = start + 1
        while let text = text(line) {
            if fence.isClosed(by: text) { return line }
            line += 1
        }
        open[fence.mark] = (fence.length, line)
        return nil
    }
}

/// What opens a fenced block of Markdown: three or more backticks or tildes.
struct CodeFence: Equatable {
    let mark: UInt8
    let length: Int

    init?(opening line: String) {
        guard let (fence, rest) = Self.read(line) else { return nil }
        if fence.mark == UInt8(ascii: "`"), rest.contains(UInt8(ascii: "`")) { return nil }
        self = fence
    }

    private init(mark: UInt8, length: Int) { (self.mark, self.length) = (mark, length) }

    /// The same mark, at least as often, and nothing after it.
    func isClosed(by line: String) -> Bool {
        guard let (fence, rest) = Self.read(line) else { return false }
        return fence.mark == mark && fence.length >= length && rest.allSatisfy(CellMarker.isSpace)
    }

    private static func read(_ line: String) -> (CodeFence, rest: Substring.UTF8View)? {
        let spaces = line.utf8.prefix { $0 == 32 }.count
        let text = line.utf8.dropFirst(spaces)
        guard spaces <= 3, let mark = text.first, mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~") else {
            return nil
        }
        let length = text.prefix { $0 == mark }.count
        return length >= 3 ? (CodeFence(mark: mark, length: length), text.dropFirst(length)) : nil
    }
}
