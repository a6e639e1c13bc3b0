import Kernel

/// The runs that a file of parameters asks for.
///
/// An object of plain values is one run. An object in which some values are lists is a run for each combination, the last
/// name in the file changing fastest. A list of objects is the runs of one after those of the other. A parameter that is
/// a list itself is written in one more pair of brackets.
struct ParameterGrid: Equatable, Sendable {
    /// One run each.
    var runs: [Run]

    struct Run: Equatable, Sendable {
        var parameters: [NamedParameter]
        /// Of several runs what tells this one apart: `eps=0.1,steps=20`; empty for the only one.
        var label = ""
    }

    /// The runs for what `-p` says alone.
    init(_ fixed: [NamedParameter] = []) { runs = [Run(parameters: fixed)] }

    /// - Parameter fixed: parameters of every run, which take precedence.
    /// - Throws: `RunComplaint`.
    init(_ json: JSON, fixed: [NamedParameter] = []) throws {
        let objects = json.list ?? [json]
        var found: [[(parameter: NamedParameter, varies: Bool)]] = []
        for object in objects {
            guard let fields = object.object else {
                throw RunComplaint("a file of parameters holds an object or a list of objects, got \(kind(of: object))")
            }
            found += try ParameterGrid.combinations(fields)
            guard found.count <= 10_000 else {
                throw RunComplaint("a file of parameters asks for more than 10000 runs")
            }
        }
        guard !found.isEmpty else { throw RunComplaint("the file of parameters asks for no run") }
        let several = found.count > 1, isList = json.list != nil
        runs = found.enumerated().map { place, parameters in
            let own = parameters.filter { one in !fixed.contains { $0.name == one.parameter.name } }
            let varied = own.filter { isList || $0.varies }.map { "\($0.parameter.name)=\($0.parameter.value.text)" }
            return Run(
                parameters: fixed + own.map(\.parameter), label: several ? label(varied, place, found.count) : "")
        }
        if Set(runs.map(\.label)).count < runs.count {
            for place in runs.indices { runs[place].label = "\(place + 1)" }
        }
    }

    private static func combinations(_ fields: [JSON.Field]) throws -> [[(parameter: NamedParameter, varies: Bool)]] {
        var runs: [[(parameter: NamedParameter, varies: Bool)]] = [[]]
        for field in fields {
            let values = field.value.list ?? [field.value]
            runs = runs.flatMap { run in
                values.map { run + [(NamedParameter(field.name, .json($0)), field.value.list != nil)] }
            }
            guard runs.count <= 10_000 else { throw RunComplaint("a file of parameters asks for more than 10000 runs") }
        }
        return runs
    }
}

/// A label that can stand in a file's name.
private func label(_ varied: [String], _ place: Int, _ count: Int) -> String {
    let text = varied.joined(separator: ",")
    let isFit =
        text.utf8.count <= 100 && !text.isEmpty
        && text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || "=.,_-+".unicodeScalars.contains(scalar))
        }
    return isFit ? text : "\(place + 1)"
}

private func kind(of json: JSON) -> String {
    switch json {
    case .null: "null"
    case .flag, .int, .number: json.description
    case .text(let text): quoted(text, limit: 20)
    case .list: "a list"
    case .object: "an object"
    }
}
