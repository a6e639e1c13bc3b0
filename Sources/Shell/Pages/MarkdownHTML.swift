import Bindings
import CMarkdown
import Glibc

/// Markdown, as GitHub reads it, as the body of an HTML page: headings have anchors, code of Lua is coloured, HTML
/// inside the Markdown is dropped.
struct MarkdownHTML {
    private(set) var html = ""
    /// The headings so far, of this text and of those before it on the page.
    private(set) var outline: PageOutline

    init(_ markdown: String) { self.init(markdown, outline: PageOutline()) { _ in } }

    /// - Parameter change: changes the tree before it is written.
    init(_ markdown: String, outline: PageOutline, change: (_ document: OpaquePointer) -> Void) {
        self.outline = outline
        cmark_gfm_core_extensions_ensure_registered()
        let parser = cmark_parser_new(CMARK_OPT_DEFAULT)
        defer { cmark_parser_free(parser) }
        cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension("table"))
        var text = markdown
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cmark_parser_feed(parser, $0.baseAddress, $0.count) }
        }
        guard let document = cmark_parser_finish(parser) else { return }
        defer { cmark_node_free(document) }
        change(document)
        var node = cmark_node_first_child(document)
        while let current = node {
            add(current)
            node = cmark_node_next(current)
        }
    }

    private mutating func add(_ node: OpaquePointer) {
        let type = cmark_node_get_type(node)
        if type == CMARK_NODE_HEADING {
            let level = Int(cmark_node_get_heading_level(node))
            let id = outline.add(plainText(node), level: level)
            html += "<h\(level) id=\"\(escapedHTML(id))\">\(inside(rendered(node)))</h\(level)>\n"
        } else if type == CMARK_NODE_CODE_BLOCK {
            let code = cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
            let isLua = cmark_node_get_fence_info(node).map { String(cString: $0) } == "lua"
            html += "<pre><code>\(isLua ? highlightedLua(code) : escapedHTML(code))</code></pre>\n"
        } else {
            html += rendered(node)
        }
    }
}

/// The headings of a page and the anchors that are taken.
struct PageOutline {
    struct Entry: Equatable {
        var level: Int
        var text: String
        var id: String
    }
    private(set) var entries: [Entry] = []
    private var anchors: Set<String> = []
    /// How often the text of an anchor came.
    private var counts: [String: Int] = [:]

    /// Adds a heading and gives its anchor.
    mutating func add(_ text: String, level: Int) -> String {
        let id = anchor(text)
        entries.append(Entry(level: level, text: text, id: id))
        return id
    }

    /// Anchors as in the Markdown's own links; a second heading of the same text gets a number.
    mutating func anchor(_ text: String) -> String {
        let made = Markdown.anchor(text), first = made.isEmpty ? "section" : made
        var anchor = first, number = counts[first] ?? 0
        while !anchors.insert(anchor).inserted {
            number += 1
            anchor = "\(first)-\(number)"
        }
        counts[first] = number
        return anchor
    }
}

/// The HTML of a node, with raw HTML left out.
private func rendered(_ node: OpaquePointer) -> String {
    guard let text = cmark_render_html(node, CMARK_OPT_DEFAULT, nil) else { return "" }
    defer { free(text) }
    return String(cString: text)
}

/// What stands between the first tag and the last.
private func inside(_ html: String) -> String {
    guard let open = html.firstIndex(of: ">"), let close = html.lastIndex(of: "<"), open < close else { return html }
    return String(html[html.index(after: open)..<close])
}

/// The words of a node without their markup.
func plainText(_ node: OpaquePointer) -> String {
    var text = ""
    let walk = cmark_iter_new(node)
    defer { cmark_iter_free(walk) }
    while case let event = cmark_iter_next(walk), event != CMARK_EVENT_DONE {
        if event == CMARK_EVENT_ENTER, let literal = cmark_node_get_literal(cmark_iter_get_node(walk)) {
            text += String(cString: literal)
        }
    }
    return text
}

/// The text with everything that HTML would read as markup escaped, in elements and in quoted attributes. It goes by
/// scalars: a quote with a mark on it is one character of Swift's, and still ends an attribute.
func escapedHTML(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": out.append(contentsOf: "&amp;".unicodeScalars)
        case "<": out.append(contentsOf: "&lt;".unicodeScalars)
        case ">": out.append(contentsOf: "&gt;".unicodeScalars)
        case "\"": out.append(contentsOf: "&quot;".unicodeScalars)
        default: out.append(scalar)
        }
    }
    return String(out)
}

/// Lua with its keywords, strings, numbers and comments in spans.
func highlightedLua(_ code: String) -> String {
    let bytes = Array(code.utf8)
    func text(_ range: Range<Int>) -> String { escapedHTML(String(decoding: bytes[range], as: UTF8.self)) }
    var out = "", position = 0
    for token in LuaLexer.tokens(bytes) {
        out += text(position..<token.range.lowerBound)
        position = token.range.upperBound
        let word = text(token.range)
        switch token.kind {
        case .keyword: out += "<b>\(word)</b>"
        case .string: out += "<i class=\"s\">\(word)</i>"
        case .number: out += "<i class=\"n\">\(word)</i>"
        case .comment: out += "<i class=\"c\">\(word)</i>"
        default: out += word
        }
    }
    return out + text(position..<bytes.count)
}
