import Bindings
import CMarkdown
import Glibc

/// Markdown, as GitHub reads it, as the body of an HTML page: headings have anchors, code of Lua is coloured, HTML
/// inside the Markdown is dropped.
struct MarkdownHTML {
    private(set) var html = ""
    private var anchors: Set<String> = []

    init(_ markdown: String) {
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
        var node = cmark_node_first_child(document)
        while let current = node {
            add(current)
            node = cmark_node_next(current)
        }
    }

    private mutating func add(_ node: OpaquePointer) {
        let type = cmark_node_get_type(node)
        if type == CMARK_NODE_HEADING {
            let level = cmark_node_get_heading_level(node), id = anchor(plainText(node))
            html += "<h\(level) id=\"\(escapedHTML(id))\">\(inside(rendered(node)))</h\(level)>\n"
        } else if type == CMARK_NODE_CODE_BLOCK {
            let code = cmark_node_get_literal(node).map { String(cString: $0) } ?? ""
            let isLua = cmark_node_get_fence_info(node).map { String(cString: $0) } == "lua"
            html += "<pre><code>\(isLua ? highlightedLua(code) : escapedHTML(code))</code></pre>\n"
        } else {
            html += rendered(node)
        }
    }

    /// Anchors as in the Markdown's own links; a second heading of the same text gets a number.
    private mutating func anchor(_ text: String) -> String {
        let first = Markdown.anchor(text)
        var anchor = first, number = 0
        while !anchors.insert(anchor).inserted {
            number += 1
            anchor = "\(first)-\(number)"
        }
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

private func plainText(_ node: OpaquePointer) -> String {
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

func escapedHTML(_ text: String) -> String {
    var out = ""
    for character in text {
        switch character {
        case "&": out += "&amp;"
        case "<": out += "&lt;"
        case ">": out += "&gt;"
        case "\"": out += "&quot;"
        default: out.append(character)
        }
    }
    return out
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
