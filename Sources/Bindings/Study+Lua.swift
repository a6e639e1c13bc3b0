import Kernel

extension LuaModule {
    static let study = LuaModule("study", "Sweeps, crossings, predictions, tables and figures.") { m in
        m.function(
            "sweep", "Accuracy under attack of several models over several strengths, example by example.",
            example: "study.sweep{models = {float = net, w2 = w2}, attack = attack.fgsm{}, eps = linspace(0, 0.3, 31), "
                + "data = fashion.test:head(1000)}",
            Parameter<Named<ModelList>>("models", "models by name; a list of models is one model's replicas"),
            Parameter<AttackList>("attack", "an attack, or attacks by name"),
            Parameter<StrengthList>("eps", "strengths: numbers or a tensor"),
            Parameter<Dataset>("data", "the examples"),
            Parameter<SeedList>("seed", SeedList(seeds: []), "seed or seeds of the attack; nil is the attack's own"),
            Parameter<[String]>("order", [], "names of models in the order of tables and figures"),
            Parameter<ModelArgument?>("gradient_from", .none, "another model to take gradients from"),
            Parameter<String?>("resume", nil, "a file that keeps finished cells; a sweep that stopped goes on from it"),
            Parameter("confidence", 0.95, "coverage of the intervals", .within(0.5...0.9999)),
            Parameter("draws", 1000, "bootstrap draws", .within(10...100_000)), body: runSweep)
        m.function(
            "accuracies",
            "Accuracies of several models on the same data, by name. Layers that models begin with in common are computed "
                + "once: variants that differ in a late layer cost little more than one.",
            example: "study.accuracies({float = net, w2 = w2}, fashion.test:head(1000)).w2",
            Parameter<Named<ModelArgument>>("models", "models by name"),
            Parameter<ExampleArgument>("data", "the examples")
        ) { models, data in
            let correct = try Cascade(models.entries.map { try $0.value.attackable() }).correct(data.examples)
            return Value.table(
                .init(
                    named: zip(models.entries, correct).map { entry, correct in
                        (entry.name, .number(Double(correct.count { $0 }) / Double(correct.count)))
                    }))
        }
        m.function(
            "margin_model", "Accuracy against strength predicted from clean margins and their gradients.",
            source: "derived for Gorsline, Smith, Merkel 2021 (arXiv 2105.00227)",
            example: "study.margin_model(net, fashion.test:head(1000)):predict(0.05)",
            Parameter<ModelArgument>("model", "a model, or a function from a batch to logits"),
            Parameter<Dataset>("data", "the examples"),
            Parameter<StrengthList>(
                "eps", StrengthList(strengths: (0...15).map { Double($0) / 50 }),
                "strengths at which the drop is measured"),
            Parameter("norm", MarginModel.Norm.linf, "norm of the perturbation"),
            Parameter("drop", MarginModel.Drop.measured, "how the margin falls with the strength"),
            Parameter("name", "model", "what results call it"),
            Parameter("batch", 500, "examples per batch", .within(1...1 << 20))
        ) { model, data, eps, norm, drop, name, batch in
            guard let forward = try model.attackable().surrogate else {
                throw CallError("study.margin_model: the model gives no gradients; pass its differentiable twin")
            }
            return try MarginModel.fit(
                name, data, eps: eps.strengths, norm: norm, drop: drop, batch: batch, forward: forward)
        }
        addOutput(&m)
        addStatistics(&m)
    }

    private static func addOutput(_ m: inout LuaModuleBuilder) {
        m.function(
            "table", "A table of your own: prints aligned, exports to CSV and JSON.",
            example: "study.table{columns = {\"bits\", \"accuracy\"}, rows = {{1, 94.85}, {2, 96.41}}, digits = 2}",
            Parameter<[String]>("columns", "names of the columns"),
            Parameter<[AnyValue]>("rows", "lists of numbers, strings, booleans or nil"),
            Parameter("title", "", "a line above"), Parameter("note", "", "a line below"),
            Parameter<Int?>(
                "digits", nil, "digits after the point of fractions; nil prints all",
                Constraint("integer from 0 to 15, or nil") { $0.map { (0...15).contains($0) } ?? true }),
            body: makeTable)
        m.function(
            "figure", "A figure of your own.",
            example: "study.figure{series = {{name = \"a\", x = {0, 1, 2}, y = {1, 4, 9}}}}:show()",
            Parameter<[SeriesArgument]>("series", "tables with name, x, y and perhaps low, high, dashed"),
            Parameter("title", "", "a line above"),
            Parameter("x_label", "", "what the horizontal axis shows, with its unit"),
            Parameter("y_label", "", "what the vertical axis shows, with its unit"),
            Parameter<[Double]?>("x_range", nil, "{low, high}"), Parameter<[Double]?>("y_range", nil, "{low, high}")
        ) { series, title, xLabel, yLabel, xRange, yRange in
            var figure = Figure(series.map(\.series), title: title, xLabel: xLabel, yLabel: yLabel)
            figure.xRange = try axisRange(xRange, "x_range")
            figure.yRange = try axisRange(yRange, "y_range")
            return figure
        }
    }

