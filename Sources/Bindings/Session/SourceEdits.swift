/// Changes to a source text by byte ranges of the text as it was, done all at once.
///
/// A change that keeps the length moves nothing; none of those made here adds or removes a line.
struct SourceEdits {
    private var edits: [(range: Range<Int>, text: [UInt8])] = []

    /// Puts a text in the place of what stands there.
    mutating func replace(_ range: Range<Int>, with text: [UInt8]) { edits.append((range, text)) }

    mutating func insert(_ text: String, at offset: Int) { edits.append((offset..<offset, Array(text.utf8))) }

    /// Puts spaces over a range; line ends stay.
    mutating func blank(_ range: Range<Int>, in bytes: [UInt8]) {
        replace(range, with: bytes[range].map { $0 == .newline || $0 == .carriageReturn ? $0 : .space })
    }

    var isEmpty: Bool { edits.isEmpty }

    func applied(to bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + 32)
        var position = 0
        let inOrder = edits.sorted {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }
        for edit in inOrder {
            result += bytes[position..<edit.range.lowerBound]
            result += edit.text
            position = edit.range.upperBound
        }
        return result + bytes[position...]
    }
}

extension UInt8 {
    static let newline = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
}
