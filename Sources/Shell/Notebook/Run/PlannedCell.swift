import Kernel

/// A cell with what its marker asks for.
struct PlannedCell: Equatable, Sendable {
    let name: String
    let kind: Notebook.Cell.Kind
    let source: String
    /// The line of the file in which the source begins, from 1.
    let line: Int
    let seed: Int
    let isParameters: Bool
    var expect = Expectation.exact
    var rtol: Double?
    var atol: Double?
    var timeout: Double?
    var raises = Raises.nothing
    var caches = false
    /// The cells that it depends on; nil when it does not say: all before it.
    var dependencies: [String]?

    /// Whether an error is what the cell is there to show.
    enum Raises: Equatable, Sendable {
        case nothing
        case anything
        /// An error whose message contains a text.
        case message(String)
    }

    /// - Throws: `RunComplaint` for a key with a wrong value.
    init(_ cell: Notebook.Cell, name: String, rootSeed: Int) throws {
        (self.name, kind, source, line) = (name, cell.kind, cell.source, max(1, cell.line))
        isParameters = cell.kind == .code && cell.tags.contains("parameters")
        let keys = CellKeys(cell, name: name)
        seed = try keys.value("seed", "whole number", \.int) ?? Key(seed: rootSeed).fold(name).seed
        expect =
            try keys.value("expect", Expectation.choices) { $0.text.flatMap(Expectation.init(rawValue:)) } ?? .exact
        rtol = try keys.value("rtol", "number from 0", tolerance)
        atol = try keys.value("atol", "number from 0", tolerance)
        timeout = try keys.value("timeout", "number of seconds") { $0.double.flatMap { $0 > 0 ? $0 : nil } }
        caches = try keys.value("cache", "true or false", \.truth) ?? false
        dependencies = try keys.value("deps", "list of names of cells") { json in
            let names = json.list?.compactMap(\.text)
            return names?.count == json.list?.count ? names : nil
        }
        raises =
            try keys.value("raises", "true, false or a text") { json in
                json.text.map(Raises.message) ?? json.truth.map { $0 ? .anything : .nothing }
            } ?? .nothing
    }
}

private func tolerance(_ json: JSON) -> Double? { json.double.flatMap { $0 >= 0 ? $0 : nil } }

extension JSON {
    fileprivate var truth: Bool? { if case .flag(let flag) = self { flag } else { nil } }
}

/// Reads keys of a marker.
private struct CellKeys {
    let cell: Notebook.Cell
    let name: String
    init(_ cell: Notebook.Cell, name: String) { (self.cell, self.name) = (cell, name) }

    func value<T>(_ key: String, _ expected: String, _ read: (JSON) -> T?) throws -> T? {
        guard let json = cell[key] else { return nil }
        guard let value = read(json) else { throw RunComplaint.key(key, of: name, expected: expected, got: json) }
        return value
    }
}

/// How the outputs of a cell are compared with those of another run: every bit (`exact`), numbers within tolerances
/// (`approx`), types and shapes alone (`shape`), shapes and the mean and deviation of many numbers (`stat`), or only
/// whether the cell runs (`none`).
typealias Expectation = Notebook.Cell.Expectation

extension Expectation {
    static let choices = "exact, approx, shape, stat or none"
}
