import Kernel

/// The line that begins a cell: `-- %% title [markdown] key=json ...`.
struct CellMarker: Equatable {
    var kind = Notebook.Cell.Kind.code
    var title = ""
    /// Sorted by name.
    var metadata: [JSON.Field] = []

    /// The key that keeps what could not be read as `key=json`, with Jupytext's name for it.
    static let unreadable = "incorrectly_encoded_metadata"
    /// The key that keeps how many `%` a marker has beyond two.
    static let depth = "cell_depth"
    /// The key that keeps the `md` of `[md]`.
    static let region = "region_name"

    init(kind: Notebook.Cell.Kind = .code, title: String = "", metadata: [JSON.Field] = []) {
        (self.kind, self.title, self.metadata) = (kind, title, metadata)
    }

    /// Reads the line; nil when it begins no cell.
    init?(line: String) {
        guard let rest = Self.comment(line) else { return nil }
        if Self.isForeign(rest) { self.init(); return }
        guard rest.hasPrefix("%%") else { return nil }
        let percents = rest.utf8.prefix { $0 == UInt8(ascii: "%") }.count
        let options = rest.utf8.dropFirst(percents)
        guard options.first.map(Self.isSpace) ?? true else { return nil }
        self.init(options: Self.trimmed(Substring(options)), depth: percents - 2)
    }

    /// Whether the text after a comment's dashes would begin a cell.
    static func isMarker(comment text: some StringProtocol) -> Bool { CellMarker(line: "--" + text) != nil }

    /// A whole line in the writer's form.
    var line: String {
        let depth = metadata.first { $0.name == Self.depth }?.value.int ?? 0
        let options = options
        return "-- %%" + String(repeating: "%", count: max(0, depth)) + (options.isEmpty ? "" : " " + options)
    }
}

// MARK: - Lines

extension CellMarker {
    /// What stands after the dashes of a line that is a comment, without white space around it.
    private static func comment(_ line: String) -> String? {
        let rest = line.utf8.drop(while: isSpace)
        guard rest.starts(with: "--".utf8) else { return nil }
        return trimmed(Substring(rest.dropFirst(2)))
    }

