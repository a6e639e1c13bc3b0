import Kernel

/// What the keys of a header say. Keys of another type than the right one count as missing; `assay lint` reports them.
extension Notebook {
    var title: String? { header?["title"]?.text }
    /// What stands under `assay:`.
    var settings: JSON? { header?["assay"] }
    /// The version of the file format, 1 when nothing is said.
    var format: Int { settings?["format"]?.int ?? 1 }
    /// The root of all random numbers of the notebook, 0 when nothing is said.
    var seed: Int { settings?["seed"]?.int ?? 0 }
    /// The versions of the program that the notebook is for: `>=0.3 <1`.
    var requires: String? { settings?["requires"]?.text }
    var permissions: Permissions { Permissions(settings?["permissions"]) }
    var limits: Limits { Limits(settings?["limits"]) }
    /// Files that the notebook reads, with the digest that they have to have (`sha256-...`), "" when none is given.
    var inputs: [(path: String, digest: String)] {
        (settings?["inputs"]?.object ?? []).map { ($0.name, $0.value.text ?? "") }
    }

    /// What a notebook asks for beyond computing.
    struct Permissions: Equatable, Sendable {
        var read: [String] = []
        var write: [String] = []
        var net = false
        var exec = false

        init() {}

        fileprivate init(_ json: JSON?) {
            read = json?["read"]?.list?.compactMap(\.text) ?? []
            write = json?["write"]?.list?.compactMap(\.text) ?? []
            net = json?["net"] == .flag(true)
            exec = json?["exec"] == .flag(true)
        }
    }

    /// What a run of a notebook may take at most.
    struct Limits: Equatable, Sendable {
        /// Seconds.
        var time: Double?
        var memoryBytes: Int?

        init() {}

        fileprivate init(_ json: JSON?) {
            time = json?["time"]?.double
            memoryBytes = json?["memory"].flatMap(ByteCount.init)?.bytes
        }
    }

    /// The place among the cells of the one that is tagged `parameters`.
    var parametersIndex: Int? { cells.firstIndex(where: \.isParameters) }

    /// The place of the cell of a name; see `names`.
    func index(of name: String) -> Int? { names.firstIndex(of: name) }

    /// A name for each cell: its own, or `cell-3` for the third cell of code and `text-2` for the second of text. The
    /// random numbers of a cell depend on its name, so that prose may come and go.
    var names: [String] {
        var codes = 0, texts = 0
        return cells.map { cell in
            if cell.kind == .code { codes += 1 } else { texts += 1 }
            return cell.name ?? (cell.kind == .code ? "cell-\(codes)" : "text-\(texts)")
        }
    }
}

/// What the reserved keys of a marker say.
extension Notebook.Cell {
    var isParameters: Bool { kind == .code && tags.contains("parameters") }
    var isCached: Bool { self["cache"] == .flag(true) }
    /// Names of the cells that this one builds on.
    var deps: [String] { self["deps"]?.list?.compactMap(\.text) ?? self["deps"]?.text.map { [$0] } ?? [] }
    var expect: Expectation? { self["expect"]?.text.flatMap(Expectation.init) }
    var rtol: Double? { self["rtol"]?.double }
    var atol: Double? { self["atol"]?.double }
    /// Seconds.
    var timeout: Double? { self["timeout"]?.double }
    var seed: Int? { self["seed"]?.int }
    var hidesInput: Bool { ["input", "both"].contains(self["hide"]?.text) }
    var hidesOutput: Bool { ["output", "both"].contains(self["hide"]?.text) }
    /// Nil when the cell has to succeed, "" when any error is right, otherwise a text that the error has in it.
    var raises: String? { self["raises"] == .flag(true) ? "" : self["raises"]?.text }

    /// How a verification compares what the cell puts out.
    enum Expectation: String, Sendable, CaseIterable { case exact, approx, shape, stat, none }
}

/// A number of bytes as people write it: `4GiB`, `500 MB`, or a plain number.
struct ByteCount: Equatable {
    let bytes: Int

    private static let units: [(String, Double)] = [
        ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
        ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
    ]

    init?(_ json: JSON) {
        if let int = json.int, int > 0 { bytes = int; return }
        guard let text = json.text, let unit = Self.units.first(where: { text.hasSuffix($0.0) }),
            let number = Double(trimmed(String(text.dropLast(unit.0.count)))), number > 0, number * unit.1 < 1e18
        else { return nil }
        bytes = Int(number * unit.1)
    }
}

extension JSON {
    /// A number, whole or not.
    var double: Double? {
        switch self {
        case .int(let int): Double(int)
        case .number(let number): number
        default: nil
        }
    }
}
