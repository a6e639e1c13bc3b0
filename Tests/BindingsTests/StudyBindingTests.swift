import Kernel
import TestSupport
import Testing

@testable import Bindings

@Suite struct StudyBindingTests {
    let lua: Interpreter
    init() throws {
        lua = try Interpreter()
        try lua.run(
            """
            d = data.load("gaussians", {n = 10, test = 400, dims = 20, separation = 4}).test
            strong = function(x) return x:matmul(tensor.ones(20, 1):matmul(tensor{{-1, 1}}):to("float32")) end
            weak = function(x) return x:matmul((tensor.ones(20, 1) + tensor.randn({20, 1}, {seed = 1})):matmul(tensor{{-1, 1}}:to("float32"))) end
            s = study.sweep{models = {w10 = weak, w2 = strong}, attack = attack.fgsm{}, eps = {0, 0.2, 0.4, 0.6}, data = d}
            """)
    }

    @Test("a sweep answers by model and strength, models in natural order")
    func sweep() {
        #expect(
            lua.answer("return s.models, s.eps, s.count, s.complete")
                == "{\"w2\", \"w10\"}, {0, 0.2, 0.4, 0.6}, 400, true")
        #expect(lua.answer("local a, low, high = s:accuracy('w2', 0.2) return low < a and a < high") == "true")
        #expect(
            lua.answer("return s:rows()[1].model, #s:rows(), s:rows()[1].accuracy_low < s:rows()[1].accuracy")
                == "\"w2\", 8, true")
        #expect(lua.answer("return tostring(s)").hasPrefix("\"accuracy (%) under fgsm on gaussians/test, 400 examples"))
        #expect(
            lua.answer("local c = s:crossing('w2', 'w10') return c.a, c.eps == nil or c.low <= c.eps") == "\"w2\", true"
        )
    }

    @Test("accuracies of several models by name are those of each")
    func accuracies() {
        #expect(
            lua.answer(
                """
                net = nn.mlp{{20, 16, 8, 2}, seed = 1}
                w2 = net:quantize{weights = quant.uniform{bits = 2, narrow = true}, skip = {"first"}}
                local a = study.accuracies({net = net, w2 = w2, strong = strong}, d)
                return a.net == net:accuracy(d), a.w2 == w2:accuracy(d), a.strong > 0.9
                """) == "true, true, true")
    }

    @Test("an affine two-class model under fgsm has the accuracy mean(margin > eps * |w|_1)")
    func affine() {
        let check = """
            local m = study.margin_model(strong, d, {eps = {0, 0.3, 0.6}})
            local right = 0
            local margins = m.margins
            for i = 1, 400 do if margins[i] > 0.4 * m.dual_norm then right = right + 1 end end
            return right / 400 - (s:accuracy("w2", 0.4))
            """
        #expect(lua.answer(check) == "0")
    }

    @Test("predictions, tables and figures are objects that print and export")
    func output() throws {
        try withFolder { folder in
            #expect(
                lua.answer(
                    "m = study.margin_model(strong, d) return m:predict(0) > 0.95, m:predict{0, 0.1}.shape, m:critical(m)"
                ) == "true, {2}, nil")
            #expect(lua.answer("s:plot{predictions = {w2 = m}, models = {'w2'}}:save('\(folder)/x.svg')") == "")
            #expect(lua.answer("s:csv('\(folder)/x.csv') s:json('\(folder)/x.json')") == "")
            let json = try JSON(parsing: String(decoding: Files.read("\(folder)/x.json"), as: UTF8.self))
            #expect(json["rows"]?.list?.count == 8 && json["data_sha256"]?.text?.count == 64)
            #expect(json["attacks"]?.list?[0].text?.hasPrefix("attack.fgsm{norm = \"linf\"") == true)
            #expect(listing(folder) == ["x.csv", "x.json", "x.svg"])
            #expect(
                lua.answer("return tostring(study.table{columns = {'a', 'b'}, rows = {{1, 0.5}, {'x'}}, digits = 2})")
                    == "\"a     b\\n───────\\n1  0.50\\nx\"")
            #expect(lua.answer("return study.wilson(8, 10)").hasPrefix("0.8, 0.49016"))
            #expect(lua.answer("return study.normal_cdf(-1), study.normal_quantile(0.5)") == "0.15865525393145707, 0")
        }
    }

    @Test("errors name the function, the argument and what came")
    func errors() {
        func says(_ source: String, _ text: String) {
            #expect(lua.answer(source).contains(text), "\(lua.answer(source))")
        }
        says("study.sweep{models = {}, attack = attack.fgsm{}, eps = {0}, data = d}", "at least one model")
        says(
            "study.sweep{models = {a = 1}, attack = attack.fgsm{}, eps = {0}, data = d}",
            "bad argument 'models' to 'study.sweep'")
        says(
            "study.sweep{models = {a = strong}, attack = attack.fgsm{}, eps = {-1}, data = d}", "finite strengths >= 0")
        says("study.sweep{models = {a = strong}, attack = attack.fgsm{}, eps = {}, data = d}", "finite strengths >= 0")
        says("s:accuracy('w3', 0)", "one of w2, w10 expected, got \"w3\"; did you mean \"w2\"?")
        says("s:accuracy('w2', 0.1)", "strengths of the sweep expected, got number 0.1")
        says("s:plot{x = 'eps', by = 'eps'}", "x and by must differ")
        says("s:plot{}:save('x.pdf')", "x.pdf: a figure is saved as .svg or .png")
        says(
            "study.sweep{models = {a = strong}, attack = attack.fgsm{}, eps = {0}, data = d, resume = 'x'}",
            "has no digest of its contents")
        says("study.figure{series = {{x = {1}, y = {1, 2}}}}", "x and y of equal length")
    }
}
