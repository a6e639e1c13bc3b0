/// A place in a text that somebody types at: what is begun there, and what surrounds it.
struct LuaCursor {
    /// Everything before what is begun.
    let scan: LuaScan
    /// What is begun: letters of a name, or what stands in a string so far.
    let stem: String
    let range: Range<Int>
    let kind: Kind
    /// The bytes after the cursor.
    let rest: ArraySlice<UInt8>

    enum Kind: Equatable {
        /// A name or a keyword may stand here.
        case word
        /// Inside a string with this beginning.
        case string(opening: Int)
        case number
        /// Nothing can be said: in a comment, after a stray byte.
        case nothing
    }

    init(_ buffer: String, at place: Int) {
        let bytes = Array(buffer.utf8), cursor = Self.boundary(bytes, place)
        let tokens = LuaLexer.tokens(bytes[..<cursor])
        rest = bytes[cursor...]
        var kept = tokens, range = cursor..<cursor, kind = Kind.word
        if let last = tokens.last, last.range.upperBound == cursor {
            kind = Self.kind(of: last, Array(bytes[last.range]))
            if kind != .word || last.kind == .name || last.kind == .keyword {
                if kind != .nothing { range = last.range }
                kept.removeLast()
            }
        }
        scan = LuaScan(
            Array(bytes[..<cursor]), kept.filter { if case .comment = $0.kind { false } else { true } })
        (self.range, self.kind) = (range, kind)
        stem = String(decoding: bytes[range], as: UTF8.self)
    }

    /// The string that the cursor is in.
    var string: LuaString? {
        guard case .string = kind else { return nil }
        return LuaString(scan.bytes, range, isClosed: false)
    }

    /// The token before what is begun; may be -1.
    var before: Int { scan.tokens.count - 1 }

    /// Whether blanks, or nothing, lie between the token before and what is begun.
    var isSeparate: Bool { before < 0 || scan.tokens[before].range.upperBound < range.lowerBound }

    /// The nearest place to the left that is inside the text and at the beginning of a character.
    private static func boundary(_ bytes: [UInt8], _ place: Int) -> Int {
        var place = max(0, min(place, bytes.count))
        while place > 0, place < bytes.count, bytes[place] & 0xC0 == 0x80 { place -= 1 }
        return place
    }

    private static func kind(of token: LuaToken, _ text: [UInt8]) -> Kind {
        switch token.kind {
        case .string(isClosed: false): return .string(opening: token.range.lowerBound)
        case .comment(let isClosed):
            return isClosed && isLongComment(text) ? .word : .nothing
        case .number: return .number
        case .unknown: return .nothing
        default: return .word
        }
    }

    private static func isLongComment(_ text: [UInt8]) -> Bool {
        guard text.count > 3, text[2] == UInt8(ascii: "[") else { return false }
        return text[3...].first { $0 != UInt8(ascii: "=") } == UInt8(ascii: "[")
    }
}

// MARK: - calls

/// The innermost call around a cursor, and which argument is being typed.
struct LuaCall {
    let function: LuaPath
    /// The literal string that is the first argument.
    let first: String?
    /// The number of the argument, from 0.
    let place: Int
    /// In a table that is this argument.
    var table: Table?
    /// How many tables inside of that one lie around the cursor, and the innermost of them.
    var depth = 0
    var inner: Table?
    /// In the brackets of a key: `{["`.
    var isInKey = false
    /// Nothing of the value that is wanted has been typed before what is begun.
    var isAtStart: Bool

    struct Table {
        /// The field whose value is being typed, nil where a key can stand.
        let field: String?
        /// Keys that the table has, before the cursor and after it.
        let keys: [String]
        /// Items without a key before the cursor.
        let places: Int
    }
}

extension LuaCursor {
    /// The call around the cursor; nil inside a block of its own, and where no call is open.
    var call: LuaCall? { call(scan.frames.count - 1, isAtStart: nil) }

