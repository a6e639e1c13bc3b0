import Kernel

extension Interpreter {
    /// What the name before the cursor could become where help is asked for: modules, types, functions, topics, and
    /// variables with their members. The last parts of qualified names find them too: `clam` gives `Tensor:clamp`.
    public func completeHelp(_ buffer: String, at cursor: Int) -> Completion {
        let bytes = Array(buffer.utf8), end = max(0, min(cursor, bytes.count))
        let start = bytes[..<end].lastIndex { $0 <= 32 || $0 == UInt8(ascii: "?") }.map { $0 + 1 } ?? 0
        guard start < end || end == bytes.count else { return Completion(range: end..<end) }
        let stem = String(decoding: bytes[start..<end], as: UTF8.self)
        var offers = Offers(stem)
        for subject in reference.subjects where !subject.name.hasPrefix(":") {
            offerPage(subject, stem, &offers)
        }
        let live = complete(stem, at: stem.utf8.count)
        let kept = String(decoding: stem.utf8.prefix(live.range.lowerBound), as: UTF8.self)
        for candidate in live.candidates where candidate.detail != "keyword" && !stem.isEmpty {
            let name = kept + candidate.text
            offers.add(Candidate(name, detail: candidate.detail), named: name, .variable)
        }
        return Completion(range: start..<end, candidates: offers.candidates)
    }

    /// A page's name fits by its beginning; behind it, when something is typed, by its last part.
    private func offerPage(_ subject: Reference.Subject, _ stem: String, _ offers: inout Offers) {
        let name = subject.name, isQualified = name.contains(".") || name.contains(":")
        if stem.isEmpty, isQualified { return }
        let candidate = Candidate(name, detail: subject.summary)
        offers.add(candidate, named: name, isQualified ? .global : .local)
        guard isQualified, !stem.isEmpty, let mark = name.lastIndex(where: { $0 == "." || $0 == ":" }) else { return }
        offers.add(candidate, named: String(name[name.index(after: mark)...]), .keyword)
    }
}
