import TestSupport
import Testing

/// The tour of the design, typed line by line at the prompt, with what the screen must show. It trains real networks on
/// real data: with a debug build that takes an hour, so it runs when ASSAY_BINARY names a release build.
@Suite(.enabled(if: Assay.isRelease), .serialized) struct TourTests {
    /// What is typed, and what the answer must match as a whole; lines after the first answer the continuation prompt.
    private struct Step {
        let lines: [String]
        let answer: String
        let seconds: Double
        init(_ lines: String..., shows answer: String = "", within seconds: Double = 30) {
            (self.lines, self.answer, self.seconds) = (lines, answer, seconds)
        }
    }

    /// Any text, over any number of lines.
    private static let any = "(?s:.*)"
    private static let percent = #"\d+(\.\d+)? ?%"#

    private let data: [Step] = [
        Step(
            #"fashion = data.load("fashion-mnist")              -- .train, .test; images in [0,1], labels 0...9"#),
        Step(
            "net = nn.mlp{784, 100, 10}                        "
                + "-- also nn.sequential{ nn.conv2d{1, 32, kernel = 3, padding = 1}, nn.relu{}, ... }"),
        Step(
            "net:fit(fashion.train, {epochs = 10, batch = 32, optimizer = optim.adam{}, "
                + "holdout = 0.1, patience = 2, seed = 7})",
            shows: "\(any)epoch\(any)", within: 300),
        Step("net:accuracy(fashion.test)", shows: #"0\.8[5-9]\d*"#),
    ]

    private let quantized: [Step] = [
        Step("w2 = net:quantize{weights = quant.uniform{bits = 2, zero_level = false}}        -- after training"),
        Step(
            "w2:fit(fashion.train, {epochs = 5, seed = 7})"
                + "                                   -- and quantization-aware from there",
            shows: "\(any)epoch\(any)", within: 300),
        Step(
            #"a8 = net:quantize{weights = quant.int8{granularity = "channel"}, activations = quant.uint8{range = "percentile"},"#,
            "                  calibrate = fashion.train:head(1024)}"),
        Step(
            #"i8 = a8:integer{spec = "onnx"}                    "#
                + "-- integer arithmetic; attacks use a8's gradients, i8's verdicts"),
    ]

    private let attacked: [Step] = [
        Step("r = attack.pgd{eps = 0.1, steps = 40, seed = 7}:run(i8, fashion.test:head(1000))", within: 120),
        Step(
            "r                                                 "
                + "-- shown: clean and robust accuracy, counts of passes, warnings",
            shows: "\(any)clean\(any)robust\(any)"),
        Step("r.adversarial[1]:show()                           -- a picture in the terminal", shows: "\(any)\n\(any)"),
        Step(
            "attack.pgd                                        -- help: one line, parameters, defaults, source",
            shows: #"attack\.pgd\((?s:.*)eps(?s:.*)steps(?s:.*)source(?s:.*)"#),
        Step(
            "attack.pgd{eps = 0.1, objective = function(logits, y)                           -- a part written in Lua",
            "  return logits:max_except(y) - logits:pick(y) end}", shows: "\(any)pgd\(any)eps\(any)"),
    ]

    private let studied: [Step] = [
        Step(
            "s = study.sweep{models = {float = net, w2 = w2, int8 = i8}, attack = attack.fgsm{}, eps = linspace(0, 0.3, 31),",
            "                data = fashion.test, seed = 7}", within: 300),
        Step(#"s:plot{x = "eps", y = "accuracy", by = "model"}:save("TOUR/fgsm.svg")"#, shows: any),
        Step(
            #"s:crossing("w2", "float")                         -- the critical strength, with its confidence interval"#,
            shows: #"(?s:.*)\d(?s:.*)"#),
    ]

    private let calculator: [Step] = [
        Step("x = tensor.randn({4, 3}, {seed = 1})              -- tensors are a calculator of their own"),
        Step("w = tensor.randn({3, 2}, {seed = 2}):requires_grad()"),
        Step("y = x:matmul(w):relu():sum()"),
        Step("y:backward()"),
        Step("w.grad", shows: #"Tensor \[3, 2\] float32(?s:.*)"#),
    ]

    @Test("the tour of the design works as written")
    func tour() throws {
        let directory = try TemporaryDirectory()
        let terminal = try Assay.onTerminal(home: directory.path, columns: 160)
        try terminal.read(until: "assay> ")
        for step in data + quantized + attacked + studied + calculator { try take(step, terminal, directory.path) }
        #expect(directory.read("fgsm.svg").contains("<svg"))
        terminal.type("\u{4}")
        #expect(terminal.waitForExit() == 0)
    }

    private func take(_ step: Step, _ terminal: PseudoTerminal, _ directory: String) throws {
        for (number, line) in step.lines.enumerated() {
            terminal.enter(line.replacing("TOUR", with: directory))
            if number < step.lines.count - 1 { try terminal.read(until: "..> ") }
        }
        let shown = try terminal.read(until: "\nassay> ", timeout: step.seconds)
        // The editor may draw a line again, with a signature below it, before Enter takes it: the answer follows the last.
        let typed = step.lines[step.lines.count - 1].replacing("TOUR", with: directory).suffix(20)
        let rest = shown.ranges(of: typed).last.map { shown[$0.upperBound...] } ?? shown[...]
        let answer = rest.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().joined(separator: "\n")
        let matches = try Regex(step.answer).wholeMatch(in: answer) != nil
        #expect(matches, "\(step.lines[0])\nshowed:\n\(answer)")
    }
}
