import Kernel

/// Help texts for the screen: pure functions of the reference.
public enum Help {
    public static func text(_ declaration: Declaration, in reference: Reference = Reference()) -> String {
        reference.page(of: .declaration(declaration)).text()
    }

    /// Everything at a glance.
    public static func overview(_ reference: Reference) -> String {
        let catalogue = reference.catalogue
        let modules = catalogue.modules.filter { !$0.name.isEmpty }
        let globals = catalogue.modules.filter(\.name.isEmpty).flatMap(\.functions)
        var parts: [Page.Part] = [
            .text(
                "?name explains a function, a type, a variable, a command or a subject; help.search(\"word\") searches."
            ),
            .title("modules"), .rows(modules.map { Page.Row($0.name, $0.doc, target: $0.name) }),
            .title("functions"), .rows(globals.map { Page.Row($0.name, $0.summary, target: $0.name) }),
            .names("types", catalogue.classes.map(\.name)),
        ]
        let commands = reference.topics.filter { $0.kind == .command }.map(\.name)
        if !commands.isEmpty { parts.append(.names("commands", commands)) }
        parts.append(.names("subjects", reference.topics.filter { $0.kind == .subject }.map(\.name)))
        parts.append(
            .names("Lua", ["lua", "string", "table", "math", "io", "os", "coroutine", "utf8", "for", "local", "..."]))
        return Page("help", parts).text()
    }

    /// The subjects with a line each.
    public static func topicList(_ reference: Reference) -> Page {
        func rows(_ kind: Topic.Kind) -> [Page.Row] {
            reference.topics.filter { $0.kind == kind }.map { Page.Row($0.name, $0.summary, target: $0.name) }
        }
        let commands = rows(.command),
            ways = reference.subjects(named: "topics").first.map { reference.page(of: $0).parts }
        return Page(
            "topics",
            [.signature("topics"), .title("ways to ask")] + (ways ?? []).dropFirst(2).filter(\.isRows)
                + (commands.isEmpty ? [] : [.title("commands"), .rows(commands)])
                + [.title("subjects"), .rows(rows(.subject))])
    }

    /// What a search found, the best first.
    public static func found(_ text: String, _ hits: [SearchHit], most: Int = 20) -> String {
        guard !hits.isEmpty else { return "nothing has to do with \(quoted(text))" }
        return list("\(hits.count) found for \(quoted(text))", hits.map(\.subject), most)
    }

    /// What fits a pattern.
    public static func matching(_ pattern: String, _ subjects: [Reference.Subject], most: Int = 40) -> String {
        guard !subjects.isEmpty else { return "no name is like '\(pattern)'" }
        return list("\(subjects.count) names like '\(pattern)'", subjects, most)
    }

    private static func list(_ title: String, _ subjects: [Reference.Subject], _ most: Int) -> String {
        let rows = subjects.prefix(most).map { Page.Row($0.name, type: $0.kind, firstSentence($0.summary)) }
        var parts: [Page.Part] = [.signature(title), .rows(rows)]
        if subjects.count > most { parts.append(.text("... \(subjects.count - most) more")) }
        return Page("search", parts).text()
    }
}

extension Page.Part {
    fileprivate var isRows: Bool { if case .rows = self { true } else { false } }
}
