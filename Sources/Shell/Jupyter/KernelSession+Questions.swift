import Bindings
import Kernel

/// What a client asks while the user types: nothing of the user's runs.
extension KernelSession {
    /// The answer to `complete_request`.
    func completion(_ request: JSON) -> JSON {
        let code = request["code"]?.text ?? "", cursor = CodePoints(code).utf8(request["cursor_pos"]?.int)
        let found = conversation.complete(code, at: cursor)
        let start = CodePoints(code).count(upTo: found.range.lowerBound)
        let end = CodePoints(code).count(upTo: found.range.upperBound)
        let modules = Set(interpreter.catalogue.modules.map(\.name))
        let types = found.candidates.map { candidate in
            JSON.object([
                ("text", .text(candidate.text)), ("start", .int(start)), ("end", .int(end)),
                ("type", .text(candidate.clientsType(modules))), ("signature", .text(candidate.detail)),
            ])
        }
        return .object([
            ("status", .text("ok")), ("matches", .list(found.candidates.map { .text($0.text) })),
            ("cursor_start", .int(start)), ("cursor_end", .int(end)),
            ("metadata", .object([("_jupyter_types_experimental", .list(types))])),
        ])
    }

    /// The answer to `inspect_request`: what `?name` shows, or `??name` for more.
    func inspection(_ request: JSON) -> JSON {
        let code = request["code"]?.text ?? "", cursor = CodePoints(code).utf8(request["cursor_pos"]?.int)
        let isDetailed = (request["detail_level"]?.int ?? 0) > 0
        var data: [(String, JSON)] = []
        if let name = interpreter.subject(in: code, at: cursor) {
            let pages = interpreter.pages(about: name)
            let definition = isDetailed && !name.hasPrefix(":") ? interpreter.definition(of: name) : nil
            data = [("text/plain", .text(definition ?? pages.map { $0.text() }.joined(separator: "\n\n")))]
            if definition == nil {
                data.append(("text/markdown", .text(pages.map { $0.markdown() }.joined(separator: "\n\n"))))
            }
        }
        return .object([
            ("status", .text("ok")), ("found", .flag(!data.isEmpty)), ("data", .object(data)), ("metadata", .empty),
        ])
    }

    /// The answer to `is_complete_request`.
    func completeness(_ request: JSON) -> JSON {
        let code = request["code"]?.text ?? ""
        if conversation.isIncomplete(code) {
            let columns = Indentation(code.utf8).ofNewLine
            return .object([
                ("status", .text("incomplete")), ("indent", .text(String(repeating: " ", count: columns))),
            ])
        }
        let isWhole = Entry(code).code.map(interpreter.isEntry) ?? true
        return .object([("status", .text(isWhole ? "complete" : "invalid"))])
    }

    /// The answer to `history_request`.
    func history(_ request: JSON) -> JSON {
        let withOutput = request["output"] == .flag(true)
        let lines = cells.lines(HistoryQuestion(request)).map { line -> JSON in
            let input = JSON.text(line.input)
            let last = withOutput ? JSON.list([input, line.output.map(JSON.text) ?? .null]) : input
            return .list([.int(line.session), .int(line.number), last])
        }
        return .object([("status", .text("ok")), ("history", .list(lines))])
    }
}

/// Positions in a text as clients count them: in code points, where ours are bytes of UTF-8.
struct CodePoints {
    private let bytes: [UInt8]
    init(_ text: String) { bytes = Array(text.utf8) }

    /// The offset in UTF-8 after so many code points; nil and what is too much are the end.
    func utf8(_ count: Int?) -> Int {
        guard let count else { return bytes.count }
        var left = max(0, count)
        for (offset, byte) in bytes.enumerated() where byte & 0xc0 != 0x80 {
            if left == 0 { return offset }
            left -= 1
        }
        return bytes.count
    }

    /// How many code points begin before an offset.
    func count(upTo offset: Int) -> Int { bytes.prefix(max(0, offset)).count { $0 & 0xc0 != 0x80 } }
}

extension Candidate {
    /// One of the kinds that clients have pictures for.
    func clientsType(_ modules: Set<String>) -> String {
        if modules.contains(text) { return "module" }
        if detail == "keyword" { return "keyword" }
        if detail == "folder" || text.hasSuffix("/") { return "path" }
        if detail.hasPrefix("function") || detail.hasSuffix(".") { return "function" }
        if label.hasSuffix(" =") { return "param" }
        return "instance"
    }
}

/// What was entered in this session, number 2 to clients, and before, all of it session 1.
struct CellHistory {
    struct Line: Equatable {
        let session: Int
        let number: Int
        let input: String
        var output: String?
    }
    private(set) var lines: [Line]

    init(earlier: [String]) {
        lines = earlier.enumerated().map { Line(session: 1, number: $0.offset + 1, input: $0.element) }
    }

    mutating func add(_ number: Int, _ input: String, output: String?) {
        lines.append(Line(session: 2, number: number, input: input, output: output))
    }

    func lines(_ question: HistoryQuestion) -> [Line] {
        var found: [Line]
        switch question.kind {
        case .tail: found = lines
        case .range(let session, let numbers):
            let wanted = session > 0 ? session : 2 + session
            return lines.filter { $0.session == wanted && numbers.contains($0.number) }
        case .search(let pattern): found = lines.filter { matches($0.input, pattern) }
        }
        if question.isUnique {
            var seen: Set<String> = []
            found = found.reversed().filter { seen.insert($0.input).inserted }.reversed()
        }
        return question.most.map { Array(found.suffix($0)) } ?? found
    }
}

/// The content of a `history_request`.
struct HistoryQuestion {
    enum Kind {
        case tail
        /// Session 0 is the present one, -1 the one before.
        case range(session: Int, Range<Int>)
        case search(String)
    }
    let kind: Kind
    let most: Int?
    let isUnique: Bool

    init(_ content: JSON) {
        most = content["n"]?.int.map { max(0, $0) }
        isUnique = content["unique"] == .flag(true)
        switch content["hist_access_type"]?.text {
        case "range":
            let start = max(0, content["start"]?.int ?? 1), stop = content["stop"]?.int ?? .max
            kind = .range(session: content["session"]?.int ?? 0, start..<max(start, stop))
        case "search": kind = .search(content["pattern"]?.text ?? "*")
        default: kind = .tail
        }
    }
}