    /// The innermost call with an open bracket, whatever is typed inside of it.
    var openCall: LuaCall? {
        for index in scan.frames.indices.reversed() {
            if scan.frames[index].kind == .block { return nil }
            if let call = call(index, isAtStart: nil) { return call }
        }
        return shortCall
    }

    private func call(_ index: Int, isAtStart: Bool?) -> LuaCall? {
        guard scan.frames.indices.contains(index), scan.frames.count - index <= 8 else { return shortCall }
        let frame = scan.frames[index], start = frame.itemStart
        switch frame.kind {
        case .block: return isAtStart == nil ? shortCall : nil
        case .parenthesis:
            guard let function = callee(before: frame.opener) else { return nil }
            let first = LuaString(scan, frame.opener + 1)?.content
            return LuaCall(
                function: function, first: first, place: frame.items,
                isAtStart: isAtStart ?? (start == scan.tokens.count))
        case .bracket:
            guard index > 0, !scan.endsExpression(frame.opener - 1) else { return nil }
            var outer = call(index - 1, isAtStart: false)
            outer?.isInKey = true
            return outer
        case .brace: return tableCall(index, isAtStart)
        }
    }

    private func tableCall(_ index: Int, _ isAtStart: Bool?) -> LuaCall? {
        let frame = scan.frames[index], start = frame.itemStart
        let field = scan.key(at: start)
        let valueStart = field == nil ? start : start + (scan.isName(start) ? 2 : 4)
        let atStart = isAtStart ?? (valueStart == scan.tokens.count)
        let table = LuaCall.Table(
            field: field, keys: frame.keys + (isAtStart == nil ? keysAfter : []), places: frame.places)
        if let function = callee(before: frame.opener) {
            let first = LuaString(scan, frame.opener + 1)?.content
            return LuaCall(function: function, first: first, place: 0, table: table, isAtStart: atStart)
        }
        guard index > 0 else { return nil }
        let outer = scan.frames[index - 1]
        if outer.kind == .parenthesis, outer.itemStart == frame.opener {
            guard let function = callee(before: outer.opener) else { return nil }
            let first = LuaString(scan, outer.opener + 1)?.content
            return LuaCall(function: function, first: first, place: outer.items, table: table, isAtStart: atStart)
        }
        var call = call(index - 1, isAtStart: atStart)
        call?.depth += 1
        if isAtStart == nil { call?.inner = table }
        return call
    }

    /// `f "text` without parentheses.
    private var shortCall: LuaCall? {
        guard case .string = kind, LuaPath.isCallee(scan, before), let function = callee(before: before + 1) else {
            return nil
        }
        return LuaCall(function: function, first: nil, place: 0, isAtStart: true)
    }

    /// What a bracket calls; nil when it groups, makes a table, or holds the parameters of a definition.
    private func callee(before opener: Int) -> LuaPath? {
        guard LuaPath.isCallee(scan, opener - 1), let path = LuaPath(scan, endingAt: opener - 1) else { return nil }
        var start = opener - 1
        while scan.isName(start) || scan.isText(start, ".") || scan.isText(start, ":") { start -= 1 }
        return scan.isText(start, "function") ? nil : path
    }

    /// Keys that the table around the cursor gets soon after it.
    private var keysAfter: [String] {
        var rest = rest.prefix(4096)
        if let string, let end = rest.firstIndex(where: { $0 == 10 || $0 == string.opening.utf8.first }) {
            rest = rest[(end + 1)...]
        }
        let tokens = LuaLexer.tokens(rest), offset = rest.startIndex
        func text(_ index: Int) -> String {
            guard tokens.indices.contains(index) else { return "" }
            let range = tokens[index].range
            return String(decoding: rest[(range.lowerBound + offset)..<(range.upperBound + offset)], as: UTF8.self)
        }
        var keys: [String] = [], depth = 0
        for index in tokens.indices where tokens[index].kind == .symbol {
            switch text(index) {
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            case "=" where depth == 0 && index > 0 && tokens[index - 1].kind == .name: keys.append(text(index - 1))
            default: break
            }
            if depth < 0 { break }
        }
        return keys
    }
}
