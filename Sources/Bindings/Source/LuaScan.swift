/// The words of Lua source that may be cut short or wrong, with what is open at its end: brackets, blocks, and the
/// variables that can be seen there.
///
/// One pass. Words that begin or end a statement cannot stand inside brackets, so they drop brackets that were never
/// closed: `f(` on one line does not swallow the lines below it.
struct LuaScan {
    /// All tokens but comments.
    private(set) var tokens: [LuaToken] = []
    let bytes: [UInt8]
    /// For a bracket the other one of its pair, -1 for none.
    private(set) var partner: [Int]
    /// What is open at the end, the innermost last.
    private(set) var frames: [Frame] = []
    /// What can be seen at the end, the innermost last.
    private(set) var variables: [Variable] = []
    /// Globals that the text assigns, the last one last.
    private(set) var assigned: [Variable] = []
    private var loopVariables: [Variable] = []
    private var declaredTo = 0

    /// An open bracket or block.
    struct Frame {
        enum Kind { case parenthesis, bracket, brace, block }
        let kind: Kind
        /// The token that opened it.
        let opener: Int
        /// The first token of the item that is being typed.
        var itemStart: Int
        /// Items before it.
        var items = 0
        /// In a table: keys that have been given, and how many items without one.
        var keys: [String] = []
        var places = 0
        fileprivate let outerVariables: Int
    }

    /// A name that the text gives a meaning to.
    struct Variable {
        let name: String
        /// The token after which it is known.
        let token: Int
        var origin: Origin
    }
    enum Origin {
        case unknown
        /// One value of the list of expressions that begins at a token.
        case expression(at: Int, place: Int)
        /// A variable of `for ... in` over the expression at a token.
        case iteration(at: Int, place: Int)
        /// The function whose keyword is a token.
        case function(at: Int)
        /// `self` in a function of the path at a token.
        case receiver(at: Int)
    }

    init(_ bytes: [UInt8]) {
        self.init(
            bytes, LuaLexer.tokens(bytes).filter { if case .comment = $0.kind { false } else { true } })
    }

    init(_ bytes: [UInt8], _ tokens: [LuaToken]) {
        (self.bytes, self.tokens) = (bytes, tokens)
        partner = Array(repeating: -1, count: tokens.count)
        for index in tokens.indices { read(index) }
    }

    /// The text of a token.
    func text(_ index: Int) -> String { String(decoding: bytes[tokens[index].range], as: UTF8.self) }

    func isText(_ index: Int, _ text: StaticString) -> Bool {
        guard tokens.indices.contains(index), tokens[index].range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { $0.elementsEqual(bytes[tokens[index].range]) }
    }

    func isName(_ index: Int) -> Bool { tokens.indices.contains(index) && tokens[index].kind == .name }

    /// Whether a token can end an expression.
    func endsExpression(_ index: Int) -> Bool {
        guard tokens.indices.contains(index) else { return false }
        switch tokens[index].kind {
        case .name, .number, .string: return true
        case .keyword: return ["end", "nil", "true", "false"].contains(text(index))
        case .symbol: return [")", "]", "}", "..."].contains(text(index))
        default: return false
        }
    }
}

// MARK: - reading

extension LuaScan {
    private mutating func read(_ index: Int) {
        switch tokens[index].kind {
        case .keyword: readKeyword(index, text(index))
        case .symbol: readSymbol(index, text(index))
        case .name: readAssignment(index)
        default: break
        }
    }

    private mutating func readSymbol(_ index: Int, _ symbol: String) {
        switch symbol {
        case "(": open(.parenthesis, index)
        case "[": open(.bracket, index)
        case "{": open(.brace, index)
        case ")": close(.parenthesis, index)
        case "]": close(.bracket, index)
        case "}": close(.brace, index)
        case ",", ";": endItem(index)
        default: break
        }
    }

    /// Deeper than Lua itself goes; what is open beyond that is not looked at.
    private static let deepest = 1000

    private mutating func open(_ kind: Frame.Kind, _ index: Int) {
        guard frames.count < Self.deepest else { return }
        frames.append(Frame(kind: kind, opener: index, itemStart: index + 1, outerVariables: variables.count))
    }

    private mutating func close(_ kind: Frame.Kind, _ index: Int) {
        guard let place = frames.lastIndex(where: { $0.kind == kind }) else { return }
        if kind != .block { (partner[index], partner[frames[place].opener]) = (frames[place].opener, index) }
        drop(to: place)
    }

    private mutating func drop(to count: Int) {
        variables.removeLast(variables.count - min(variables.count, frames[count].outerVariables))
        frames.removeLast(frames.count - count)
    }

