import Testing

@testable import Bindings

/// Tab in code, case by case: a text with `|` for the cursor, and what is offered there.
@Suite(.serialized) struct CompletionContextTests {
    static let setUp = """
        glyphs = data.load("glyphs", {n = 20, test = 20})
        net = nn.mlp{4, 3}
        x = tensor.zeros(2, 3)
        t = {name = 1, ["a b"] = 2, [1] = 5, [2] = 6, nested = {deep = x}, nets = {net}}
        function add(first, second, ...) end
        cls = {} cls.__index = cls function cls.new(a) end function cls:area(w, h) end
        obj = setmetatable({w = 1}, cls)
        text = "abc"
        """

    /// Everything that is offered.
    @Test(
        "Tab offers exactly what can stand at the cursor",
        arguments: [
            // members
            ("t.na|", ["name"]), ("t.nested.|", ["deep"]), ("obj:|", ["area", "new"]), ("obj.|", ["area", "new", "w"]),
            ("glyphs.|", ["bayes_error", "name", "test", "train"]), ("net:fi|", ["fit"]),
            ("text:upp|", ["upper"]), ("(\"abc\"):upp|", ["upper"]), ("\"abc\":upp|", ["upper"]),
            ("io.stdout:se|", ["seek", "setvbuf"]), ("1.|", []), ("nothing.|", []),
            // results of paths, by declaration
            ("glyphs.train:he|", ["head"]), ("attack.pgd{}:ru|", ["run"]), ("x:relu():sub|", ["sub", "sub_"]),
            ("nn.mlp{4, 3}:fi|", ["fit"]), ("data.load(\"glyphs\").train:he|", ["head"]), ("(x + 1):num|", []),
            ("require(\"string\").upp|", ["upper"]), ("require \"string\".upp|", ["upper"]),
            ("t.nets[1]:fi|", ["fit"]), ("t.nets[i]:fi|", ["fit"]), ("t[\"nested\"].d|", ["deep"]),
            ("t.nested.deep:numel():x|", []), ("net.layers[1]:fi|", ["fit"]), ("net.layers[1].layers[2].ki|", ["kind"]),
            ("net.parameters.anything:nume|", ["numel"]), ("for i, p in pairs(net.parameters) do p:nume|", ["numel"]),
            ("x[1]:nume|", ["numel"]),
            ("io.open(\"x\"):li|", ["lines"]), ("text:rep(3):upp|", ["upper"]), ("tostring(x):upp|", ["upper"]),
            ("local f = io.open(\"x\") f:li|", ["lines"]), ("string.find(text, \"a\"):x|", []),
            // keys
            ("t[\"|", ["a b\"]", "name\"]", "nested\"]", "nets\"]"]), ("t['na|", ["name']"]), ("t[\"na|\"]", ["name"]),
            ("t[1|", ["1]"]), ("t[na|]", ["\"name\""]),
            // options
            ("attack.pgd{no|", ["norm = "]), ("attack.pgd{no|= 1}", ["norm"]), ("attack.pgd({no|", ["norm = "]),
            ("attack.pgd{norm = |", ["\"linf\"", "\"l2\"", "\"l1\""]),
            ("attack.pgd{norm = \"l|", ["linf\"", "l2\"", "l1\""]),
            ("attack.pgd{norm = \"l|\"}", ["linf", "l2", "l1"]), ("attack.pgd{norm = 'l2|", ["l2'"]),
            ("net:fit(d, {ep|", ["epochs = "]), ("f(\nnet:fit(d, {ba|", ["batch = "]),
            ("net:fit(function() local a = attack.pgd{ep|", ["eps = "]), ("net:quantize{fold = |", ["true", "false"]),
            ("attack.pgd{random_start = t|", ["true", "t", "table", "tensor", "text", "tonumber", "tostring", "type"]),
            ("net:fit(d, {optimizer = |", ["optim.sgd", "optim.adam", "optim.adamw"]),
            ("net:fit(d, {optimizer = adamw|", ["optim.adamw"]),
            ("net:fit(d, {optimizer = optim.ad|", ["adam", "adamw"]),
            ("attack.pgd{eps = 0.1, al|pha = 1}", ["alpha = "]),
            ("attack.pgd{eps = |", ["8/255", "x"]), ("attack.pgd{0.1, st|", ["steps = "]),
            ("attack.noise{|", ["eps = ", "norm = ", "draws = ", "seed = ", "batch = "]),
            (
                "net:fit(d, |",
                [
                    "{epochs = ", "{batch = ", "{optimizer = ", "{loss = ", "{schedule = ", "{holdout = ",
                    "{patience = ",
                    "{monitor = ", "{adversary = ", "{clip_weights = ", "{seed = ", "10",
                ]
            ), ("net:fit(|", ["glyphs.test", "glyphs.train", "data.from_tensors"]),
            ("attack.pgd{0.1, eps|", ["steps = "]), ("nn.mlp{siz|", ["sizes = "]),
            ("if x.dtype == \"fl|", ["float32\"", "float64\""]),
            ("net:quantize{layers = {[\"2\"] = {|", ["weights = ", "activations = "]),
            ("net:quantize{layers = {[\"2\"] = {weights = q, |", ["activations = "]),
            ("net:quantize{layers = {[\"|", ["2\"]"]), ("net:quantize{skip = {\"f|", ["first\""]),
            ("net:quantize{skip = \"l|", ["last\""]),
            // known strings
            ("data.load(\"fa|", ["fashion-mnist\""]), ("data.load 'gl|", ["glyphs'"]),
            ("data.load{\"gl|", ["glyphs\""]),
            ("data.load(\"glyphs\", {se|", ["seed = "]), ("data.load{\"glyphs\", te|", ["test = "]),
            ("require(\"str|", ["string\""]),
            // variables of the text
            ("local foo = tensor.zeros(2) local y = fo|", ["foo"]), ("local foo = x foo:nume|", ["numel"]),
            ("local foo, bar = 1, x bar:nume|", ["numel"]), ("function f(alpha, beta) al|", ["alpha"]),
            ("for index, v in pairs(t.nets) do v:fi|", ["fit"]), ("do local inner end inn|", []),
            ("local x = 1 x:nume|", []), ("bar = x\nbar:nume|", ["numel"]), ("local x = x; x:nume|", ["numel"]),
            ("local z = x * 2; z:nume|", ["numel"]),
            ("local f = function(a) end f|", ["f", "for", "function"]),
            ("local function fun(a) end fun|", ["fun", "function"]), ("function cls:m() self:are|", ["area"]),
            // keywords
            ("whi|", ["while"]), ("x = 1 an|", ["and"]), ("x = nu|", ["tonumber"]), ("x = ni|", ["nil"]),
            ("t = {whi|", []),
            ("goto con| ::continue::", []), ("::continue:: goto c|", ["continue"]),
            ("local x <c|", ["close", "const"]),
            ("local func|", ["function"]),
            // nothing
            ("-- ne|", []), ("--[[ ne|", []), ("local |", []), ("local a, b|", []), ("local a <const>, b|", []),
            ("for i = 1, ob|", ["obj"]), ("local a <const>, b <c|", ["close", "const"]), ("function f(a|", []),
            ("x |", []),
            ("for i|", []), ("1e|", []), ("x\u{E9}|", []), ("x)|", []),
        ])
    func offers(_ marked: String, _ expected: [String]) throws {
        let offered = try Self.desk().texts(marked)
        #expect(offered == expected, "\(marked): \(offered)")
    }

