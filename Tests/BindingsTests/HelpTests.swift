import Kernel
import Synchronization
import Testing

@testable import Bindings

@Suite struct HelpTests {
    let lua: Interpreter
    init() throws { lua = try .sample() }

    func printed(_ source: String) throws -> String {
        var text = ""
        lua.output = { text += $0 }
        try lua.run(source)
        return text
    }

    @Test("a function's help is its signature, summary, parameters and example")
    func functions() throws {
        let expected = """
            Probe:clamp(lo, hi = 1) -> Probe
              Limit the number to [lo, hi].
                lo  number      lower bound
                hi  number = 1  upper bound
              example: Probe(3):clamp(0, 1)

            """
        #expect(try printed("help('Probe:clamp')") == expected)
        #expect(try printed("help(sample.probe().clamp)") == expected)
        #expect(lua.help(for: "clamp") + "\n" == expected)
        #expect(
            lua.help(for: "sample.ball") == """
                sample.ball(eps = 0.5, norm = "linf") -> Ball
                  A ball.
                    eps   number > 0 = 0.5           the radius
                    norm  "linf"|"l2"|"l1" = "linf"  the norm
                """)
    }

    @Test("types and modules list what they have")
    func lists() throws {
        #expect(
            try printed("help(sample.point(1, 2))") == """
                Point
                  A place.
                  fields
                    x  The abscissa.
                  operators
                    a == b  equality

                """)
        #expect(lua.help(for: "sample").hasPrefix("sample\n  Functions for the tests.\n  call\n    sample(values)"))
        #expect(lua.help(for: "").contains("  modules\n    sample  Functions for the tests.\n"))
        try lua.run("tools = {first = sample.probe}")
        #expect(lua.help(for: "tools.first").hasPrefix("sample.probe(number = 0) -> Probe"))
    }

    @Test("unknown names get near matches")
    func unknown() {
        #expect(lua.help(for: "sample.prob") == "nothing is known of 'sample.prob'; did you mean sample.probe?")
        #expect(lua.help(for: "clmap") == "nothing is known of 'clmap'; did you mean Probe:clamp?")
        #expect(lua.help(for: "zzzzzz") == "nothing is known of 'zzzzzz'")
    }

    @Test("every declaration says what it is and what its parameters are")
    func complete() {
        for function in Catalogue.standard.functions + Catalogue.core.functions {
            #expect(!function.summary.isEmpty, "\(function.signature.name)")
            for parameter in function.signature.parameters {
                #expect(!parameter.doc.isEmpty, "\(function.signature.name): \(parameter.name)")
            }
        }
        for type in Catalogue.standard.classes { #expect(!type.doc.isEmpty, "\(type.name)") }
    }

    @Test("names are declared once")
    func unique() {
        let names = (Catalogue.standard.functions + Catalogue.core.functions).map(\.signature.name)
        #expect(Dictionary(grouping: names) { $0 }.filter { $0.value.count > 1 }.keys.sorted() == [])
    }
}

@Suite struct DisplayTests {
    let lua: Interpreter
    init() throws { lua = try .sample() }

    func shown(_ expression: String) throws -> String {
        var text: [String] = []
        try lua.evaluate(expression) { text.append($0) }
        return text.joined(separator: " | ")
    }

    @Test(
        "values are shown as they would be typed",
        arguments: [
            ("nil, true, 1, 1.5, 2^53, 'a\\n\"b\"'", #"nil | true | 1 | 1.5 | 9.007199254741e+15 | "a\n\"b\"""#),
            ("{}", "{}"), ("{1, 2, {3}}", "{1, 2, {3}}"),
            (
                "{b = 1, a = {c = 'x'}, 5, [10] = 7, [-1.5] = 8, ['two words'] = 9, [true] = 0}",
                #"{5, [-1.5] = 8, [10] = 7, a = {c = "x"}, b = 1, ["two words"] = 9, [true] = 0}"#
            ),
            ("sample.probe(2), {sample.probe(3)}", "Probe 2 | {Probe 3}"),
            ("setmetatable({}, {__tostring = function() return 'mine' end})", "mine"),
            ("setmetatable({}, {__tostring = function() error('x') end})", "(table; its __tostring fails: stdin:1: x)"),
            ("{sample.probe, sample}", "{function sample.probe, module sample}"),
        ])
    func values(_ expression: String, _ expected: String) throws { #expect(try shown(expression) == expected) }

    @Test("cycles end, long tables are cut, wide ones are broken into lines")
    func limits() throws {
        try lua.run(
            "t = {} t.self = t long = {} for i = 1, 1000 do long[i] = i end deep = {} for i = 1, 100 do deep = {deep} end"
        )
        #expect(try shown("t") == "{self = <cycle>}")
        #expect(try shown("long").hasSuffix("  97,  98,  99, 100, ... 900 more\n}"))
        #expect(try shown("deep") == "{{{{{{{{{... 1 item}}}}}}}}}")
        let wide = try shown("{a = ('x'):rep(60), b = ('y'):rep(60)}")
        #expect(
            wide
                == "{\n  a = \"\(String(repeating: "x", count: 60))\",\n  b = \"\(String(repeating: "y", count: 60))\"\n}"
        )
        try lua.run(
            "big = {} for i = 1, 200 do big[i] = {} for j = 1, 200 do big[i][j] = j end end names = {} for i = 1, 5000 do names['n' .. i] = i end"
        )
        #expect(try shown("big").count < 40_000)
        #expect(try shown("names").hasSuffix("... 4,900 more\n}"))
    }

    @Test("a declared function and a module show their help")
    func declared() throws {
        #expect(try shown("sample.ball").hasPrefix("sample.ball(eps = 0.5"))
        #expect(try shown("sample").hasPrefix("sample\n  Functions for the tests."))
    }

    @Test("show prints through the output in order")
    func show() throws {
        var text = ""
        lua.output = { text += $0 }
        try lua.run("show(1, 'x') show({1})")
        #expect(text == "1\n\"x\"\n{1}\n")
    }
}
