/// Finds the word of the source that an error speaks of. Lua says the line; the rest is read off the message: a
/// variable's name, an option's, the function that was called. No answer is better than a wrong one.
struct Culprit {
    private let outline: LuaOutline
    /// The indices of the tokens that begin on the line.
    private let onLine: [Int]

    /// - Parameter line: from 1.
    init(_ text: [UInt8], line: Int) {
        let outline = LuaOutline(String(decoding: text, as: UTF8.self))
        self.outline = outline
        let bytes = outline.bytes
        let starts = [0] + bytes.indices.filter { bytes[$0] == .newline }.map { $0 + 1 }
        guard line >= 1, line <= starts.count else {
            onLine = []
            return
        }
        let range = starts[line - 1]..<(line < starts.count ? starts[line] : bytes.count)
        onLine = outline.entries.indices.filter { range.contains(outline.entries[$0].token.range.lowerBound) }
    }

    /// The offset of the culprit.
    /// - Parameters:
    ///   - callee: what the function that failed is called on that line, and how it is known there.
    ///   - place: which of its arguments is wrong, from 1.
    func offset(message: String, callee: Trace.Frame?, place: Int?) -> Int? {
        let found =
            variable(message) ?? option(message) ?? field(message) ?? call(
                callee, place: place ?? argumentNumber(message))
            ?? lonelyOperator(message, callee)
        return found.map { outline.entries[$0].token.range.lowerBound }
    }

    // MARK: what Lua names

    /// `(global 'x')`: the variable, preferably where it is used as the message says.
    private func variable(_ message: String) -> Int? {
        for kind in ["global", "local", "upvalue", "field", "method", "constant"] {
            guard let name = quoted(after: "(\(kind) ", in: message) else { continue }
            let candidates = onLine.filter { text($0).trimmingQuotes == name }
            return candidates.first { isUsed($0, as: message) } ?? candidates.first
        }
        return nil
    }

    private func isUsed(_ index: Int, as message: String) -> Bool {
        let before = index > 0 ? text(index - 1) : "", after = text(index + 1)
        if message.contains("attempt to call") { return isCallMark(index + 1) || after == ":" }
        if message.contains("attempt to index") { return [".", "[", ":"].contains(after) }
        if message.contains("attempt to concatenate") { return before == ".." || after == ".." }
        if message.contains("attempt to get length") { return before == "#" }
        if message.contains("arithmetic") || message.contains("bitwise") {
            return Self.arithmetic.contains(before) || Self.arithmetic.contains(after)
        }
        return true
    }

    // MARK: what our functions name

    /// An option of a call that may go over several lines: `eps` in `attack.pgd{steps = 1, eps = -1}`.
    private func option(_ message: String) -> Int? {
        for lead in ["bad argument ", "unknown parameter ", "bad value for ", "parameter "] {
            guard let name = quoted(after: lead, in: message) else { continue }
            return callRange.first { text($0) == name && text($0 + 1) == "=" && outline.entries[$0].brackets > 0 }
        }
        return nil
    }

    /// `tensor has no field 'zeross'`
    private func field(_ message: String) -> Int? {
        guard let name = quoted(after: "has no field ", in: message) else { return nil }
        return onLine.first { $0 > 0 && text($0) == name && [".", ":"].contains(text($0 - 1)) }
            ?? onLine.first { text($0).trimmingQuotes == name }
    }

    /// The tokens from the line on until every bracket that it opened is closed.
    private var callRange: Range<Int> {
        guard let first = onLine.first, let last = onLine.last else { return 0..<0 }
        let depth = outline.entries[first].brackets
        let end = outline.entries[last...].dropFirst().firstIndex { $0.brackets <= depth } ?? outline.entries.count
        return first..<max(end, last + 1)
    }

    // MARK: the call

    private func call(_ callee: Trace.Frame?, place: Int?) -> Int? {
        guard let callee, !callee.name.isEmpty, callee.nameKind != "metamethod" else { return nil }
        guard let function = onLine.first(where: { text($0) == callee.name && isCallMark($0 + 1) }) else { return nil }
        return place.flatMap { argument($0, ofCallAt: function + 1) } ?? function
    }

    /// The first token of an argument: by place in `f(a, b)` and `f{a, b}`, the only one in `f"text"`.
    private func argument(_ place: Int, ofCallAt open: Int) -> Int? {
        guard ["(", "{"].contains(text(open)) else { return place == 1 ? open : nil }
        let inside = outline.entries[open].brackets + 1
        var current = 1, isFirst = true
        for index in outline.entries.indices.dropFirst(open + 1) {
            let entry = outline.entries[index]
            if entry.brackets < inside { return nil }
            if isFirst, current == place { return index }
            isFirst = false
            if entry.brackets == inside, text(index) == "," {
                current += 1
                isFirst = true
            }
        }
        return nil
    }

    /// `bad argument #2 to 'insert'`
    private func argumentNumber(_ message: String) -> Int? {
        guard let range = message.firstRange(of: "bad argument #") else { return nil }
        return Int(message[range.upperBound...].prefix { $0.isNumber })
    }

    private func isCallMark(_ index: Int) -> Bool {
        guard outline.entries.indices.contains(index) else { return false }
        if case .string = outline.entries[index].token.kind { return true }
        return ["(", "{"].contains(text(index))
    }

    // MARK: operators

    private static let arithmetic: Set<String> = ["+", "-", "*", "/", "//", "%", "^", "&", "|", "~", "<<", ">>"]
    private static let comparisons: Set<String> = ["<", "<=", ">", ">="]
    private static let metamethods: [String: Set<String>] = [
        "add": ["+"], "sub": ["-"], "mul": ["*"], "div": ["/"], "mod": ["%"], "pow": ["^"], "idiv": ["//"],
        "unm": ["-"], "concat": [".."], "len": ["#"], "lt": ["<", ">"], "le": ["<=", ">="], "eq": ["==", "~="],
    ]

    /// An operator, when the line has only one that can be meant.
    private func lonelyOperator(_ message: String, _ callee: Trace.Frame?) -> Int? {
        var wanted: Set<String> = []
        if let callee, callee.nameKind == "metamethod" { wanted = Self.metamethods[callee.name] ?? [] }
        if message.contains("attempt to compare") { wanted = Self.comparisons }
        if message.contains("attempt to concatenate") { wanted = [".."] }
        if message.contains("attempt to perform arithmetic") { wanted = Self.arithmetic }
        let candidates = onLine.filter { wanted.contains(text($0)) }
        return candidates.count == 1 ? candidates[0] : nil
    }

    private func text(_ index: Int) -> String {
        outline.entries.indices.contains(index) ? outline.text(outline.entries[index]) : ""
    }
}

/// What stands in quotes after the words.
private func quoted(after words: String, in message: String) -> String? {
    guard let start = message.firstRange(of: words + "'"),
        let end = message[start.upperBound...].firstIndex(of: "'")
    else { return nil }
    return String(message[start.upperBound..<end])
}

extension String {
    fileprivate var trimmingQuotes: String {
        count >= 2 && (hasPrefix("\"") && hasSuffix("\"") || hasPrefix("'") && hasSuffix("'"))
            ? String(dropFirst().dropLast()) : self
    }
}