    private mutating func endItem(_ index: Int) {
        guard let last = frames.indices.last, frames[last].kind != .block else { return }
        let start = frames[last].itemStart
        frames[last].items += 1
        frames[last].itemStart = index + 1
        guard frames[last].kind == .brace, start < index else { return }
        if let key = key(at: start) { frames[last].keys.append(key) } else { frames[last].places += 1 }
    }

    /// The key of an item of a table that begins at a token: `name =` or `["name"] =`.
    func key(at start: Int) -> String? {
        if isName(start), isText(start + 1, "=") { return text(start) }
        guard isText(start, "["), isText(start + 2, "]"), isText(start + 3, "=") else { return nil }
        return LuaString(self, start + 1)?.content
    }

    /// Brackets cannot reach over the words of statements.
    private mutating func dropBrackets() {
        let count = (frames.lastIndex { $0.kind == .block } ?? -1) + 1
        if count < frames.count { drop(to: count) }
    }

    private mutating func readKeyword(_ index: Int, _ word: String) {
        if ["function", "and", "or", "not", "nil", "true", "false"].contains(word) {
            if word == "function" { readFunction(index) }
            return
        }
        dropBrackets()
        switch word {
        case "local": readLocal(index)
        case "for": readFor(index)
        case "if", "repeat": open(.block, index)
        case "do":
            open(.block, index)
            variables += loopVariables
            loopVariables = []
        case "else", "elseif":
            guard let place = frames.lastIndex(where: { $0.kind == .block }) else { return }
            variables.removeLast(variables.count - min(variables.count, frames[place].outerVariables))
        case "end", "until": close(.block, index)
        default: break
        }
    }

    private mutating func readLocal(_ index: Int) {
        if isText(index + 1, "function") {
            guard isName(index + 2) else { return }
            variables.append(Variable(name: text(index + 2), token: index + 2, origin: .function(at: index + 1)))
            return
        }
        let (names, end) = names(from: index + 1)
        let hasValue = isText(end, "=")
        for (place, name) in names.enumerated() {
            let origin: Origin = hasValue ? .expression(at: end + 1, place: place) : .unknown
            variables.append(Variable(name: text(name), token: end, origin: origin))
        }
        declaredTo = end
    }

    private mutating func readFor(_ index: Int) {
        let (names, end) = names(from: index + 1)
        loopVariables = names.enumerated().map { place, name in
            let origin: Origin = isText(end, "in") ? .iteration(at: end + 1, place: place) : .unknown
            return Variable(name: text(name), token: end, origin: origin)
        }
        declaredTo = end
    }

    /// A list of names, attributes between them passed over, and the token after it.
    private func names(from start: Int) -> (names: [Int], end: Int) {
        var names: [Int] = [], index = start
        while isName(index) {
            names.append(index)
            index += 1
            if isText(index, "<"), isName(index + 1), isText(index + 2, ">") { index += 3 }
            guard isText(index, ",") else { break }
            index += 1
        }
        return (names, index)
    }

    private mutating func readFunction(_ index: Int) {
        var next = index + 1, isMethod = false
        while isName(next) || isText(next, ".") || isText(next, ":") {
            isMethod = isText(next, ":")
            next += 1
            if isMethod { break }
        }
        if isMethod, isName(next) { next += 1 }
        if next == index + 2, isName(index + 1), !isText(index - 1, "local") {
            assign(Variable(name: text(index + 1), token: index + 1, origin: .function(at: index)))
        }
        open(.block, index)
        if isMethod { variables.append(Variable(name: "self", token: index, origin: .receiver(at: index + 1))) }
        declaredTo = next
        guard isText(next, "(") else { return }
        let (names, end) = names(from: next + 1)
        variables += names.map { Variable(name: text($0), token: end, origin: .unknown) }
        declaredTo = end
    }

    private mutating func readAssignment(_ index: Int) {
        guard index >= declaredTo, isText(index + 1, "="), frames.last.map({ $0.kind == .block }) ?? true,
            !isText(index - 1, "."), !isText(index - 1, ":"), !isText(index - 1, ",")
        else { return }
        assign(Variable(name: text(index), token: index + 1, origin: .expression(at: index + 2, place: 0)))
    }

    private mutating func assign(_ variable: Variable) {
        // Lua allows 200 locals in a function.
        if let place = variables.suffix(400).lastIndex(where: { $0.name == variable.name }) {
            variables[place] = variable
        } else {
            assigned.append(variable)
        }
    }
}
