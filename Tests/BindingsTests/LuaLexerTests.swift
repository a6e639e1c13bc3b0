import Foundation
import Testing

@testable import Bindings

@Suite struct LuaLexerTests {
    /// Tokens as `kind:text`, an unclosed one with `!`.
    private func cut(_ text: String) -> [String] {
        let bytes = Array(text.utf8)
        return LuaLexer.tokens(bytes).map { token in
            let word = String(decoding: bytes[token.range], as: UTF8.self)
            switch token.kind {
            case .name: return "n:" + word
            case .keyword: return "k:" + word
            case .number: return "#:" + word
            case .string(let isClosed): return (isClosed ? "s:" : "s!") + word
            case .comment(let isClosed): return (isClosed ? "c:" : "c!") + word
            case .symbol: return word
            case .unknown: return "?"
            }
        }
    }

    @Test("names and keywords")
    func words() {
        #expect(cut("local _x9 = nil andy") == ["k:local", "n:_x9", "=", "k:nil", "n:andy"])
        for word in LuaLexer.keywords { #expect(cut(word) == ["k:" + word] && cut(word + "_") == ["n:" + word + "_"]) }
        #expect(LuaLexer.keywords.count == 22)
    }

    @Test(
        "a number is all that could belong to one",
        arguments: [
            "0", "12.5", ".5", "5.", "1e10", "1E-3", "1e+3", "0x1F", "0X.8p-2", "0xA.p1", "3e", "0x", "1..2", "1x",
        ])
    func numbers(_ text: String) { #expect(cut(text + " ") == ["#:" + text]) }

    @Test("a sign belongs to an exponent only")
    func signs() {
        #expect(cut("1-2") == ["#:1", "-", "#:2"])
        #expect(cut("0xe-2") == ["#:0xe", "-", "#:2"] && cut("1e-2-3") == ["#:1e-2", "-", "#:3"])
    }

    @Test("every symbol, the longest that fits")
    func symbols() {
        let symbols = [
            "+", "-", "*", "/", "%", "^", "#", "&", "~", "|", "<<", ">>", "//", "==", "~=", "<=", ">=", "<", ">", "=",
            "(",
            ")", "{", "}", "[", "]", "::", ";", ":", ",", ".", "..", "...",
        ]
        #expect(cut(symbols.joined(separator: " ")) == symbols)
        #expect(cut("....") == ["...", "."] && cut("<<=") == ["<<", "="] && cut("a..b") == ["n:a", "..", "n:b"])
        #expect(cut("~=~~") == ["~=", "~", "~"] && cut(":::") == ["::", ":"])
    }

    @Test("short strings end at their quote, or unclosed at the end of the line")
    func strings() {
        #expect(cut("'a\"b' \"a'b\"") == ["s:'a\"b'", "s:\"a'b\""])
        #expect(cut(#""a\"b" "a\\" x"#) == [#"s:"a\"b""#, #"s:"a\\""#, "n:x"])
        #expect(cut("\"abc\nx") == ["s!\"abc", "n:x"] && cut("'abc") == ["s!'abc"] && cut("'abc\\") == ["s!'abc\\"])
        #expect(cut("'a\\\nb' x") == ["s:'a\\\nb'", "n:x"] && cut("'a\\z \n\t b'") == ["s:'a\\z \n\t b'"])
        #expect(cut("'a\\\r\nb'") == ["s:'a\\\r\nb'"])
    }

    @Test("long brackets end at their own level")
    func longBrackets() {
        #expect(cut("[[a\nb]] x") == ["s:[[a\nb]]", "n:x"] && cut("[==[a]]]=]]==]") == ["s:[==[a]]]=]]==]"])
        #expect(cut("[=[a]]") == ["s![=[a]]"] && cut("[=x") == ["[", "=", "n:x"] && cut("[[]]]") == ["s:[[]]", "]"])
    }

    @Test("comments end with the line or with their bracket")
    func comments() {
        #expect(cut("-- a\nx") == ["c:-- a", "n:x"] && cut("--[[a\nb]]x") == ["c:--[[a\nb]]", "n:x"])
        #expect(cut("--[[a") == ["c!--[[a"] && cut("--[=a\nx") == ["c:--[=a", "n:x"] && cut("--") == ["c:--"])
        #expect(cut("-- a\rx") == ["c:-- a", "n:x"])
    }

    @Test("bytes that begin no token are tokens of their own")
    func unknown() { #expect(cut("x@é!") == ["n:x", "?", "?", "?", "?"]) }

    @Test("of random bytes every one but white space is in exactly one token")
    func coverage() {
        var random = SystemRandomNumberGenerator()
        let marks = Array("[]=-\"'\\z\n .0xe<>~:/ab".utf8)
        for round in 0..<5000 {
            let bytes = (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                round % 2 == 0 ? marks.randomElement()! : UInt8.random(in: 0...255, using: &random)
            }
            var place = 0
            for token in LuaLexer.tokens(bytes) {
                #expect(
                    token.range.lowerBound >= place && !token.range.isEmpty && token.range.upperBound <= bytes.count)
                let gap = bytes[place..<token.range.lowerBound]
                #expect(gap.allSatisfy { $0 == 32 || (9...13).contains($0) }, "\(bytes)")
                place = token.range.upperBound
            }
            #expect(bytes[place...].allSatisfy { $0 == 32 || (9...13).contains($0) }, "\(bytes)")
        }
    }

    @Test("real programs mean the same to Lua when their tokens stand apart")
    func agreement() throws {
        let lua = try Interpreter(Catalogue())
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let files =
            FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
        let programs = files.filter { $0.pathExtension == "lua" }
        var compiled = 0
        for file in programs {
            let bytes = Array(try Data(contentsOf: file)), shebang = bytes.first == UInt8(ascii: "#")
            let source = shebang ? Array(bytes.drop { $0 != 10 }) : bytes
            let code = try [source, apart(source)].map { text in
                try lua.setGlobal("source", .text(String(decoding: text, as: UTF8.self)))
                return try lua.run(
                    """
                    local f, e = load(source, "=x")
                    return f and string.dump(f):gsub(".", function(c) return c:byte() .. " " end) or e
                    """
                )[0].literal
            }
            #expect(code[0] == code[1], "\(file.lastPathComponent)")
            compiled += code[0].contains("27 76 117 97 ") ? 1 : 0
        }
        #expect(compiled >= 7)
    }

    /// The tokens of a source with a space between any two, comments left out, lines kept.
    private func apart(_ source: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [], place = 0
        for token in LuaLexer.tokens(source) {
            if case .comment = token.kind { continue }
            out += [32] + source[place..<token.range.lowerBound].filter { $0 == 10 } + source[token.range]
            place = token.range.upperBound
        }
        return out + source[place...].filter { $0 == 10 }
    }
}
