// A sweep as tables and as a figure.

extension Sweep: CustomStringConvertible {
    /// The table of accuracies.
    public var description: String { (try? table().description) ?? "Sweep" }

    /// One row per model and strength with all numbers: what `csv` and `json` write.
    public func rows() throws -> Table {
        let columns = [
            "model", "eps", "accuracy", "replicas", "examples", "correct", "attack", "data", "confidence",
        ]
        var table = Table("", columns)
        for (c, curve) in curves.enumerated() {
            for e in eps.indices {
                let finished = cells[c].compactMap { $0[e] }
                guard !finished.isEmpty else { continue }
                let right = finished.reduce(0) { $0 + $1.reduce(0) { $0 + Int($1) } }
                table.add([
                    .text(curve.name), .value(eps[e]), .interval(try estimate(c, e)), .int(finished.count),
                    .int(examples), .int(right), .text(subject.attack), .text(subject.data),
                    .number(confidence, digits: 2),
                ])
            }
        }
        return table
    }

    /// All rows with what made them: attacks with every parameter, digests of data and models, seeds, how intervals are made.
    public func json() throws -> JSON {
        let models = curves.map { curve in
            JSON.object([
                ("name", .text(curve.name)),
                (
                    "replicas",
                    .list(
                        curve.replicas.map { replica in
                            .object([
                                ("model", .text(replica.model)), ("seed", .int(replica.seed)),
                                ("digest", replica.digest.map(JSON.text) ?? .null),
                            ])
                        })
                ),
            ])
        }
        return .object([
            ("attacks", .list(subject.attacks.map(JSON.text))), ("data", .text(subject.data)),
            ("data_sha256", .text(subject.digest)), ("examples", .int(examples)), ("models", .list(models)),
            ("confidence", .number(confidence)),
            ("interval", .text(replicas > 1 ? "bootstrap over examples and replicas" : "Wilson over examples")),
            ("draws", .int(draws)), ("complete", .flag(isComplete)), ("threads", .int(Workers.count)),
            ("rows", try rows().json),
        ])
    }

    /// Accuracy in percent with its interval: a row per strength and a column per model; with more than six models a
    /// row per model, and columns for at most eight strengths.
    public func table(eps chosen: [Double]? = nil) throws -> Table {
        var places = Array(eps.indices)
        if let chosen { places = try chosen.map { try place(eps: $0, "table") } }
        let isWide = curves.count > 6
        let columns = chosen == nil && isWide && places.count > 8 ? Sweep.spread(places, 8) : places
        let title = "accuracy (%) under \(subject.attack) on \(subject.data), \(examples) examples"
        let names = curves.map(\.name), strengths = columns.map { numberText(eps[$0]) }
        var table = Table(title, isWide ? ["model"] + strengths.map { "ε \($0)" } : ["ε"] + names)
        if isWide {
            for c in curves.indices { table.add([.text(names[c])] + (try columns.map { try cell(c, $0) })) }
        } else {
            for e in columns { table.add([.value(eps[e])] + (try curves.indices.map { try cell($0, e) })) }
        }
        table.note = note(columns.count < places.count ? "\(columns.count) of \(places.count) strengths shown; " : "")
        return table
    }

    private func cell(_ c: Int, _ e: Int) throws -> Table.Cell {
        cells[c].contains { $0[e] != nil } ? .interval(try estimate(c, e)) : .text("-")
    }

    private func note(_ start: String) -> String {
        let percent = "\(fixedText(100 * confidence, 0)) % intervals"
        let method =
            replicas > 1
            ? "mean of \(replicas) replicas, bootstrap over examples and replicas, \(draws) draws"
            : "Wilson over examples"
        return start + "\(percent): \(method)" + (isComplete ? "" : "; not complete")
    }

    /// The place of a strength.
    /// - Throws: `KernelError.value` when the sweep has no such strength.
    public func place(eps value: Double, _ op: String) throws -> Int {
        if let place = eps.firstIndex(where: { abs($0 - value) <= 1e-6 * max(1, abs(value)) }) { return place }
        throw KernelError.value(
            op: op, name: "eps", expected: "strengths of the sweep", got: "number \(numberText(value))")
    }

    /// At most `count` places at equal distances, the first and the last among them.
    private static func spread(_ places: [Int], _ count: Int) -> [Int] {
        let step = (places.count - 1 + count - 2) / (count - 1)
        let even = stride(from: 0, to: places.count - 1, by: step).map { places[$0] }
        return even + places.suffix(1)
    }
}

// MARK: - Figures

extension Sweep {
    public enum Axis: String, Choice { case eps, model }
    public enum Quantity: String, Choice { case accuracy, error }

    /// Accuracy (or error) in percent: over strengths with a curve per model, or over models with a curve per strength.
    ///
    /// - Parameter predictions: for models by name, what a `MarginModel` says of them; drawn dashed in the same colour.
    public func figure(
        x: Axis = .eps, y: Quantity = .accuracy, only: [String]? = nil, strengths: [Double]? = nil,
        predictions: [(name: String, value: MarginModel)] = [], crossings: [Crossing] = []
    ) throws -> Figure {
        let places = try only?.map { try place($0, "plot") } ?? Array(curves.indices)
        let chosen = try strengths?.map { try place(eps: $0, "plot") } ?? Array(eps.indices)
        var figure = Figure(
            [], title: "\(subject.attack) on \(subject.data)", yLabel: y == .accuracy ? "accuracy (%)" : "error (%)")
        figure.yRange = 0...100
        switch x {
        case .eps:
            figure.xLabel = subject.strength
            figure.xRange = eps.count > 1 ? eps[0]...eps[eps.count - 1] : nil
            figure.series = try places.enumerated().map { colour, c in
                try Figure.Series(
                    curves[c].name, chosen.compactMap { try point(c, $0, at: eps[$0], y) }, colour: colour)
            }
            figure.series += try predictions.map { try predicted($0.name, $0.value, places, y) }
        case .model:
            figure.xLabel = "model"
            figure.xTicks = places.enumerated().map { (Double($0), curves[$1].name) }
            figure.xRange = -0.3...Double(places.count) - 0.7
            figure.series = try chosen.map { e in
                try Figure.Series(
                    "ε = \(numberText(eps[e]))", places.enumerated().compactMap { try point($1, e, at: Double($0), y) })
            }
        }
        figure.marks = crossings.compactMap { crossing in
            crossing.eps.map { Figure.Mark($0.value, "\(crossing.a) = \(crossing.b)") }
        }
        return figure
    }

    private func point(_ c: Int, _ e: Int, at x: Double, _ y: Quantity) throws -> Figure.Point? {
        guard cells[c].contains(where: { $0[e] != nil }) else { return nil }
        let accuracy = try estimate(c, e)
        return y == .accuracy
            ? .init(x, 100 * accuracy.value, low: 100 * accuracy.low, high: 100 * accuracy.high)
            : .init(x, 100 - 100 * accuracy.value, low: 100 - 100 * accuracy.high, high: 100 - 100 * accuracy.low)
    }

    private func predicted(_ name: String, _ model: MarginModel, _ places: [Int], _ y: Quantity) throws -> Figure.Series
    {
        let colour = places.firstIndex(of: try place(name, "plot"))
        let low = eps[0], high = eps[eps.count - 1]
        let points = (0...100).map { step -> Figure.Point in
            let x = low + (high - low) * Double(step) / 100, share = model.accuracy(at: x)
            return .init(x, 100 * (y == .accuracy ? share : 1 - share))
        }
        return Figure.Series("\(name), model", points, dashed: true, colour: colour)
    }
}
