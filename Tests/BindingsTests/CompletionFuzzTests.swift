import CLua
import Foundation
import Testing

@testable import Bindings

/// Tab on texts that nobody would write, among values that trap whoever asks them anything.
@Suite struct CompletionFuzzTests {
    /// Every metamethod counts. Tables, strings, numbers, functions and files have such metatables.
    static let traps = """
        calls = 0
        local function trap() calls = calls + 1 return "trapped" end
        local meta = {}
        for _, name in ipairs{"__index", "__newindex", "__pairs", "__tostring", "__len", "__call", "__eq", "__lt",
            "__le", "__concat", "__unm", "__add", "__close", "__metatable"} do meta[name] = trap end
        meta.__name = "evil"
        trapped = setmetatable({field = 1, method = function(self, a, b) end, _hidden = 2}, meta)
        rawset(trapped, "inner", setmetatable({deep = trapped}, {__index = trapped, __pairs = trap}))
        named = setmetatable({}, {__name = setmetatable({}, meta), __index = setmetatable({}, meta)})
        loop = setmetatable({own = 1}, {}) getmetatable(loop).__index = loop
        one, two = {}, {}
        setmetatable(one, {__index = two}) setmetatable(two, {__index = one}) one.first = 1 two.second = 2
        keyed = {[true] = 1, [1.5] = 2, [trap] = 3, [""] = 4, ["a b"] = 5, ["é"] = 6, ["\\0"] = 7, ["\\255"] = 8,
            [('x'):rep(1000)] = 9, ["end"] = 10, ['"'] = 11, ["\\n"] = 12, [math.huge] = 13, [-1] = 14, [2^53] = 15}
        keyed[keyed] = keyed
        large = {} for i = 1, 20000 do large["key" .. i] = i large[i] = i end
        net = nn.mlp{4, 3} x = tensor.zeros(2, 3) closed = tensor.zeros(1) closed:close()
        glyphs = data.load("glyphs", {n = 8, test = 8})
        deep = {} for i = 1, 200 do deep = {deep = deep} end
        routine = coroutine.create(trap) file = io.tmpfile()
        function own(alpha, beta, ...) return alpha end
        debug.setmetatable(0, meta) debug.setmetatable(trap, meta) debug.setmetatable(nil, meta)
        debug.setmetatable(true, meta)
        setmetatable(_G, meta)
        """