    private static func addStatistics(_ m: inout LuaModuleBuilder) {
        m.function(
            "wilson", "A share and its Wilson interval: value, low, high.", source: "Wilson 1927",
            example: "study.wilson(8, 10)", Parameter<Int>("successes", "how many succeeded", .atLeast(0)),
            Parameter<Int>("count", "of how many", .atLeast(0)),
            Parameter("confidence", 0.95, "coverage", .within(0.5...0.9999))
        ) { successes, count, confidence in
            guard successes <= count else {
                throw ArgumentError(
                    function: "study.wilson", parameter: "successes", expected: "integer <= \(count)",
                    got: "number \(successes)")
            }
            let estimate = Estimate.wilson(successes, of: count, confidence: confidence)
            return Several(.number(estimate.value), .number(estimate.low), .number(estimate.high))
        }
        m.function(
            "normal_cdf", "P(Z <= z) of the standard normal distribution.", example: "study.normal_cdf(1.96)",
            Parameter<Double>("z", "a number")
        ) {
            Normal.cumulative($0)
        }
        m.function(
            "normal_quantile", "The z with P(Z <= z) = p.", example: "study.normal_quantile(0.975)",
            Parameter<Double>("p", "a probability", .within(0...1))
        ) { Normal.quantile($0) }
    }
}

private func runSweep(
    _ models: Named<ModelList>, _ attacks: AttackList, _ eps: StrengthList, _ data: Dataset, _ seeds: SeedList,
    _ order: [String], _ gradientFrom: ModelArgument?, _ resume: String?, _ confidence: Double, _ draws: Int
) throws -> Sweep {
    for name in order where !models.entries.contains(where: { $0.name == name }) {
        throw ArgumentError(
            function: "study.sweep", parameter: "order", expected: "names of models", got: "\"\(name)\"")
    }
    let rest = models.entries.map(\.name).filter { !order.contains($0) }.sorted(by: isNaturallyBefore)
    let ordered = try (order + rest).compactMap { name in
        try models.entries.first { $0.name == name }.map {
            (name: name, replicas: try $0.value.models.map { try $0.attackable() })
        }
    }
    let sweep = try Sweep(
        models: ordered, attacks: attacks.attacks, seeds: seeds.seeds, gradientsFrom: gradientFrom?.attackable(),
        on: data, eps: eps.strengths, confidence: confidence, draws: draws)
    try sweep.run(resume: resume)
    return sweep
}

/// Whether a name comes first when its numbers count as numbers: `w2` before `w10`.
private func isNaturallyBefore(_ a: String, _ b: String) -> Bool {
    func parts(_ text: String) -> [(text: String, number: Int)] {
        var out: [(text: String, number: Int)] = []
        var isNumber = false
        for character in text {
            let digit = character.isASCII && character.isNumber
            if out.isEmpty || digit != isNumber { out.append(("", 0)) }
            isNumber = digit
            out[out.count - 1].text.append(character)
        }
        return out.map { ($0.text, Int($0.text) ?? -1) }
    }
    for (x, y) in zip(parts(a), parts(b)) where x.text != y.text {
        if x.number >= 0, y.number >= 0, x.number != y.number { return x.number < y.number }
        return x.text < y.text
    }
    return (a.count, a) < (b.count, b)
}

private func makeTable(_ columns: [String], _ rows: [AnyValue], _ title: String, _ note: String, _ digits: Int?) throws
    -> Table
{
    var table = Table(title, columns)
    table.note = note
    let isWhole = wholeColumns(columns.count, rows)
    for (index, row) in rows.enumerated() {
        guard let cells = row.value.elements, cells.count <= columns.count else {
            throw ArgumentError(
                function: "study.table", parameter: "rows", expected: "lists of at most \(columns.count) values",
                got: "\(row.value.errorText) as row \(index + 1)")
        }
        table.add(
            cells.indices.map { column in
                switch cells[column] {
                case .null: .empty
                case .int(let int): .int(int)
                case .number(let number) where isWhole[column]: .value(number)
                case .number(let number): digits.map { .number(number, digits: $0) } ?? .value(number)
                case .text(let text): .text(text)
                default: .text(cells[column].literal)
                }
            })
    }
    return table
}

/// Whether a column has whole numbers alone: those print without digits after the point.
private func wholeColumns(_ count: Int, _ rows: [AnyValue]) -> [Bool] {
    (0..<count).map { column in
        rows.allSatisfy { row in
            guard let cells = row.value.elements, column < cells.count, case .number(let number) = cells[column] else {
                return true
            }
            return number == number.rounded()
        }
    }
}

private func axisRange(_ ends: [Double]?, _ name: String) throws -> ClosedRange<Double>? {
    guard let ends else { return nil }
    guard ends.count == 2, ends[0] < ends[1], ends[0].isFinite, ends[1].isFinite else {
        throw ArgumentError(
            function: "study.figure", parameter: name, expected: "{low, high}", got: Value.numbers(ends).literal)
    }
    return ends[0]...ends[1]
}
