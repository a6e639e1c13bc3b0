/// A chain such as `net.layers[1]:logits(x).shape`: what stands before a `.`, a `:` or a bracket.
struct LuaPath {
    indirect enum Root {
        case name(String, token: Int)
        case string
        case table
        case number
        case function(at: Int)
        /// `(a.b)`; nil when what stands inside is no path.
        case group(LuaPath?)
    }
    enum Step {
        case field(String)
        case method(String)
        case text(String)
        case place(Int)
        /// An index that is only known when it is computed.
        case index
        /// A call, with its first argument if that is a literal string.
        case call(String?)
    }
    var root: Root
    var steps: [Step] = []

    /// The path that ends at a token (included), nil when none does.
    init?(_ scan: LuaScan, endingAt end: Int) {
        guard let start = Self.start(scan, end) else { return nil }
        self.init(scan, from: start, through: end)
    }

    /// The longest path that begins at a token. `end` becomes the token after it.
    init?(_ scan: LuaScan, from start: Int, through last: Int = .max, depth: Int = 0, end: inout Int) {
        let limit = min(last, scan.tokens.count - 1)
        var index = start
        guard index <= limit, depth < 16, let root = Self.root(scan, &index, depth) else { return nil }
        self.root = root
        while index <= limit, let step = Self.step(scan, &index) { steps.append(step) }
        end = index
    }

    private init?(_ scan: LuaScan, from start: Int, through last: Int, depth: Int = 0) {
        var end = 0
        self.init(scan, from: start, through: last, depth: depth, end: &end)
        guard end == last + 1 else { return nil }
    }

    /// The path without its last steps.
    func prefix(_ count: Int) -> LuaPath {
        var path = self
        path.steps = Array(steps.prefix(count))
        return path
    }

    /// Walks back from the last token of a path to its first.
    private static func start(_ scan: LuaScan, _ end: Int) -> Int? {
        var index = end
        while scan.tokens.indices.contains(index) {
            switch scan.tokens[index].kind {
            case .name:
                guard scan.isText(index - 1, ".") || scan.isText(index - 1, ":") else { return index }
                index -= 2
            case .string:
                guard isCallee(scan, index - 1) else { return index }
                index -= 1
            case .symbol:
                guard [")", "]", "}"].contains(scan.text(index)), scan.partner[index] >= 0 else { return nil }
                let opener = scan.partner[index]
                if isCallee(scan, opener - 1) {
                    index = opener - 1
                } else {
                    return scan.isText(opener, "(") ? opener : nil
                }
            default: return nil
            }
        }
        return nil
    }

    /// Whether brackets, a table or a string after a token belong to it.
    static func isCallee(_ scan: LuaScan, _ index: Int) -> Bool {
        guard scan.tokens.indices.contains(index) else { return false }
        switch scan.tokens[index].kind {
        case .name: return true
        case .string:  // `f "x"` goes on, a string of its own does not
            guard let before = (0..<8).first(where: { LuaString(scan, index - $0) == nil }) else { return false }
            return scan.isName(index - before)
        case .symbol: return [")", "]", "}"].contains(scan.text(index)) && scan.partner[index] >= 0
        default: return false
        }
    }

    private static func root(_ scan: LuaScan, _ index: inout Int, _ depth: Int) -> Root? {
        defer { index += 1 }
        switch scan.tokens[index].kind {
        case .name: return .name(scan.text(index), token: index)
        case .string: return .string
        case .number: return .number
        case .keyword where scan.isText(index, "function"): return .function(at: index)
        case .symbol where scan.isText(index, "{"):
            if scan.partner[index] > index { index = scan.partner[index] }
            return .table
        case .symbol where scan.isText(index, "("):
            let close = scan.partner[index]
            guard close > index else { return nil }
            let inner = close > index + 1 ? LuaPath(scan, from: index + 1, through: close - 1, depth: depth + 1) : nil
            index = close
            return .group(inner)
        default: return nil
        }
    }

    private static func step(_ scan: LuaScan, _ index: inout Int) -> Step? {
        if case .string = scan.tokens[index].kind {
            defer { index += 1 }
            return .call(LuaString(scan, index)?.content)
        }
        guard scan.tokens[index].kind == .symbol else { return nil }
        let symbol = scan.text(index)
        switch symbol {
        case ".", ":":
            guard scan.isName(index + 1) else { return nil }
            defer { index += 2 }
            return symbol == "." ? .field(scan.text(index + 1)) : .method(scan.text(index + 1))
        case "(", "{", "[":
            let close = scan.partner[index]
            guard close > index else { return nil }
            defer { index = close + 1 }
            let first = LuaString(scan, index + 1)?.content
            return symbol == "[" ? key(scan, index + 1, close) : .call(first)
        default: return nil
        }
    }

    private static func key(_ scan: LuaScan, _ start: Int, _ end: Int) -> Step {
        guard end == start + 1 else { return .index }
        if let text = LuaString(scan, start)?.content { return .text(text) }
        return Int(scan.text(start)).map(Step.place) ?? .index
    }
}