    @Test("a hundred thousand random completions call nothing, stay inside the text and leave the stack as it was")
    func fuzz() throws {
        let rounds = ProcessInfo.processInfo.environment["ASSAY_FUZZ_COMPLETIONS"].flatMap { Int($0) } ?? 100_000
        let lua = try Interpreter()
        try lua.run(Self.traps)
        #expect(try lua.global("calls").literal == "0", "the traps must not have closed yet")
        var writer = CompletionWriter(lua.catalogue)
        let top = lua_gettop(lua.main), start = ContinuousClock.now
        var offered = 0, broken = 0, slowest = Duration.zero
        for _ in 0..<rounds {
            let (text, cursor) = writer.next(), began = ContinuousClock.now
            let completion = lua.complete(text, at: cursor)
            slowest = max(slowest, ContinuousClock.now - began)
            offered += completion.candidates.count
            if !isSound(completion, text, cursor) || lua_gettop(lua.main) != top {
                broken += 1
                if broken < 10 { Issue.record("\(text.debugDescription) at \(cursor): \(completion)") }
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("fuzz: \(rounds) completions, \(offered) candidates, \(seconds) s, the slowest \(slowest)")
        #expect(broken == 0)
        #expect(offered > rounds, "the texts must lead somewhere")
        #expect(try lua.global("calls").literal == "0")
    }

    /// The range is where the cursor is, on boundaries of characters, and what is outside of it stays.
    private func isSound(_ completion: Completion, _ text: String, _ cursor: Int) -> Bool {
        let bytes = Array(text.utf8), range = completion.range, place = max(0, min(cursor, bytes.count))
        func isBoundary(_ index: Int) -> Bool { index == bytes.count || bytes[index] & 0xC0 != 0x80 }
        guard range.lowerBound >= 0, range.upperBound <= place, place - range.upperBound < 4,
            isBoundary(range.lowerBound), isBoundary(range.upperBound)
        else { return false }
        for candidate in completion.candidates.prefix(20) {
            var changed = bytes
            changed.replaceSubrange(range, with: Array(candidate.text.utf8))
            let made = String(decoding: changed, as: UTF8.self)
            guard made.utf8.elementsEqual(changed), changed.starts(with: bytes[..<range.lowerBound]),
                changed.suffix(bytes.count - range.upperBound).elementsEqual(bytes[range.upperBound...])
            else { return false }
        }
        return true
    }

    @Test("no finalizer runs while Tab looks")
    func finalizers() throws {
        let lua = try Interpreter()
        try lua.run(
            """
            finalized = 0
            collectgarbage("stop")
            for i = 1, 1000 do setmetatable({("x"):rep(100 + i)}, {__gc = function() finalized = finalized + 1 end}) end
            collectgarbage("restart")
            """)
        for index in 0..<2000 { _ = lua.complete("new_name_\(index).x:", at: 99) }
        #expect(try lua.global("finalized").literal == "0")
        try lua.run("collectgarbage()")
        #expect(try lua.global("finalized").literal == "1000")
    }

    @Test("a table of a million keys costs no more than the deadline")
    func millions() throws {
        let lua = try Interpreter()
        try lua.run("many = {} for i = 1, 1000000 do many['k' .. i] = i end")
        let start = ContinuousClock.now
        let completion = lua.complete("many.k", at: 6)
        #expect(ContinuousClock.now - start < .milliseconds(500))
        #expect((100...2000).contains(completion.candidates.count))
        #expect(lua.complete("many.nothing_of_the_kind", at: 24).candidates.isEmpty)
    }
}

/// Makes texts that look like code, texts of bytes, and real code that is cut.
struct CompletionWriter {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    private let pieces: [String]
    private let code: [[UInt8]]

    init(_ catalogue: Catalogue) {
        let names = [
            "trapped", "named", "loop", "one", "keyed", "net", "x", "closed", "glyphs", "deep", "routine", "file",
            "own",
            "_G", "calls", "inner", "field", "method", "first", "train", "string", "io", "package", "loaded",
            "math.huge",
            "large",
        ]
        let marks = [
            ".", ".", ".", ":", ":", ":", "(", "(", ")", "{", "{", "}", "[", "[", "]", "[\"", "['", "\"", "'", "[[",
            "]]",
            "[=[", "--", "--[[", ",", ",", ";", "=", " = ", "==", "..", "...", "::", "<", "+", "-", "#", "\n", " ", " ",
            "\\", "\\z", "~", "~/", "/", "/etc/ho", "é", "\u{1F600}", "\u{0}", "?", "$", "1", "0x", "1e", "1.", "8/255",
        ]
        let words =
            LuaLexer.keywords.sorted() + ["function(a, b)", "local y =", "for i, v in pairs(", "require", "goto"]
        let functions = catalogue.functions.filter { $0.kind != .operation }
        let declared = functions.map(\.signature.name) + functions.flatMap { $0.signature.parameters.map(\.name) }
        pieces = names + names + names + marks + marks + marks + marks + words + declared
        code =
            functions.map { Array($0.example.utf8) }.filter { !$0.isEmpty }
            + [Array(CompletionFuzzTests.traps.utf8)]
    }

    private mutating func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % max(1, bound)
    }

    mutating func next() -> (text: String, cursor: Int) {
        let text: String
        switch random(10) {
        case 0..<6: text = (0..<random(14)).map { _ in pieces[random(pieces.count)] }.joined()
        case 6..<8:
            let source = code[random(code.count)]
            let start = random(source.count), cut = start + random(min(200, source.count - start) + 1)
            text = String(decoding: source[start..<cut], as: UTF8.self) + pieces[random(pieces.count)]
        case 8:
            let source = code[random(code.count - (random(10) > 0 ? 1 : 0))]
            text = String(decoding: source.prefix(random(source.count + 1)), as: UTF8.self)
        default: text = String(decoding: (0..<random(40)).map { _ in UInt8(random(256)) }, as: UTF8.self)
        }
        let count = text.utf8.count
        // Mostly at the end, as people type; otherwise anywhere, also outside.
        let cursor = random(3) > 0 ? count : random(count + 8) - 4
        return (text, cursor)
    }
}
