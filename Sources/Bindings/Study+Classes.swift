import Kernel

extension LuaClass {
    static let sweep = LuaClass(Sweep.self, "Accuracies of models over strengths, with every outcome.") { c in
        c.example =
            "s = study.sweep{models = {float = net, w2 = w2}, attack = attack.fgsm{}, eps = {0, 0.1, 0.2}, data = d}"
        c.property("models", "Names of the curves.") { $0.curves.map(\.name) }
        c.property("eps", "The strengths, ascending.") { $0.eps }
        c.property("count", "Number of examples.") { $0.examples }
        c.property("complete", "Whether every cell is finished.") { $0.isComplete }
        c.method(
            "accuracy", "Accuracy of a model at a strength: value, low, high.", example: "s:accuracy(\"w2\", 0.1)",
            Parameter<String>("model", "its name").suggesting(curveNames),
            Parameter<Double>("eps", "a strength of the sweep")
        ) { sweep, model, eps in
            let estimate = try sweep.estimate(sweep.place(model, "accuracy"), sweep.place(eps: eps, "accuracy"))
            return Several(.number(estimate.value), .number(estimate.low), .number(estimate.high))
        }
        c.method(
            "crossing", "Where one model's accuracy overtakes another's, with a paired-bootstrap interval.",
            example: "s:crossing(\"w2\", \"float\")", Parameter<String>("a", "a model").suggesting(curveNames),
            Parameter<String>("b", "the model to compare with").suggesting(curveNames)
        ) { try $0.crossing($1, $2) }
        addSweepOutput(&c)
        c.description { "\($0)" }
    }

    private static let curveNames = Suggestions.of(Sweep.self) { $0.curves.map(\.name) }

    private static func addSweepOutput(_ c: inout LuaClassBuilder<Sweep>) {
        c.method(
            "table", "Accuracies in percent with intervals.", example: "s:table{eps = {0, 0.1, 0.2}}",
            Parameter<StrengthList?>("eps", nil, "which strengths; nil takes all, or eight of them with many models")
        ) { sweep, eps in try sweep.table(eps: eps?.strengths) }
        c.method("rows", "A table with one row per model and strength, all numbers.") { try $0.rows() }
        c.method(
            "csv", "Write all rows as CSV.", example: "s:csv(\"accuracy.csv\")", Parameter<String>("path", "the file")
        ) { sweep, path in
            try AtomicFile.write(path, text: sweep.rows().csv)
        }
        c.method(
            "json", "Write all rows and what made them as JSON.", example: "s:json(\"accuracy.json\")",
            Parameter<String>("path", "the file")
        ) {
            sweep, path in
            try AtomicFile.write(path, text: "\(sweep.json())\n")
        }
        c.method(
            "plot", "A figure over strengths with a curve per model, or over models with a curve per strength.",
            example: "s:plot{x = \"eps\", y = \"accuracy\", by = \"model\"}:save(\"fgsm.svg\")",
            Parameter("x", Sweep.Axis.eps, "the horizontal axis"),
            Parameter("y", Sweep.Quantity.accuracy, "the vertical axis"),
            Parameter<Sweep.Axis?>("by", .none, "what each curve is; the other of eps and model"),
            Parameter<[String]?>("models", .none, "which models; nil takes all").suggesting(curveNames),
            Parameter<StrengthList?>("eps", .none, "which strengths; nil takes all"),
            Parameter<Predictions>("predictions", Predictions(entries: []), "margin models by model, drawn dashed"),
            Parameter<[Crossing]>("crossings", [], "crossings to mark"),
            Parameter<String?>("title", .none, "a line above; nil names attack and data")
        ) { sweep, x, y, by, models, eps, predictions, crossings, title in
            guard by != x else { throw CallError("Sweep:plot: x and by must differ, both are \"\(x.rawValue)\"") }
            var figure = try sweep.figure(
                x: x, y: y, only: models, strengths: eps?.strengths,
                predictions: predictions.entries.map { ($0.name, $0.value) }, crossings: crossings)
            if let title { figure.title = title }
            return figure
        }
    }

