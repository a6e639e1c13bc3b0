import Testing

@testable import Bindings

@Suite struct CompletionSignatureTests {
    static let setUp = """
        net = nn.mlp{4, 3}
        function own(alpha, beta, ...) end
        object = {} function object:method(width) end
        """

    @Test(
        "the signature of the innermost call marks the parameter that is typed and says what it is",
        arguments: [
            ("attack.fgsm{eps = |", "attack.fgsm(«eps» = 8/255, norm = \"linf\""),
            ("attack.fgsm{eps = 0.1, norm = \"l|", "attack.fgsm(eps = 8/255, «norm» = \"linf\""),
            ("net:save(|", "net:save(«path»)  the file"), ("net:fit(d, |", "net:fit(data, «epochs» = 10, batch = 128"),
            ("net:fit(d, {batch = 2 + |", "net:fit(data, epochs = 10, «batch» = 128"),
            ("net:fit(d, {|", "net:fit(data, epochs = 10"), ("f(net:fit(d, (1 + |", "net:fit(data, «epochs» = 10"),
            ("own(1, |", "own(alpha, «beta», ...)"), ("own(1, 2, 3, 4, |", "own(alpha, beta, «...»)"),
            ("object:method(|", "object:method(«width»)"), ("local function f(a, b) end f(|", "f(«a», b)"),
            ("string.rep(s, |", "string.rep(s, «n», sep)  A string n times."),
            ("(\"x\"):rep(|", "string.rep(«n», sep)  A string n times."),
            ("data.load(\"glyphs\", {seed = |", "data.load(\"glyphs\", n = "),
            ("tensor.zeros(2, |", "tensor.zeros(«shape...»"), ("study.sweep{models = {a = |", "study.sweep(«models»"),
        ])
    func signatures(_ marked: String, _ beginning: String) throws {
        let signature = try CompletionDesk(Self.setUp).signature(marked) ?? "none"
        #expect(signature.hasPrefix(beginning), "\(marked): \(signature)")
    }

    @Test(
        "no signature is shown where no known function is called",
        arguments: [
            "|", "x = |", "(1 + |", "{a = |", "function f(|", "nothing(|", "own(1)|", "own(function() |", "net.fit|",
        ])
    func none(_ marked: String) throws {
        let signature = try CompletionDesk(Self.setUp).signature(marked)
        #expect(signature == nil, "\(marked): \(signature ?? "")")
    }

    @Test("on a short line the parameters around the one that is typed stay")
    func short() throws {
        let lua = try CompletionDesk(Self.setUp).lua, text = "net:fit(d, {holdout = "
        let hint = try #require(lua.signatureHint(text, at: text.utf8.count))
        #expect(hint.line(width: 60) == "net:fit(..., «holdout» = 0, patience = nil, ...)")
        for width in 40...200 {
            let line = hint.line(width: width)
            #expect(line.count <= width && line.contains("«holdout» = 0"), "\(width): \(line)")
        }
        #expect(hint.doc == "share of the examples, the last ones, kept out and measured")
    }
}
