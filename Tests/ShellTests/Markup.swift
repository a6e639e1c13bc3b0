/// Enough of HTML to see whether tags are balanced and attributes quoted, and what there is of each.
struct Markup {
    private(set) var fault: String?
    private(set) var links: [String] = [], anchors: Set<String> = [], tags: Set<String> = []
    /// Names of attributes, and the addresses of pictures.
    private(set) var attributes: Set<String> = [], sources: [String] = []
    /// The descriptions of pictures, in order.
    private(set) var descriptions: [String] = []
    /// The levels of headings, in order.
    private(set) var headings: [Int] = []
    /// An anchor that two elements have.
    private(set) var doubled: String?

    init(_ html: String) {
        var open: [String] = [], rest = html[...]
        while fault == nil, let start = rest.firstIndex(of: "<") {
            if open.last != "style", rest[..<start].contains(">") {
                fault = "a bare > before \(rest[start...].prefix(20))"
            }
            guard let end = rest[start...].firstIndex(of: ">") else { fault = "an open tag"; return }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("!") { continue }
            let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
            if tag.hasPrefix("/") {
                if open.popLast() != name { fault = "</\(name)>" }
            } else {
                tags.insert(name)
                if name.count == 2, name.hasPrefix("h"), let level = Int(name.dropFirst()) { headings.append(level) }
                read(tag)
                if !["meta", "br", "hr", "img", "link"].contains(name), !tag.hasSuffix("/") { open.append(name) }
            }
        }
        if fault == nil, !open.isEmpty { fault = "open: \(open)" }
    }

    private mutating func read(_ tag: Substring) {
        let pieces = tag.split(separator: "\"", omittingEmptySubsequences: false)
        if pieces.count % 2 == 0 { fault = "quotes in <\(tag)>" }
        for (place, (name, value)) in zip(pieces, pieces.dropFirst()).enumerated() where place % 2 == 0 {
            let words = name.split(separator: " ").map { String($0.prefix { $0 != "=" }) }
            attributes.formUnion(place == 0 ? words.dropFirst() : words[...])
            if name.hasSuffix(" href=") { links.append(String(value)) }
            if name.hasSuffix(" src=") { sources.append(String(value)) }
            if name.hasSuffix(" alt=") { descriptions.append(String(value)) }
            if name.hasSuffix(" id="), !anchors.insert(String(value)).inserted { doubled = String(value) }
        }
        if pieces.count == 1 { attributes.formUnion(tag.split(separator: " ").dropFirst().map(String.init)) }
        if let last = pieces.last, pieces.count > 1 {
            attributes.formUnion(last.split(separator: " ").map(String.init))
        }
    }
}
