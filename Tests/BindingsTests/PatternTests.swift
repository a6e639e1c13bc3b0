import Testing

@testable import Bindings

/// string.find, match, gmatch and gsub are ours so that Ctrl-C stops them; the library's own are the oracle.
@Suite struct PatternTests {
    /// Compares both on random texts and patterns, well-formed or not, and returns the first differences.
    private static let comparison = #"""
        local stock = assert(package.loadlib("liblua5.4.so.0", "luaopen_string"))()
        local count, seed = ...
        math.randomseed(seed)
        local pieces = {
          "a", "b", "c", "x", ".", "%a", "%d", "%s", "%w", "%A", "%z", "%g", "%x", "%p", "%%", "%.", "[ab]", "[^a]",
          "[a-c]", "[%a_]", "[]]", "[^]]", "[a-]", "[%]x]", "*", "+", "-", "?", "(", ")", "()", "(a)", "%1", "%2",
          "%9", "%0", "^", "$", "%b()", "%bxy", "%f[%w]", "%f[^%w]", "%f", "%b", "[", "]", "[^", "[a", "%", "\0",
          "[%", "(.-)", "(.*)", "%f[\0]", " ", "(()a)",
        }
        local chars = {"a", "b", "c", "x", "y", "(", ")", "1", " ", "_", "\0", "]", "-", "%", "é"}
        local templates = {"%0", "%1", "<%1%2>", "%%", "x", "%", "%a", "%9", "[%0]", "", 7}
        local replacements = {
          function(a) return a end, function() return nil end, function(a, b) return (b or "") .. "!" end,
          function() return {} end, {a = "1", b = true, ["("] = false, c = 2.5}, true,
        }
        local function pick(list) return list[math.random(#list)] end
        local function build(list, most)
          local parts = {}
          for i = 1, math.random(0, most) do parts[i] = pick(list) end
          return table.concat(parts)
        end
        local function text(...)
          local parts = {}
          for i = 1, select("#", ...) do parts[i] = math.type((select(i, ...))) or type((select(i, ...))) end
          for i = 1, select("#", ...) do parts[#parts + 1] = tostring((select(i, ...))) end
          return table.concat(parts, "|")
        end
        local function walk(gmatch, ...)
          local parts = {}
          for a, b, c in gmatch(...) do parts[#parts + 1] = text(a, b, c) end
          return table.concat(parts, ";")
        end
        local kinds = {
          function(library, ...) return text(pcall(library.find, ...)) end,
          function(library, ...) return text(pcall(library.match, ...)) end,
          function(library, s, p, init) return text(pcall(library.find, s, p, init, true)) end,
          function(library, ...) return text(pcall(walk, library.gmatch, ...)) end,
          function(library, s, p, init, new) return text(pcall(library.gsub, s, p, new, init)) end,
        }
        local differences = {}
        for i = 1, count do
          local s, p = build(chars, 12), build(pieces, 7)
          local init = math.random(2) == 1 and math.random(-15, 15) or nil
          local new, kind = pick(math.random(2) == 1 and templates or replacements), pick(kinds)
          local ours, theirs = kind(string, s, p, init, new), kind(stock, s, p, init, new)
          if ours ~= theirs and not theirs:find("bad argument") then
            differences[#differences + 1] = ("%q %q: %s, not %s"):format(s, p, ours, theirs)
          end
        end
        return table.concat(differences, "\n", 1, math.min(5, #differences))
        """#

    @Test("matching agrees with Lua's own on random texts and patterns, errors included", arguments: 1...4)
    func agreement(seed: Int) throws {
        let lua = try Interpreter(Catalogue())
        let found = try lua.run(Self.comparison, arguments: [.int(20_000), .int(seed)])
        #expect(found.first?.literal == "\"\"")
    }

    @Test(
        "limits and bad arguments have Lua's texts",
        arguments: [
            ("string.find('', ('('):rep(33) .. ('a'):rep(9))", "too many captures"),
            ("string.find(('a'):rep(300), ('a?'):rep(300))", "pattern too complex"),
            ("string.find()", "bad argument #1 to 'find' (string expected, got no value)"),
            ("string.gmatch('x', {})", "bad argument #2 to 'gmatch' (string expected, got table)"),
            ("string.gsub('x', 'x', true)", "bad argument #3 to 'gsub' (string/function/table expected, got boolean)"),
            ("('x'):match('%f')", "missing '[' after '%f' in pattern"),
        ])
    func errors(source: String, message: String) throws {
        let lua = try Interpreter(Catalogue())
        let answer = try lua.run("return select(2, pcall(function() return \(source) end))", name: "=x")
        #expect(answer.first?.literal == "\"x:1: \(message)\"" || answer.first?.literal == "\"\(message)\"")
    }
}
