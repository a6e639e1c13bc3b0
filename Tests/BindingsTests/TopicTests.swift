import Kernel
import TestSupport
import Testing

@testable import Bindings

@Suite struct TopicTests {
    let lua: Interpreter
    init() throws { lua = try Interpreter() }

    @Test("Lua's own words and functions have help, found by name and by value")
    func words() throws {
        let expected = """
            string.format(formatstring, ...)
              Values in a format as in C: %d, %5.2f, %s, %q, %x.
              source      Lua 5.4 Reference Manual, section 6.4
            """
        #expect(lua.help(for: "string.format") == expected)
        try lua.run("f = string.format")
        #expect(lua.help(for: "f") == expected)
        for word in LuaLexer.keywords {
            #expect(lua.help(for: word).contains("Reference Manual"), "\(word)")
        }
        #expect(lua.help(for: "coroutine").contains("coroutine.wrap(f)"))
    }

    @Test("everything in Lua's standard library is in the table, and the other way round")
    func library() throws {
        var known: Set<String> = []
        for topic in Topic.lua where topic.kind == .library { known.insert(topic.name) }
        let mine = Set(Catalogue.all.modules.map(\.name))
            .union(Catalogue.all.modules.filter(\.name.isEmpty).flatMap(\.functions).map(\.name))
        let source = """
            local names = {}
            for name, value in pairs(_G) do
              names[#names + 1] = name
              if type(value) == "table" and package.loaded[name] == value and name ~= "_G" then
                for key in pairs(value) do names[#names + 1] = name .. "." .. key end
              end
            end
            for key in pairs(getmetatable(io.stdout).__index) do names[#names + 1] = "file:" .. key end
            return table.concat(names, " ")
            """
        guard case .text(let text)? = try lua.run(source).first else { return #expect(Bool(false)) }
        let present = Set(text.split(separator: " ").map(String.init)).filter { !mine.contains($0) }
        #expect(present.subtracting(known).sorted() == [])
        #expect(known.subtracting(present).sorted() == ["lua"])
    }

    @Test("a warning's page says what it asks and when it warns")
    func warnings() {
        #expect(
            lua.help(for: "W01") == """
                W01
                  do inputs lie in the declared range?

                  It warns at: any outside. It costs: free.

                  `?warnings` lists all of them; `Attack:run` has the option `checks`.
                """)
        #expect(lua.help(for: "w01") == lua.help(for: "W01"))
        #expect(lua.help(for: "evaluation-warnings").contains("    W17  is random noise as good?"))
    }

    @Test("subjects are found by their names and by other names; ?topics lists them")
    func subjects() {
        #expect(lua.help(for: "seeds") == lua.help(for: "reproducibility"))
        let list = lua.help(for: "topics")
        for topic in Topic.subjects { #expect(list.contains("\n    \(topic.name)"), "\(topic.name)") }
    }

    @Test("the shell's commands and subjects join in")
    func extended() {
        lua.topics = { [Topic(":go", .command, aliases: [":g"], usage: ":go [there]", "Go.", example: ":go home")] }
        #expect(lua.help(for: ":g") == ":go [there]\n  Go.\n  also        :g\n  example     :go home")
        #expect(lua.help(for: "").contains("\n  commands    :go\n"))
        #expect(lua.help(for: ":goo") == "nothing is known of ':goo'; did you mean :go?")
    }

    @Test("what a text puts between backquotes like a name is a name that help knows")
    func references() {
        let reference = Reference()
        for topic in reference.topics {
            for name in references(in: topic.details) where name != "configuration" {  // a subject of the shell
                #expect(!reference.subjects(named: name).isEmpty, "\(topic.name): \(name)")
            }
        }
    }

    /// `attack.pgd`, `Tensor:sum`, `?warnings`: what has a dot or colon between names, or a question mark before one.
    private func references(in text: String) -> [String] {
        text.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, piece in
            guard index % 2 == 1 else { return nil }
            if piece.hasPrefix("?") { return String(piece.dropFirst()) }
            let parts = piece.split(whereSeparator: { $0 == "." || $0 == ":" })
            let isPath = parts.count == 2 && parts.allSatisfy { isIdentifier($0) } && piece.first?.isLetter == true
            let owners = ["r", "w", "net", "x", "d", "s"]  // variables of the examples
            return isPath && !owners.contains(String(parts[0])) ? String(piece) : nil
        }
    }

