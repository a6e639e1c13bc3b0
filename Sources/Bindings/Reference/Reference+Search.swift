import Kernel

/// Something that a search found, and how well it fits.
public struct SearchHit: Sendable {
    public let subject: Reference.Subject
    let score: Int
}

extension Reference {
    /// What has to do with some words: every word must occur, in a name, a summary, a parameter's text or a topic's.
    /// Names count most; words count by their stems, so that "calibrat" and "calibrating" find "calibrate".
    public func search(_ text: String) -> [SearchHit] {
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map { stem(String($0)) }
        guard !words.isEmpty else { return [] }
        let hits = subjects.compactMap { subject -> SearchHit? in
            let fields = fields(of: subject)
            let scores = words.map { word in fields.reduce(0) { $0 + $1.score(word) } }
            guard scores.allSatisfy({ $0 > 0 }) else { return nil }
            return SearchHit(subject: subject, score: scores.reduce(0, +))
        }
        return hits.sorted { ($1.score, $0.subject.name) < ($0.score, $1.subject.name) }
    }

    /// All names that fit a pattern in which `*` stands for anything.
    public func subjects(like pattern: String) -> [Subject] {
        let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        return subjects.filter { fits($0.name.lowercased(), parts) }
    }

    /// Names close to one that nothing has, the closest first; at most five.
    /// - Parameter others: names that are known besides, such as the session's variables.
    public func names(near name: String, others: [String] = []) -> [String] {
        let all = subjects.map(\.name) + others, needle = name.lowercased()
        var ranked: [(distance: Int, name: String)] = []
        for candidate in Set(all) where candidate.hasPrefix(":") == name.hasPrefix(":") {
            let last = lastPart(candidate)
            let whole = distance(needle, candidate.lowercased()), part = distance(needle, last.lowercased())
            let distance = min(whole, part)
            let contains =
                needle.count > 2 && candidate.lowercased().utf8.count < 40
                && !cut(candidate.lowercased() + " ", at: needle).after.isEmpty
            if distance <= min(2, max(1, needle.count / 2)) {
                ranked.append((2 * distance + (whole < part || whole == 0 ? 0 : 1), candidate))
            } else if contains {
                ranked.append((6, candidate))
            }
        }
        return ranked.sorted { ($0.distance, $0.name.count, $0.name) < ($1.distance, $1.name.count, $1.name) }
            .prefix(5).map(\.name)
    }

    private func distance(_ a: String, _ b: String) -> Int {
        abs(a.utf8.count - b.utf8.count) > 3 ? 9 : editDistance(a, b)
    }

    private func lastPart(_ name: String) -> String {
        name.split(whereSeparator: { $0 == "." || $0 == ":" }).last.map(String.init) ?? name
    }

    // MARK: what is searched

    private struct Field {
        let text: String
        let isName: Bool
        let weight: Int

        func score(_ word: String) -> Int {
            let text = text.lowercased()
            if isName {
                if text == word { return 4 * weight }
                let parts = text.split { ".:_-".contains($0) }
                if parts.contains(where: { $0 == word }) { return 3 * weight }
                if parts.contains(where: { $0.hasPrefix(word) }) { return 2 * weight }
                return cut(text + " ", at: word).after.isEmpty ? 0 : weight
            }
            let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            return words.contains { $0.hasPrefix(word) || stem(String($0)) == word } ? weight : 0
        }
    }

    private func fields(of subject: Subject) -> [Field] {
        var fields = [
            Field(text: subject.name, isName: true, weight: 20),
            Field(text: subject.summary, isName: false, weight: 12),
        ]
        switch subject {
        case .declaration(.function(let function)):
            for parameter in function.signature.parameters {
                fields.append(Field(text: parameter.name, isName: true, weight: 4))
                fields.append(Field(text: parameter.doc, isName: false, weight: 5))
            }
            fields.append(Field(text: function.source, isName: false, weight: 3))
        case .topic(let topic):
            fields += topic.aliases.map { Field(text: $0, isName: true, weight: 10) }
            fields.append(Field(text: topic.details, isName: false, weight: 4))
        default: break
        }
        return fields
    }
}

/// A word without the endings that its relatives differ in: "quantizing", "quantized" and "quantizers" are "quantiz".
func stem(_ word: String) -> String {
    var word = word
    for ending in ["ations", "ation", "ating", "ated", "ates", "ate", "ings", "ing", "ers", "er", "ed", "es", "e", "s"]
    where word.count - ending.count >= 4 && word.hasSuffix(ending) {
        word.removeLast(ending.count)
        break
    }
    return word
}

/// Whether a text consists of the parts in order with anything between them.
private func fits(_ text: String, _ parts: [String]) -> Bool {
    guard var first = parts.first, parts.count > 1 else { return parts.first == text }
    guard text.hasPrefix(first) else { return false }
    var rest = String(text.dropFirst(first.count))
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
        let (before, after) = cut(rest, at: part)
        guard before.utf8.count + part.utf8.count + after.utf8.count == rest.utf8.count else { return false }
        rest = after
    }
    first = parts[parts.count - 1]
    return rest.hasSuffix(first)
}
