import Kernel

extension Notebook {
    /// The header of a new notebook: it names its kernel for Jupyter, and keeps Jupytext from writing its versions.
    static func header(title: String, seed: Int) -> JSON {
        let representation = JSON.object([("extension", .text(".lua")), ("format_name", .text("percent"))])
        let jupytext = JSON.object([
            ("notebook_metadata_filter", .text(NotebookMetadataFilter.withoutVersions)),
            ("text_representation", representation),
        ])
        return .object([
            ("title", .text(title)), ("assay", .object([("format", .int(1)), ("seed", .int(seed))])),
            ("jupyter", .object([("jupytext", jupytext), ("kernelspec", kernel)])),
        ])
    }

    /// A notebook to start from: a question, parameters, data, two models, an attack on both, a curve. It runs in a few
    /// seconds, on drawn digits that need no file.
    static func template(title: String) -> Notebook {
        let cells = [
            text(
                """
                # Question

                Does rounding the weights of a small net to 2 bits change how well it stands attacks?

                What would count as an answer, and what would not? Say so here, before the numbers are known.
                """),
            code("params", ["tags": .list([.text("parameters")])], "eps, steps, count = 0.1, 10, 200"),
            code(
                "data", [:],
                """
                glyphs = data.load("glyphs", {n = 4000, test = 1000})
                test = glyphs.test:head(count)
                show(test)
                """),
            code(
                "train", ["deps": .list([.text("data")])],
                """
                float = nn.mlp{784, 32, 10}
                float:fit(glyphs.train, {epochs = 4, batch = 64, optimizer = optim.adam{}, seed = 7})
                """),
            code(
                "quantize", ["deps": .list([.text("train")])],
                """
                w2 = float:quantize{weights = quant.uniform{bits = 2, zero_level = false}}
                w2:fit(glyphs.train, {epochs = 2, batch = 64, optimizer = optim.adam{}, seed = 7})
                models = {float = float, w2 = w2}
                for name, model in sortedpairs(models) do print(name, model:accuracy(test)) end
                """),
            code(
                "attack",
                [
                    "deps": .list([.text("params"), .text("quantize")]), "expect": .text("approx"),
                    "rtol": .number(0.001),
                ],
                """
                for _, model in sortedpairs(models) do
                  show(attack.pgd{eps = eps, steps = steps, seed = 7}:run(model, test))
                end
                """),
            code(
                "curve", ["deps": .list([.text("params"), .text("quantize")])],
                """
                curve = study.sweep{models = models, attack = attack.fgsm{}, eps = linspace(0, 2 * eps, 5), data = test, seed = 7}
                show(curve)
                show(curve:plot{x = "eps", y = "accuracy", by = "model"})
                """),
            text(
                """
                # Answer

                Read the counts of passes and the warnings before the accuracies: a weak attack proves nothing.
                """),
        ]
        return Notebook(executable: "#!/usr/bin/env -S assay run", header: header(title: title, seed: 7), cells: cells)
    }

    private static func text(_ source: String) -> Cell { Cell(kind: .markdown, source: source) }

    private static func code(_ name: String, _ keys: KeyValuePairs<String, JSON>, _ source: String) -> Cell {
        let fields = keys.map { JSON.Field($0.key, $0.value) } + [JSON.Field("name", .text(name))]
        return Cell(title: name, metadata: fields.sorted { $0.name.isBefore($1.name) }, source: source)
    }
}