    static let crossing = LuaClass(Crossing.self, "Where one model overtakes another: the critical strength.") { c in
        c.example = "crossing = s:crossing(\"w2\", \"float\")"
        c.property("eps", "The strength, or nil when the curves do not cross.") { $0.eps?.value }
        c.property("low", "The lower end of the interval, or nil.") { $0.eps?.low }
        c.property("high", "The upper end of the interval, or nil.") { $0.eps?.high }
        c.property("accuracy", "The accuracy that both have there, or nil.") { $0.accuracy }
        c.property("share", "Share of bootstrap draws in which the curves cross in this direction.") { $0.share }
        c.property("overtakes", "Whether the first model is the more accurate one above the crossing.") { $0.overtakes }
        c.property("reason", "Why there is no crossing, or nil.") { $0.reason }
        c.property("a", "The first model.") { $0.a }
        c.property("b", "The second model.") { $0.b }
        c.description { "\($0)" }
    }

    static let marginModel = LuaClass(
        MarginModel.self, "Accuracy against strength predicted from margins: Phi((mean - drop(eps)) / deviation)."
    ) { c in
        c.example = "m = study.margin_model(net, d)"
        c.method(
            "predict", "The predicted accuracy at a strength, or a tensor of them.", example: "m:predict(0.05)",
            Parameter<StrengthList>("eps", "a strength, a list or a tensor")
        ) { model, eps -> Value in
            let shares = eps.strengths.map { model.accuracy(at: $0) }
            return eps.strengths.count == 1 ? .number(shares[0]) : .object(try Tensor(shares))
        }
        c.method(
            "critical", "The predicted crossing with another model's curve, or nil.",
            example: "m:critical(study.margin_model(w2, d))",
            Parameter<MarginModel>("other", "the other model's prediction")
        ) { $0.critical($1) }
        c.property("half", "The strength at which half the examples are lost, or nil.") { $0.halfStrength }
        c.property("mean", "Mean clean margin.") { $0.mean }
        c.property("deviation", "Standard deviation of the clean margins.") { $0.deviation }
        c.property("dual_norm", "Mean dual norm of the margin's gradient: L1 for linf, L2 for l2.") { $0.dualNorm }
        c.property("margins", "The clean margins, float64 [N].") { try Tensor($0.margins) }
        c.description { "\($0)" }
    }

    static let table = LuaClass(Table.self, "Rows under named columns.") { c in
        c.example = "rows = s:rows()"
        c.property("columns", "Names of the columns.") { $0.columns }
        c.method("csv", "Write as CSV.", example: "rows:csv(\"accuracy.csv\")", Parameter<String>("path", "the file")) {
            table, path in
            try AtomicFile.write(path, text: table.csv)
        }
        c.method(
            "json", "Write as a JSON list of rows.", example: "rows:json(\"accuracy.json\")",
            Parameter<String>("path", "the file")
        ) { table, path in
            try AtomicFile.write(path, text: "\(table.json)\n")
        }
        c.unary(.length, "Number of rows.") { $0.rows.count }
        c.index("Row i (from 1) as a table by column.") { table, key in
            guard let place = Int(key) else { return nil }
            guard place >= 1, place <= table.rows.count else { return .null }
            return .table(.init(named: table.values(place - 1)))
        }
        c.description { "\($0)" }
    }

    static let figure = LuaClass(Figure.self, "Curves over one axis.") { c in
        c.example = "figure = s:plot{}"
        c.method(
            "save", "Write the figure as .svg or .png.", example: "s:plot{}:save(\"fgsm.svg\")",
            Parameter<String>("path", "the file; its name tells the format")
        ) { figure, path in try figure.save(path) }
        c.method(
            "text", "The figure as lines of text.", PictureOptions.width, PictureOptions.height
        ) { figure, width, height in try figure.onScreen(width, height) }
        c.methods.append(showFigure)
        c.description { "\($0)" }
    }

    /// `f:show()` writes where `print` writes, so it needs the interpreter.
    private static let showFigure = LuaFunction.writing(
        LuaFunction(
            method: "show", of: Figure.self, "Draws the figure with dots in the terminal.",
            example: "s:plot{}:show()",
            PictureOptions.width, PictureOptions.height
        ) { figure, width, height in try figure.onScreen(width, height) })
}

extension Figure {
    fileprivate func onScreen(_ width: Int?, _ height: Int?) throws -> String {
        let screen = Screen.current
        return try text(
            on: screen, width: width ?? min(screen.width - 1, 100),
            height: height ?? min(max(screen.height - 4, 14), 24))
    }
}
