import Bindings

/// The lines of a Lua file, each with what it begins in.
///
/// Line ends of other systems become `\n`, as Lua itself reads them, and a byte order mark is dropped; so what is shown
/// as a comment is a comment for Lua too.
struct SourceLines {
    /// Without their ends; a file that ends in a line end has no empty line after it.
    let lines: [String]
    /// What each line begins in.
    let places: [Place]

    enum Place: Equatable {
        /// Between statements of the file: the only place where a cell can begin.
        case outermost
        /// Inside a block or brackets.
        case nested
        case longString
        case blockComment
    }

    init(_ text: String) {
        let bytes = Self.normalised(text)
        lines = Self.split(bytes).map { String(decoding: $0, as: UTF8.self) }
        places = Self.places(bytes, count: lines.count)
    }

    static func normalised(_ text: String) -> [UInt8] {
        var out: [UInt8] = [], wasReturn = false
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8.dropFirst(text.utf8.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0) {
            if byte == newline, wasReturn { wasReturn = false; continue }
            wasReturn = byte == carriageReturn
            out.append(wasReturn ? newline : byte)
        }
        return out
    }

    static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: newline, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    /// One pass over the tokens; the first line does not count when it is for the system.
    private static func places(_ bytes: [UInt8], count: Int) -> [Place] {
        var bytes = bytes
        if bytes.first == UInt8(ascii: "#") {
            for index in 0..<(bytes.firstIndex(of: newline) ?? bytes.count) { bytes[index] = 32 }
        }
        var places: [Place] = [], nesting = LuaNesting(), position = 0
        places.reserveCapacity(count)
        func addLines(to end: Int, _ place: Place) {
            while position < end {
                if bytes[position] == newline { places.append(place) }
                position += 1
            }
        }
        places.append(.outermost)
        for token in LuaLexer.tokens(bytes) {
            addLines(to: token.range.lowerBound, nesting.isOutermost ? .outermost : .nested)
            addLines(to: token.range.upperBound, place(inside: token.kind))
            nesting.read(token.kind, bytes[token.range])
        }
        addLines(to: bytes.count, nesting.isOutermost ? .outermost : .nested)
        return Array(places.prefix(count))
    }

    private static func place(inside kind: LuaToken.Kind) -> Place {
        if case .comment = kind { .blockComment } else { .longString }
    }
}

private let newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")
