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

    @Test("a function's help is its signature, summary, parameters, result and example")
    func functions() throws {
        let expected = """
            Probe:clamp(lo, hi = 1) -> Probe
              Limit the number to [lo, hi].
              parameters
                lo  number  lower bound
                hi  number  upper bound; default 1
              returns     Probe: Counts its instances
              example     Probe(3):clamp(0, 1)

            """
        #expect(try printed("help('Probe:clamp')") == expected)
        #expect(try printed("help(sample.probe().clamp)") == expected)
        #expect(lua.help(for: "clamp") + "\n" == expected)
    }

    @Test("a recipe's help shows choices, limits, source and relatives, wrapped to the screen")
    func recipes() throws {
        #expect(
            try Interpreter().help(for: "attack.fgsm") == """
                attack.fgsm(eps = 8/255, norm = "linf", objective = "cross_entropy",
                            temperature = 1, target = nil, seed = 0, batch = nil) -> Attack
                  Fast gradient sign method: one step of the whole budget along the steepest
                  direction.
                  parameters
                    eps          number from 0 to 1e9, or one per example
                                                   size of the perturbation in input units, a
                                                   number or one per example; default 8/255
                    norm         "linf"|"l2"|"l1"  norm of the budget; default "linf"
                    objective    "cross_entropy"|"margin"|function
                                                   loss to raise: a name, or a function of
                                                   logits and labels that returns one loss per
                                                   example; default "cross_entropy"
                    temperature  number > 0        divides the logits before the loss; default 1
                    target       "random"|"next"|"least_likely"|integer|Tensor|integer[]|nil
                                                   class to steer to; nil leaves the label
                    seed         integer           seed of every random draw; default 0
                    batch        integer from 1 to 1048576, or nil
                                                   examples per batch; nil is what suits the
                                                   model: 64 with convolutions, 256 without
                  returns     Attack: An attack with its budget
                  example     attack.fgsm{eps = 0.1}:run(net, fashion.test:head(100))
                  source      Goodfellow, Shlens, Szegedy 2015 (arXiv 1412.6572)
                  see also    attack.r_fgsm, attack.mi_fgsm, Attack, ?attacks
                """)
    }

    @Test("types and modules list what they have")
    func lists() throws {
        #expect(
            lua.help(for: "Point") == """
                Point
                  A place.
                  fields
                    x  The abscissa.
                  operators
                    a == b  equality
                """)
        #expect(
            lua.help(for: "sample").hasPrefix(
                "sample\n  Functions for the tests.\n  call\n    sample(values)"))
        #expect(lua.help(for: "").contains("\n    sample  Functions for the tests.\n"))
        try lua.run("tools = {first = sample.probe}")
        #expect(lua.help(for: "tools.first").hasPrefix("sample.probe(number = 0) -> Probe"))
    }

    @Test("an object's help is what it is now, and the page of its type")
    func objects() throws {
        try lua.run("place = sample.point(1, 2)")
        let page = "\n      Point(x: 1.0, y: 2.0)\n" + lua.help(for: "Point")
        #expect(lua.help(for: "place") == "place is a Point" + page)
        #expect(try printed("help(place)") == "a Point" + page + "\n")
        try lua.run("t = {1, 2, a = 3}")
        #expect(lua.help(for: "t") == "t is a table of Lua\n      table with 2 items and 1 field")
    }

    @Test("a long type shows its methods in groups")
    func groups() {
        let text = Help.text(.type(.tensor))
        #expect(text.contains("\n  comparison        eq ne lt le gt ge logical_and logical_or logical_not isnan\n"))
        #expect(text.split(separator: "\n").count < 70)
        let named = LuaClass.tensor.methods.filter { $0.group.isEmpty }.map(\.name)
        #expect(named == [])
    }

    @Test("a narrow screen has the texts below the names, and no line is wider than it")
    func narrow() {
        let reference = Reference(topics: [])
        for subject in reference.subjects {
            let page = reference.page(of: subject)
            for line in page.text(on: Screen(width: 80)).split(separator: "\n") {
                let isLong = line.count > 80 && !page.parts.contains { $0.hasLine(String(line)) }
                #expect(!isLong || line.split(separator: " ").count < 3, "\(subject.name): \(line)")
            }
        }
        let text = reference.page(of: reference.subjects(named: "attack.noise")[0]).text(on: Screen(width: 40))
        #expect(text.contains("\n    draws  integer from 1 to 1000000\n        independent draws; default 10\n"))
    }

    @Test("colours only where the screen has them")
    func colours() {
        let page = Page("p", [.signature("p()"), .fact("source", "S")])
        #expect(page.text(on: Screen()) == "p()\n  source      S")
        #expect(
            page.text(on: Screen(palette: .greys)) == "\u{1b}[1mp()\u{1b}[0m\n  \u{1b}[36msource\u{1b}[0m      S")
    }

    @Test("unknown names get near matches: of declarations, of the session's variables, of topics")
    func unknown() throws {
        #expect(lua.help(for: "sample.prob") == "nothing is known of 'sample.prob'; did you mean sample.probe?")
        #expect(lua.help(for: "clmap") == "nothing is known of 'clmap'; did you mean Probe:clamp?")
        #expect(
            lua.help(for: "zzzzzz") == "nothing is known of 'zzzzzz'; help.search(\"zzzzzz\") searches texts")
        try lua.run("my_network = 1")
        #expect(lua.help(for: "my_netwrok") == "nothing is known of 'my_netwrok'; did you mean my_network?")
        #expect(lua.help(for: "quantisation") == "nothing is known of 'quantisation'; did you mean quantization?")
        #expect(lua.help(for: "string.fromat") == "nothing is known of 'string.fromat'; did you mean string.format?")
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

extension Page.Part {
    /// Whether it is code with this line, which is not broken.
    fileprivate func hasLine(_ line: String) -> Bool {
        switch self {
        case .code(let code), .example(let code): code.split(separator: "\n").contains { line.hasSuffix($0) }
        default: false
        }
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