    @Test("a search ranks names before summaries before parameters, and knows stems")
    func search() {
        let reference = Reference()
        func names(_ text: String) -> [String] { reference.search(text).map(\.subject.name) }
        #expect(names("calibrat").first == "Module:quantize")
        #expect(names("pgd").first == "attack.pgd")
        #expect(Array(names("quantizing").prefix(3)) == ["quantization", "Module:quantize", "Module.quantization"])
        #expect(names("gradient check").first == "check_gradient")
        #expect(names("dropout training").contains("Module:forward"))
        #expect(names("zzz") == [])
        #expect(names("") == [])
    }

    @Test("help.search prints a table of what was found")
    func printedSearch() throws {
        var text = ""
        lua.output = { text += $0 }
        try lua.run("help.search('Wilson')")
        #expect(
            text == """
                2 found for "Wilson"
                    study.wilson           function  A share and its Wilson interval: value,
                                                     low, high
                    AttackResult.interval  field     95 % Wilson interval of the robust
                                                     accuracy, {low, high}

                """)
        #expect(
            errorText { try lua.run("help.search()") }.hasPrefix(
                "stdin:1: bad argument 'text' to 'help.search' (string expected, got nothing)"))
    }

    @Test("a pattern lists the names that fit")
    func patterns() {
        let text = lua.help(for: "*pool2d")
        #expect(text.hasPrefix("3 names like '*pool2d'\n    Tensor:max_pool2d"))
        #expect(lua.help(for: "zz*") == "no name is like 'zz*'")
        #expect(
            Reference().subjects(like: "attack.*gsm").map(\.name) == ["attack.fgsm", "attack.r_fgsm", "attack.mi_fgsm"])
    }
}

@Suite struct DefinitionTests {
    let lua: Interpreter
    init() throws { lua = try Interpreter() }

    @Test("a Lua function's help is its parameters and the comment above it; ?? shows the text")
    func luaFunctions() throws {
        let folder = try TemporaryDirectory()
        let path = folder.write(
            "tools.lua",
            """
            -- Adds one
            -- to a number.
            function inc(n, ...)
              return n + 1
            end
            tools = {double = function(n) return 2 * n end}
            """)
        try lua.run("dofile('\(path)')")
        #expect(
            lua.help(for: "inc") == """
                inc(n, ...)
                  Adds one to a number.
                  defined     \(path), lines 3 to 5
                  more        ??inc shows the text
                """)
        #expect(
            lua.definition(of: "inc") == """
                -- defined in \(path), lines 3 to 5
                -- Adds one
                -- to a number.
                function inc(n, ...)
                  return n + 1
                end
                """)
        #expect(lua.definition(of: "tools.double").hasSuffix("\ntools = {double = function(n) return 2 * n end}"))
    }

    @Test("the definition of what is native is its page; of what is unknown, its neighbours")
    func native() {
        #expect(
            lua.definition(of: "seed") == lua.help(for: "seed")
                + "\n  This is no function of Lua code, so there is no text to show.")
        #expect(lua.definition(of: "atack.pgd") == "nothing is known of 'atack.pgd'; did you mean attack.pgd?")
    }

    @Test("a function of the session shows its entry; one whose text is gone says where it was")
    func session() throws {
        try lua.run("x = 1\nfunction f() end", name: "=In[3]")
        #expect(lua.definition(of: "f") == "-- defined in In[3], line 2\nfunction f() end")
        try lua.run("g = load(string.dump(f, true))")
        #expect(lua.definition(of: "g") == "defined in ?, line 2; its text is not kept")
    }
}