    private static func desk() throws -> CompletionDesk {
        if let desk = shared { return desk }
        let desk = try CompletionDesk(setUp)
        shared = desk
        return desk
    }
    /// One for all cases: they change nothing, and the suite runs on one thread at a time.
    nonisolated(unsafe) private static var shared: CompletionDesk?

    @Test("texts that nest and chain without end are answered quickly")
    func endless() throws {
        let desk = try CompletionDesk(Self.setUp), count = 50_000
        let many = { (text: String) in String(repeating: text, count: count) }
        let chain = (1...2000).map { "local a\($0) = a\($0 - 1)\n" }.joined()
        let texts = [
            many("("), many("{"), many("(") + many(")"), many("(") + many("]"), many("function() "), many("\"a\" "),
            many("x."), many("f{"), many("a = 1 "), many("local a = 1 "), many("if x then "), "x" + many(":f()"),
            "x" + many("[1]"), many("--[["), many("t[\"a\"]."), many("end "), many("a, "), many("function f(a, "),
            "local a0 = x " + chain + "a2000:nume", "local a0 = x " + chain + "a100:nume", many("(x)") + ":nume",
        ]
        for text in texts {
            let start = ContinuousClock.now
            _ = desk.lua.complete(text, at: text.utf8.count)
            #expect(ContinuousClock.now - start < .seconds(3), "\(text.prefix(20))")
        }
        #expect(desk.texts("local a0 = x " + chain + "a100:nume|") == ["numel"])
    }
}
