import Kernel
import TestSupport
import Testing

@testable import Bindings

/// Values in every form, and what a notebook needs of the interpreter.
@Suite(.serialized) struct FormsTests {
    private func forms(_ code: String) throws -> ValueForms {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        try interpreter.execute("x = " + code)
        return try #require(interpreter.forms(ofGlobal: "x"))
    }

    @Test("text is plain and 100 columns wide whatever the terminal is")
    func text() throws {
        let before = Screen.current
        Screen.current = Screen(width: 40, palette: .colours, isStyled: true, isUnicode: true)
        defer { Screen.current = before }
        let list = try forms("{}; for i = 1, 40 do x[i] = 1000 + i end")
        #expect(!list.text.contains("\u{1b}") && list.text.split(separator: "\n").contains { $0.count > 80 })
        #expect(Screen.current.width == 40)
    }

    @Test("tables, lists of like tables and results have a table form, other values none")
    func tables() throws {
        #expect(
            try forms("{{a = 1, b = true}, {a = 2.5, b = false}}").table?.description
                == #"{"columns":["a","b"],"rows":[[1,"true"],[2.5,"false"]]}"#)
        for code in ["{{a = 1}, {b = 2}}", "{{a = {}}}", "{1, 2}", "{a = 1}", "{}", "{{1}, {2}}", "3"] {
            #expect(try forms(code).table == nil, "\(code)")
        }
    }

    @Test("tensors that look like pictures have pixels, others do not; shown pictures have them anyway")
    func pictures() throws {
        for (code, count) in [
            ("tensor.zeros{1, 8, 8}", 1), ("tensor.zeros{5, 3, 9, 9}", 1), ("tensor.zeros{8, 8}", 0),
            ("tensor.zeros{1, 8, 8} - 1", 0), ("tensor.zeros{2, 8, 8}", 0), ("tensor.zeros{1, 4, 4}", 0),
        ] {
            let forms = try forms(code)
            #expect(forms.media.map(\.type) == [String](repeating: "image/png", count: count), "\(code)")
            #expect(forms.tensor != nil)
        }
    }

