import Kernel

/// A picture from a record, looked at just enough to show it in the right size.
struct RecordedPicture {
    let type: String
    /// In its own units; nil when a drawing does not say.
    let size: Screen.Size?
    /// Drawn with lines (SVG) rather than pixels.
    var isDrawing: Bool { type == "image/svg+xml" }

    /// nil when the bytes are not of the type.
    init?(_ type: String, _ bytes: [UInt8]) {
        self.type = type
        switch type {
        case "image/png":
            guard bytes.count > 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else {
                return nil
            }
            func word(_ place: Int) -> Int { bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) } }
            size = Screen.Size(width: word(16), height: word(20))
        case "image/svg+xml":
            let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
            guard let tag = head.firstRange(of: "<svg") else { return nil }
            let attributes = head[tag.upperBound...].prefix { $0 != ">" }
            size = Self.number("width", attributes).flatMap { width in
                Self.number("height", attributes).map { Screen.Size(width: width, height: $0) }
            }
        default: return nil
        }
    }

    /// Small pictures are shown larger, by a whole number, so that their pixels can be seen.
    var shownSize: Screen.Size? {
        guard let size, (1...20_000).contains(size.width), (1...20_000).contains(size.height) else { return nil }
        let factor = isDrawing ? 1 : max(1, min(8, 224 / max(size.width, size.height)))
        return Screen.Size(width: size.width * factor, height: size.height * factor)
    }

    /// The whole number in `width="860"` or `width="860px"`.
    private static func number(_ name: String, _ attributes: Substring) -> Int? {
        for quote in ["\"", "'"] {
            guard let start = attributes.firstRange(of: " \(name)=\(quote)")?.upperBound else { continue }
            return Int(attributes[start...].prefix { $0.isASCII && $0.isNumber }.prefix(6))
        }
        return nil
    }
}

extension RecordedPicture {
    /// Whether a drawing only draws: no scripts, no handlers, no embedded pages, no entities, nothing from elsewhere. A
    /// page shows any drawing as a picture, where none of these work; a file on its own could be opened as a page.
    static func isInert(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        guard !text.unicodeScalars.contains("\0") else { return false }
        var rest = text[...], isFirst = true
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            let tag = rest.prefix { $0 != ">" }
            if tag.hasPrefix("?") { guard isFirst, tag.hasPrefix("?xml ") else { return false } }
            isFirst = false
            if !tag.hasPrefix("/") && !tag.hasPrefix("?") && !tag.hasPrefix("!--") && !isInert(tag: tag) {
                return false
            }
        }
        return true
    }

    private static let shapes: Set<String> = [
        "svg", "title", "desc", "g", "defs", "rect", "circle", "ellipse", "line", "path", "polyline", "polygon", "use",
        "text", "tspan", "filter", "feFlood", "feComposite", "clipPath", "mask", "pattern", "linearGradient",
        "radialGradient", "stop", "marker", "symbol",
    ]

    /// A shape by its plain name, without handlers, whose links stay inside the drawing.
    private static func isInert(tag: Substring) -> Bool {
        guard shapes.contains(String(tag.prefix { $0.isLetter })) else { return false }
        let words = tag.lowercased()
        if words.contains("javascript:") || words.contains("&") || words.contains("<") { return false }
        let pieces = words.split(whereSeparator: { $0.isWhitespace || $0 == "/" || $0 == "\"" || $0 == "'" })
        if pieces.contains(where: { $0.hasPrefix("on") && $0.contains("=") || $0 == "on" }) { return false }
        return links(words).allSatisfy { $0.hasPrefix("#") }
    }

    /// What stands after `href=` and in `url(...)`.
    private static func links(_ words: String) -> [Substring] {
        var links: [Substring] = []
        for mark in ["href=", "url("] {
            var rest = words[...]
            while let found = rest.firstRange(of: mark) {
                rest = rest[found.upperBound...]
                links.append(rest.drop { $0 == "\"" || $0 == "'" || $0 == " " })
            }
        }
        return links
    }
}
