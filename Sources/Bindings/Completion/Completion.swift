import Kernel

/// What Tab offers at a place of a text.
public struct Completion: Sendable, Equatable {
    /// The UTF-8 offsets of the buffer that a candidate's text replaces. It ends at the cursor.
    public var range: Range<Int>
    /// The best first; empty when nothing fits.
    public var candidates: [Candidate]
    /// The signature of the innermost call around the cursor, with the parameter that is being typed in «».
    public var signature: String?

    public init(range: Range<Int>, candidates: [Candidate] = [], signature: String? = nil) {
        (self.range, self.candidates, self.signature) = (range, candidates, signature)
    }

    /// What Tab puts into the range: the only candidate, or the longest beginning of all that says more than what is
    /// typed there; nil when Tab can only list.
    public func insertion(for typed: String) -> String? {
        guard let first = candidates.first else { return nil }
        if candidates.count == 1 { return first.text }
        var common = Array(first.text.unicodeScalars)
        for candidate in candidates.dropFirst() {
            common.removeLast(common.count - zip(common, candidate.text.unicodeScalars).prefix { $0 == $1 }.count)
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: common)
        let goesOn = text.utf8.count > typed.utf8.count || text != typed && text.utf8.count == typed.utf8.count
        return goesOn && text.utf8.starts(with: typed.utf8) { folded($0) == folded($1) } ? text : nil
    }

    /// The same completion in a buffer that has so many bytes more at its beginning.
    public func shifted(by offset: Int) -> Completion {
        Completion(
            range: range.lowerBound + offset..<range.upperBound + offset, candidates: candidates, signature: signature)
    }
}

/// One thing that the typed text could become.
public struct Candidate: Sendable, Equatable {
    /// Replaces the whole range.
    public var text: String
    /// What lists show.
    public var label: String
    /// In short what it is: a type, a default, the summary of a function.
    public var detail: String

    public init(_ text: String, label: String? = nil, detail: String = "") {
        (self.text, self.label, self.detail) = (text, label ?? text, detail)
    }
}

extension Interpreter {
    /// What the text before the cursor could become. Nothing of the user's runs, no property is computed, and no more
    /// than about 50 ms pass: then the list is what has been found.
    /// - Parameter cursor: an offset in UTF-8; one outside of the text or inside a character is moved to the left.
    public func complete(_ buffer: String, at cursor: Int) -> Completion {
        let place = LuaCursor(buffer, at: cursor)
        let found = quietly {
            var completer = Completer(self, place, within: 0.05)
            completer.run()
            return Completion(
                range: completer.range, candidates: completer.offers.candidates,
                signature: completer.signature?.line())
        }
        return found ?? Completion(range: place.range.upperBound..<place.range.upperBound)
    }

    /// The signature of the innermost call around the cursor: `net:fit(data, «epochs» = 10, ...)  passes over the data`.
    public func signature(_ buffer: String, at cursor: Int) -> String? {
        signatureHint(buffer, at: cursor)?.line()
    }

    /// The signature of the innermost call around the cursor in its parts, for a line of any width.
    public func signatureHint(_ buffer: String, at cursor: Int) -> SignatureHint? {
        quietly { Completer(self, LuaCursor(buffer, at: cursor), within: 0.05).signature } ?? nil
    }
}

extension Interpreter {
    /// The names that a word such as `net:qu` or `attack.p` could become, each whole.
    public func completions(of word: String) -> [String] {
        let completion = complete(word, at: word.utf8.count)
        let kept = String(decoding: word.utf8.prefix(completion.range.lowerBound), as: UTF8.self)
        return completion.candidates.map { kept + $0.text }
    }
}
