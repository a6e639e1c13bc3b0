extension Figure {
    /// The figure as data, for a process that may draw to one that may not.
    public var json: JSON {
        .object([
            ("title", .text(title)), ("xLabel", .text(xLabel)), ("yLabel", .text(yLabel)),
            ("xRange", Figure.json(xRange)), ("yRange", Figure.json(yRange)),
            ("xTicks", .list(xTicks.map { .list([.number($0.x), .text($0.name)]) })),
            ("marks", .list(marks.map { .list([.number($0.x), .text($0.label)]) })),
            ("series", .list(series.map(\.json))),
        ])
    }

    private static func json(_ range: ClosedRange<Double>?) -> JSON {
        range.map { .list([.number($0.lowerBound), .number($0.upperBound)]) } ?? .null
    }

    /// The figure that data of unknown origin describe: numbers that are finite, texts of one visible line.
    /// - Throws: `KernelError.value` that says what is no figure.
    public init(json: JSON) throws {
        self.init(try Figure.list(json, "series", most: 1000).map(Series.init(json:)))
        guard series.reduce(0, { $0 + $1.points.count }) <= 2_000_000 else { throw Figure.wrong("points", "too many") }
        title = try Figure.text(json["title"], "title")
        xLabel = try Figure.text(json["xLabel"], "xLabel")
        yLabel = try Figure.text(json["yLabel"], "yLabel")
        xRange = try Figure.range(json["xRange"], "xRange")
        yRange = try Figure.range(json["yRange"], "yRange")
        xTicks = try Figure.list(json, "xTicks", most: 1000).map {
            let (x, name) = try Figure.place($0, "xTicks")
            return (x, name)
        }
        marks = try Figure.list(json, "marks", most: 1000).map {
            let (x, label) = try Figure.place($0, "marks")
            return Mark(x, label)
        }
    }

    private static func place(_ json: JSON, _ name: String) throws -> (Double, String) {
        guard let parts = json.list, parts.count == 2 else { throw wrong(name, "a place and a text expected") }
        return (try number(parts[0], name), try text(parts[1], name))
    }

    private static func range(_ json: JSON?, _ name: String) throws -> ClosedRange<Double>? {
        guard let json, json != .null else { return nil }
        guard let ends = json.list, ends.count == 2 else { throw wrong(name, "two numbers expected") }
        let low = try number(ends[0], name), high = try number(ends[1], name)
        guard low <= high else { throw wrong(name, "the first number is larger") }
        return low...high
    }

    fileprivate static func list(_ json: JSON, _ name: String, most: Int) throws -> [JSON] {
        guard let list = json[name]?.list, list.count <= most else { throw wrong(name, "at most \(most) expected") }
        return list
    }

    fileprivate static func text(_ json: JSON?, _ name: String) throws -> String {
        guard let text = json?.text, text.utf8.count <= 4096 else { throw wrong(name, "a short text expected") }
        return VisibleText.stripped(text)
    }

    fileprivate static func number(_ json: JSON, _ name: String) throws -> Double {
        let number: Double? =
            switch json {
            case .int(let int): Double(int)
            case .number(let number): number
            default: nil
            }
        guard let number, number.isFinite else { throw wrong(name, "a finite number expected") }
        return number
    }

    fileprivate static func wrong(_ name: String, _ reason: String) -> KernelError {
        .value(op: "figure", name: name, expected: "data of a figure", got: reason)
    }
}

extension Figure.Series {
    fileprivate var json: JSON {
        .object([
            ("name", .text(name)), ("isDashed", .flag(isDashed)), ("colour", colour.map(JSON.int) ?? .null),
            ("points", .list(points.map { .list([$0.x, $0.y, $0.low ?? .nan, $0.high ?? .nan].map(JSON.number)) })),
        ])
    }

    /// A coordinate that is no number leaves its point out, as drawing does.
    fileprivate init(json: JSON) throws {
        let points = try Figure.list(json, "points", most: 2_000_000).compactMap { point -> Figure.Point? in
            guard let parts = point.list, parts.count == 4 else {
                throw Figure.wrong("points", "four numbers expected")
            }
            guard parts[0] != .null, parts[1] != .null else { return nil }
            let numbers = try parts.map { $0 == .null ? nil : try Figure.number($0, "points") }
            return Figure.Point(numbers[0]!, numbers[1]!, low: numbers[2], high: numbers[3])
        }
        self.init(
            try Figure.text(json["name"], "name"), points, dashed: json["isDashed"] == .flag(true),
            colour: json["colour"]?.int)
    }
}
