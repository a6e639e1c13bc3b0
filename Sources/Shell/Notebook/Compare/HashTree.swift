import Kernel

/// The root of a tree of hashes over a list, as in RFC 6962: leaves and nodes are told apart by their first byte, so that
/// no list stands for another.
enum HashTree {
    /// The root over the texts; of none the hash of nothing.
    static func root(_ leaves: [String]) throws -> String {
        var level = try leaves.map { try Digest.of("\u{0}" + $0) }
        guard !level.isEmpty else { return try Digest.of("") }
        while level.count > 1 {
            var next: [String] = []
            for place in stride(from: 0, to: level.count, by: 2) {
                let isPair = place + 1 < level.count
                next.append(isPair ? try Digest.of("\u{1}" + level[place] + level[place + 1]) : level[place])
            }
            level = next
        }
        return level[0]
    }
}

extension RunRecord {
    /// The root over the cells of code: names, code, seeds, how they ended, how they are compared, and what they put out
    /// where that is compared exactly. Prose, time, threads, folders and machines do not enter.
    static func root(_ cells: [CellRecord]) throws -> String {
        try HashTree.root(
            cells.filter { $0.kind == .code }.map { cell in
                let isExact = cell.expect == Expectation.exact.rawValue
                let leaf = JSON.object([
                    ("name", .text(cell.name)), ("code", .text(cell.codeDigest)), ("seed", .int(cell.seed)),
                    ("status", .text(cell.status.rawValue)), ("expect", .text(cell.expect)),
                    ("outputs", .text(isExact ? cell.outputDigest : "")),
                ])
                return leaf.canonical.description
            })
    }
}

extension RunRecord.CellRecord {
    /// The digest of what is compared in outputs: text on standard output, values (not the text that shows them), pixels,
    /// messages of errors. What goes to standard error is recorded and not compared.
    static func digest(of outputs: [RunRecord.Output]) throws -> String {
        let parts = RunRecord.compared(outputs).map { output -> JSON in
            switch output {
            case .stream(_, let text): .object([("stdout", .text(text))])
            case .value(let value):
                .object([
                    ("value", value.value),
                    ("pixels", .list(value.media.filter { $0.type == "image/png" }.map { .text($0.sha256) })),
                ])
            case .error(_, let message): .object([("error", .text(withoutPlace(message)))])
            }
        }
        return try Digest.of(JSON.list(parts).canonical.description)
    }
}

/// A message without the line that it begins with, which moves when anything is written above: `nb.lua:3: no`.
func withoutPlace(_ message: String) -> String {
    guard let end = message.firstRange(of: ": "), let colon = message[..<end.lowerBound].lastIndex(of: ":"),
        Int(message[message.index(after: colon)..<end.lowerBound]) != nil
    else { return message }
    return String(message[end.upperBound...])
}

extension RunRecord {
    /// The outputs without standard error, text that stands on both sides of it joined.
    static func compared(_ outputs: [Output]) -> [Output] {
        outputs.reduce(into: []) { kept, output in
            switch (kept.last, output) {
            case (_, .stream(isError: true, _)): break
            case (.stream(_, let before), .stream(_, let text)):
                kept[kept.count - 1] = .stream(isError: false, text: before + text)
            default: kept.append(output)
            }
        }
    }
}
