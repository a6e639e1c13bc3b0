import Kernel
import Testing

@testable import Bindings

/// Locals that outlive their entry, by rewriting its source.
@Suite struct PromotionTests {
    /// The text that the prompt compiles for an entry that shows no value.
    private func promoted(_ source: String) -> String {
        String(decoding: LocalPromotion(LuaOutline(source)).edits.applied(to: Array(source.utf8)), as: UTF8.self)
    }

    @Test(
        "local at block depth 0 is replaced without moving anything else",
        arguments: [
            ("local x = 1", "      x = 1"),
            ("local x", "      x=nil"),
            ("local x; y = 2", "x=nil  ; y = 2"),
            ("local x y = 2", "x=nil   y = 2"),
            ("local x local y", "x=nil         y=nil"),
            ("local a, b = 1", "      a, b = 1"),
            ("local a, b  z()", "a,b=nil     z()"),
            ("local a, b", "      a, b=nil"),
            ("local function f() local y = 1 return y end", "      function f() local y = 1 return y end"),
            ("local x <const> = 5", "      x         = 5"),
            ("local x <const>, y <close> = 5, nil", "      x        , y         = 5, nil"),
            ("local x <close> f()", "x=nil           f()"),
            ("local x -- local y\n[[local z]]", "      x=nil -- local y\n[[local z]]"),
            ("do local x = 1 end local y = 2", "do local x = 1 end       y = 2"),
            ("for i = 1, 2 do local x = i end", "for i = 1, 2 do local x = i end"),
            ("repeat local x = f() until x", "repeat local x = f() until x"),
            (
                "if a then local x = 1 elseif b then local y = 2 else local z = 3 end local w = 4",
                "if a then local x = 1 elseif b then local y = 2 else local z = 3 end       w = 4"
            ),
            ("t = {f = function() local x = 1 end} local u = t", "t = {f = function() local x = 1 end}       u = t"),
            ("::top:: local x = 1 goto done ::done::", "::top::       x = 1 goto done ::done::"),
            ("s = \"local x = 1\" --[[ local y ]] local z", "s = \"local x = 1\" --[[ local y ]]       z=nil"),
            ("local\nx = 1", "     \nx = 1"),
            ("local\nx y = 1", "x=nil\n  y = 1"),
            ("local\nlong y = 1", "long=\nnil  y = 1"),
            ("local\nab y = 1", "     \nab=nil y = 1"),  // no room: the only shape that moves what follows
            ("local", "local"), ("local = 1", "local = 1"), ("local x,", "local x,"),
        ])
    func rewrites(_ source: String, _ expected: String) { #expect(promoted(source) == expected) }

    @Test("attributes that mean nothing any more are told of")
    func notes() {
        #expect(
            EntrySource("local x <const>, y, z <close> = 1, 2, nil").notes == [
                "note: <const> of 'x' has no effect at the prompt", "note: <close> of 'z' has no effect at the prompt",
            ])
        #expect(EntrySource("local x = 1; do local y <close> = nil end").notes == [])
        #expect(EntrySource("local x <const> = 1", promotesLocals: false).notes == [])
    }

    @Test(
        "what locals mean is kept",
        arguments: [
            ("local x = 1", "x", "1"), ("x = 5 local x", "x", "nil"), ("a, b = 7, 8 local a, b = 1", "b", "nil"),
            ("local x = 3 local x = x + 1", "x", "4"),
            ("local function f(n) return n == 0 and 1 or n * f(n - 1) end", "f(5)", "120"),
            ("local function f() local hidden = 1 return hidden end f()", "hidden", "nil"),
            ("local f = function() return 1 end local y = f()", "y", "1"),
            ("local n = 0 local function up() n = n + 1 end up() up()", "n", "2"),
            ("local x <const> = 1 x = x + 1", "x", "2"),
            ("local a, b, c = (function() return 1, 2, 3 end)()", "a .. b .. c", "123"),
            ("for i = 1, 3 do local t = i end", "t", "nil"),
            ("local i = 0 ::again:: i = i + 1 if i < 3 then goto again end", "i", "3"),
            ("local _ENV = setmetatable({}, {__index = _G}) y = 1", "y", "nil"),
        ])
    func semantics(_ source: String, _ expression: String, _ expected: String) throws {
        let lua = try Interpreter.sample()
        try lua.evaluate(source) { _ in }
        #expect(try lua.run("return tostring(\(expression))").map(\.literal) == ["\"\(expected)\""])
    }

