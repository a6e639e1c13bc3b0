/// The reference as files: an index, a page per module, type and subject, one for the commands and one for Lua.
public struct ReferenceSite: Sendable {
    /// A page of the site.
    public struct File: Sendable, Equatable {
        /// Without the extension: `modules/attack`.
        public let path: String
        public let title: String
        public let markdown: String
    }
    public let files: [File]

    /// - Parameter ending: of the files that links lead to.
    public init(_ reference: Reference, ending: String = ".md") {
        let map = SiteMap(reference, ending)
        files = [map.index()] + map.modules() + map.types() + map.subjects() + [map.commands(), map.lua()]
    }
}

/// Which page and anchor every name has.
private struct SiteMap {
    let reference: Reference
    let ending: String
    private var places: [String: (path: String, anchor: String)] = [:]

    init(_ reference: Reference, _ ending: String) {
        (self.reference, self.ending) = (reference, ending)
        for module in reference.catalogue.modules {
            let path = SiteMap.path(of: module)
            if !module.name.isEmpty { places[module.name] = (path, "") }
            if let call = module.call { places[call.signature.name] = (path, "") }
            for function in module.functions { add(function, path) }
        }
        for type in reference.catalogue.classes {
            places[type.name] = ("types/\(type.name)", "")
            for function in type.methods + type.properties { add(function, "types/\(type.name)") }
        }
        for topic in reference.topics {
            for name in [topic.name] + topic.aliases where places[name] == nil { places[name] = place(of: topic) }
        }
    }

    private mutating func add(_ function: LuaFunction, _ path: String) {
        let name = function.signature.name
        if places[name] == nil { places[name] = (path, Markdown.anchor(name)) }
    }

    private static func path(of module: LuaModule) -> String {
        "modules/" + (module.name.isEmpty ? "globals" : module.name)
    }

    private func place(of topic: Topic) -> (path: String, anchor: String) {
        switch topic.kind {
        case .subject: ("subjects/\(topic.name)", "")
        case .warning: ("subjects/warnings", Markdown.anchor(topic.name))
        case .command: ("commands", Markdown.anchor(topic.name))
        case .keyword: ("lua", "keywords-and-operators")
        case .library: ("lua", Markdown.anchor(String(topic.name.prefix { $0 != "." && $0 != ":" })))
        }
    }

    /// The relative link from a page to a name.
    private func link(from path: String) -> (String) -> String? {
        { name in
            let called = name.prefix { $0 != "(" && $0 != "{" }
            guard let place = places[name] ?? places[String(called)] else { return nil }
            let anchor = place.anchor.isEmpty ? "" : "#" + place.anchor
            if place.path == path { return anchor.isEmpty ? nil : anchor }
            let up = path.contains("/") ? "../" : ""
            return up + place.path + ending + anchor
        }
    }

    private func file(_ path: String, _ title: String, _ body: [String]) -> ReferenceSite.File {
        let home = path == "index" ? [] : ["[Assay reference](\(path.contains("/") ? "../" : "")index\(ending))"]
        return ReferenceSite.File(
            path: path, title: title, markdown: (home + body).joined(separator: "\n\n") + "\n")
    }

    // MARK: pages

    func index() -> ReferenceSite.File {
        let link = link(from: "index"), catalogue = reference.catalogue
        func rows(_ names: [(String, String)]) -> Page.Part {
            .rows(names.map { Page.Row($0.0, firstSentence($0.1), target: $0.0) })
        }
        let topics = reference.topics
        let page = Page(
            "Assay reference",
            [
                .text(
                    "Everything that can be called, typed or asked about. `?name` at the prompt shows the same pages; "
                        + "the examples run as they stand after the lines of `?examples`."),
                .title("subjects"), rows(topics.filter { $0.kind == .subject }.map { ($0.name, $0.summary) }),
                .title("modules"),
                rows(catalogue.modules.filter { !$0.name.isEmpty }.map { ($0.name, $0.doc) }),
                .title("global functions"),
                rows(catalogue.modules.filter(\.name.isEmpty).flatMap(\.functions).map { ($0.name, $0.summary) }),
                .title("types"), rows(catalogue.classes.map { ($0.name, $0.doc) }),
            ])
        let rest =
            "**More:** [commands of the prompt](commands\(ending)), [Lua's own words and functions](lua\(ending))"
        return file("index", "Assay reference", [page.markdown(link: link), rest])
    }

    func modules() -> [ReferenceSite.File] {
        let named = reference.catalogue.modules.filter { !$0.name.isEmpty }
        let globals = LuaModule("", "Functions that stand in no module.") { m in
            for function in reference.catalogue.modules.filter(\.name.isEmpty).flatMap(\.functions) { m.add(function) }
        }
        return ([globals] + named).map { module in
            let path = SiteMap.path(of: module), page = reference.page(of: module).without("more")
            return file(path, page.name, whole(page, (module.call.map { [$0] } ?? []) + module.functions, path))
        }
    }

    func types() -> [ReferenceSite.File] {
        reference.catalogue.classes.map { type in
            let path = "types/\(type.name)", page = reference.page(of: type).without("more")
            return file(path, type.name, whole(page, type.properties + type.methods, path))
        }
    }

    /// A page with those of its functions below it.
    private func whole(_ page: Page, _ functions: [LuaFunction], _ path: String) -> [String] {
        let link = link(from: path)
        return [page.markdown(link: link)] + functions.map { reference.page(of: $0).markdown(level: 2, link: link) }
    }

    func subjects() -> [ReferenceSite.File] {
        reference.topics.filter { $0.kind == .subject }.map { topic in
            let path = "subjects/\(topic.name)", link = link(from: path)
            let below = topic.name == "warnings" ? reference.topics.filter { $0.kind == .warning } : []
            return file(
                path, topic.name,
                [reference.page(of: topic).markdown(link: link)]
                    + below.map { reference.page(of: $0).markdown(level: 2, link: link) })
        }
    }

    func commands() -> ReferenceSite.File {
        let link = link(from: "commands"), commands = reference.topics.filter { $0.kind == .command }
        let head = Page(
            "Commands of the prompt",
            [
                .text("A line that begins with a colon and a name is a command."),
                .rows(commands.map { Page.Row($0.usage, $0.summary, target: $0.name) }),
            ])
        return file(
            "commands", "Commands",
            [head.markdown(link: link)] + commands.map { reference.page(of: $0).markdown(level: 2, link: link) })
    }

    func lua() -> ReferenceSite.File {
        let link = link(from: "lua"), topics = reference.topics
        let words = topics.filter { $0.kind == .keyword }.map { Page.Row($0.usage, $0.summary) }
        let libraries = topics.filter { topic in
            topic.kind == .library && !topic.details.isEmpty
        }
        return file(
            "lua", "Lua",
            [
                Page(
                    "Lua", [.text("Lua 5.4 by a line each; the reference manual says everything: lua.org/manual/5.4.")]
                )
                .markdown(link: link),
                Page("Keywords and operators", [.rows(words)]).markdown(level: 2, link: { _ in nil }),
            ] + libraries.map { reference.page(of: $0).markdown(level: 2, link: { _ in nil }) })
    }
}

extension Page {
    /// Without the facts of one label.
    fileprivate func without(_ label: String) -> Page {
        Page(name, parts.filter { if case .fact(label, _) = $0 { false } else { true } })
    }
}