    /// `<codecell>` and `In[3]:` as other programs write them.
    private static func isForeign(_ text: String) -> Bool {
        if text == "<codecell>" { return true }
        guard text.hasPrefix("In[") else { return false }
        let rest = text.utf8.dropFirst(3).drop { (48...57).contains($0) || $0 == 32 }
        return rest.elementsEqual("]".utf8) || rest.elementsEqual("]:".utf8)
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    static func trimmed(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8.drop(while: isSpace))
        let end = bytes.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

// MARK: - Options

extension CellMarker {
    /// What reads back differently after it was written is kept as it stands.
    private init(options: String, depth: Int) {
        self.init(reading: options, depth: depth)
        let again = CellMarker(reading: self.options, depth: depth)
        if again != self { self = Self.unread(options, depth: depth) }
    }

    private init(reading options: String, depth: Int) {
        var (title, rest) = Self.split(options), depth = depth
        for (word, kind) in [("[markdown]", Notebook.Cell.Kind.markdown), ("[raw]", .raw), ("[md]", .markdown)] {
            guard let range = title.firstRange(of: word) else { continue }
            self.kind = kind
            title = Self.trimmed(title.replacing(title[range], with: ""))
            if word == "[md]" { metadata.append(JSON.Field(Self.region, .text("md"))) }
            break
        }
        let percents = title.utf8.prefix { $0 == UInt8(ascii: "%") }.count
        depth += percents
        self.title = Self.trimmed(title.dropFirst(percents))
        if depth > 0 { metadata.append(JSON.Field(Self.depth, .int(depth))) }
        var names = Set(metadata.map(\.name))
        for field in Self.fields(rest) where names.insert(field.name).inserted { metadata.append(field) }
        if self.title.isEmpty, let named = self["title"]?.text, Self.isPlainTitle(named) {
            self.title = named
            metadata.removeAll { $0.name == "title" }
        }
        metadata.sort { $0.name.isBefore($1.name) }
    }

    private static func unread(_ options: String, depth: Int) -> CellMarker {
        var metadata = [JSON.Field(unreadable, .text(options))]
        if depth > 0 { metadata.insert(JSON.Field(Self.depth, .int(depth)), at: 0) }
        return CellMarker(metadata: metadata)
    }

    private subscript(name: String) -> JSON? { metadata.first { $0.name == name }?.value }

    /// A title is what stands before the last word before the first `=`, or before the first `{`; without either it is
    /// all words but those at the end that begin with a dot.
    private static func split(_ options: String) -> (title: String, rest: String) {
        let bytes = Array(options.utf8)
        let equals = bytes.firstIndex(of: UInt8(ascii: "=")), brace = bytes.firstIndex(of: UInt8(ascii: "{"))
        if let brace, equals.map({ brace < $0 }) ?? true { return cut(bytes, brace) }
        var end = equals ?? bytes.count
        if equals != nil {
            end = end - bytes[..<end].reversed().prefix(while: isSpace).count
            end = bytes[..<end].lastIndex(where: isSpace).map { $0 + 1 } ?? 0
        }
        while true {
            let words = end - bytes[..<end].reversed().prefix(while: isSpace).count
            let start = bytes[..<words].lastIndex(where: isSpace).map { $0 + 1 } ?? 0
            guard words > 0, bytes[start] == UInt8(ascii: ".") else { return cut(bytes, end) }
            end = start
        }
    }

    private static func cut(_ bytes: [UInt8], _ place: Int) -> (String, String) {
        (
            trimmed(String(decoding: bytes[..<place], as: UTF8.self)),
            trimmed(String(decoding: bytes[place...], as: UTF8.self))
        )
    }

    /// Keys from the end of the text on, since a value may have spaces and equals signs in it. When one cannot be read,
    /// none is.
    private static func fields(_ text: String) -> [JSON.Field] {
        if text.hasPrefix("{") {
            if case .object(let fields)? = try? JSON(parsing: text) { return fields }
            return [JSON.Field(unreadable, .text(text))]
        }
        let bytes = Array(text.utf8)
        var end = bytes.count, fields: [JSON.Field] = []
        while end > 0 {
            guard let (field, start) = lastField(bytes[..<end]) else { return [JSON.Field(unreadable, .text(text))] }
            fields.append(field)
            end = start - bytes[..<start].reversed().prefix(while: isSpace).count
        }
        return fields
    }

    /// The last `key=json` or bare key of a text, and where it begins.
    private static func lastField(_ bytes: ArraySlice<UInt8>) -> (JSON.Field, Int)? {
        let word = bytes.lastIndex(where: isSpace).map { $0 + 1 } ?? 0
        if isBareKey(bytes[word...]) {
            return (JSON.Field(String(decoding: bytes[word...], as: UTF8.self), .null), word)
        }
        var end = bytes.endIndex
        while let equals = bytes[..<end].lastIndex(of: UInt8(ascii: "=")) {
            end = equals
            let keyEnd = equals - bytes[..<equals].reversed().prefix(while: isSpace).count
            // Not back to the space before it: that may be the whole line at every sign.
            let keyStart = keyEnd - bytes[..<keyEnd].reversed().prefix(while: isKeyByte).count
            let isWord = keyStart < keyEnd && (keyStart == bytes.startIndex || isSpace(bytes[keyStart - 1]))
            guard isWord, let value = value(bytes[(equals + 1)...]) else { continue }
            return (JSON.Field(String(decoding: bytes[keyStart..<keyEnd], as: UTF8.self), value), keyStart)
        }
        return nil
    }

    /// Nothing is copied before it is known to be a value: a long line of `=` costs no more than it has bytes.
    private static func value(_ bytes: ArraySlice<UInt8>) -> JSON? {
        let bytes = bytes.drop(while: isSpace)
        guard let first = bytes.first, let last = bytes.last else { return nil }
        // A text in single quotes is Python's way, which Jupytext reads too.
        if first == UInt8(ascii: "'") {
            let inside = bytes.dropFirst().dropLast()
            let isSimple = !inside.contains { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\\") }
            return last == first && bytes.count >= 2 && isSimple ? .text(String(decoding: inside, as: UTF8.self)) : nil
        }
        switch bytes.count <= 5 ? String(decoding: bytes, as: UTF8.self) : "" {
        case "True": return .flag(true)
        case "False": return .flag(false)
        case "None": return .null
        default: return bytes.withUnsafeBytes { try? JSON(parsing: $0) }
        }
    }

    private static func isBareKey(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, isLetter(first) || first == UInt8(ascii: "_") || first == UInt8(ascii: ".")
        else {
            return false
        }
        return bytes.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") || $0 == 46 }
    }

    /// Letters, digits and `_ . @ / -`.
    static func isKey(_ bytes: ArraySlice<UInt8>) -> Bool { !bytes.isEmpty && bytes.allSatisfy(isKeyByte) }

    private static func isKeyByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || (45...57).contains(byte) || byte == 64 || byte == 95
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 32) && byte >= 65 }
}

// MARK: - Writing

extension CellMarker {
    /// A title that can stand as words.
    static func isPlainTitle(_ title: String) -> Bool {
        guard !title.isEmpty, title == trimmed(title), !title.utf8.contains(where: { $0 < 32 || $0 == 127 }) else {
            return title.isEmpty
        }
        let marker = CellMarker(reading: title, depth: 0)
        return marker.title == title && marker.kind == .code && marker.metadata.isEmpty
            && !title.hasPrefix("%") && CellMarker(reading: title + " [raw] x=1", depth: 0).title == title
    }

    private var options: String {
        var words: [String] = []
        var fields = metadata.filter { ![Self.depth, Self.region, Self.unreadable].contains($0.name) }
        if !title.isEmpty {
            if Self.isPlainTitle(title) {
                words.append(title)
            } else {
                fields.append(JSON.Field("title", .text(title)))
            }
        }
        fields.sort { $0.name.isBefore($1.name) }
        switch kind {
        case .code: break
        case .markdown: words.append(self[Self.region]?.text == "md" ? "[md]" : "[markdown]")
        case .raw: words.append("[raw]")
        }
        if let text = self[Self.unreadable]?.text { words.append(text) }
        for field in fields where Self.isKey(Array(field.name.utf8)[...]) {
            words.append(field.value == .null ? bare(field.name) : field.name + "=" + field.value.markerText)
        }
        return words.joined(separator: " ")
    }

    /// A key without a value. Without a dot in front it would be one more word of the title.
    private func bare(_ name: String) -> String { name.hasPrefix(".") ? name : name + "=null" }
}