    @Test("objects are compared without durations and threads")
    func comparable() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        try interpreter.execute(
            "x = attack.fgsm{eps = 0.1}:run(nn.mlp{4, 2}, {tensor.rand{3, 4}, tensor{0, 1, 1}})")
        let json = try #require(interpreter.forms(ofGlobal: "x")).json
        #expect(json["seconds"] == nil && json["count"] == .int(3) && json["type"] == .text("AttackResult"))
        #expect(try #require(interpreter.forms(ofGlobal: "x")).table?["columns"] != nil)
    }

    @Test("the forms of a training history say nothing of durations, its text at the prompt does")
    func history() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        try interpreter.execute(
            "x = nn.mlp{2, 2}:fit(data.load('blobs', {n = 30, test = 10, classes = 2, seed = 1}).train, {epochs = 2})")
        let forms = try #require(interpreter.forms(ofGlobal: "x"))
        #expect(forms.text.hasPrefix("epoch     loss  accuracy\n") && forms.json["seconds"] == nil)
        #expect(forms.table?["rows"]?.list?.count == 2)
        guard case .text(let text)? = try interpreter.run("return tostring(x)").first else {
            return #expect(Bool(false))
        }
        #expect(text.hasPrefix("epoch     loss  accuracy  seconds\n"))
    }

    @Test("show hands forms to the observer, methods of that name too")
    func observer() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        var seen: [String] = []
        interpreter.showObserver = { seen.append("\($0.text.prefix(6)) \($0.media.count)") }
        try interpreter.execute("show(1, 'a') tensor.zeros{8, 8}:show{palette = 'none'}")
        #expect(seen.count == 3 && seen[0] == "1 0" && seen[1] == "\"a\" 0" && seen[2].hasSuffix(" 1"))
    }

    @Test("the values of an entry come in every form")
    func entry() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        var seen: [JSON] = []
        try interpreter.evaluate(EntrySource("1, {a = 2}"), name: "=In[1]") { (forms: ValueForms) in
            seen.append(forms.json)
        }
        #expect(seen == [.int(1), .object([("a", .int(2))])])
    }

    @Test("sortedpairs gives numbers, strings and booleans in order, whatever the table's own order is")
    func sortedPairs() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        let code = """
            local t, seen = {b = 1, a = 2, ["10"] = 3, [10] = 4, [2] = 5, [1.5] = 6, [true] = 7, [false] = 8, [-1] = 9}, {}
            for k, v in sortedpairs(t) do
              seen[#seen + 1] = tostring(k) .. "=" .. v
              if k == 2 then t[10] = nil end
            end
            return table.concat(seen, " "), sortedpairs({})() == nil
            """
        guard case .text(let text)? = try interpreter.run(code).first else { return #expect(Bool(false)) }
        #expect(text == "-1=9 1.5=6 2=5 10=3 a=2 b=1 false=8 true=7")
        let many =
            "local t, last = {}, nil for i = 1, 3000 do t['k' .. (i * 7919 % 3001)] = i end local n = 0 for k in sortedpairs(t) do assert(not last or last < k) last, n = k, n + 1 end return n"
        guard case .int(3000)? = try interpreter.run(many).first else { return #expect(Bool(false)) }
        #expect(
            errorText { try interpreter.execute("sortedpairs(3)") }
                == "stdin:1: bad argument 't' to 'sortedpairs' (table expected, got number 3)")
    }

    @Test("a hash seed makes pairs visit string keys in one order in every state, and not that of another seed")
    func hashSeed() throws {
        func order(_ seed: UInt32?) throws -> String {
            let interpreter = try Interpreter(hashSeed: seed)
            defer { interpreter.close() }
            #expect(interpreter.hashSeed == seed)
            let code =
                "local t, s = {}, {} for i = 1, 60 do t['key' .. i] = i end for k in pairs(t) do s[#s + 1] = k end return table.concat(s, ' ')"
            guard case .text(let text)? = try interpreter.run(code).first else { return "" }
            return text
        }
        let first = try order(7)
        #expect(try order(7) == first && order(8) != first)
        _ = try order(nil)
    }

    @Test("globals that a cell changed are found, and what is stored comes back as it was")
    func stored() throws {
        let interpreter = try Interpreter(hashSeed: 1)
        defer { interpreter.close() }
        try interpreter.execute("a = 1 t = {x = 1}")
        let before = try #require(interpreter.globalsNow())
        try interpreter.execute(
            "b = {1, 2.0, s = '\\0\\255', [1 << 40] = {}, [0.5] = -0.0} a = nil c = tensor{1.5, dtype = 'float64'} t.x = 2 n = 0/0"
        )
        #expect(interpreter.changedGlobals(since: before) == ["a", "b", "c", "n"])
        let stored = try interpreter.storedGlobals(["a", "b", "c", "n"])
        try interpreter.execute("b, c, n, a = nil, nil, nil, 5")
        try interpreter.restoreGlobals(stored)
        let check =
            "return a == nil and math.type(b[1]) == 'integer' and math.type(b[2]) == 'float' and b.s == '\\0\\255' and next(b[1 << 40]) == nil and 1 / b[0.5] < 0 and c[1] == 1.5 and c.dtype == 'float64' and n ~= n"
        guard case .flag(true)? = try interpreter.run(check).first else { return #expect(Bool(false)) }
        for damage in [
            [], Array("t".utf8), Array("s".utf8) + [UInt8](repeating: 255, count: 8), stored[1].bytes.dropLast(),
            stored[1].bytes + [0],
        ] as [[UInt8]] {
            #expect(throws: (any Error).self) { try interpreter.restoreGlobals([("b", damage)]) }
        }
    }

    @Test("a cell tells running to its end from leaving with return, and keeps its lines")
    func cells() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        try interpreter.setArguments(path: "nb.lua", [])
        func end(_ text: String) throws -> CellEnd { try interpreter.run(CellSource(text, line: 5), name: "@nb.lua") }
        #expect(try end("local x = 1") == .ran && end("do return end") == .returned && end("return 1") == .returned)
        #expect(try end("") == .ran && end("-- only this") == .ran)
        #expect(errorText { _ = try end("\nerror('no')") } == "nb.lua:6: no")
        #expect(errorText { _ = try end("x =") } == "nb.lua:5: unexpected symbol near <eof>")
        guard case .int(1) = try interpreter.global("x") else { return #expect(Bool(false)) }
        #expect(
            CellSource("local f <close> = nil\nlocal c <const> = 1", line: 1).notes == [
                "note: <close> of 'f' has no effect in a notebook"
            ])
    }
}
