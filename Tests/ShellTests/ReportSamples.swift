import Kernel
import TestSupport

@testable import Shell

/// Notebooks and records made by hand, for what shows them.
enum ReportSamples {
    static let file = "study.lua"

    static func cell(
        _ source: String, kind: Notebook.Cell.Kind = .code, title: String = "", line: Int = 1,
        _ keys: [(String, JSON)] = []
    ) -> Notebook.Cell {
        Notebook.Cell(
            kind: kind, title: title, metadata: keys.map { JSON.Field($0.0, $0.1) }, source: source, line: line)
    }

    static func notebook(_ cells: [Notebook.Cell], header: JSON? = nil) -> Notebook {
        Notebook(executable: nil, encoding: nil, header: header, cells: cells)
    }

    /// The record of a run of these very cells.
    /// - Parameter outputs: of the cells of code, in order.
    static func record(
        of notebook: Notebook, bytes: [UInt8] = Array("source".utf8), outputs: [[RunRecord.Output]],
        warnings: [[String]] = [], status: [RunRecord.CellRecord.Status] = [], parameters: [(String, JSON)] = [],
        inputs: [RunRecord.Source] = []
    ) throws -> RunRecord {
        var codes = 0, texts = 0
        let cells = try notebook.cells.map { cell -> RunRecord.CellRecord in
            let isCode = cell.kind == .code, place = codes
            if isCode { codes += 1 } else { texts += 1 }
            return RunRecord.CellRecord(
                name: cell.name ?? (isCode ? "cell-\(codes)" : "text-\(texts)"), kind: cell.kind,
                codeDigest: try NotebookReport.codeDigest(cell), seed: 1000 + place,
                status: isCode ? (place < status.count ? status[place] : .done) : .text,
                expect: "exact", outputs: isCode && place < outputs.count ? outputs[place] : [],
                outputDigest: try Digest.of("outputs \(place)"),
                warnings: isCode && place < warnings.count ? warnings[place] : [])
        }
        let stable = RunRecord.Stable(
            notebook: RunRecord.Source(path: file, bytes: bytes.count, sha256: try Digest.of(bytes)),
            program: .object([
                ("version", .text("0.1.0")), ("lua", .object([("version", .text("5.4")), ("hash_seed", .int(0))])),
                ("threads", .int(2)),
            ]), rootSeed: 7, parameters: parameters.map { JSON.Field($0.0, $0.1) },
            permissions: .object([("asked", .object([("read", .list([.text("data/")])), ("net", .flag(false))]))]),
            inputs: inputs, cells: cells, root: try Digest.of("root"))
        let cost = RunRecord.CellCost(seconds: 0.25, processorSeconds: 0.4, peakBytes: 50 << 20, isCached: false)
        let volatile = RunRecord.Volatile(
            started: 1_764_104_400, seconds: 3.5, peakBytes: 60 << 20, host: "host",
            cells: Array(repeating: cost, count: cells.count))
        return RunRecord(stable: stable, volatile: volatile)
    }

    static func report(
        _ notebook: Notebook, _ record: RunRecord?, blobs: [[UInt8]] = []
    ) throws -> NotebookReport {
        let byDigest = Dictionary(try blobs.map { (try Digest.of($0), $0) }) { first, _ in first }
        return try NotebookReport(file: file, bytes: Array("source".utf8), notebook: notebook, record: record) {
            byDigest[$0.sha256]
        }
    }

    static func medium(_ type: String, _ bytes: [UInt8]) throws -> RunRecord.Medium {
        RunRecord.Medium(type: type, sha256: try Digest.of(bytes), bytes: bytes.count)
    }

    /// A drawing of 86 by 50 with a line in it.
    static let drawing = Array(
        """
        <?xml version="1.0" encoding="utf-8"?>
        <svg width="86" height="50" viewBox="0 0 86 50" xmlns="http://www.w3.org/2000/svg">
        <rect x="0" y="0" width="86" height="50" fill="#ffffff"/><path d="M3,47 L83,4" stroke="#0072B2" fill="none"/>
        </svg>
        """.utf8)

    /// A picture of 3 by 2 pixels (PNG).
    static func picture() throws -> [UInt8] {
        try Picture(height: 2, width: 3, pixels: (0..<18).map { UInt8(14 * $0) }).png()
    }
}