    @Test("with promotion off an entry is what stock Lua makes of it")
    func off() throws {
        let lua = try Interpreter.sample()
        try lua.evaluate(EntrySource("local x = 1 y = x", promotesLocals: false)) { _ in }
        #expect(lua.answer("return x, y") == "nil, 1")
        #expect(throws: LuaError.self) {
            try lua.evaluate(EntrySource("local x <const> = 1 x = 2", promotesLocals: false)) { _ in }
        }
    }

    @Test("on random programs no token but those of a declaration without values moves, and what compiles still does")
    func randomPrograms() throws {
        let lua = try Interpreter.sample()
        for seed in 0..<300 {
            var generator = ProgramGenerator(seed: UInt64(seed))
            let source = generator.program(statements: 12)
            let rewritten = promoted(source)
            try lua.check(source)
            try lua.check(rewritten)
            let before = places(source), after = Set(places(rewritten))
            let lost = before.filter { !after.contains($0) && !$0.isDeclaration }
            #expect(lost.isEmpty, "\(source)\n-----\n\(rewritten)\n\(lost)")
            #expect(source.filter { $0 == "\n" }.count == rewritten.filter { $0 == "\n" }.count)
        }
    }

    @Test("pasting a script, typing it line by line and running it whole give the same bindings")
    func threeWays() throws {
        for seed in 0..<200 {
            var generator = ProgramGenerator(seed: UInt64(1000 + seed))
            let lines = (0..<10).map { _ in generator.line() }
            let whole = lines.joined(separator: "\n")
            let report = generator.reportOfBindings
            let scripted = try Interpreter.sample(), pasted = try Interpreter.sample(), typed = try Interpreter.sample()
            let expected = try scripted.run(whole + "\n" + report).map(\.literal)
            try pasted.evaluate(whole) { _ in }
            for line in lines { try typed.evaluate(line) { _ in } }
            #expect(try pasted.run(report).map(\.literal) == expected, "\(whole)")
            #expect(try typed.run(report).map(\.literal) == expected, "\(whole)")
        }
    }

    /// A token with its line and column. Tokens of a `local` statement are marked, save the values.
    private struct Place: Hashable {
        let text: String
        let line: Int, column: Int
        var isDeclaration = false
        static func == (a: Place, b: Place) -> Bool { (a.text, a.line, a.column) == (b.text, b.line, b.column) }
        func hash(into hasher: inout Hasher) { hasher.combine(text); hasher.combine(line); hasher.combine(column) }
    }

    private func places(_ source: String) -> [Place] {
        let outline = LuaOutline(source)
        var places: [Place] = [], declares = false, previous: LuaToken.Kind?
        for entry in outline.entries {
            let text = outline.text(entry), before = outline.bytes[..<entry.token.range.lowerBound]
            let line = before.count { $0 == 10 }, column = before.count - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0)
            if entry.blocks == 0, text == "local" { declares = true }
            // The names of a declaration may move; it ends where a value or another statement begins.
            let isName = entry.token.kind == .name && previous != .name
            let belongs = declares && (isName || ["local", ",", "<", ">"].contains(text))
            if !belongs { declares = false }
            previous = entry.token.kind
            places.append(Place(text: text, line: line, column: column, isDeclaration: belongs))
        }
        return places
    }
}

/// Writes random Lua programs whose variables are a, b, c, d and functions f, g.
private struct ProgramGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    /// Returns every variable as text.
    let reportOfBindings = """
        return tostring(a), tostring(b), tostring(c), tostring(d), type(f), type(g), f and f(3), g and g(4)
        """

    private mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
    private mutating func one<T>(of items: [T]) -> T { items[below(items.count)] }
    private mutating func variable() -> String { one(of: ["a", "b", "c", "d"]) }
    private mutating func gap() -> String { one(of: [" ", "  ", "\t", " --[[local z]] ", " "]) }
    private mutating func value() -> String {
        one(of: ["1", "2.5", "\"local q\"", "#\"abc\"", "(a or 1) == 1", "tostring(b)", "{1, 2}[1]", "nil", "[[x]]"])
            .replacing("{1, 2}[1]", with: "({1, 2})[1]")
    }

    mutating func line() -> String { (0...below(2)).map { _ in statement() }.joined(separator: one(of: ["; ", " "])) }

    private mutating func statement() -> String {
        switch below(9) {
        case 0: "local\(gap())\(variable())\(gap())= \(value())"
        case 1: "local \(variable())"
        case 2: "local a,\(gap())b = \(value())"
        case 3: "\(variable()) = \(value())"
        case 4: "local function \(one(of: ["f", "g"]))(n) local a = n; return a end"
        case 5: "do local \(variable()) = \(value()) end"
        case 6: "for i = 1, 2 do local b = i; c = b end"
        case 7: "if a then local d = 1 else local c = 2 end"
        default: "local c, d"
        }
    }

    mutating func program(statements: Int) -> String {
        (0..<statements).map { _ in statement() + one(of: ["\n", ";", " ", "\n\n", " -- local\n"]) }.joined()
    }
}
