import CMarkdown
import Glibc

/// Markdown of strangers as HTML: tags stand there as text, links lead to the web, a mail address or a place on the page,
/// pictures come from inside the text or not at all, and headings follow one another without a gap.
struct UntrustedMarkdown {
    let html: String
    let outline: PageOutline

    /// - Parameters:
    ///   - outline: of the page above.
    ///   - top: the level of heading that becomes the page's second.
    ///   - title: a first heading with this text is left out, since the page has it already.
    init(_ markdown: String, outline: PageOutline, top: Int = 1, withoutTitle title: String? = nil) {
        let page = Self.page(markdown, outline, top, title) { _ in }
        html = visibleText(page.html).replacing(
            "<a href=\"", with: "<a rel=\"noopener noreferrer\" href=\"")
        self.outline = page.outline
    }

    /// The same as Markdown in a regular form: whatever a cell leaves open ends with it.
    static func commonMark(
        _ markdown: String, outline: PageOutline, top: Int = 1, withoutTitle title: String? = nil
    ) -> (text: String, outline: PageOutline) {
        var text = ""
        let page = page(markdown, outline, top, title) { document in
            guard let rendered = cmark_render_commonmark(document, CMARK_OPT_DEFAULT, 0) else { return }
            defer { free(rendered) }
            text = String(cString: rendered)
        }
        return (visibleText(text), page.outline)
    }

    /// The levels of the headings, the title left out.
    static func headings(_ markdown: String, withoutTitle title: String?) -> [Int] {
        var levels: [Int] = []
        _ = MarkdownHTML(markdown.replacing("\r\n", with: "\n"), outline: PageOutline()) { document in
            if let title { dropTitle(title, document) }
            levels = allNodes(document).filter { cmark_node_get_type($0) == CMARK_NODE_HEADING }
                .map { Int(cmark_node_get_heading_level($0)) }
        }
        return levels
    }

    private static func page(
        _ markdown: String, _ outline: PageOutline, _ top: Int, _ title: String?, use: (OpaquePointer) -> Void
    ) -> MarkdownHTML {
        MarkdownHTML(markdown.replacing("\r\n", with: "\n"), outline: outline) { document in
            if let title { dropTitle(title, document) }
            clean(document, below: outline.entries.last?.level ?? 1, top)
            use(document)
        }
    }

    /// Whether a link may be followed from a page of a stranger.
    static func isAllowed(link: String) -> Bool {
        let scheme = link.prefix(10).lowercased()
        return ["http://", "https://", "mailto:", "#"].contains { scheme.hasPrefix($0) }
    }

    /// Whether an address is a picture in itself.
    static func isPicture(_ address: String) -> Bool {
        guard let kind = ["png", "jpeg", "gif", "webp"].first(where: { address.hasPrefix("data:image/\($0);base64,") })
        else { return false }
        return address.utf8.dropFirst("data:image/;base64,".utf8.count + kind.utf8.count).allSatisfy { byte in
            (65...90).contains(byte) || (97...122).contains(byte) || (47...57).contains(byte) || byte == 43
                || byte == 61
        }
    }
}

private func dropTitle(_ title: String, _ document: OpaquePointer) {
    guard let first = cmark_node_first_child(document), cmark_node_get_type(first) == CMARK_NODE_HEADING,
        cmark_node_get_heading_level(first) == 1, plainText(first) == title
    else { return }
    cmark_node_free(first)
}

/// Changes every node that could act or leave the page. Inner nodes come first, so that none is touched after an outer
/// one has taken it along.
private func clean(_ document: OpaquePointer, below level: Int, _ top: Int) {
    var last = level
    let nodes = allNodes(document)
    for node in nodes where cmark_node_get_type(node) == CMARK_NODE_HEADING {
        last = min(max(2, Int(cmark_node_get_heading_level(node)) - top + 2), last + 1, 6)
        cmark_node_set_heading_level(node, CInt(last))
    }
    for node in nodes.reversed() {
        switch cmark_node_get_type(node) {
        case CMARK_NODE_HTML_BLOCK: showTags(node, as: CMARK_NODE_CODE_BLOCK)
        case CMARK_NODE_HTML_INLINE: showTags(node, as: CMARK_NODE_TEXT)
        case CMARK_NODE_LINK:
            if !UntrustedMarkdown.isAllowed(link: string(cmark_node_get_url(node))) { dissolve(node) }
        case CMARK_NODE_IMAGE:
            if !UntrustedMarkdown.isPicture(string(cmark_node_get_url(node))) { name(node) }
        default: break
        }
    }
}

private func allNodes(_ document: OpaquePointer) -> [OpaquePointer] {
    var nodes: [OpaquePointer] = []
    let walk = cmark_iter_new(document)
    defer { cmark_iter_free(walk) }
    while case let event = cmark_iter_next(walk), event != CMARK_EVENT_DONE {
        if event == CMARK_EVENT_ENTER, let node = cmark_iter_get_node(walk) { nodes.append(node) }
    }
    return nodes
}

/// Tags become the text that they are; a comment goes.
private func showTags(_ node: OpaquePointer, as type: cmark_node_type) {
    let text = trimmed(string(cmark_node_get_literal(node)))
    let isComment = text.hasPrefix("<!--") && text.firstRange(of: "-->")?.upperBound == text.endIndex
    if !isComment, let shown = cmark_node_new(type) {
        cmark_node_set_literal(shown, text)
        cmark_node_insert_before(node, shown)
    }
    cmark_node_free(node)
}

/// A link becomes the words that it has.
private func dissolve(_ link: OpaquePointer) {
    while let child = cmark_node_first_child(link) { cmark_node_insert_before(link, child) }
    cmark_node_free(link)
}

/// A picture from elsewhere becomes its description, with a link to it where that may be followed.
private func name(_ image: OpaquePointer) {
    let address = string(cmark_node_get_url(image)), words = plainText(image)
    guard let text = cmark_node_new(CMARK_NODE_TEXT) else { return }
    cmark_node_set_literal(text, "[picture: \(words.isEmpty ? address : words)]")
    cmark_node_insert_before(image, text)
    if UntrustedMarkdown.isAllowed(link: address), !address.hasPrefix("#"), !isInsideLink(image),
        let link = cmark_node_new(CMARK_NODE_LINK)
    {
        cmark_node_set_url(link, address)
        cmark_node_insert_before(text, link)
        cmark_node_append_child(link, text)
    }
    cmark_node_free(image)
}

private func isInsideLink(_ node: OpaquePointer) -> Bool {
    var parent = cmark_node_parent(node)
    while let current = parent {
        if cmark_node_get_type(current) == CMARK_NODE_LINK { return true }
        parent = cmark_node_parent(current)
    }
    return false
}

private func string(_ text: UnsafePointer<CChar>?) -> String { text.map { String(cString: $0) } ?? "" }
