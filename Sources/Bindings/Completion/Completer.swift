import CLua
import CLuaShim
import Kernel

/// One answer to Tab: finds what is begun, what could stand there, and offers it.
///
/// Only raw entries of tables and declarations are looked at. Lua's collector rests meanwhile, so that no finalizer runs.
struct Completer {
    let interpreter: Interpreter
    let cursor: LuaCursor
    let resolver: Resolver
    /// When to be content with what has been found.
    let deadline: Double
    var offers: Offers
    /// What is replaced.
    var range: Range<Int>
    /// How help begins the names of the members that are looked at: `string.`, empty for globals.
    var library = ""
    var state: LuaState { interpreter.main }
    var scan: LuaScan { cursor.scan }

    init(_ interpreter: Interpreter, _ cursor: LuaCursor, within seconds: Double) {
        (self.interpreter, self.cursor) = (interpreter, cursor)
        resolver = Resolver(interpreter, cursor.scan)
        deadline = monotonicSeconds() + seconds
        offers = Offers(cursor.stem)
        range = cursor.range
    }

    var isLate: Bool { monotonicSeconds() > deadline }

    mutating func run() {
        switch cursor.kind {
        case .nothing: break
        case .string: offerStrings()
        case .number: offerPlaces()
        case .word: offerWords()
        }
    }

    private mutating func offerWords() {
        let before = cursor.before
        if scan.isText(before, ".") { return offerMembers(.any) }
        if scan.isText(before, ":") { return offerMembers(.callable) }
        if scan.isText(before, "goto") { return offerLabels() }
        if scan.isText(before, "function") { return offerFunctionNames() }
        if scan.isText(before, "local"), !cursor.stem.isEmpty {
            return offers.add(Candidate("function"), named: "function", .keyword)
        }
        if scan.isText(before, "<"), isDeclared(upTo: before - 1) {
            for word in ["const", "close"] { offers.add(Candidate(word), named: word, .keyword) }
            return
        }
        if isNewName || isParameterList { return }
        offerValuesAndNames()
    }

    private mutating func offerValuesAndNames() {
        let before = cursor.before
        let follows = scan.endsExpression(before)
        // Right behind an expression only an operator can stand, and what is typed is none of its names.
        if follows, cursor.stem.isEmpty, !isNewLine { return }
        if follows, !cursor.isSeparate { return }
        if scan.isText(before, "["), scan.endsExpression(before - 1) { offerKeys() }
        if !follows { offerArguments() }
        // Names of options leave no doubt; values may be any expression as soon as something is typed.
        if offers.hasOptions { return }
        if offers.isEmpty || !cursor.stem.isEmpty { offerNames(isAfterExpression: follows) }
    }

    /// Whether a line ends between the token before and what is begun.
    private var isNewLine: Bool {
        guard cursor.before >= 0 else { return true }
        let end = scan.tokens[cursor.before].range.upperBound
        return scan.bytes[end..<cursor.range.lowerBound].contains(10)
    }

    /// Whether what is begun is a name that did not exist before.
    private var isNewName: Bool {
        let before = cursor.before
        if scan.isText(before, "local") || scan.isText(before, "for") || scan.isText(before, "::") { return true }
        return scan.isText(before, ",") && isDeclared(upTo: before - 1)
    }

    /// Whether a list of names that is being declared ends at a token: `local a <const>, b`.
    private func isDeclared(upTo last: Int) -> Bool {
        var index = last
        while true {
            if scan.isText(index, ">"), scan.isName(index - 1), scan.isText(index - 2, "<") { index -= 3 }
            guard scan.isName(index) else { return false }
            guard scan.isText(index - 1, ",") else { break }
            index -= 2
        }
        return scan.isText(index - 1, "local") || scan.isText(index - 1, "for")
    }

    /// Whether the cursor is in the parameters of a function's definition.
    private var isParameterList: Bool {
        guard let frame = scan.frames.last, frame.kind == .parenthesis else { return false }
        var index = frame.opener - 1
        while scan.isName(index) || scan.isText(index, ".") || scan.isText(index, ":") { index -= 1 }
        return scan.isText(index, "function")
    }
}

extension Interpreter {
    /// Runs what looks at the stack with the collector resting and leaves the stack as it was; nil when Lua is closed or
    /// has no room.
    func quietly<R>(_ body: () -> R) -> R? {
        guard isOpen, lua_checkstack(main, 600) != 0 else { return nil }
        let base = lua_gettop(main), wasRunning = shim_gc_pause(main)
        defer {
            lua_settop(main, base)
            if wasRunning != 0 { shim_gc_resume(main) }
        }
        return body()
    }
}
