import Kernel

/// A notebook beside the record of its run: what pages, Markdown, Jupyter's files and the terminal show. Making one
/// executes nothing and writes nothing.
struct NotebookReport {
    /// The name of the notebook's file, without folders.
    let file: String
    let notebook: Notebook
    let record: RunRecord?
    let cells: [Cell]
    /// The number of the first cell of Markdown.
    private let firstText: Int?
    /// Whether the file is, byte for byte, the one that was run.
    let isSameFile: Bool
    /// The bytes of a picture; nil when they are missing or not those that the record names.
    let blob: (RunRecord.Medium) -> [UInt8]?

    /// A cell of the source with what the record knows of it.
    struct Cell {
        let cell: Notebook.Cell
        /// From 1.
        let number: Int
        let record: RunRecord.CellRecord?
        let cost: RunRecord.CellCost?
        let freshness: Freshness

        /// The cell's name, or what records call it.
        let name: String
        /// What to call it in a contents or caption.
        var label: String { cell.title.isEmpty ? name : cell.title }
        var isParameters: Bool { cell.tags.contains("parameters") }
        func hides(_ part: String) -> Bool { [part, "both"].contains(cell["hide"]?.text ?? "") }
    }

    /// Whether the outputs still belong to the code above them.
    enum Freshness: Equatable {
        case notRun, fresh
        /// The cell's own code has changed since.
        case changed
        /// An earlier cell has, and this one may depend on it.
        case afterChange
    }

    init(
        file: String, bytes: [UInt8], notebook: Notebook, record: RunRecord?,
        blob: @escaping (RunRecord.Medium) -> [UInt8]? = { _ in nil }
    ) throws {
        (self.file, self.notebook, self.record, self.blob) = (file, notebook, record, blob)
        isSameFile = try record.map { try $0.stable.notebook.sha256 == Digest.of(bytes) } ?? false
        cells = try Self.joined(notebook.cells, record)
        firstText = cells.first { $0.cell.kind == .markdown }?.number
    }

    /// The header's title, or the first heading, or the name of the file.
    var title: String {
        if let title = notebook.header?["title"]?.text, !title.isEmpty { return title }
        return firstHeading ?? file
    }

    /// The text of the first heading of level 1.
    private var firstHeading: String? {
        for cell in notebook.cells where cell.kind == .markdown {
            for line in cell.source.split(separator: "\n") where line.hasPrefix("# ") {
                return trimmed(String(line.dropFirst(2)))
            }
        }
        return nil
    }

    /// The first heading with the title's words is left out: pages have a title of their own.
    func droppedTitle(in cell: Cell) -> String? {
        firstText == cell.number ? title : nil
    }

    /// The highest level of the headings that are left, which comes right below the title; nil without headings.
    var topHeading: Int? {
        cells.filter { $0.cell.kind == .markdown }.flatMap { cell in
            UntrustedMarkdown.headings(cell.cell.source, withoutTitle: droppedTitle(in: cell))
        }.min()
    }

    /// Warnings of evaluations with the cell that gave them.
    var warnings: [(cell: Cell, text: String)] {
        cells.flatMap { cell in (cell.record?.warnings ?? []).map { (cell, $0) } }
    }

    /// What the header asks for: the object `assay.permissions`.
    var permissions: JSON? { notebook.header?["assay"]?["permissions"] }
}

// MARK: - which record belongs to which cell

extension NotebookReport {
    /// Cells belong to records of the same name; a cell without a name also to one with its very code, so that a new
    /// cell above does not make all below it look changed.
    private static func joined(_ cells: [Notebook.Cell], _ record: RunRecord?) throws -> [Cell] {
        let digests = try cells.map(codeDigest)
        let names = names(of: cells)
        let places = record.map { Self.places(of: cells, names, digests, in: $0.stable.cells) }
        var hasChanged = false
        return cells.indices.map { index in
            let place = places?[index]
            let found = place.flatMap { $0 }.map { record!.stable.cells[$0] }
            let isSame = found?.codeDigest == digests[index]
            if record != nil, cells[index].kind == .code, !isSame { hasChanged = true }
            let freshness: Freshness = found == nil ? .notRun : !isSame ? .changed : hasChanged ? .afterChange : .fresh
            let cost = place.flatMap { $0 }.flatMap { place in
                record.flatMap { $0.volatile.cells.indices.contains(place) ? $0.volatile.cells[place] : nil }
            }
            return Cell(
                cell: cells[index], number: index + 1, record: found, cost: cost, freshness: freshness,
                name: names[index])
        }
    }

    /// The third cell of code without a name is `cell-3`, the second of text `text-2`.
    private static func names(of cells: [Notebook.Cell]) -> [String] {
        var codes = 0, texts = 0
        return cells.map { cell in
            if cell.kind == .code { codes += 1 } else { texts += 1 }
            return cell.name ?? (cell.kind == .code ? "cell-\(codes)" : "text-\(texts)")
        }
    }

    private static func places(
        of cells: [Notebook.Cell], _ names: [String], _ digests: [String], in records: [RunRecord.CellRecord]
    ) -> [Int?] {
        var isFree = [Bool](repeating: true, count: records.count)
        var places = [Int?](repeating: nil, count: cells.count)
        let byName = Dictionary(grouping: records.indices) { records[$0].name }
        let byDigest = Dictionary(grouping: records.indices) { records[$0].codeDigest }
        func take(_ index: Int, _ candidates: [Int]?, _ fits: (RunRecord.CellRecord) -> Bool = { _ in true }) {
            let kind = cells[index].kind
            guard places[index] == nil,
                let place = candidates?.first(where: { isFree[$0] && records[$0].kind == kind && fits(records[$0]) })
            else { return }
            (places[index], isFree[place]) = (place, false)
        }
        for index in cells.indices { if let name = cells[index].name { take(index, byName[name]) } }
        let unnamed = cells.indices.filter { cells[$0].name == nil }
        for index in unnamed { take(index, byName[names[index]]) { $0.codeDigest == digests[index] } }
        for index in unnamed { take(index, byDigest[digests[index]]) }
        for index in unnamed { take(index, byName[names[index]]) }
        return places
    }

    /// The digest of a cell's code, as records have it.
    static func codeDigest(_ cell: Notebook.Cell) throws -> String { try Digest.of(cell.source) }
}
