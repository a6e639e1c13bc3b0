/// The text of markdown and raw cells, which must not begin cells when it stands as comments.
enum CellText {
    /// A line outside of fenced blocks that a reader would take for a cell marker gets a backslash, which Markdown does not
    /// show: `\%% not a cell`.
    static func guarded(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.contains(where: isMarker) else { return text }
        var out: [String] = [], fence: (CodeFence, end: Int)?
        for (index, line) in lines.enumerated() {
            if let open = fence, index > open.end { fence = nil }
            if fence == nil, let opened = CodeFence(opening: line),
                let end = lines[(index + 1)...].firstIndex(where: opened.isClosed)
            {
                fence = (opened, end)
            }
            out.append(fence == nil && isMarker(line) ? escaped(line) : line)
        }
        return out.joined(separator: "\n")
    }

    private static func isMarker(_ line: String) -> Bool { CellMarker.isMarker(comment: " " + line) }

    /// `In[3]:` cannot have the backslash in front: no letter can be escaped.
    private static func escaped(_ line: String) -> String {
        let start = line.utf8.firstIndex { !CellMarker.isSpace($0) } ?? line.startIndex
        let place = line[start...].hasPrefix("In[") ? line.utf8.index(start, offsetBy: 2) : start
        return line[..<place] + "\\" + line[place...]
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
